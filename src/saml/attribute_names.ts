/**
 * Attributes that were most likely meant for AWS: it compares their names to the letter, and says nothing of
 * those that differ.
 *
 * @module
 */

import { few, misspelt } from "../text.ts";
import { AWS_ATTRIBUTE } from "./attribute.ts";
import type { Assertion } from "./response.ts";

/** AWS's attributes that an assertion need not have. */
const OPTIONAL: readonly string[] = ["SessionDuration", "SourceIdentity", "TransitiveTagKeys"];

type Named = Pick<Assertion, "attributes" | "friendlyNames">;

/** Finds the name that comes nearest to one of AWS's attributes (`Role`); `undefined` for none. */
export function nearestAttribute(assertion: Named, local: string): string | undefined {
  const right = simplified(AWS_ATTRIBUTE + local);
  const last = local.toLowerCase();
  const names = [...assertion.attributes.keys()].filter((name) => !isOfAws(name));
  const friendly = (name: string) => simplified(assertion.friendlyNames.get(name) ?? "");
  const ways: readonly ((name: string) => boolean)[] = [
    (name) => simplified(name) === right,
    (name) => lastPart(simplified(name)) === last,
    (name) => lastPart(friendly(name)) === last,
    // Whoever sends ARNs of roles means AWS, whatever the name.
    (name) => local === "Role" && (assertion.attributes.get(name) ?? []).some(isRole),
    (name) => misspelt(right, [simplified(name)]).length > 0,
    (name) => isMisspelt(lastPart(simplified(name)), last),
  ];
  for (const way of ways) {
    const found = names.find(way);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Says which optional attributes AWS ignores for their names, as sentences without final periods. */
export function ignoredAttributes(assertion: Named): readonly string[] {
  const optional = OPTIONAL.flatMap((local) => {
    const near = assertion.attributes.has(AWS_ATTRIBUTE + local)
      ? undefined
      : nearestAttribute(assertion, local);
    return near === undefined ? [] : [ignored(near, AWS_ATTRIBUTE + local)];
  });
  const tags = [...assertion.attributes.keys()].filter((name) => !isOfAws(name) && isTag(name));
  const more = tags.length - 3;
  return [
    ...optional,
    ...tags.slice(0, 3).map((name) => ignored(name, `${AWS_ATTRIBUTE}PrincipalTag:KEY`)),
    ...(more > 0 ? [`AWS ignores ${more} more attributes that look like session tags`] : []),
  ];
}

function ignored(name: string, right: string): string {
  return `AWS ignores the attribute ${nameShown(name)}: the name must be exactly ${right}`;
}

/** Lists the names of all attributes, never their values; empty where there are none but AWS's own. */
export function attributeNames({ attributes }: Named): string {
  const names = [...attributes.keys()];
  return names.every(isOfAws) ? "" : few(names.map((name) => nameShown(name, 100)), 8);
}

/** A name to the letter, in quotes: what cannot be seen of it is escaped. */
export function nameShown(name: string, limit = 200): string {
  const cut = name.length > limit ? `${name.slice(0, limit)}…` : name;
  return JSON.stringify(cut).replace(
    /[^\P{Z} ]|\p{C}/gu,
    (sign) => `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

/** Tells if a name is one of AWS's, to the letter. */
function isOfAws(name: string): boolean {
  if (!name.startsWith(AWS_ATTRIBUTE)) return false;
  const local = name.slice(AWS_ATTRIBUTE.length);
  return ["Role", "RoleSessionName", ...OPTIONAL].includes(local) || /^PrincipalTag:./.test(local);
}

/** Tells if a name is nearly that of a session tag. AccessControl is IAM Identity Center's word for them. */
function isTag(name: string): boolean {
  return /(?:^|[/:])(?:principaltags?|accesscontrol)(?:[/:]|$)/.test(simplified(name));
}

/** A name without what is hardly seen: case, white space, the scheme, slashes too many. */
function simplified(name: string): string {
  return name.slice(0, 1000).normalize("NFKC").replace(/[\s\p{C}]/gu, "").toLowerCase()
    .replace(/^https?:/, "").replace(/\/{2,}/g, "/").replace(/\/$/, "");
}

function lastPart(name: string): string {
  const [last = ""] = /[^/:#|]*$/.exec(name) ?? [];
  return last;
}

function isMisspelt(part: string, last: string): boolean {
  // Of a short word, two letters are half of it.
  return last.length > 5 ? misspelt(last, [part]).length > 0 : part === `${last}s`;
}

function isRole(value: string): boolean {
  return /arn:[\w-]*:iam::\d*:role\//i.test(value);
}
