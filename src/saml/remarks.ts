/**
 * The side effects of a usable assertion: what shortens the session, and what the role's trust policy
 * must allow. Pure.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 * @module
 */

import { trustActions } from "../aws/trust_policy.ts";
import { foreign, utcTime } from "../text.ts";
import { AWS_ATTRIBUTE } from "./attribute.ts";
import type { Assertion, SamlResponse } from "./response.ts";
import { DEFAULT_SECONDS, sessionDuration } from "./session_duration.ts";

/** Lists what the person should know before the exchange, as sentences without a final period. */
export function assertionRemarks(
  assertion: SamlResponse["assertion"],
  requested: { readonly durationSeconds: number | undefined; readonly now: number },
): readonly string[] {
  if (typeof assertion === "string") return [];
  const named = sessionDuration(assertion);
  const durationSeconds = requested.durationSeconds ?? named ?? DEFAULT_SECONDS;
  return [
    ...sessionEnd(assertion, { ...requested, durationSeconds }),
    ...shorterDuration(named, durationSeconds),
    ...needs(assertion),
  ];
}

function sessionEnd(
  { sessionNotOnOrAfter }: Assertion,
  { durationSeconds, now }: { readonly durationSeconds: number; readonly now: number },
): readonly string[] {
  if (sessionNotOnOrAfter === undefined) return [];
  const left = Math.round((sessionNotOnOrAfter - now) / 1000);
  if (left >= durationSeconds) return [];
  const until = utcTime(sessionNotOnOrAfter);
  return [
    `The IdP ends the session at ${until} (SessionNotOnOrAfter), ` +
    `before the requested ${durationSeconds} seconds are over`,
  ];
}

/**
 * Says which of the IdP's limits ended a session before the length that was granted, as a sentence without a
 * final period. This machine's clock does not count: STS's end is compared with the IdP's times.
 *
 * @param granted when the session ends by STS, milliseconds since 1970, and the length that was asked for last
 */
export function shortenedByIdp(
  assertion: SamlResponse["assertion"],
  { expiration, seconds }: { readonly expiration: number; readonly seconds: number },
): string | undefined {
  if (typeof assertion === "string") return undefined;
  const { issueInstant, sessionNotOnOrAfter } = assertion;
  const length = expiration - issueInstant;
  if (length > seconds * 1000 - 60_000) return undefined;
  if (sessionNotOnOrAfter !== undefined && Math.abs(expiration - sessionNotOnOrAfter) < 2000) {
    const [sentence] = sessionEnd(assertion, { durationSeconds: seconds, now: issueInstant });
    return sentence;
  }
  const named = sessionDuration(assertion);
  // The assertion is some seconds or minutes old when STS takes it.
  return named !== undefined && named < seconds && length < named * 1000 + REDEEMED_MS
    ? `The IdP's SessionDuration of ${named} seconds shortened the session (${seconds} requested)`
    : undefined;
}

/** How long after its issue STS takes an assertion at most, milliseconds. */
const REDEEMED_MS = 5 * 60_000;

function shorterDuration(named: number | undefined, durationSeconds: number): readonly string[] {
  return named === undefined || named >= durationSeconds ? [] : [
    `The IdP's SessionDuration of ${named} seconds may shorten the session ` +
    `(${durationSeconds} requested)`,
  ];
}

function needs(assertion: Assertion): readonly string[] {
  const actions = trustActions(carried(assertion)).join(" and ");
  const { recipients } = assertion;
  const audience = recipients.length === 0
    ? ""
    : ` for SAML:aud ${recipients.map((each) => foreign(each)).join(" or ")} (the Recipient)`;
  return [`The role's trust policy must allow ${actions}${audience}`];
}

/** The attributes that a trust policy must allow explicitly. */
export function carried(
  assertion: Assertion,
): { readonly tags: boolean; readonly sourceIdentity: boolean } {
  const names = [...assertion.attributes.keys()];
  return {
    tags: names.some((name) => name.startsWith(`${AWS_ATTRIBUTE}PrincipalTag:`)),
    sourceIdentity: names.includes(`${AWS_ATTRIBUTE}SourceIdentity`),
  };
}
