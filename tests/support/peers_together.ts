/**
 * Tests that need more than one peer, and the driver in both its forms.
 *
 * @module
 */

import { EXECUTABLE_ALONE, FROM_SOURCE, type Program } from "./driver.ts";
import { peer, type PeerName, peerTestDefinition, requiredPeers } from "./peers.ts";

/**
 * As `peerTest`, for a test that needs several peers: without one of them the test is ignored under a name
 * that says so, or fails when `REQUIRE_PEERS` lists the one that is missing.
 */
export function peersTest(
  names: readonly PeerName[],
  title: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const required = requiredPeers(Deno.env.get("REQUIRE_PEERS"));
  const missing = names.filter((name) => !peer(name).found);
  const told = missing.find((name) => required.has(name)) ?? missing[0];
  Deno.test(peerTestDefinition(title, {
    peer: told === undefined ? { found: true, path: "" } : peer(told),
    required: told !== undefined && required.has(told),
    fn: (_path, t) => fn(t),
  }));
}

/** The path of a peer that {@linkcode peersTest} made sure of. */
export function pathOf(name: PeerName): string {
  const found = peer(name);
  if (!found.found) throw new Error(`A test asks for ${name} without having registered it`);
  return found.path;
}

/** The driver in one form, and the peer that this form is. */
export interface Form {
  readonly name: string;
  readonly needs: readonly PeerName[];
  readonly program: () => Program;
}

/** The executable, also where it is missing. */
export const EXECUTABLE: Form = {
  name: "executable",
  needs: ["executable"],
  program: () => ({ name: "executable", command: [pathOf("executable")] }),
};

/**
 * Both forms of the driver. Unlike `programs()` this lists the executable also where it is missing, so that a
 * test which needs it is seen to be ignored, or to fail.
 */
export const FORMS: readonly [Form, ...Form[]] = EXECUTABLE_ALONE ? [EXECUTABLE] : [
  { name: FROM_SOURCE.name, needs: [], program: () => FROM_SOURCE },
  EXECUTABLE,
];
