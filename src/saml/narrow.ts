/**
 * The offered roles that were asked for.
 *
 * @module
 */

import type { IamArn } from "../aws/arn.ts";
import type { OfferedRole } from "./roles.ts";

/** What narrows an offer; absent or empty for no wish. */
export interface Narrowing {
  readonly role?: IamArn | undefined;
  readonly provider?: IamArn | undefined;
  /** Account numbers. */
  readonly accounts?: readonly string[] | undefined;
  /** Patterns of `--role-filter`: `*` stands for any text, `?` for one character. */
  readonly filters?: readonly string[] | undefined;
}

/** The pairs that fit all wishes; of several accounts or several filters, any one. */
export function narrow(
  roles: readonly OfferedRole[],
  { role, provider, accounts = [], filters = [] }: Narrowing,
): readonly OfferedRole[] {
  const patterns = filters.map(globPattern);
  return roles.filter((each) =>
    (role === undefined || each.role.text === role.text) &&
    (provider === undefined || each.provider.text === provider.text) &&
    (accounts.length === 0 || accounts.includes(each.role.account)) &&
    (patterns.length === 0 || patterns.some((pattern) => fits(pattern, each.role)))
  );
}

/** The narrowing as a person typed it, for messages; empty where nothing was. */
export function narrowingText({ role, provider, accounts = [], filters = [] }: Narrowing): string {
  return [
    ...(role === undefined ? [] : [`--role-arn ${role.text}`]),
    ...(provider === undefined ? [] : [`--saml-provider-arn ${provider.text}`]),
    ...accounts.map((account) => `--account ${account}`),
    ...filters.map((filter) => `--role-filter ${filter}`),
  ].join(" ");
}

/** Whether the name, or the name with its path, fits; of a pattern with a colon the ARN. */
function fits({ pattern, ofArn }: Glob, role: IamArn): boolean {
  const texts = [role.name.slice(role.name.lastIndexOf("/") + 1), role.name];
  // Every ARN begins with an "a" and has many letters: `A*` means a name.
  return [...texts, ...(ofArn ? [role.text] : [])].some((text) => pattern.test(text));
}

interface Glob {
  readonly pattern: RegExp;
  readonly ofArn: boolean;
}

/** Names in IAM differ by more than capitals, so a person's capitals do not matter here. */
function globPattern(text: string): Glob {
  const source = text.replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*").replaceAll("?", ".");
  return { pattern: new RegExp(`^${source}$`, "i"), ofArn: text.includes(":") };
}
