/**
 * What a Response says + what was asked for + the clock → fine, or what is wrong and how to mend it.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { foreign } from "../foreign.ts";
import { narrow, type Narrowing, narrowingText } from "./narrow.ts";
import { nearest } from "../nearest.ts";
import { AWS_ATTRIBUTE } from "./attribute.ts";
import type { Assertion, SamlResponse } from "./response.ts";
import { type OfferedRole, offeredRoles, sessionName } from "./roles.ts";

/** What the sign-in was started with, as far as an assertion can disagree with it. */
export interface Expectation extends Narrowing {
  /** The only issuer that is taken, when one was named. */
  readonly idp: string | undefined;
  /** An encrypted one may be of use whatever else is expected, or (false) is of none. */
  readonly encrypted?: boolean | undefined;
}

/** STS takes an assertion for five minutes after its issue, whatever the assertion itself says. */
const REDEEMABLE_MS = 5 * 60_000;

/**
 * How far the clocks of this machine and of the IdP may be apart before a time is held against an
 * assertion. Within it STS decides, whose clock is right.
 */
const SKEW_MS = 60_000;

/** From which difference on the clocks are worth a word: most are never quite the same. */
const NOTICED_MS = 5000;

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
    const codes = foreign(status.codes.join("/")) || "no status";
    return refusal(
      "assertion-status",
      `The IdP did not sign you in: ${codes}${
        status.message ? `, "${foreign(status.message)}"` : ""
      }`,
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
      `The assertion is of ${issuer === undefined ? "an unnamed IdP" : `"${foreign(issuer)}"`}, ` +
        `not of "${expected.idp}"`,
      "Sign in at the IdP that --idp names, or correct --idp (it is the IdP's entity ID).",
    );
  }
  if (assertion === "encrypted") return judgeEncrypted(expected);
  return judgeTimes(assertion, now) ?? judgeRole(assertion, expected) ?? judgeName(assertion);
}

/**
 * Until when an assertion may be used by this machine's clock, milliseconds since 1970: as long as
 * {@linkcode judge} lets it pass, and never longer than its own life from now.
 *
 * @param now stands for the issue of one that cannot be read
 */
export function redeemableUntil(assertion: SamlResponse["assertion"], now: number): number {
  if (typeof assertion === "string") return now + REDEEMABLE_MS;
  const { issueInstant } = assertion;
  const end = endOf(assertion);
  // Nothing is issued in the future: the IdP's clock is ahead, and the whole life is still to come.
  if (issueInstant > now) return now + Math.max(end - issueInstant, 0);
  // At its end this machine's clock may be the one that is ahead; that STS knows.
  return Math.max(end, Math.min(now, end) + SKEW_MS);
}

/**
 * What an assertion that has just come says of this machine's clock, as a sentence without its full stop;
 * `undefined` where nothing is odd.
 */
export function clockRemark(
  assertion: SamlResponse["assertion"],
  now: number,
): string | undefined {
  if (typeof assertion === "string") return undefined;
  const { issueInstant } = assertion;
  const behind = issueInstant - now;
  if (behind >= NOTICED_MS) {
    return `This machine's clock is at least ${seconds(behind)} s behind the IdP's`;
  }
  const late = now - endOf(assertion);
  if (late < 0) return undefined;
  return `This machine's clock is ${
    seconds(late)
  } s or more ahead of the IdP's, or the assertion is an old one`;
}

