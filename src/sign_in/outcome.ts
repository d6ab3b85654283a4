/**
 * The outcome of a sign-in, in the same words for the browser and the terminal.
 *
 * @module
 */

import type { IamArn } from "../aws/arn.ts";
import type { Region } from "../aws/partition.ts";
import type { Credentials } from "../credentials/credentials.ts";
import { localTimeWithSpan, span, utcTime } from "../text.ts";

/** A sign-in that STS accepted. */
export interface SignedIn {
  readonly credentials: Credentials;
  readonly role: IamArn;
  readonly provider: IamArn;
  /** The region in which STS was asked. */
  readonly region: Region;
  /** The RoleSessionName, else the NameID; `undefined` when the assertion was encrypted. */
  readonly person: string | undefined;
  /** The session length that was asked for, and the one granted where the role allows less; seconds. */
  readonly askedSeconds: number;
  /** Set where the IdP asked for that length. */
  readonly askedByIdp?: boolean;
  readonly shortenedTo: number | undefined;
  /** Says which of the IdP's limits ended it earlier still, as a sentence without its final period. */
  readonly shortenedBy?: string | undefined;
}

/** Returns the facts of a success, as label and value; when it ends, says {@linkcode expiryOf}. */
export function factsOf(
  { role, person }: Pick<SignedIn, "role" | "person">,
): readonly (readonly [string, string])[] {
  return [
    ["Role", role.name],
    ["Account", role.account],
    ...(person === undefined ? [] : [["Signed in as", person] as const]),
  ];
}

/** Returns the end of a success: for a browser to show by the person's clock, in UTC, and from now. */
export function expiryOf(
  { credentials: { expiration } }: Pick<SignedIn, "credentials">,
  now: number,
): { readonly iso: string; readonly utc: string; readonly left: string } {
  return {
    iso: new Date(expiration).toISOString(),
    utc: utcTime(expiration).replace(/:\d\d UTC$/, " UTC"),
    left: `in ${span(expiration - now)}`,
  };
}

/** Says the success in one sentence, which may begin otherwise for a session that was there before. */
export function signedInSentence(
  signedIn: Pick<SignedIn, "role" | "person" | "credentials">,
  now: number,
  begin = "Signed in",
): string {
  const { role, person, credentials } = signedIn;
  const who = person === undefined ? "" : ` as ${person}`;
  const until = localTimeWithSpan(credentials.expiration, now);
  return `${begin}${who}: role ${role.name} in account ${role.account}, until ${until}`;
}

/** Returns what to warn of, as sentences without their final periods. */
export function warningsOf(signedIn: SignedIn, now: number): readonly string[] {
  return [shortenedSentence(signedIn), signedIn.shortenedBy, shortLifeSentence(signedIn, now)]
    .filter((each) => each !== undefined);
}

/** Says what was granted instead of what was asked; `undefined` where that is the same. */
export function shortenedSentence(signedIn: SignedIn): string | undefined {
  const { shortenedTo, askedSeconds, askedByIdp } = signedIn;
  if (shortenedTo === undefined) return undefined;
  const whose = askedByIdp ? " (the IdP's SessionDuration)" : "";
  return `The role does not allow a session of ${askedSeconds} seconds${whose}; STS granted ${shortenedTo}`;
}

/**
 * Warns of a session so short that Python SDKs ask for a new one at every request: they refresh
 * from 15 minutes before the end on.
 */
export function shortLifeSentence(signedIn: SignedIn, now: number): string | undefined {
  const left = signedIn.credentials.expiration - now;
  if (left > 15 * 60_000) return undefined;
  return `This session lasts ${span(left)} only: with less than 15 minutes left, the AWS CLI and ` +
    "Python SDKs start a new sign-in for every request";
}
