/**
 * The Role attribute → the roles that the assertion offers.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 * @module
 */

import {
  type IamArn,
  isOfIdentityCenter,
  mismatchOf,
  parseSamlProviderArn,
  parseSamlRoleArn,
} from "../aws/arn.ts";
import { messageOf } from "../errors.ts";
import { few, foreign, plural } from "../text.ts";
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
  /** For each value that may be meant as a pair: the value in quotes, a colon, and what is wrong with it. */
  readonly malformed: readonly string[];
  /** Values that can be no role, in quotes. */
  readonly noRoles?: readonly string[];
  /** Values of IAM Identity Center, in quotes: they cannot be assumed with SAML. */
  readonly identityCenter?: readonly string[];
}

/** Reads the offered roles of an assertion. Never throws, since one bad value must not hide the others. */
export function offeredRoles(assertion: Assertion): RoleOffer {
  const roles = new Map<string, OfferedRole>();
  const malformed: string[] = [];
  const noRoles: string[] = [];
  const identityCenter: string[] = [];
  // An account's provider is repeated next to each of its roles.
  const providers = new Map<string, IamArn>();
  const providerOf = (text: string) => {
    const known = providers.get(text) ?? parseSamlProviderArn(text);
    providers.set(text, known);
    return known;
  };
  for (const value of assertion.attributes.get(`${AWS_ATTRIBUTE}Role`) ?? []) {
    try {
      const pair = readPair(value, providerOf);
      roles.set(`${pair.role.text},${pair.provider.text}`, pair);
    } catch (error) {
      const shown = `"${foreign(value)}"`;
      if (!/arn:/i.test(value)) noRoles.push(shown);
      else if (isPairOfIdentityCenter(value)) identityCenter.push(shown);
      else malformed.push(`${shown}: ${foreign(messageOf(error), 300)}`);
    }
  }
  return { roles: [...roles.values()], malformed, noRoles, identityCenter };
}

/** A few sentences, without final periods, about values that are no offered roles. */
export function offerSentences(
  { malformed, noRoles = [], identityCenter = [] }: RoleOffer,
): readonly string[] {
  const more = malformed.length - 3;
  return [
    ...malformed.slice(0, 3).map((each) => `Cannot read the Role value ${each}`),
    ...(more > 0 ? [`${plural(more, "more Role value")} cannot be read`] : []),
    ...noRoleSentence(noRoles),
    ...(identityCenter.length > 0
      ? [
        `Not available, since they are IAM Identity Center's (use aws sso login): ${
          few(identityCenter, 3)
        }`,
      ]
      : []),
  ];
}

/** One sentence for all of them: an IdP such as Keycloak sends its own roles along. */
function noRoleSentence(noRoles: readonly string[]): readonly string[] {
  const [only, ...others] = noRoles;
  if (only === undefined) return [];
  return [
    others.length === 0
      ? `Cannot read the Role value ${only}: ${EXPECTED}`
      : `Ignored ${noRoles.length} Role values that are not ARNs: ${few(noRoles, 3)}`,
  ];
}

/** The RoleSessionName, the person's name in CloudTrail; `undefined` when the assertion has none. */
export function sessionName(assertion: Assertion): string | undefined {
  return assertion.attributes.get(`${AWS_ATTRIBUTE}RoleSessionName`)?.[0] || undefined;
}

const EXPECTED = "expected a role ARN and a SAML provider ARN, separated by a comma";

/** Reads a role ARN and a provider ARN separated by a comma, in either order, white space allowed. */
function readPair(value: string, providerOf: (text: string) => IamArn): OfferedRole {
  // Role names may contain commas, provider names may not: the separator is the comma before the second
  // "arn:". (A leading \s* in the pattern would take quadratic time on a run of spaces.)
  const parts = value.split(/,(?=\s*arn:)/).map((part) => part.trim());
  const [first = "", second = ""] = parts;
  if (parts.length !== 2 || isSeveral(first) || isSeveral(second)) {
    throw new Error(objection(value));
  }
  for (
    const [part, kind] of [[":role/", "role"], [":saml-provider/", "SAML provider"]] as const
  ) {
    if (!parts.every((text) => text.includes(part))) continue;
    throw new Error(`both are ${kind} ARNs; expected a role ARN and a SAML provider ARN`);
  }
  const swapped = first.includes(":saml-provider/");
  const pair = {
    role: parseSamlRoleArn(swapped ? second : first),
    provider: providerOf(swapped ? first : second),
  };
  const mismatch = mismatchOf(pair.role, pair.provider);
  if (mismatch !== undefined) throw new Error(mismatch);
  return pair;
}

/** The beginning of an ARN in IAM, as far as it can be told from the path of a role. */
const ARN = /arn:[\w-]*:iam:/gi;

function isSeveral(part: string): boolean {
  return (part.match(ARN)?.length ?? 0) > 1;
}

/** Says why a value is not one pair. */
function objection(value: string): string {
  const starts = [...value.matchAll(ARN)].map(({ index }) => index);
  const roles = value.match(/:role\//g)?.length ?? 0;
  const providers = value.match(/:saml-provider\//g)?.length ?? 0;
  if (starts.length > 2) {
    const pairs = Math.min(roles, providers);
    const holds = pairs > 1
      ? `${NUMBERS[pairs] ?? pairs} pairs of ARNs stand in one value`
      : `${NUMBERS[starts.length] ?? starts.length} ARNs stand in one value`;
    return `${holds}; expected one pair, each in an AttributeValue of its own`;
  }
  if (starts.length === 1 && roles + providers === 1) {
    const missing = roles === 1 ? "SAML provider" : "role";
    return `the ARN of the ${missing} is missing; ${EXPECTED}`;
  }
  const [, second] = starts;
  if (second === undefined) return EXPECTED;
  // Cut first: a pattern that searches for the end of a long run takes the square of its length.
  const [between = ""] = /[^\w+=.@/-]*$/.exec(value.slice(Math.max(0, second - 20), second)) ?? [];
  return `the two ARNs are separated by ${separatorShown(between)}; ${EXPECTED}`;
}

const NUMBERS: Readonly<Record<number, string>> = { 2: "two", 3: "three", 4: "four" };

function separatorShown(between: string): string {
  if (between === "") return "nothing";
  const sign = between.trim();
  if (sign !== "") return `"${foreign(sign, 20)}"`;
  return /[\r\n]/.test(between) ? "a line break" : between.includes("\t") ? "a tab" : "a space";
}

function isPairOfIdentityCenter(value: string): boolean {
  const parts = value.split(/,(?=\s*arn:)/);
  return parts.length === 2 && !parts.some(isSeveral) && parts.some(isOfIdentityCenter);
}
