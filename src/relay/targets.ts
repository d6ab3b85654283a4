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
  /** The likeliest first. */
  readonly consoles: readonly Console[];
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
 * can tell them; then every console whose host is public, the commercial one first. The roles are anybody's word, but
 * they only choose among AWS's hosts.
 */
export function targetsOf({ roles }: Pick<RoleOffer, "roles">, driverPort: number): Targets {
  const named = new Set(roles.map(({ role }) => role.partition));
  const open = PARTITIONS.filter(({ console }) => console !== undefined);
  return {
    consoles: (named.size > 0 ? [...named] : open).map(consoleOf),
    driver: `http://localhost:${driverPort}/saml`,
  };
}

function consoleOf(partition: Partition): Console {
  const host = signInHost(partition, undefined);
  return {
    name: NAMES[partition.id] ?? `${partition.id} console`,
    host,
    url: `https://${host}/saml`,
  };
}