/** When an assertion ends by the IdP's clock, milliseconds since 1970. */
export function endOf({ notOnOrAfter, issueInstant }: Assertion): number {
  return Math.min(notOnOrAfter ?? Infinity, issueInstant + REDEEMABLE_MS);
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

const ENCRYPTED = "The assertion is encrypted, so only AWS can read which roles it offers";

/** Only STS can read it: everything is left to STS, which must be told the role then. */
function judgeEncrypted({ role, provider, encrypted }: Expectation): UserError | undefined {
  if (encrypted === true) return undefined;
  if (encrypted === false) {
    return refusal(
      "assertion-encrypted",
      ENCRYPTED,
      "Have the IdP send it unencrypted, or take one role with --role-arn and --saml-provider-arn.",
    );
  }
  if (role !== undefined && provider !== undefined) return undefined;
  return refusal(
    "assertion-encrypted",
    ENCRYPTED,
    "Give both --role-arn and --saml-provider-arn: such an assertion is passed on as it is.",
  );
}

function judgeTimes(assertion: Assertion, now: number): UserError | undefined {
  const { notBefore, issueInstant } = assertion;
  const clocks = `this machine's clock says ${utc(now)}`;
  const from = Math.max(notBefore ?? issueInstant, issueInstant);
  if (now + SKEW_MS < from) {
    return refusal(
      "assertion-not-yet-valid",
      `The assertion is not valid before ${utc(from)}, and ${clocks}`,
      "Set this machine's clock (time synchronisation on), then sign in again" +
        (issueInstant > now
          ? `: it is at least\n${seconds(issueInstant - now)} s behind the IdP's.`
          : "."),
    );
  }
  const until = endOf(assertion);
  if (now - SKEW_MS >= until) {
    return refusal(
      "assertion-expired",
      `The assertion could be used until ${utc(until)}, and ${clocks}`,
      "Sign in again, without the browser's Back or Reload. If it was just issued, set this machine's clock:\n" +
        `it is ${seconds(now - Math.min(issueInstant, until))} s ahead of the IdP's.`,
    );
  }
  return undefined;
}

function judgeRole(assertion: Assertion, expected: Expectation): UserError | undefined {
  const { roles, malformed } = offeredRoles(assertion);
  if (narrow(roles, expected).length > 0) return undefined;
  const { role, provider } = expected;
  const other = role && roles.find((each) => each.role.text === role.text);
  if (other !== undefined && provider !== undefined && other.provider.text !== provider.text) {
    return refusal(
      "assertion-other-provider",
      `The assertion offers ${other.role.text} through ${other.provider.text}, ` +
        `not through ${provider.text}`,
      `Give --saml-provider-arn ${other.provider.text}`,
    );
  }
  const { accounts, filters } = expected;
  if (role !== undefined && narrow(roles, { role, provider }).length > 0) {
    return refusal(
      "role-narrowed",
      `The assertion offers ${role.text}, but that does not fit ${
        narrowingText({ accounts, filters })
      }`,
      "Leave out --account and --role-filter: --role-arn says which role.",
    );
  }
  const hints = [
    roles.length === 0
      ? "The assertion offers no role: the IdP's application for AWS must assign you one."
      : `It offers ${listed(offeredNames(roles, role?.text))}`,
    ...malformed.map((each) => `It also has a Role value that cannot be read, ${each}`).slice(0, 3),
  ];
  return refusal("role-not-offered", notOffered(roles, expected), hints.join("\n"));
}

function notOffered(roles: readonly OfferedRole[], expected: Expectation): string {
  if (expected.role !== undefined) return `The assertion does not offer ${expected.role.text}`;
  const wished = narrowingText(expected);
  return wished === "" || roles.length === 0
    ? "The assertion does not offer any role"
    : `None of the ${roles.length} offered roles fits ${wished}`;
}

/** What is offered, what looks most like the wish first. */
function offeredNames(roles: readonly OfferedRole[], wish: string | undefined): readonly string[] {
  const names = roles.map((each) => each.role.text);
  return wish === undefined ? names : nearest(wish, names);
}

/** STS takes no assertion without a proper RoleSessionName. */
function judgeName(assertion: Assertion): UserError | undefined {
  const name = sessionName(assertion);
  if (name !== undefined && /^[\w+=,.@-]{2,64}$/.test(name)) return undefined;
  return refusal(
    "assertion-session-name",
    name === undefined
      ? "The assertion has no RoleSessionName, and AWS takes none without"
      : `The assertion's RoleSessionName "${foreign(name, 80)}" is not one that AWS takes`,
    `The IdP's attribute ${AWS_ATTRIBUTE}RoleSessionName must have 2 to 64\n` +
      "letters, digits or _+=,.@- characters: map it to the person's mail address.",
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

function refusal(code: string, message: string, hint: string): UserError {
  return new UserError(code, message, { exitCode: ExitCode.BAD_ASSERTION, hint });
}
