/**
 * The Role attribute → the roles that the assertion offers.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 * @module
 */

import { type IamArn, mismatchOf, parseProviderArn, parseRoleArn } from "../aws/arn.ts";
import { messageOf } from "../errors.ts";
import { foreign, plural } from "../text.ts";
import { AWS_ATTRIBUTE } from "./attribute.ts";
import type { Assertion } from "./response.ts";

/** A pair of ARNs that the assertion can be exchanged for. */
export interface OfferedRole {
  readonly role: IamArn;
  readonly provider: IamArn;
}

/** The content of the Role attribute. */
export interface RoleOffer {
  /** In the assertion's order, each pair once. */
  readonly roles: readonly OfferedRole[];
  /** For each value that is not a pair: the value in quotes, a colon, and what is wrong with it. */
  readonly malformed: readonly string[];
}

/** Reads the offered roles of an assertion. Never throws, since one bad value must not hide the others. */
export function offeredRoles(assertion: Assertion): RoleOffer {
  const roles = new Map<string, OfferedRole>();
  const malformed: string[] = [];
  // An account's provider is repeated next to each of its roles.
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

/** A few sentences, without final periods, about values that cannot be read. */
export function malformedSentences(malformed: readonly string[]): readonly string[] {
  const more = malformed.length - 3;
  return [
    ...malformed.slice(0, 3).map((each) => `Cannot read the Role value ${each}`),
    ...(more > 0 ? [`${plural(more, "more Role value")} cannot be read`] : []),
  ];
}

/** The RoleSessionName, the person's name in CloudTrail; `undefined` when the assertion has none. */
export function sessionName(assertion: Assertion): string | undefined {
  return assertion.attributes.get(`${AWS_ATTRIBUTE}RoleSessionName`)?.[0] || undefined;
}

/** Reads a role ARN and a provider ARN separated by a comma, in either order, white space allowed. */
function readPair(value: string, providerOf: (text: string) => IamArn): OfferedRole {
  // Role names may contain commas, provider names may not: the separator is the comma before the second
  // "arn:". (A leading \s* in the pattern would take quadratic time on a run of spaces.)
  const parts = value.split(/,(?=\s*arn:)/).map((part) => part.trim());
  if (parts.length !== 2) {
    throw new Error("expected a role ARN and a SAML provider ARN, separated by a comma");
  }
  const [first = "", second = ""] = parts;
  for (
    const [part, kind] of [[":role/", "role"], [":saml-provider/", "SAML provider"]] as const
  ) {
    if (!parts.every((text) => text.includes(part))) continue;
    throw new Error(`both are ${kind} ARNs; expected a role ARN and a SAML provider ARN`);
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
