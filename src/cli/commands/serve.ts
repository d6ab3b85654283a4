/**
 * What the process does that signs in for all callers.
 *
 * @module
 */

import type { Order } from "../../sharing/messages.ts";
import { serveCallers } from "../../sharing/server.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import type { CommandRun } from "../command.ts";
import { SIGN_IN_OPTIONS } from "../options.ts";
import { flagSource, readOptions } from "../read_options.ts";
import { signInRequest } from "../settings/sign_in_request.ts";

/** Serves the callers of a meeting file until none is left. */
export const runServe: CommandRun = async ({ words: [path = ""] }, deps) => {
  const requestOf = (order: Order) => requestFor(order, deps);
  // The next sign-in may have to open another tab.
  const world = { ...deps, startNothingMore: undefined };
  await serveCallers(path, { ...world, cache: deps.cache(), requestOf });
};

async function requestFor(
  { flags, policy, region, asker }: Order,
  deps: Deps,
): Promise<SignInRequest> {
  // The caller has looked up its region: this process's environment is only the first caller's.
  const hidden = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"];
  const env = (name: string) => hidden.includes(name) ? undefined : deps.env(name);
  const values = readOptions(SIGN_IN_OPTIONS, [flagSource(flags)]);
  return { ...await signInRequest(values, { ...deps, env }, asker), policy, region };
}
