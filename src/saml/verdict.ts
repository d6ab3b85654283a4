/**
 * What a Response says + what was asked for + the clock → fine, or what is wrong and how to mend it.
 *
 * @module
 */

import type { IamArn } from "../aws/arn.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { Assertion, SamlResponse } from "./response.ts";
import { offeredRoles } from "./roles.ts";

/** What the sign-in was started with, as far as an assertion can disagree with it. */
export interface Expectation {
  readonly role: IamArn;
  readonly provider: IamArn;
  /** The only issuer that is taken, when one was named. */
  readonly idp: string | undefined;
}

/** STS takes an assertion for five minutes after its issue, whatever the assertion itself says. */
const REDEEMABLE_MS = 5 * 60_000;

/**
 * How far the clocks of this machine and of the IdP may be apart before a time is held against an
 * assertion. Within it STS decides, whose clock is right.
 */
const SKEW_MS = 60_000;

/**
 * Judges a Response before STS is asked.
 *
 * @param now this machine's clock, milliseconds since 1970
 * @returns the error to show, exit code 5, or `undefined` when STS may be asked
 */
export function judge(
  response: SamlResponse,
  expected: Expectation,
  now: number,
): UserError | undefined {
  const { status, assertion } = response;
  if (!status.success) {
    const codes = status.codes.join("/") || "no status";
    return refusal(
      "assertion-status",
      `The IdP did not sign you in: ${codes}${status.message ? `, "${cut(status.message)}"` : ""}`,
      "Sign in again. If it stays so, ask the IdP's administrator whether you may use its AWS application.",
    );
  }
  if (assertion === "absent") {
    return refusal(
      "assertion-absent",
      "The Response has no assertion, though its status is Success",
      "The IdP's application for AWS must sign and send an assertion.",
    );
  }
  const issuer = assertion === "encrypted" ? response.issuer : assertion.issuer;
  if (expected.idp !== undefined && issuer !== expected.idp) {
    return refusal(
      "assertion-other-idp",
      `The assertion is of ${issuer === undefined ? "an unnamed IdP" : `"${cut(issuer)}"`}, ` +
        `not of "${expected.idp}"`,
      "Sign in at the IdP that --idp names, or correct --idp (it is the IdP's entity ID).",
    );
  }
  // Only STS can read it: everything else is left to STS.
  if (assertion === "encrypted") return undefined;
  return judgeTimes(assertion, now) ?? judgeRole(assertion, expected);
}

function judgeTimes(assertion: Assertion, now: number): UserError | undefined {
  const { notBefore, notOnOrAfter, issueInstant } = assertion;
  const clocks = `this machine's clock says ${utc(now)}`;
  const from = Math.max(notBefore ?? issueInstant, issueInstant);
  if (now + SKEW_MS < from) {
    return refusal(
      "assertion-not-yet-valid",
      `The assertion is not valid before ${utc(from)}, and ${clocks}`,
      "Set this machine's clock (time synchronisation on), then sign in again.",
    );
  }
  const until = Math.min(notOnOrAfter ?? Infinity, issueInstant + REDEEMABLE_MS);
  if (now - SKEW_MS >= until) {
    return refusal(
      "assertion-expired",
      `The assertion could be used until ${utc(until)}, and ${clocks}`,
      "Sign in again, without the browser's Back or Reload. If it was just issued, set this machine's clock.",
    );
  }
  return undefined;
}

function judgeRole(assertion: Assertion, expected: Expectation): UserError | undefined {
  const { roles, malformed } = offeredRoles(assertion);
  const { role, provider } = expected;
  const sameRole = roles.filter((each) => each.role.text === role.text);
  if (sameRole.some((each) => each.provider.text === provider.text)) return undefined;
  const first = sameRole[0];
  if (first !== undefined) {
    return refusal(
      "assertion-other-provider",
      `The assertion offers ${role.text} through ${first.provider.text}, not through ${provider.text}`,
      `Give --saml-provider-arn ${first.provider.text}`,
    );
  }
  const offered = roles.map((each) => each.role.text);
  const hints = [
    offered.length === 0
      ? "The assertion offers no role: assign you one in the IdP's application for AWS."
      : `It offers ${listed(offered)}`,
    ...malformed.map((each) => `It also has a Role value that cannot be read, ${each}`).slice(0, 3),
  ];
  return refusal(
    "role-not-offered",
    `The assertion does not offer ${role.text}`,
    hints.join("\n"),
  );
}

/** A few names in a sentence, and how many more. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8);
  const more = names.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** The form of a time in messages: to the second, UTC, said so. */
function utc(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** Text from the network, kept short in a message. */
function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function refusal(code: string, message: string, hint: string): UserError {
  return new UserError(code, message, { exitCode: ExitCode.BAD_ASSERTION, hint });
}
