/**
 * A Response + what was requested + the clock → usable, or what is wrong and how to fix it.
 *
 * @module
 */

import type { UserError } from "../errors.ts";
import { foreign, utcTime } from "../text.ts";
import { ignoredAttributes } from "./attribute_names.ts";
import { judgeName, judgeRole, refusal } from "./attribute_verdict.ts";
import type { RoleFilter } from "./narrow.ts";
import type { Assertion, SamlResponse } from "./response.ts";
import type { RoleOffer } from "./roles.ts";
import { ignoredDuration } from "./session_duration.ts";

/** The settings of the sign-in that an assertion can disagree with. */
export interface Expectation extends RoleFilter {
  /** The only accepted issuer, when one was named. */
  readonly idp: string | undefined;
  /** The IDs of our requests, of which it must answer one; absent where the sign-in starts at the IdP. */
  readonly requests?: ReadonlySet<string> | undefined;
  /** `true`: an encrypted assertion is always usable; `false`: never; absent: with both ARNs given. */
  readonly encrypted?: boolean | undefined;
}

/** STS accepts an assertion for five minutes after its issue, whatever the assertion itself says. */
const REDEEMABLE_MS = 5 * 60_000;

/**
 * How far the clocks of this machine and of the IdP may differ before an assertion is refused for its
 * times. Within that, STS decides by its own clock: the request is not signed, so this machine's does not count.
 */
const SKEW_MS = 3_600_000;

/** The least time to choose a role when this machine's clock, which may be ahead, says that it is up. */
const CHOOSING_MS = 60_000;

/** The smallest difference between the clocks that is worth mentioning: they are never quite the same. */
const NOTICED_MS = 5000;

/**
 * Judges a Response before it is sent to STS.
 *
 * @param now this machine's clock, milliseconds since 1970
 * @returns the error to show, exit code 5, or `undefined` when it can be sent
 */
export function judge(
  { response, offer }: { readonly response: SamlResponse; readonly offer: RoleOffer },
  expected: Expectation,
  now: number,
): UserError | undefined {
  const { status, assertion } = response;
  const stray = expected.requests && judgeAnswer(response, expected.requests);
  if (stray !== undefined) return stray;
  if (!status.success) {
    const codes = foreign(status.codes.join("/")) || "no status";
    return refusal(
      "assertion-status",
      `The IdP did not sign you in: ${codes}${
        status.message ? `, "${foreign(status.message)}"` : ""
      }`,
      "Sign in again. If this keeps happening, ask your IdP administrator if you have access to the AWS\n" +
        "application.",
    );
  }
  if (assertion === "absent") {
    return refusal(
      "assertion-absent",
      "The SAML Response has no assertion, although its status is Success",
      "Ask your IdP administrator to check the AWS application: it must send a signed assertion.",
    );
  }
  const issuer = assertion === "encrypted" ? response.issuer : assertion.issuer;
  if (expected.idp !== undefined && issuer !== expected.idp) {
    return refusal(
      "assertion-other-idp",
      `The assertion is from ${
        issuer === undefined ? "an unnamed IdP" : `"${foreign(issuer)}"`
      }, not from "${expected.idp}"`,
      "Sign in to the IdP that --idp names, or correct --idp: it is the IdP's entity ID.",
    );
  }
  if (assertion === "encrypted") return judgeEncrypted(expected);
  return judgeTimes(assertion, now) ?? judgeRole({ assertion, offer }, expected) ??
    judgeName(assertion);
}

/**
 * Until when an assertion may be used by this machine's clock, milliseconds since 1970: as long as
 * {@linkcode judge} accepts it, and never longer than its own lifetime from now.
 *
 * @param now also the assumed time of issue of an encrypted assertion
 */
export function redeemableUntil(assertion: SamlResponse["assertion"], now: number): number {
  if (typeof assertion === "string") return now + REDEEMABLE_MS;
  const { issueInstant } = assertion;
  const end = endOf(assertion);
  const lifetime = Math.max(end - issueInstant, 0);
  // Nothing is issued in the future, and what has just come is hardly over: the clocks are apart, and the whole
  // lifetime may still be left; only STS knows.
  if (issueInstant > now || now >= end) return now + lifetime;
  return Math.max(end, now + Math.min(lifetime, CHOOSING_MS));
}

/**
 * Compares this machine's clock with an assertion that has just arrived: a sentence without a final
 * period, or `undefined` when the clock seems right.
 */
