/**
 * A Response + what was requested + the clock → usable, or what is wrong and how to fix it.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { foreign, misspelt, nearest } from "../text.ts";
import { utcTime } from "../time.ts";
import { narrow, type RoleFilter, roleFilterText } from "./narrow.ts";
import type { IamArn } from "../aws/arn.ts";
import { AWS_ATTRIBUTE } from "./attribute.ts";
import type { Assertion, SamlResponse } from "./response.ts";
import { type OfferedRole, type RoleOffer, sessionName } from "./roles.ts";

/** The settings of the sign-in that an assertion can disagree with. */
export interface Expectation extends RoleFilter {
  /** The only accepted issuer, when one was named. */
  readonly idp: string | undefined;
  /** `true`: an encrypted assertion is always usable; `false`: never; absent: with both ARNs given. */
  readonly encrypted?: boolean | undefined;
}

/** STS accepts an assertion for five minutes after its issue, whatever the assertion itself says. */
const REDEEMABLE_MS = 5 * 60_000;

/**
 * How far the clocks of this machine and of the IdP may differ before an assertion is refused for its
 * times. Within that, STS decides: its clock is right.
 */
const SKEW_MS = 60_000;

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
  return judgeTimes(assertion, now) ?? judgeRole(offer, expected) ?? judgeName(assertion);
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
  // Nothing is issued in the future: the IdP's clock is ahead, and the whole lifetime is still left.
  if (issueInstant > now) return now + Math.max(end - issueInstant, 0);
  // At its end, this machine's clock may be the one that is ahead; only STS knows.
  return Math.max(end, Math.min(now, end) + SKEW_MS);
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

/** When an assertion expires by the IdP's clock, milliseconds since 1970. */
export function endOf({ notOnOrAfter, issueInstant }: Assertion): number {
  return Math.min(notOnOrAfter ?? Infinity, issueInstant + REDEEMABLE_MS);
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
  if (now - SKEW_MS >= until) {
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

function judgeRole(
  { roles, malformed }: RoleOffer,
  expected: Expectation,
): UserError | undefined {
  if (narrow(roles, expected).length > 0) return undefined;
  const { role, provider } = expected;
  const other = role && roles.find((each) => each.role.text === role.text);
  if (other !== undefined && provider !== undefined && other.provider.text !== provider.text) {
    return refusal(
      "assertion-other-provider",
      `${other.role.text} is available through ${other.provider.text}, not through ${provider.text}`,
      `Use --saml-provider-arn ${other.provider.text}`,
    );
  }
  const { accounts, filters } = expected;
  if (role !== undefined && narrow(roles, { role, provider }).length > 0) {
    return refusal(
      "role-filtered",
      `${role.text} is available, but it does not match ${roleFilterText({ accounts, filters })}`,
      "Leave out --account and --role-filter: --role-arn already selects the role.",
    );
  }
  const offered = likeliestFirst(roles, role);
  const unreadable = malformed
    .map((each) => `Cannot read the Role value ${each}`).slice(0, 3);
  const offer = roles.length === 0
    ? "The assertion has no roles. Ask your IdP administrator to assign you a role in the AWS application."
    : `Available: ${listed(offered.map(({ text }) => text))}`;
  return refusal("role-not-offered", notOffered(roles, expected), [offer, ...unreadable].join("\n"))
    .with(
      roles.length === 0 ? { headline: "Your sign-in has no AWS roles" } : {
        headline: role === undefined ? "No role in your sign-in matches" : undefined,
        hint: unreadable.join("\n"),
        roles: offered,
        meant: role && offered.find(({ name }) => misspelt(role.name, [name]).length > 0),
      },
    );
}

function notOffered(roles: readonly OfferedRole[], expected: Expectation): string {
  if (expected.role !== undefined) {
    return `Your sign-in does not include the role ${expected.role.text}`;
  }
  const filter = roleFilterText(expected);
  return filter === "" || roles.length === 0
    ? "Your sign-in does not include any role"
    : `None of the ${roles.length} available roles matches ${filter}`;
}

/** The roles, each once, the most similar to the requested one first. */
function likeliestFirst(
  roles: readonly OfferedRole[],
  requested: IamArn | undefined,
): readonly IamArn[] {
  const offered = new Map(roles.map(({ role }) => [role.text, role]));
  if (requested === undefined) return [...offered.values()];
  return nearest(requested.text, [...offered.keys()]).flatMap((text) => offered.get(text) ?? []);
}

/** Judges the RoleSessionName: STS accepts no assertion without a valid one. */
function judgeName(assertion: Assertion): UserError | undefined {
  const name = sessionName(assertion);
  if (name !== undefined && /^[\w+=,.@-]{2,64}$/.test(name)) return undefined;
  return refusal(
    "assertion-session-name",
    name === undefined
      ? "The assertion has no RoleSessionName, which AWS requires"
      : `AWS does not accept the assertion's RoleSessionName "${foreign(name, 80)}"`,
    `The IdP attribute ${AWS_ATTRIBUTE}RoleSessionName must have 2 to 64\n` +
      "letters, digits or _+=,.@- characters. Map it to the user's email address.",
  );
}

/** Lists a few names, and says how many more there are. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8);
  const more = names.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function refusal(code: string, message: string, hint: string): UserError {
  return new UserError(code, message, { exitCode: ExitCode.BAD_ASSERTION, hint });
}
