/**
 * The side effects of a usable assertion: what shortens the session, and what the role's trust policy
 * must allow. Pure.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 * @module
 */

import type { IamArn } from "../aws/arn.ts";
import { isAccessDenied } from "../aws/refusal.ts";
import { trustActions, trustPolicy } from "../aws/trust_policy.ts";
import { UserError } from "../errors.ts";
import { foreign } from "../text.ts";
import { AWS_ATTRIBUTE } from "./attribute.ts";
import type { Assertion, SamlResponse } from "./response.ts";
import { sessionName } from "./roles.ts";
import { utcTime } from "../time.ts";

/** Lists what the person should know before the exchange, as sentences without a final period. */
export function assertionRemarks(
  assertion: SamlResponse["assertion"],
  requested: { readonly durationSeconds: number; readonly now: number },
): readonly string[] {
  if (typeof assertion === "string") return [];
  return [
    ...sessionEnd(assertion, requested),
    ...sessionDuration(assertion, requested.durationSeconds),
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

function sessionDuration(assertion: Assertion, durationSeconds: number): readonly string[] {
  const text = assertion.attributes.get(`${AWS_ATTRIBUTE}SessionDuration`)?.[0];
  if (text === undefined) return [];
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (!(seconds >= 900 && seconds <= 43_200)) {
    return [`The IdP's SessionDuration "${foreign(text, 40)}" is not a number from 900 to 43200`];
  }
  return seconds >= durationSeconds ? [] : [
    `The IdP's SessionDuration of ${seconds} seconds may shorten the session ` +
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
function carried(
  assertion: Assertion,
): { readonly tags: boolean; readonly sourceIdentity: boolean } {
  const names = [...assertion.attributes.keys()];
  return {
    tags: names.some((name) => name.startsWith(`${AWS_ATTRIBUTE}PrincipalTag:`)),
    sourceIdentity: names.includes(`${AWS_ATTRIBUTE}SourceIdentity`),
  };
}

/**
 * Adds to an AccessDenied from STS the trust policy that would allow this assertion. Returns any other
 * error unchanged.
 */
export function explainWithAssertion(
  error: unknown,
  { assertion }: SamlResponse,
  provider: IamArn,
): unknown {
  if (!(error instanceof UserError) || !isAccessDenied(error) || typeof assertion === "string") {
    return error;
  }
  const policy = trustPolicy({ provider, recipients: assertion.recipients, ...carried(assertion) });
  return error.with(
    { policy, hint: error.hint, person: sessionName(assertion) },
    `${error.hint ?? ""}\nA trust policy that allows this sign-in:\n${policy}`,
  );
}
