/**
 * What `env` does.
 *
 * @module
 */

import { guessShell, type Shell, shellCode } from "../../delivery/shell.ts";
import { variablesOf } from "../../delivery/variables.ts";
import type { Deps } from "../../deps.ts";
import { usageError } from "../arguments.ts";
import { signInRequest } from "../settings/sign_in_request.ts";
import type { CommandInput, CommandRun } from "../command.ts";
import { takeSession } from "../session/take_session.ts";

/** Prints the code, after everything else went well. */
export const runEnv: CommandRun = async (input, deps) => {
  const request = await signInRequest(input, deps);
  const shell = await shellOf(input, deps);
  await takeSession({
    ...{ input, deps, request, cached: input.values.cache ?? true },
    deliver: async ({ session, region }) => {
      const named = region.named ? region.name : undefined;
      const code = shellCode(shell, variablesOf(session.credentials, { region: named }));
      await input.print(code.endsWith("\n") ? code : `${code}\n`);
      return "The variables went to the shell that asked for them";
    },
  });
};

async function shellOf({ values }: CommandInput, deps: Deps): Promise<Shell> {
  const {
    shell = guessShell({
      shellVar: deps.env("SHELL"),
      parentNames: await deps.parentNames(),
      os: deps.os,
    }),
  } = values;
  if (shell !== undefined) return shell;
  throw usageError(
    "shell-unknown",
    "Cannot tell which shell this is for",
    "Name it with --shell: bash, zsh, sh, fish, powershell, cmd, nushell or dotenv",
  );
}