export function clockRemark(
  assertion: SamlResponse["assertion"],
  now: number,
): string | undefined {
  if (typeof assertion === "string") return undefined;
  const { issueInstant } = assertion;
  const behind = issueInstant - now;
  if (behind >= NOTICED_MS) {
    return `Your clock is at least ${seconds(behind)} s behind the IdP's`;
  }
  const late = now - endOf(assertion);
  if (late < 0) return undefined;
  return `Your clock is at least ${seconds(late)} s ahead of the IdP's, or this is an old sign-in`;
}

/**
 * What the person should know of an assertion that is used all the same: sentences without final periods.
 */
export function assertionWarnings(
  assertion: SamlResponse["assertion"],
  now: number,
): readonly string[] {
  if (typeof assertion === "string") return [];
  const { issueInstant, notBefore = issueInstant, unreadable } = assertion;
  return [
    ...(notBefore > Math.max(now, issueInstant)
      ? [`The IdP does not let this sign-in be used before ${utcTime(notBefore)}`]
      : []),
    ...unreadable.map(([name, value]) =>
      `Ignored the assertion's ${name} "${foreign(value, 40)}": it is not a date and time`
    ),
    ...ignoredDuration(assertion),
    ...ignoredAttributes(assertion),
  ];
}

/** When an assertion expires by the IdP's clock, milliseconds since 1970. */
export function endOf({ notOnOrAfter, issueInstant }: Assertion): number {
  return Math.min(notOnOrAfter ?? Infinity, issueInstant + REDEEMABLE_MS);
}

/**
 * Judges which request a Response answers: the assertion must say the same as the Response, which alone may be
 * signed or not.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf section 4.1.4.3
 */
function judgeAnswer(
  { inResponseTo, assertion }: SamlResponse,
  requests: ReadonlySet<string>,
): UserError | undefined {
  const ids = [
    inResponseTo,
    ...typeof assertion === "string"
      ? []
      : assertion.inResponseTo.length === 0
      ? [undefined]
      : assertion.inResponseTo,
  ];
  if (ids.every((id) => id !== undefined && id === inResponseTo && requests.has(id))) {
    return undefined;
  }
  const unsolicited = ids.every((id) => id === undefined);
  return refusal(
    "assertion-not-answer",
    unsolicited
      ? "The SAML Response answers no request, but this sign-in began with one"
      : "The SAML Response does not answer the request of this sign-in",
    "Start at the address that your terminal shows" +
      (unsolicited
        ? ", not at your company's portal. If you did, your IdP\n" +
          "ignores requests: use --start-url in place of --sso-url."
        : ", and finish the sign-in in the same tab."),
  );
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

const ENCRYPTED = "The assertion is encrypted, so only AWS can read its roles";

/** Judges an assertion that only AWS can read: STS needs the role and the provider then. */
function judgeEncrypted({ role, provider, encrypted }: Expectation): UserError | undefined {
  if (encrypted === true) return undefined;
  if (encrypted === false) {
    return refusal(
      "assertion-encrypted",
      ENCRYPTED,
      "Ask your IdP administrator to send it unencrypted, or pick one role with --role-arn and\n" +
        "--saml-provider-arn.",
    );
  }
  if (role !== undefined && provider !== undefined) return undefined;
  return refusal(
    "assertion-encrypted",
    ENCRYPTED,
    "Pass both --role-arn and --saml-provider-arn; the assertion then goes to AWS as it is.",
  );
}

function judgeTimes(assertion: Assertion, now: number): UserError | undefined {
  const { notBefore, issueInstant } = assertion;
  const clock = `your clock says ${utcTime(now)}`;
  const from = Math.max(notBefore ?? issueInstant, issueInstant);
  if (now + SKEW_MS < from) {
    return refusal(
      "assertion-not-yet-valid",
      `This sign-in is not valid before ${utcTime(from)} (${clock})`,
      "Turn on automatic time, then sign in again." +
        (issueInstant > now
          ? ` Your clock is at least ${seconds(issueInstant - now)} s behind the IdP's.`
          : ""),
    );
  }
  const until = endOf(assertion);
  // STS counts from the issue, whatever the assertion itself says.
  if (now - SKEW_MS >= Math.min(until, issueInstant)) {
    return refusal(
      "assertion-expired",
      `This sign-in expired at ${utcTime(until)} (${clock})`,
      "Sign in again, without the browser's Back or Reload button. If you have only just signed in, your\n" +
        `clock is ${seconds(now - Math.min(issueInstant, until))} s ahead of the IdP's: ` +
        "turn on automatic time.",
    );
  }
  return undefined;
}
