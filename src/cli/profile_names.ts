/**
 * `--name-template`: offered roles → names of profiles; pure.
 *
 * @module
 */

import type { OfferedRole } from "../saml/roles.ts";
import type { AccountNames } from "./account_names.ts";
import { usageError } from "./arguments.ts";

/** The name of an account and of a role, as most people write them. */
export const DEFAULT_TEMPLATE = "{account}-{role}";

const PLACES: Readonly<Record<string, (pair: OfferedRole, names: AccountNames) => string>> = {
  account: ({ role }) => role.account,
  accountName: ({ role }, names) => names.get(role.account) ?? role.account,
  role: ({ role }) => role.name.slice(role.name.lastIndexOf("/") + 1),
  path: ({ role }) => role.name,
  partition: ({ role }) => role.partition.id,
};

/**
 * Checks a template before anybody signs in.
 *
 * @throws UserError exit code 2 for a place that there is not
 */
export function checkTemplate(template: string): void {
  const unknown = [...template.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name ?? "")
    .find((name) => !Object.hasOwn(PLACES, name));
  if (unknown === undefined) return;
  throw usageError(
    "template-unknown",
    `Cannot use --name-template ${template}: there is no {${unknown}}`,
    `There are ${Object.keys(PLACES).map((name) => `{${name}}`).join(", ")}`,
  );
}

/** What names are made with. */
export interface Naming {
  readonly template: string;
  readonly accountNames: AccountNames;
}

/** The name of one role's profile. */
export function profileNameOf(pair: OfferedRole, { template, accountNames }: Naming): string {
  return template
    .replace(/\{([^}]*)\}/g, (whole, place) => PLACES[place]?.(pair, accountNames) ?? whole)
    .replace(/[^A-Za-z0-9/.%@_:+-]+/g, "-");
}

/**
 * Names each role's profile. What no SDK would read back in a name becomes a dash.
 *
 * @throws UserError exit code 2 when two roles would get the same name
 */
export function profileNamesOf(
  roles: readonly OfferedRole[],
  { template, accountNames }: Naming,
): ReadonlyMap<string, OfferedRole> {
  const names = new Map<string, OfferedRole>();
  for (const pair of roles) {
    const name = profileNameOf(pair, { template, accountNames });
    const other = names.get(name);
    if (other !== undefined) {
      throw usageError(
        "template-collides",
        `Both ${other.role.text} and ${pair.role.text} would be profile "${name}"`,
        "Tell them apart in --name-template, with {path}, {accountName} or {partition}, or leave one out " +
          "by --role-filter",
      );
    }
    names.set(name, pair);
  }
  return names;
}
