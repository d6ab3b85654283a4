/**
 * `--name-template`: offered roles → names of profiles; pure.
 *
 * @module
 */

import type { OfferedRole } from "../../saml/roles.ts";
import type { AccountNames } from "../settings/named_files.ts";
import { usageError } from "../arguments.ts";

/** The name of an account and of a role, as most people write them. */
export const DEFAULT_TEMPLATE = "{account}-{role}";

const PLACES: Readonly<Record<string, (pair: OfferedRole, names: AccountNames) => string>> = {
  account: ({ role }) => role.account,
  accountName: ({ role }, names) => {
    const name = names.get(role.account) ?? "";
    // Of a name in another script only dashes would be left.
    return /^-*$/.test(readable(name)) ? role.account : name;
  },
  role: ({ role }) => role.name.slice(role.name.lastIndexOf("/") + 1),
  path: ({ role }) => role.name,
  partition: ({ role }) => role.partition.id,
  provider: ({ provider }) => provider.name,
};

/**
 * Checks a template before anybody signs in.
 *
 * @throws UserError exit code 2 for a place that there is not
 */
export function checkTemplate(template: string): void {
  const unknown = [...template.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name ?? "")
    .find((name) => !Object.hasOwn(PLACES, name));
  const places = `Available: ${Object.keys(PLACES).map((name) => `{${name}}`).join(", ")}`;
  if (unknown !== undefined) {
    throw usageError(
      "template-unknown",
      `Cannot use --name-template ${template}: unknown placeholder {${unknown}}`,
      places,
    );
  }
  if (/[{}]/.test(template.replace(/\{[^{}]*\}/g, ""))) {
    throw usageError(
      "template-unbalanced",
      `Cannot use --name-template ${template}: it has an unmatched brace`,
      places,
    );
  }
}

/** What names are made with. */
export interface Naming {
  readonly template: string;
  readonly accountNames: AccountNames;
}

/** The name of one role's profile. */
export function profileNameOf(pair: OfferedRole, { template, accountNames }: Naming): string {
  return readable(
    template.replace(
      /\{([^}]*)\}/g,
      (whole, place) => PLACES[place]?.(pair, accountNames) ?? whole,
    ),
  );
}

/** What no SDK would read back in a name becomes a dash. */
function readable(text: string): string {
  return text.replace(/[^A-Za-z0-9/.%@_:+-]+/g, "-");
}

/**
 * Names each role's profile.
 *
 * @throws UserError exit code 2 when two roles would get the same name, or one that of every command
 */
export function profileNamesOf(
  roles: readonly OfferedRole[],
  { template, accountNames }: Naming,
): ReadonlyMap<string, OfferedRole> {
  const names = new Map<string, OfferedRole>();
  for (const pair of roles) {
    const name = profileNameOf(pair, { template, accountNames });
    if (name === "default") {
      throw usageError(
        "template-default",
        `The profile of ${pair.role.text} would be "default", which every command uses if none is given`,
        "Add something to --name-template, such as {account}, or exclude the role with --role-filter",
      );
    }
    const other = names.get(name);
    if (other !== undefined) {
      const twice = other.role.text === pair.role.text;
      const said = ({ role, provider }: OfferedRole) =>
        twice ? `${role.text} through ${provider.name}` : role.text;
      throw usageError(
        "template-collides",
        `Both ${said(other)} and ${said(pair)} would be written to profile "${name}"`,
        "Add {path}, {accountName}, {partition} or {provider} to --name-template, or exclude one of them\n" +
          "with --role-filter or --saml-provider-arn",
      );
    }
    names.set(name, pair);
  }
  return names;
}
