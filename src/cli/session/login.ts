/**
 * A sign-in that somebody typed: the session goes to the cache, and the person reads how to use it. No key
 * is shown.
 *
 * @module
 */

import { guessShell } from "../../delivery/shell.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import { usageError } from "../arguments.ts";
import type { CommandInput } from "../command.ts";
import { programWords } from "../command_line.ts";
import type { TakenSession } from "./delivery.ts";
import { nextSteps } from "./next_steps.ts";
import { consoleAsked, takeSession } from "./take_session.ts";

/**
 * Signs in, or finds the session in the cache, and shows the commands that use it.
 *
 * @throws UserError with the exit code of what went wrong
 */
export async function login(
  input: CommandInput,
  request: SignInRequest,
  deps: Deps,
): Promise<void> {
  if (input.values.cache === false) {
    throw usageError(
      "session-unused",
      "Cannot sign in without the cache here: the session would be lost",
      "Leave out --no-cache, or add --print to print the credentials",
    );
  }
  let taken: TakenSession | undefined;
  await takeSession({
    ...{ input, deps, request, cached: true, onlyCached: true },
    console: await consoleAsked(input, request, deps),
    deliver: (session) => {
      taken = session;
      return Promise.resolve("The session is cached on this machine");
    },
  });
  if (taken === undefined) throw new Error("a session was taken and not delivered");
  const { role = "", provider = "" } = taken.key;
  const parentNames = await deps.parentNames();
  const shell = guessShell({ shellVar: deps.env("SHELL"), parentNames, os: deps.os });
  const program = programWords(deps);
  const pair = { role: String(role), provider: String(provider) };
  await input.print(nextSteps({ program, typed: input.typed, pair, shell }));
}
