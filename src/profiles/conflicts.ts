/**
 * Properties that would win over what is written, or that it would win over.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { Document } from "./document.ts";
import { joined } from "./diagnose.ts";
import type { FileKind } from "./names.ts";
import { readProfile } from "./read.ts";

/**
 * Properties that must not stand beside static keys: some SDK takes them first, or they wait forever behind
 * the keys.
 */
export const FIGHTS_WITH_KEYS: RegExp =
  /^(?:credential_process|role_arn|source_profile|credential_source|web_identity_token_file|login_session|sso_.*)$/;

/** Static keys, in either file. */
export const STATIC_KEYS: RegExp =
  /^(?:aws_access_key_id|aws_secret_access_key|aws_session_token)$/;

/**
 * Properties that go with static keys and are not written by themselves, but must not stay as they were:
 * botocore takes the token of its old name before the one of today, and an account number tells SDKs whose
 * keys these are.
 */
export const IN_STEP_WITH_KEYS: RegExp = /^(?:aws_security_token|aws_account_id)$/;

/** Properties that must not stand beside a `credential_process`, which comes late in every SDK's chain. */
export const FIGHTS_WITH_PROCESS: RegExp = new RegExp(
  `${STATIC_KEYS.source}|^(?:role_arn|source_profile|credential_source|web_identity_token_file|login_session|sso_.*)$`,
);

/** A property, by name and place. Never its value. */
export interface PropertyPlace {
  readonly key: string;
  /** From 1. */
  readonly line: number;
}

/** The properties of a profile whose names match, in the order of the file. */
export function findProperties(
  doc: Document,
  options: { readonly kind: FileKind; readonly name: string; readonly keys: RegExp },
): PropertyPlace[] {
  const profile = readProfile(doc, options.kind, options.name);
  return [...profile?.properties.values() ?? []]
    .filter((property) => options.keys.test(property.key))
    .map(({ key, line }) => ({ key, line }))
    .sort((a, b) => a.line - b.line);
}

/** A profile that is about to be written, and into which of the two files. */
export interface Writing {
  /** The kind of the file that is written; the document given beside it is the other one. */
  readonly kind: FileKind;
  readonly name: string;
  /** Static keys, or a `credential_process` line. */
  readonly writes: "keys" | "process";
}

/** Properties of a profile that starts this driver; the SDKs and `--profile` merge both files. */
const PROCESS_KEYS = /^(?:credential_process|stssamldriver_.*)$/;

/**
 * Refuses to write a profile that the other shared file would overrule: its keys win when it is the
 * credentials file, and what fights with the new properties does from either file. A `credential_process`
 * must not overrule another one in silence either.
 *
 * @param other the file that is not written; its `file` is named in the message
 * @throws {UserError} `profile-shadowed`, exit code 8
 */
export function refuseShadowed(other: Document, writing: Writing): void {
  const shadow = findShadow(other, writing);
  if (shadow === undefined) return;
  const name = JSON.stringify(writing.name);
  throw new UserError(
    "profile-shadowed",
    `Cannot write profile ${name} to the ${writing.kind} file: ${shadow.reason}`,
    {
      exitCode: ExitCode.FILE,
      hint: `Remove ${
        shadow.places.length === 1 ? "it" : "them"
      } from profile ${name} in that file, or use another profile name`,
    },
  );
}

/** The properties that {@linkcode refuseShadowed} refuses, where there are any. */
export function findShadow(
  other: Document,
  { kind: written, name, writes }: Writing,
): { readonly places: readonly PropertyPlace[]; readonly reason: string } | undefined {
  const kind = written === "config" ? "credentials" : "config";
  const file = other.file ?? `the ${kind} file`;
  const fights = writes === "keys" ? FIGHTS_WITH_KEYS : FIGHTS_WITH_PROCESS;
  const ofProcess = (key: string) => writes === "process" && PROCESS_KEYS.test(key);
  const all = findProperties(other, { kind, name, keys: /^/ });
  const winners = all.filter(({ key }) =>
    fights.test(key) || (kind === "credentials" && (STATIC_KEYS.test(key) || ofProcess(key)))
  );
  if (winners.length > 0) {
    return { places: winners, reason: `${sayPlaces(winners)} of ${file} would override it` };
  }
  const losers = all.filter(({ key }) => ofProcess(key));
  if (losers.length === 0) return undefined;
  return { places: losers, reason: `it would override ${sayPlaces(losers)} of ${file}` };
}

/**
 * Says that the credentials file has another region for a profile whose region is written to the config
 * file: the SDKs go by the credentials file.
 *
 * @param other the file that is not written
 */
export function overruledRegion(
  other: Document,
  { kind, name, region }: {
    readonly kind: FileKind;
    readonly name: string;
    readonly region: string;
  },
): string | undefined {
  if (kind !== "config") return undefined;
  const theirs = readProfile(other, "credentials", name)?.properties.get("region");
  if (theirs === undefined || theirs.value === region) return undefined;
  return `Region ${region} of profile ${JSON.stringify(name)} is overridden by ${
    sayPlaces([theirs])
  } of ${other.file ?? "the credentials file"}`;
}

/** `role_arn on line 3 and sso_session on line 4`. */
export function sayPlaces(places: readonly PropertyPlace[]): string {
  return joined(places.map(({ key, line }) => `${key} on line ${line}`));
}
