/**
 * What came out of a sign-in, and how it is told: in the same words to the browser and to the terminal.
 * Pure.
 *
 * @module
 */

import type { IamArn } from "../aws/arn.ts";
import type { Region } from "../aws/region.ts";
import type { Credentials } from "../credentials/credentials.ts";

/** A sign-in that STS accepted. */
export interface SignedIn {
  readonly credentials: Credentials;
  readonly role: IamArn;
  readonly provider: IamArn;
  /** Where STS was asked, and whether somebody named it. */
  readonly region: Region;
  /** The RoleSessionName, else the NameID; `undefined` when the assertion was encrypted. */
  readonly person: string | undefined;
  /** The session length that was asked for, and the one granted where the role allows less; seconds. */
  readonly askedSeconds: number;
  readonly shortenedTo: number | undefined;
}

/** An instant for people: `2026-11-23 12:34:56 UTC`. */
export function utcTime(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A span for people: `59 min`, `1 h`, `11 h 30 min`, `45 s`; never negative. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? "" : ` ${rest} min`}`;
}

/** The facts of a success, as label and value. */
export function factsOf(signedIn: SignedIn, now: number): readonly (readonly [string, string])[] {
  const { role, person, credentials } = signedIn;
  return [
    ["Role", role.name],
    ["Account", role.account],
    ...(person === undefined ? [] : [["Signed in as", person] as const]),
    ["Until", `${utcTime(credentials.expiration)} (${span(credentials.expiration - now)})`],
  ];
}

/** The success in one sentence. */
export function signedInSentence(
  signedIn: Pick<SignedIn, "role" | "person" | "credentials">,
  now: number,
): string {
  const { role, person, credentials } = signedIn;
  const who = person === undefined ? "" : ` as ${person}`;
  const until = `${utcTime(credentials.expiration)} (${span(credentials.expiration - now)})`;
  return `Signed in${who}: role ${role.name} in account ${role.account} until ${until}`;
}

/** What was granted instead of what was asked, where that differs. */
export function shortenedSentence(signedIn: SignedIn): string | undefined {
  const { shortenedTo, askedSeconds } = signedIn;
  if (shortenedTo === undefined) return undefined;
  return `The role allows no session of ${askedSeconds} seconds; STS granted ${shortenedTo}`;
}

/**
 * A warning about a session so short that Python SDKs ask for a new one at every request: they refresh
 * from 15 minutes before the end on.
 */
export function shortLifeSentence(signedIn: SignedIn, now: number): string | undefined {
  const left = signedIn.credentials.expiration - now;
  if (left > 15 * 60_000) return undefined;
  return `This session lives ${
    span(left)
  }: the AWS CLI and Python SDKs start a new sign-in for every ` +
    `request when less than 15 minutes are left`;
}
