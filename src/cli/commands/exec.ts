/**
 * What `exec` does.
 *
 * @module
 */

import { parseRoleArn } from "../../aws/arn.ts";
import { execute, loginShell } from "../../delivery/exec.ts";
import { variablesOf } from "../../delivery/variables.ts";
import type { VariableChanges } from "../../delivery/shell.ts";
import { signInRequest } from "../settings/sign_in_request.ts";
import type { CommandRun } from "../command.ts";
import { takeSession } from "../session/take_session.ts";

/** Takes the session first, and gives the terminal to the command when all else is over. */
export const runExec: CommandRun = async (input, deps) => {
  const request = await signInRequest(input, deps);
  const serve = input.values.serve ?? false;
  if (serve) (await import("../session/serve_credentials.ts")).refuseShadowing(deps);
  const cached = input.values.cache ?? true;
  const taken = await takeSession({
    ...{ input, deps, request, cached },
    deliver: () => "The credentials went to the command that asked for them",
  });
  const { session, region } = taken;
  if (input.words.length === 0) {
    const { name, account } = parseRoleArn(session.roleArn);
    input.terminal.say(
      "notice",
      `Starting ${loginShell(deps)} with AWS credentials for role ${name} in account ` +
        `${account}; exit to return`,
    );
  }
  input.terminal.close();
  const run = (changes: VariableChanges) => execute(input.words, changes, deps);
  if (serve) {
    const { serveCredentials } = await import("../session/serve_credentials.ts");
    return await serveCredentials({ input, deps, request, cached, taken }, run);
  }
  const named = region.named ? region.name : undefined;
  return await run(variablesOf(session.credentials, { region: named }));
};
