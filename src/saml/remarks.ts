/**
 * What an assertion leads one to expect beyond fine or not fine: what shortens the session, and what the
 * role's trust policy must allow. Pure.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 * @module
 */

import type { IamArn } from "../aws/arn.ts";
import { isAccessDenied } from "../aws/refusal.ts";
import { trustActions, trustPolicy } from "../aws/trust_policy.ts";
import { UserError } from "../errors.ts";
import { foreign } from "../foreign.ts";
import { AWS_ATTRIBUTE } from "./attribute.ts";
import type { Assertion, SamlResponse } from "./response.ts";

/** Sentences without a full stop, for the person to know before STS is asked. */
export function remarksOn(
  assertion: SamlResponse["assertion"],
  asked: { readonly durationSeconds: number; readonly now: number },
): readonly string[] {
  if (typeof assertion === "string") return [];
  return [
    ...sessionEnd(assertion, asked),
    ...sessionDuration(assertion, asked.durationSeconds),
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
  const until = `${new Date(sessionNotOnOrAfter).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return [
    `The IdP ends the session at ${until} (SessionNotOnOrAfter), ` +
    `sooner than the ${durationSeconds} seconds asked for`,
  ];
}

function sessionDuration(assertion: Assertion, durationSeconds: number): readonly string[] {
  const text = assertion.attributes.get(`${AWS_ATTRIBUTE}SessionDuration`)?.[0];
  if (text === undefined) return [];
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (!(seconds >= 900 && seconds <= 43_200)) {
    return [`The IdP's SessionDuration "${foreign(text, 40)}" is no number from 900 to 43200`];
  }
  return seconds >= durationSeconds ? [] : [
    `The IdP's SessionDuration of ${seconds} seconds may shorten the session ` +
    `(${durationSeconds} asked for)`,
  ];
}

function needs(assertion: Assertion): readonly string[] {
  const actions = trustActions(carried(assertion)).join(" and ");
  const { recipients } = assertion;
  const of = recipients.length === 0
    ? ""
    : ` for SAML:aud ${recipients.map((each) => foreign(each)).join(" or ")} (the Recipient)`;
  return [`The role's trust policy must allow ${actions}${of}`];
}

/** What of the person's attributes a trust policy must allow explicitly. */
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
 * STS' refusal with what this very assertion adds to it: for AccessDenied the trust policy that would
 * allow it. Anything else comes back as it is.
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
  return new UserError(error.code, error.message, {
    exitCode: error.exitCode,
    hint: `${error.hint ?? ""}\nThis trust policy would allow this very assertion:\n${policy}`,
    cause: error,
  });
}
