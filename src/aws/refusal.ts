/**
 * An error response from STS → its cause and its remedy.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { foreign } from "../text.ts";
import type { IamArn } from "./arn.ts";
import { audiencesOf } from "./partition.ts";

/** An error response from STS, and the request that it belongs to. */
export interface StsAnswer {
  /** The error code: `AccessDenied`, `InvalidIdentityToken`. */
  readonly code: string;
  readonly message: string;
  readonly role: IamArn;
  readonly provider: IamArn;
  readonly region: string;
  /** Set when the request had session policies. */
  readonly hasPolicies?: boolean;
  /** How far STS's clock is ahead of this machine's, milliseconds, if known. */
  readonly skewMs?: number | undefined;
  /** The error as the SDK threw it. */
  readonly cause: unknown;
}

/** Tells if STS refused because the role only allows shorter sessions. */
export function isTooLong(code: string, message: string): boolean {
  return code === "ValidationError" && /exceeds the MaxSessionDuration/i.test(message);
}

/**
 * Tells if STS rejected the assertion itself, and not the request made with it. Any web page can post such
 * an assertion, so it does not end the wait for a real one.
 */
export function isFalseAssertion(error: UserError): boolean {
  return FALSE_ASSERTION.includes(error.code);
}

/** Tells if STS refused because of the role's trust policy, or because there is no such role. */
export function isAccessDenied(error: UserError): boolean {
  return error.code === "sts-AccessDenied";
}

/** Tells if STS refused the Audience of the assertion. */
export function isOfAudience({ code, message }: UserError): boolean {
  return code === "sts-InvalidIdentityToken" && /audience/i.test(message);
}

/** Tells if STS refused the session tags. The action sts:TagSession is the trust policy's matter. */
export function isOfTags({ code, message }: UserError): boolean {
  return code.startsWith("sts-") && TAGS.test(message);
}

/** Tells if STS refused the size of policies and tags together. */
export function isOfPackedSize({ code }: UserError): boolean {
  return /^sts-PackedPolicyTooLarge/.test(code);
}

const TAGS = /\btags?\b/i;
const SOURCE_IDENTITY = /source ?identity/i;

const FALSE_ASSERTION: readonly string[] = [
  "sts-InvalidIdentityToken",
  "sts-IDPRejectedClaim",
  "sts-ExpiredTokenException",
];

/** Makes a UserError of STS's refusal: exit code 6, with STS's own code after `sts-`. */
export function explainRefusal(answer: StsAnswer): UserError {
  // A word, whatever answers in STS's place.
  const code = answer.code.replace(/[^\w.:-]/g, "").slice(0, 80) || "Unknown";
  return new UserError(
    `sts-${code}`,
    `STS refused the sign-in: ${foreign(answer.message, 500) || code} (${code})`,
    { exitCode: ExitCode.REFUSED, hint: remedy(answer), cause: answer.cause },
  );
}

function remedy(answer: StsAnswer): string {
  const { code, message, role, provider, region, skewMs, hasPolicies = false } = answer;
  switch (code) {
    case "ExpiredTokenException":
      return "A sign-in is only valid for five minutes.\n" +
        (skewSentence(skewMs) ??
          "Sign in again. If you have only just signed in, check the clocks of the IdP and of this computer.");
    case "InvalidIdentityToken":
      return invalidToken(message, role, provider);
    case "AccessDenied":
      return `The trust policy of ${role.text} does not allow this sign-in, or the role does not exist.\n` +
        `The policy must name ${provider.text} as Principal.Federated and allow\n` +
        "sts:AssumeRoleWithSAML, and its SAML:aud condition must allow the URL that the IdP posts to (the\n" +
        "assertion's Recipient). Session tags also need sts:TagSession, a source identity needs\n" +
        "sts:SetSourceIdentity.";
    case "ValidationError":
      return isTooLong(code, message)
        ? "Request a shorter session with --duration-seconds, or raise the role's maximum session duration."
        : invalidRequest(message, hasPolicies);
    case "IDPRejectedClaim":
      return "The IdP rejected the sign-in, or part of the assertion is no longer valid. Sign in again.";
    case "RegionDisabledException":
      return `STS is not active in ${region} for account ${role.account}.\n` +
        `Enable it there (IAM, Account settings), or choose another region with --region.`;
    case "MalformedPolicyDocument":
    case "MalformedPolicyDocumentException":
      return "Correct the policy in --policy-file: it must be a valid IAM policy in JSON.";
    case "PackedPolicyTooLarge":
    case "PackedPolicyTooLargeException":
      return hasPolicies
        ? "The session policies and tags are too large together: shorten --policy-file, or pass fewer\n" +
          "--policy-arn flags."
        : "The session tags that the IdP sends are too large together. Ask your IdP administrator for fewer or\n" +
          "shorter PrincipalTag attributes in the AWS application.";
    default:
      return /Throttl|RequestLimitExceeded|SlowDown/.test(code)
        ? "This account has sent STS too many requests. Wait a minute, then sign in again."
        : "Sign in again. If this keeps happening, show this message to your AWS administrator.";
  }
}

