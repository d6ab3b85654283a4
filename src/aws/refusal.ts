/**
 * An error that STS answered with → its cause and its remedy.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { foreign } from "../foreign.ts";
import type { IamArn } from "./arn.ts";

/** What STS said, and of what. */
export interface StsAnswer {
  /** The error code: `AccessDenied`, `InvalidIdentityToken`. */
  readonly code: string;
  readonly message: string;
  readonly role: IamArn;
  readonly provider: IamArn;
  readonly region: string;
  /** How far STS' clock is ahead of this machine's, milliseconds, where it was seen. */
  readonly skewMs?: number | undefined;
  /** The error as the SDK threw it. */
  readonly cause: unknown;
}

/** Whether STS asks for a shorter session of this role. */
export function isTooLong(code: string, message: string): boolean {
  return code === "ValidationError" && /exceeds the MaxSessionDuration/i.test(message);
}

/**
 * Whether STS called the assertion itself false, rather than what was asked with it. Any page on the web
 * can post such a one, so it does not end the wait for a true one.
 */
export function isFalseAssertion(error: UserError): boolean {
  return FALSE_ASSERTION.includes(error.code);
}

/** Whether the role's trust policy, or that there is no such role, is what STS refused for. */
export function isAccessDenied(error: UserError): boolean {
  return error.code === "sts-AccessDenied";
}

const FALSE_ASSERTION: readonly string[] = [
  "sts-InvalidIdentityToken",
  "sts-IDPRejectedClaim",
  "sts-ExpiredTokenException",
];

/** STS' refusal as an error of ours: exit code 6, `code` is `sts-` and STS' own. */
export function explainRefusal(answer: StsAnswer): UserError {
  return new UserError(
    `sts-${answer.code}`,
    `STS refused the sign-in: ${foreign(answer.message, 500) || answer.code} (${answer.code})`,
    { exitCode: ExitCode.REFUSED, hint: remedy(answer), cause: answer.cause },
  );
}

function remedy({ code, message, role, provider, region, skewMs }: StsAnswer): string {
  switch (code) {
    case "ExpiredTokenException":
      return "The assertion's time is over; AWS takes one for five minutes after its issue.\n" +
        (skewSentence(skewMs) ??
          "Sign in again. If it was just issued, check the clock of the IdP and of this machine.");
    case "InvalidIdentityToken":
      return invalidToken(message, role, provider);
    case "AccessDenied":
      return `The trust policy of ${role.text} does not allow this sign-in, or there is no such role.\n` +
        `It must name ${provider.text} as Principal.Federated, allow sts:AssumeRoleWithSAML,\n` +
        `and its saml:aud condition must have the URL the IdP posts to (the assertion's Recipient).\n` +
        `An assertion with tags needs sts:TagSession, one with a source identity sts:SetSourceIdentity.`;
    case "ValidationError":
      return isTooLong(code, message)
        ? "Ask for a shorter session with --duration-seconds, or raise the role's maximum session duration."
        : "Check the flags: STS takes the ARNs, the duration and the session policies as they were given.";
    case "IDPRejectedClaim":
      return "The IdP said no, or a claim in the assertion is not valid any more. Sign in again.";
    case "RegionDisabledException":
      return `STS is not active in ${region} for account ${role.account}.\n` +
        `Enable it there (IAM, Account settings), or take another region with --region.`;
    case "MalformedPolicyDocument":
    case "MalformedPolicyDocumentException":
      return "Correct the policy of --policy-file: it must be a JSON policy that IAM takes.";
    case "PackedPolicyTooLarge":
    case "PackedPolicyTooLargeException":
      return "The session policies and tags are too large together: shorten --policy-file, or give fewer\n" +
        "--policy-arn.";
    default:
      return /Throttl|RequestLimitExceeded|SlowDown/.test(code)
        ? "STS has had too many requests of this account. Wait a minute, then sign in again."
        : "Sign in again. If it stays so, show this message to the account's administrator.";
  }
}

/** A clock that is wrong by more than a network's delay is worth a word. */
function skewSentence(skewMs: number | undefined): string | undefined {
  if (skewMs === undefined || Math.abs(skewMs) < 30_000) return undefined;
  const minutes = Math.abs(skewMs) / 60_000;
  const how = minutes < 2 ? `${Math.round(minutes * 60)} s` : `${Math.round(minutes)} min`;
  return `This machine's clock is ${how} ${skewMs > 0 ? "behind" : "ahead of"} STS'. ` +
    "Set it, then sign in again.";
}

function invalidToken(message: string, role: IamArn, provider: IamArn): string {
  if (/signature/i.test(message)) {
    return `The IdP signs with a certificate that AWS does not know, or the assertion was changed.\n` +
      `Upload the IdP's current metadata to ${provider.text}.`;
  }
  if (/issuer/i.test(message)) {
    return `${provider.text} is of another IdP. Give the SAML provider that stands for the IdP you\n` +
      `signed in at with --saml-provider-arn.`;
  }
  if (/provider/i.test(message) && /exist/i.test(message)) {
    return `There is no ${provider.text}. Compare its account, name and partition\n` +
      `with IAM, Identity providers, in account ${role.account}.`;
  }
  if (/RoleSessionName/i.test(message)) {
    return "The IdP's attribute https://aws.amazon.com/SAML/Attributes/RoleSessionName must have 2 to 64\n" +
      "letters, digits or _+=,.@- characters: map it to the person's mail address.";
  }
  if (/audience/i.test(message)) {
    return `The saml:aud condition in the trust policy of ${role.text}\n` +
      "must have the assertion's Recipient: the URL that the IdP posts to.";
  }
  return "The IdP's application for AWS sends an assertion that AWS cannot use. Sign in again; if it\n" +
    "stays so, compare the application with AWS' guide to SAML assertions.";
}
