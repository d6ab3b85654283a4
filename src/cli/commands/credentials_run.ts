/**
 * What `credentials` does.
 *
 * @module
 */

import { processJson } from "../../delivery/process_json.ts";
import { signIn } from "../../sign_in/sign_in.ts";
import type { CommandRun } from "../command.ts";
import { signInRequest } from "../sign_in_request.ts";

/** Signs in and prints one line of JSON. */
export const runCredentials: CommandRun = async ({ values, terminal }, deps) => {
  const request = await signInRequest(values, deps);
  await signIn(request, { ...deps, watch: terminal.watch }, async ({ credentials }) => {
    await deps.stdout.write(processJson(credentials));
    return "The credentials went to the program that asked for them";
  });
};
