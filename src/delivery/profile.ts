/**
 * Credentials → a profile in the shared files. Everything that can fail is tried before the sign-in.
 *
 * @module
 */

import type { Region } from "../aws/partition.ts";
import type { Credentials } from "../credentials/credentials.ts";
import { messageOf } from "../errors.ts";
import {
  FIGHTS_WITH_KEYS,
  findShadow,
  IN_STEP_WITH_KEYS,
  overruledRegion,
  sayPlaces,
} from "../profiles/conflicts.ts";
import { remarksOn } from "../profiles/diagnose.ts";
import { type Document, parseDocument } from "../profiles/document.ts";
import { editProfile } from "../profiles/edit.ts";
import type { KnownFile, SharedFiles } from "../profiles/files.ts";
import { type Property, readProfile } from "../profiles/read.ts";
import { type StatementChange, statementsBeside } from "../profiles/statements.ts";
import { readTextFile } from "../system/text_file.ts";
import { otherDocument, refuseAllShadowed } from "./other_file.ts";
import { checkWritable, transformFile } from "../system/transform_file.ts";
import { isoSeconds } from "../text.ts";

/** The profile to write, and its file. */
export interface ProfileTarget {
  readonly name: string;
  readonly file: KnownFile;
  readonly files: SharedFiles;
  /** Remove settings that conflict with the keys, instead of refusing. */
  readonly replace: boolean;
}

/** A profile that can be written, as far as that can be known in advance. */
export interface ProfileWriter {
  /** Sentences for the person now: the kind of file, who can read it, what SDKs cannot read. */
  readonly remarks: readonly { readonly warning: boolean; readonly text: string }[];
  /**
   * Writes the credentials.
   *
   * @param region the region of the session
   * @throws UserError exit code 8
   */
  write(credentials: Credentials, region: Region): Promise<Written>;
}

/** What was written, as sentences without final periods. */
export interface Written {
  readonly sentence: string;
  /** The reasons why SDKs will not read it as written. */
  readonly warnings: readonly string[];
}

/**
 * Checks everything except the change itself: the name, the file, the folder, the existing profile, and the
 * profile of the same name in the other file.
 *
 * @throws UserError exit code 8, or 2 for a name that no SDK would read back
 */
export async function prepareProfile(target: ProfileTarget): Promise<ProfileWriter> {
  const { file, name } = target;
  // Read first: that gives the best message when the file cannot be read.
  readTextFile(file.path);
  refuseAllShadowed([name], { ...target, writes: "keys" });
  let text: string | undefined;
  const report = await checkWritable(file.path, {
    rehearse(old) {
      // Values of the right format, so that it fails now if it must; nothing of this is written.
      changed(old, target, { region: ANY_REGION, keys: REHEARSAL });
      text = old;
    },
  });
  const document = parseDocument(text ?? "", { file: file.path });
  const gone = removed(document, target);
  return {
    remarks: [
      {
        warning: false,
        text: `Writing profile "${name}" to ${file.path}, ${file.description}`,
      },
      ...(gone.length > 0
        ? [{ warning: false, text: `Removes ${sayPlaces(gone)}, which is said of the old keys` }]
        : []),
      ...(report.wide
        ? [{
          warning: true,
          text: `Other users can read ${file.path}; to protect it, run chmod 600 ${file.path}`,
        }]
        : []),
      ...[...report.warnings, ...remarksOn(document, file.kind, [name])].map((text) => ({
        warning: true,
        text,
      })),
    ],
    async write(credentials, region) {
      const values = { region, keys: keyProperties(credentials) };
      await transformFile(file.path, (text) => changed(text, target, values));
      return {
        sentence: `Wrote the credentials to profile "${name}" in ${file.path}`,
        warnings: overruled(target, region),
      };
    },
  };
}

/**
 * Finds what in the other file overrides what has been written. It was checked before the sign-in, but that
 * takes minutes; by now the session is in its place, so nothing fails any more.
 */
function overruled(target: ProfileTarget, region: Region): readonly string[] {
  const { name, file: { kind } } = target;
  try {
    const other = otherDocument(target);
    if (other === undefined) return [];
    const shadow = findShadow(other, { kind, name, writes: "keys" });
    return [
      shadow &&
      `Profile "${name}" is written, but there is a conflict: ${shadow.reason}`,
      region.named ? overruledRegion(other, { kind, name, region: region.name }) : undefined,
    ].filter((each) => each !== undefined);
  } catch (error) {
    return [`Could not check the other shared file: ${messageOf(error)}`];
  }
}

/** What is said of the old keys and cannot be kept in step. */
function removed(document: Document, { file, name }: ProfileTarget): readonly Property[] {
  const properties = [...readProfile(document, file.kind, name)?.properties.values() ?? []];
  const { remove } = keyChange(properties, REHEARSAL);
  return properties.filter(({ key }) => remove.includes(key));
}

/** The text of the file with the profile in it. */
function changed(
  text: string | undefined,
  { name, file, replace }: ProfileTarget,
  { region, keys }: {
    readonly region: Region;
    readonly keys: Readonly<Record<string, string>>;
  },
): string {
  const document = parseDocument(text ?? "", { file: file.path });
  // An existing profile's region belongs to the user: only a named one replaces it.
  const there = readProfile(document, file.kind, name);
  const setsRegion = region.named || there === undefined;
  const { set, remove } = keyChange([...there?.properties.values() ?? []], keys);
  return editProfile(document, {
    kind: file.kind,
    name,
    set: { ...(setsRegion && { region: region.name }), ...set },
    remove,
    onlyWhereThere: IN_STEP_WITH_KEYS,
    fights: FIGHTS_WITH_KEYS,
    replace,
  });
}

/**
 * The change of a profile that gets keys: their properties, and what is said of the old ones in step.
 *
 * @param keys from {@linkcode keyProperties}
 */
export function keyChange(
  properties: Iterable<Property>,
  keys: Readonly<Record<string, string>>,
): StatementChange {
  const { x_security_token_expires: expires, aws_account_id: account = "" } = keys;
  // In a dry run there are no keys yet.
  if (expires === undefined) return { set: keys, remove: [] };
  const { set, remove } = statementsBeside(properties, { expires, account });
  return { set: { ...set, ...keys }, remove };
}

/** The properties of a session; those of {@linkcode IN_STEP_WITH_KEYS} are for profiles that have them. */
export function keyProperties(credentials: Credentials): Readonly<Record<string, string>> {
  return {
    aws_access_key_id: credentials.accessKeyId,
    aws_secret_access_key: credentials.secretAccessKey.reveal(),
    aws_session_token: credentials.sessionToken.reveal(),
    // The name that saml2aws introduced; no SDK reads it, but people's scripts do.
    x_security_token_expires: isoSeconds(credentials.expiration),
    aws_security_token: credentials.sessionToken.reveal(),
    aws_account_id: credentials.accountId,
  };
}

const ANY_REGION: Region = { name: "us-east-1", named: true };

const REHEARSAL: Readonly<Record<string, string>> = {
  aws_access_key_id: "ASIAREHEARSAL",
  aws_secret_access_key: "rehearsal",
  aws_session_token: "rehearsal",
  x_security_token_expires: "2000-01-01T00:00:00Z",
  aws_security_token: "rehearsal",
  aws_account_id: "000000000000",
};
