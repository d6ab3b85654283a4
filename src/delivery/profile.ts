/**
 * Credentials → a profile of the shared files. All that can fail is tried before anybody signs in.
 *
 * @module
 */

import type { Region } from "../aws/region.ts";
import { type Credentials, isoSeconds } from "../credentials/credentials.ts";
import { messageOf } from "../errors.ts";
import {
  FIGHTS_WITH_KEYS,
  findShadow,
  IN_STEP_WITH_KEYS,
  overruledRegion,
  refuseShadowed,
} from "../profiles/conflicts.ts";
import { remarksOn } from "../profiles/diagnose.ts";
import { parseDocument } from "../profiles/document.ts";
import { editProfile } from "../profiles/edit.ts";
import type { KnownFile, SharedFiles } from "../profiles/files.ts";
import { readProfile } from "../profiles/read.ts";
import { readTextFile } from "../system/text_file.ts";
import { otherDocument } from "./other_file.ts";
import { checkWritable, transformFile } from "../system/transform_file.ts";

/** Which profile is written, and where. */
export interface ProfileTarget {
  readonly name: string;
  readonly file: KnownFile;
  readonly files: SharedFiles;
  /** Remove what would fight with the keys, instead of refusing. */
  readonly replace: boolean;
}

/** A profile that can be written, as far as that can be known beforehand. */
export interface ProfileWriter {
  /** What the person should know now: which kind the file was taken for, who can read it, what SDKs cannot. */
  readonly remarks: readonly { readonly warning: boolean; readonly text: string }[];
  /**
   * Writes the credentials.
   *
   * @param region of the session, and whether somebody named it
   * @throws UserError exit code 8
   */
  write(credentials: Credentials, region: Region): Promise<Written>;
}

/** What was written. Sentences without their full stops. */
export interface Written {
  readonly sentence: string;
  /** Why it is not read as it was written. */
  readonly warnings: readonly string[];
}

/**
 * Goes through everything but the change itself: the name, the file, the folder, what stands in the
 * profile already, and what the other file has of the same name.
 *
 * @throws UserError exit code 8, or 2 for a name that no SDK would read back
 */
export async function prepareProfile(target: ProfileTarget): Promise<ProfileWriter> {
  const { file, name } = target;
  // Why it cannot be read is said best by who only reads.
  readTextFile(file.path);
  const other = otherDocument(target);
  if (other !== undefined) refuseShadowed(other, { kind: file.kind, name, writes: "keys" });
  let text: string | undefined;
  const report = await checkWritable(file.path, {
    rehearse(old) {
      // Values of the right form, so that a refusal comes now; nothing of it is written.
      changed(old, target, { region: ANY_REGION, keys: REHEARSAL });
      text = old;
    },
  });
  const document = parseDocument(text ?? "", { file: file.path });
  return {
    remarks: [
      {
        warning: false,
        text: `Profile "${name}" is written to ${file.path}, a ${file.kind} file (${file.because})`,
      },
      ...(report.wide
        ? [{
          warning: true,
          text: `${file.path} can be read by others on this machine; chmod 600 it`,
        }]
        : []),
      ...remarksOn(document, file.kind, [name]).map((text) => ({ warning: true, text })),
    ],
    async write(credentials, region) {
      const values = { region, keys: keyProperties(credentials) };
      await transformFile(file.path, (text) => changed(text, target, values));
      return {
        sentence: `The credentials went to profile "${name}" in ${file.path}`,
        warnings: overruled(target, region),
      };
    },
  };
}

/**
 * What of the other file wins over what has been written. It was looked at before the sign-in, but that
 * takes minutes; and by now the session is where it was to go, so nothing fails any more.
 */
function overruled(target: ProfileTarget, region: Region): readonly string[] {
  const { name, file: { kind } } = target;
  try {
    const other = otherDocument(target);
    if (other === undefined) return [];
    const shadow = findShadow(other, { kind, name, writes: "keys" });
    return [
      shadow && `Profile "${name}" is written, but not as it will be read: ${shadow.reason}`,
      region.named ? overruledRegion(other, { kind, name, region: region.name }) : undefined,
    ].filter((each) => each !== undefined);
  } catch (error) {
    return [`The other shared file was not looked at: ${messageOf(error)}`];
  }
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
  // An existing profile's region is the person's own: only one that somebody named replaces it.
  const setsRegion = region.named || readProfile(document, file.kind, name) === undefined;
  return editProfile(document, {
    kind: file.kind,
    name,
    set: { ...(setsRegion && { region: region.name }), ...keys },
    onlyWhereThere: IN_STEP_WITH_KEYS,
    fights: FIGHTS_WITH_KEYS,
    replace,
  });
}

/** The properties that hold a session; those of {@linkcode IN_STEP_WITH_KEYS} for profiles that have them. */
export function keyProperties(credentials: Credentials): Readonly<Record<string, string>> {
  return {
    aws_access_key_id: credentials.accessKeyId,
    aws_secret_access_key: credentials.secretAccessKey.reveal(),
    aws_session_token: credentials.sessionToken.reveal(),
    // The name that saml2aws made known; no SDK reads it, people's scripts do.
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
