/**
 * A refusal of STS, and the assertion that was refused → what of it STS did not take. Pure.
 *
 * @module
 */

import type { IamArn } from "../aws/arn.ts";
import { audiencesOf, isAudienceOf, PARTITIONS } from "../aws/partition.ts";
import { isAccessDenied, isOfAudience, isOfPackedSize, isOfTags } from "../aws/refusal.ts";
import { trustPolicy } from "../aws/trust_policy.ts";
import { UserError } from "../errors.ts";
import { foreign } from "../text.ts";
import { carried } from "./remarks.ts";
import type { Assertion, SamlResponse } from "./response.ts";
import { sessionName } from "./roles.ts";
import { largestTags, sourceIdentityFault, tagFaults, tagNames } from "./tags.ts";

/**
 * Adds to a refusal of STS what of this assertion led to it: the trust policy that would allow it, the Audience,
 * the tags. Returns any other error unchanged.
 */
export function explainWithAssertion(
  error: unknown,
  { assertion }: SamlResponse,
  provider: IamArn,
): unknown {
  if (!(error instanceof UserError) || typeof assertion === "string") return error;
  if (isAccessDenied(error)) {
    const needs = { provider, recipients: assertion.recipients, ...carried(assertion) };
    const policy = trustPolicy(needs);
    return error.with(
      { policy, hint: error.hint, person: sessionName(assertion) },
      `${error.hint ?? ""}\nA trust policy that allows this sign-in:\n${policy}`,
    );
  }
  const facts = factsFor(error, { assertion, provider });
  return facts.length === 0
    ? error
    : error.with({ person: sessionName(assertion) }, [...facts, error.hint ?? ""].join("\n"));
}

/** The facts of the assertion that explain a refusal, a line each. */
function factsFor(
  error: UserError,
  { assertion, provider }: { readonly assertion: Assertion; readonly provider: IamArn },
): readonly string[] {
  if (isOfAudience(error)) return audienceFacts(assertion, provider);
  if (isOfPackedSize(error)) return largestTags(assertion);
  const identity = sourceIdentityFault(assertion);
  const faults = [...tagFaults(assertion), ...(identity === undefined ? [] : [identity])];
  if (isOfTags(error) && faults.length === 0) return tagNames(assertion);
  // Any other rule that is broken may be what STS means.
  const isOfRequest = ["sts-ValidationError", "sts-InvalidIdentityToken"].includes(error.code);
  return isOfTags(error) ||
      (isOfRequest && !/signature|issuer|provider|Duration/i.test(error.message))
    ? faults.slice(0, 8).map((each) => `${each}.`)
    : [];
}

/** Says how the Audience fits AWS in the partition of an ARN, as sentences. */
export function audienceFacts(
  { audiences }: Pick<Assertion, "audiences">,
  { partition }: Pick<IamArn, "partition">,
): readonly string[] {
  if (audiences.length === 0) return ["The assertion names no Audience (AudienceRestriction)."];
  const shown = audiences.slice(0, 3).map((each) => `"${foreign(each)}"`).join(", ");
  const facts = [`The assertion's Audience is ${shown}.`];
  const other = PARTITIONS.find((each) => audiences.some((text) => isAudienceOf(each, text)));
  if (audiences.some((text) => isAudienceOf(partition, text))) {
    return [
      ...facts,
      "AWS usually takes it: compare the IAM SAML provider with the IdP's metadata.",
    ];
  }
  if (other !== undefined) {
    return [...facts, `That is AWS in partition ${other.id}, but the role is in ${partition.id}.`];
  }
  const near = audiences.some((text) =>
    audiencesOf(partition).some((right) => isNear(text, right))
  );
  return near ? [...facts, "AWS compares it to the letter."] : facts;
}

/** Tells if two texts differ in case, white space, the scheme or a slash at the end only. */
function isNear(text: string, right: string): boolean {
  const plain = (each: string) =>
    each.toLowerCase().replace(/\s/g, "").replace(/^https?:\/\//, "").replace(/\/$/, "");
  return plain(text) === plain(right);
}
