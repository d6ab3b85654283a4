/**
 * The packages of deno.lock.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** Imports a package and does nothing by itself. Deno wants all of deno.lock then. */
const SDK_USER = fileURLToPath(new URL("../src/aws/sts.ts", import.meta.url));

/**
 * Starts to fetch them; `undefined` when all of them are here. What runs with `--cached-only` then needs no
 * network, and Deno has nothing to say.
 */
export function startFetching(): Deno.ChildProcess | undefined {
  const run = ["run", "--cached-only", "--allow-all", SDK_USER];
  const { success } = new Deno.Command(Deno.execPath(), { args: run }).outputSync();
  if (success) return undefined;
  return new Deno.Command(Deno.execPath(), { args: ["cache", "--quiet", SDK_USER] }).spawn();
}
