/**
 * The attributes that every assertion for AWS must have, Role and RoleSessionName → usable, or what is wrong
 * with them.
 *
 * @module
 */

import type { IamArn } from "../aws/arn.ts";
import { ExitCode, UserError } from "../errors.ts";
import { few, foreign, misspelt, nearest, plural } from "../text.ts";
import { AWS_ATTRIBUTE } from "./attribute.ts";
import { attributeNames, nameShown, nearestAttribute } from "./attribute_names.ts";
import { narrow, type RoleFilter, roleFilterText } from "./narrow.ts";
import type { Assertion } from "./response.ts";
import { type OfferedRole, offerSentences, type RoleOffer, sessionName } from "./roles.ts";
import { nameFault, nameRemedy } from "./session_name.ts";

/** An assertion that can be read, and what it offers. */
export interface Judged {
  readonly assertion: Assertion;
  readonly offer: RoleOffer;
}

/**
 * Judges what an assertion offers.
 *
 * @returns the error to show, or `undefined` when the wanted role is there
 */
export function judgeRole(
  { assertion, offer }: Judged,
  expected: RoleFilter,
): UserError | undefined {
  const { roles } = offer;
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
  return roles.length === 0
    ? judgeNoRole({ assertion, offer }, expected)
    : noMatch(offer, expected);
}

/** Says which roles there are instead. */
function noMatch(offer: RoleOffer, expected: RoleFilter): UserError {
  const { role } = expected;
  const offered = likeliestFirst(offer.roles, role);
  const others = offerSentences(offer);
  const available = `Available: ${few(offered.map(({ text }) => text), 8)}`;
  return refusal(
    "role-not-offered",
    notOffered(offer.roles, expected),
    [available, ...others].join("\n"),
  ).with({
    headline: role === undefined ? "No role in your sign-in matches" : undefined,
    hint: others.join("\n"),
    roles: offered,
    meant: role && offered.find(({ name }) => misspelt(role.name, [name]).length > 0),
  });
}

/** Says why there is no role at all. */
function judgeNoRole({ assertion, offer }: Judged, expected: RoleFilter): UserError {
  const others = offerSentences(offer);
  const { malformed, identityCenter = [] } = offer;
  if (malformed.length > 0) {
    return refusal(
      "role-not-offered",
      malformed.length === 1
        ? "The assertion's only Role value cannot be read"
        : `None of the assertion's ${malformed.length} Role values can be read`,
      [...others, "Ask your IdP administrator to correct them in the AWS application."].join("\n"),
    ).with({ headline: "Your roles can't be read" });
  }
  if (identityCenter.length > 0) {
    return refusal(
      "role-not-offered",
      `${plural(identityCenter.length, "role")} in your sign-in ${
        identityCenter.length === 1 ? "is" : "are"
      } IAM Identity Center's, which cannot be assumed with SAML`,
      [...others, "Sign in with aws sso login, or ask for roles that trust your IdP."].join("\n"),
    ).with({ headline: "Your roles are IAM Identity Center's" });
  }
  const near = assertion.attributes.has(ROLE) ? undefined : nearestAttribute(assertion, "Role");
  if (near !== undefined) return misnamed("role-not-offered", near, { assertion, local: "Role" });
  const names = assertion.attributes.has(ROLE) ? "" : attributeNames(assertion);
  return refusal(
    "role-not-offered",
    notOffered(offer.roles, expected),
    [
      "The assertion has no roles. Ask your IdP administrator to assign you a role in the AWS application.",
      ...others,
      ...(names === "" ? [] : [`AWS reads roles from ${ROLE}; the assertion has`, names]),
    ].join("\n"),
  ).with({ headline: "Your sign-in has no AWS roles" });
}

/** Says which attribute was most likely meant, and how it must be named. */
function misnamed(
  code: string,
  near: string,
  { assertion, local }: { readonly assertion: Assertion; readonly local: string },
): UserError {
  const friendly = assertion.friendlyNames.get(near);
  const called = friendly === undefined ? "" : ` (FriendlyName ${nameShown(friendly, 100)})`;
  return refusal(
    code,
    `The assertion has no attribute ${AWS_ATTRIBUTE}${local}, only ${nameShown(near)}${called}`,
    "AWS compares names to the letter. In the IdP's AWS application, the attribute's Name must be exactly\n" +
      `${AWS_ATTRIBUTE}${local}`,
  ).with({ headline: `Your IdP sends ${local} under another name` });
}

const ROLE = `${AWS_ATTRIBUTE}Role`;

function notOffered(roles: readonly OfferedRole[], expected: RoleFilter): string {
  if (expected.role !== undefined) {
    return `Your sign-in does not include the role ${expected.role.text}`;
  }
  return roles.length === 0
    ? "Your sign-in does not include any role"
    : `None of the ${roles.length} available roles matches ${roleFilterText(expected)}`;
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
export function judgeName(assertion: Assertion): UserError | undefined {
  const name = sessionName(assertion);
  const code = "assertion-session-name";
  if (name === undefined) {
    const near = assertion.attributes.has(`${AWS_ATTRIBUTE}RoleSessionName`)
      ? undefined
      : nearestAttribute(assertion, "RoleSessionName");
    if (near !== undefined) return misnamed(code, near, { assertion, local: "RoleSessionName" });
    return refusal(
      code,
      "The assertion has no RoleSessionName, which AWS requires",
      `${NAME_RULE} Map it to the user's email address.`,
    );
  }
  const fault = nameFault(name);
  if (fault === undefined) return undefined;
  return refusal(
    code,
    `AWS does not accept the assertion's RoleSessionName "${foreign(name, 80)}": ${fault}`,
    `${NAME_RULE}\n${nameRemedy(name)}`,
  );
}

const NAME_RULE = `The IdP attribute ${AWS_ATTRIBUTE}RoleSessionName must have 2 to 64\n` +
  "letters (A to Z), digits or _+=,.@- characters.";

/** The error for an assertion that cannot be used, exit code 5. */
export function refusal(code: string, message: string, hint: string): UserError {
  return new UserError(code, message, { exitCode: ExitCode.BAD_ASSERTION, hint });
}
