/**
 * The offered roles that match what the person asked for.
 *
 * @module
 */

import type { IamArn } from "../aws/arn.ts";
import type { OfferedRole } from "./roles.ts";

/** The limits on which offered roles count; an absent or empty one limits nothing. */
export interface RoleFilter {
  readonly role?: IamArn | undefined;
  readonly provider?: IamArn | undefined;
  /** Account numbers. */
  readonly accounts?: readonly string[] | undefined;
  /** Patterns of `--role-filter`: `*` stands for any text, `?` for one character. */
  readonly filters?: readonly string[] | undefined;
}

/** The pairs that match every limit; of several accounts or several patterns, any one. */
export function narrow(
  roles: readonly OfferedRole[],
  { role, provider, accounts = [], filters = [] }: RoleFilter,
): readonly OfferedRole[] {
  const patterns = filters.map(globPattern);
  return roles.filter((each) =>
    (role === undefined || each.role.text === role.text) &&
    (provider === undefined || each.provider.text === provider.text) &&
    (accounts.length === 0 || accounts.includes(each.role.account)) &&
    (patterns.length === 0 || patterns.some((pattern) => matches(pattern, each.role)))
  );
}

/** The filter as flags, for messages; empty when there are no limits. */
export function roleFilterText(
  { role, provider, accounts = [], filters = [] }: RoleFilter,
): string {
  return [
    ...(role === undefined ? [] : [`--role-arn ${role.text}`]),
    ...(provider === undefined ? [] : [`--saml-provider-arn ${provider.text}`]),
    ...accounts.map((account) => `--account ${account}`),
    ...filters.map((filter) => `--role-filter ${filter}`),
  ].join(" ");
}

/** Tells if the name, with or without its path, matches; for a pattern with a colon, also the ARN. */
function matches({ pattern, ofArn }: Glob, role: IamArn): boolean {
  const texts = [role.name.slice(role.name.lastIndexOf("/") + 1), role.name];
  // Every ARN begins with an "a" and has many letters, so `A*` must only be tried on names.
  return [...texts, ...(ofArn ? [role.text] : [])].some((text) => pattern.test(text));
}

interface Glob {
  readonly pattern: RegExp;
  readonly ofArn: boolean;
}

/** Compiles a pattern, ignoring case: IAM does not allow two names that differ only in case. */
function globPattern(text: string): Glob {
  const source = text.replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*").replaceAll("?", ".");
  return { pattern: new RegExp(`^${source}$`, "i"), ofArn: text.includes(":") };
}
