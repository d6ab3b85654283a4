/**
 * What `exec` does.
 *
 * @module
 */

import { parseRoleArn } from "../../aws/arn.ts";
import { execute, loginShell } from "../../delivery/exec.ts";
import { variablesOf } from "../../delivery/variables.ts";
import type { VariableChanges } from "../../delivery/shell.ts";
import { askerOf, signInRequest } from "../settings/sign_in_request.ts";
import type { CommandRun } from "../command.ts";
import type { TakenSession } from "../session/delivery.ts";
import { consoleAsked, takeSession } from "../session/take_session.ts";

/** Takes the session first, and gives the terminal to the command when all else is over. */
export const runExec: CommandRun = async (input, deps) => {
  const request = await signInRequest(input, deps, askerOf(input));
  const serve = input.values.serve ?? false;
  if (serve) (await import("../session/refuse_shadowing.ts")).refuseShadowing(deps);
  const cached = input.values.cache ?? true;
  let taken: TakenSession | undefined;
  await takeSession({
    input,
    deps,
    request,
    cached,
    console: await consoleAsked(input, request, deps),
    deliver: (session) => {
      taken = session;
      return Promise.resolve("The credentials went to the command that asked for them");
    },
  });
  if (taken === undefined) throw new Error("a session was taken and not delivered");
  const { session, region } = taken;
  if (input.words.length === 0) {
    const { name, account } = parseRoleArn(session.roleArn);
    const message =
      `Starting ${loginShell(deps)} with AWS credentials for role ${name} in account ` +
      `${account}; exit to return`;
    input.terminal.watch({ kind: "notice", message });
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
