/**
 * The Role attribute → the roles that the assertion offers.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 * @module
 */

import { type IamArn, mismatchOf, parseProviderArn, parseRoleArn } from "../aws/arn.ts";
import { messageOf } from "../errors.ts";
import { foreign } from "../foreign.ts";
import { AWS_ATTRIBUTE } from "./attribute.ts";
import type { Assertion } from "./response.ts";

/** A pair that the person may exchange the assertion for. */
export interface OfferedRole {
  readonly role: IamArn;
  readonly provider: IamArn;
}

/** What the Role attribute held. */
export interface RoleOffer {
  /** In the assertion's order, each pair once. */
  readonly roles: readonly OfferedRole[];
  /** A sentence for each value that no reader can take for a pair. */
  readonly malformed: readonly string[];
}

/** Reads the offered roles of an assertion; never throws, since one bad value must not hide the others. */
export function offeredRoles(assertion: Assertion): RoleOffer {
  const roles = new Map<string, OfferedRole>();
  const malformed: string[] = [];
  // An account's provider stands beside each of its roles.
  const providers = new Map<string, IamArn>();
  const providerOf = (text: string) => {
    const known = providers.get(text) ?? parseProviderArn(text);
    providers.set(text, known);
    return known;
  };
  for (const value of assertion.attributes.get(`${AWS_ATTRIBUTE}Role`) ?? []) {
    try {
      const pair = readPair(value, providerOf);
      roles.set(`${pair.role.text},${pair.provider.text}`, pair);
    } catch (error) {
      malformed.push(`"${foreign(value)}": ${foreign(messageOf(error), 300)}`);
    }
  }
  return { roles: [...roles.values()], malformed };
}

/** A few sentences, each without its full stop, on values that cannot be read. */
export function malformedSentences(malformed: readonly string[]): readonly string[] {
  const more = malformed.length - 3;
  return [
    ...malformed.slice(0, 3).map((each) => `A Role value cannot be read, ${each}`),
    ...(more > 0 ? [`So it is with ${more} more Role value${more === 1 ? "" : "s"}`] : []),
  ];
}

/** The RoleSessionName, under which the person appears in CloudTrail, where the assertion has one. */
export function sessionName(assertion: Assertion): string | undefined {
  return assertion.attributes.get(`${AWS_ATTRIBUTE}RoleSessionName`)?.[0] || undefined;
}

/** A role ARN and a provider ARN with a comma between, in either order, blanks allowed. */
function readPair(value: string, providerOf: (text: string) => IamArn): OfferedRole {
  // Role names may hold commas, provider names may not: the comma that divides is the one before the
  // second "arn:". (A leading \s* in the pattern would cost the square of a run of blanks.)
  const parts = value.split(/,(?=\s*arn:)/).map((part) => part.trim());
  if (parts.length !== 2) {
    throw new Error("a value of Role is a role ARN and a SAML provider ARN with a comma between");
  }
  const [first = "", second = ""] = parts;
  for (
    const [part, what] of [[":role/", "a role"], [":saml-provider/", "a SAML provider"]] as const
  ) {
    if (!parts.every((text) => text.includes(part))) continue;
    throw new Error(
      `both ARNs are of ${what}; a value of Role is a role's and its SAML provider's`,
    );
  }
  const swapped = first.includes(":saml-provider/");
  const pair = {
    role: parseRoleArn(swapped ? second : first),
    provider: providerOf(swapped ? first : second),
  };
  const mismatch = mismatchOf(pair.role, pair.provider);
  if (mismatch !== undefined) throw new Error(mismatch);
  return pair;
}
