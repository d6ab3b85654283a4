/**
 * What the process does that signs in for all callers.
 *
 * @module
 */

import { ExitCode, UserError } from "../../errors.ts";
import type { Order } from "../../sharing/messages.ts";
import { serveCallers } from "../../sharing/server.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import type { CommandRun } from "../command.ts";
import { flagSource, type OptionSource, readOptions, SIGN_IN_OPTIONS } from "../options.ts";
import { signInRequest } from "../settings/sign_in_request.ts";

/** Serves the callers of a meeting file until none is left. */
export const runServe: CommandRun = async ({ words: [path = ""], machine }, deps) => {
  const required = machine === undefined ? [] : [machine.required];
  if (readOptions(["cache"], required).cache === false) throw cacheForbidden();
  const requestOf = (order: Order) => requestFor(order, { deps, required });
  // The next sign-in may have to open another tab.
  const world = { ...deps, startNothingMore: undefined };
  await serveCallers(path, { ...world, cache: deps.cache(), requestOf });
};

async function requestFor(
  { flags, policy, region, asker }: Order,
  { deps, required }: { readonly deps: Deps; readonly required: readonly OptionSource[] },
): Promise<SignInRequest> {
  // The caller has looked up its region: this process's environment is only the first caller's.
  const hidden = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"];
  const env = (name: string) => hidden.includes(name) ? undefined : deps.env(name);
  const values = readOptions(SIGN_IN_OPTIONS, [...required, flagSource(flags)]);
  return { ...await signInRequest({ values }, { ...deps, env }), asker, policy, region };
}

/** No caller asks for it then, but for one that had started before the file was there. */
function cacheForbidden(): UserError {
  return new UserError("cache-forbidden", "This machine forbids the cache", {
    exitCode: ExitCode.FILE,
  });
}
