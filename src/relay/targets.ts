/**
 * Where the relay may send an assertion: AWS's own sign-in hosts, and the driver on the person's own machine. Pure.
 *
 * @module
 */

import { type Partition, PARTITIONS, signInHost } from "../aws/partition.ts";
import type { RoleOffer } from "../saml/roles.ts";

/** A console's sign-in. */
export interface Console {
  readonly name: string;
  readonly host: string;
  readonly url: string;
}

/** The addresses that the page's buttons post to. */
export interface Targets {
  readonly consoles: readonly Console[];
  /** Further ones, where nobody can tell which is right. */
  readonly others: readonly Console[];
  readonly driver: string;
}

const NAMES: Readonly<Record<string, string>> = {
  "aws": "AWS console",
  "aws-us-gov": "AWS GovCloud (US) console",
  "aws-cn": "AWS China console",
  "aws-eusc": "AWS European Sovereign Cloud console",
};

/**
 * The targets of an assertion: the consoles of the partitions that its roles are in. Of an encrypted one nobody here
 * can tell them: then it is the commercial one, and all others whose hosts are public. The roles are anybody's word,
 * but they only choose among AWS's hosts.
 */
export function targetsOf({ roles }: Pick<RoleOffer, "roles">, driverPort: number): Targets {
  const driver = `http://localhost:${driverPort}/saml`;
  const named = new Set(roles.map(({ role }) => role.partition));
  if (named.size > 0) return { consoles: [...named].map(consoleOf), others: [], driver };
  const open = PARTITIONS.filter(({ console }) => console !== undefined).map(consoleOf);
  return { consoles: open.slice(0, 1), others: open.slice(1), driver };
}

function consoleOf(partition: Partition): Console {
  const host = signInHost(partition, undefined);
  return {
    name: NAMES[partition.id] ?? `${partition.id} console`,
    host,
    url: `https://${host}/saml`,
  };
}
