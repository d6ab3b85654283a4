/**
 * What `credentials` does.
 *
 * @module
 */

import { usageError } from "../arguments.ts";
import type { Deps } from "../../deps.ts";
import { signInRequest } from "../settings/sign_in_request.ts";
import type { CommandInput, CommandRun } from "../command.ts";
import { optionsOf } from "../options.ts";
import { processJson } from "../../delivery/process_json.ts";
import { takeSession } from "../session/take_session.ts";
import type { Delivery, DeliveryPlan } from "../session/taking.ts";

/** Signs in, or takes the session from the cache, and delivers it: on a terminal to the cache only. */
export const runCredentials: CommandRun = async (input, deps) => {
  refuseIdle(input, deps);
  const request = await signInRequest(input, deps);
  if (deps.stdout.isTerminal && !input.values.print && !input.values["profile-to-update"]) {
    const { login } = await import("../session/login.ts");
    return await login(input, request, deps);
  }
  const deliver = await prepareDelivery({ input, deps });
  await takeSession({ input, deps, request, cached: input.values.cache ?? false, deliver });
};

/**
 * Somebody who types where the keys are to go wants them there, and not on stdout. Variables are for many
 * calls: they may wait for one that writes a profile. And AWS's own driver ignores a --path alone: a
 * credential_process line that has one keeps working, whose stdout is never a terminal.
 */
function refuseIdle({ typed, values }: CommandInput, { stdout }: Deps): void {
  if (values.print && values["profile-to-update"] !== undefined) {
    throw usageError(
      "print-idle",
      "Cannot use --print with --profile-to-update: the credentials go to that profile",
      "Leave out one of them",
    );
  }
  const idle = optionsOf("target").filter((flag) => flag !== "path" || stdout.isTerminal)
    .findLast((flag) => typed[flag] !== undefined);
  if (idle === undefined || values["profile-to-update"] !== undefined) return;
  throw usageError(
    "flag-idle",
    `Cannot use --${idle} without --profile-to-update: it is about writing that profile`,
    "Add --profile-to-update NAME, or leave it out",
  );
}

/**
 * Prepares the delivery that the flags ask for. All that can fail is tried now, before anybody signs in.
 *
 * @throws UserError exit code 2 or 8
 */
export async function prepareDelivery(plan: DeliveryPlan): Promise<Delivery> {
  const { values, print } = plan.input;
  if (values["profile-to-update"] !== undefined) {
    const { profileDelivery } = await import("../session/profile_delivery.ts");
    return await profileDelivery(values["profile-to-update"], plan);
  }
  return async ({ session }) => {
    await print(processJson(session.credentials));
    return "The credentials went to the program that asked for them";
  };
}