/** Reports a clock that is off by more than a network delay. */
function skewSentence(skewMs: number | undefined): string | undefined {
  if (skewMs === undefined || Math.abs(skewMs) < 30_000) return undefined;
  const minutes = Math.abs(skewMs) / 60_000;
  const amount = minutes < 2 ? `${Math.round(minutes * 60)} s` : `${Math.round(minutes)} min`;
  return `Your clock is ${amount} ${skewMs > 0 ? "behind" : "ahead of"} STS's. ` +
    "Turn on automatic time, then sign in again.";
}

function invalidRequest(message: string, hasPolicies: boolean): string {
  if (SOURCE_IDENTITY.test(message)) return SOURCE_IDENTITY_HINT;
  if (TAGS.test(message)) {
    return "STS does not take the session tags that the IdP sends. Ask your IdP administrator to correct the\n" +
      "PrincipalTag attributes in the AWS application: 50 at most, keys of 128 and values of 256 characters.";
  }
  return "Check the role and provider ARNs and --duration-seconds" +
    (hasPolicies ? ", --policy-arn and --policy-file." : ".");
}

const SOURCE_IDENTITY_HINT =
  "The IdP attribute https://aws.amazon.com/SAML/Attributes/SourceIdentity must have 2 to 64 letters (A to Z),\n" +
  "digits or _+=,.@- characters, and not begin with aws:. Ask your IdP administrator to map it to such a name.";

function invalidToken(message: string, role: IamArn, provider: IamArn): string {
  if (SOURCE_IDENTITY.test(message)) return SOURCE_IDENTITY_HINT;
  if (/signature/i.test(message)) {
    return `AWS does not know the certificate that the IdP signs with, or the assertion was modified.\n` +
      `Upload the IdP's current metadata to ${provider.text}.`;
  }
  if (/issuer/i.test(message)) {
    return `${provider.text} belongs to another IdP. Use --saml-provider-arn with\n` +
      `the SAML provider of the IdP that you signed in to.`;
  }
  if (/provider/i.test(message) && /exist/i.test(message)) {
    return `${provider.text} does not exist. Compare its account, name and partition\n` +
      `with IAM, Identity providers, in account ${role.account}.`;
  }
  if (/RoleSessionName/i.test(message)) {
    return "The IdP attribute https://aws.amazon.com/SAML/Attributes/RoleSessionName must have 2 to 64\n" +
      "letters (A to Z), digits or _+=,.@- characters. Map it to the user's email address or user name.";
  }
  if (/audience/i.test(message)) {
    // Not the trust policy: a SAML:aud condition that does not match is an AccessDenied.
    return "AWS compares the AudienceRestriction, not the trust policy's SAML:aud. Set the Audience, or SP entity\n" +
      `ID, of the IdP's AWS application to ${audiencesOf(role.partition).join(" or ")}.`;
  }
  return "The IdP's AWS application sends an assertion that AWS cannot use. Sign in again. If this keeps\n" +
    "happening, compare the application with AWS's guide to SAML assertions.";
}
