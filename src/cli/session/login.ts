/**
 * A sign-in that somebody typed: the session goes to the cache, and the person reads how to use it. No key
 * is shown.
 *
 * @module
 */

import { guessShell } from "../../delivery/shell.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import type { UserError } from "../../errors.ts";
import { usageError } from "../arguments.ts";
import type { CommandInput } from "../command.ts";
import {
  type OptionName,
  optionOf,
  type RawFlags,
  requiredBy,
  SIGN_IN_OPTIONS,
} from "../options.ts";
import { type ProgramDeps, programWords, shellLine, typedWords } from "../shell_line.ts";
import { takeSession } from "./take_session.ts";
import type { Shell } from "../../delivery/shells.ts";

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
  if (input.values.cache === false) throw sessionUnused(input);
  const taken = await takeSession({
    ...{ input, deps, request, cached: true, onlyCached: true },
    deliver: () => "The session is cached on this machine",
  });
  const { role, provider } = taken.key;
  const parentNames = await deps.parentNames();
  const shell = guessShell({ shellVar: deps.env("SHELL"), parentNames, os: deps.os });
  const flags = { "role-arn": [String(role)], "saml-provider-arn": [String(provider)] };
  await input.print(nextSteps({ typed: input.typed, role: flags, shell, deps }));
}

function sessionUnused(input: CommandInput): UserError {
  const required = requiredBy(input, "cache");
  return usageError(
    "session-unused",
    `Cannot sign in without the cache here: the session would be lost${
      required === undefined ? "" : ` (${required} is required)`
    }`,
    required !== undefined
      ? "Use stssamldriver env or exec, or add --print to print the credentials"
      : input.typed["cache"] === undefined
      ? "Add --cache, or --print to print the credentials"
      : "Leave out --no-cache, or add --print to print the credentials",
  );
}

/** What the next steps are made of. */
export interface NextSteps {
  /** The flags that were typed for the sign-in: with them the other commands find its session. */
  readonly typed: RawFlags;
  /** The flags that name it. */
  readonly role: RawFlags;
  /** Whose code is shown; `undefined` when that is not known. */
  readonly shell: Shell | undefined;
  readonly deps: ProgramDeps;
}

/** The commands that use a cached session. */
export function nextSteps({ typed, role, shell, deps }: NextSteps): string {
  const flags = pick(typed, [...REPEATED, "profile"]);
  const line = (command: string) =>
    shellLine([...programWords(deps), command, ...typedWords(flags)], deps);
  const env = inShell(shell, line("env"));
  return [
    "",
    ...env === undefined ? [] : ["Use it in this shell:", `  ${env}`],
    "Use it for one command:",
    `  ${line("exec")} -- aws s3 ls`,
    // A profile that flags come from is there already.
    ...typed["profile"] !== undefined
      ? []
      : ["Use it in every AWS tool, as a profile:", `  ${setupLine(typed, role, deps)}`],
    "",
  ].join("\n");
}

/** The command that makes a profile of a role. With both ARNs it has nothing to ask for in the browser. */
export function setupLine(flags: RawFlags, role: RawFlags, deps: ProgramDeps): string {
  const others = REPEATED.filter((name) => optionOf(name).part !== "choice");
  return shellLine([
    ...[...programWords(deps), "setup", "dev"],
    ...typedWords({ ...pick(flags, others), ...role }),
  ], deps);
}

/** The flags of a sign-in but those that say how messages are shown. */
const REPEATED: readonly OptionName[] = SIGN_IN_OPTIONS.filter((name) =>
  optionOf(name).part !== "messages"
);

function pick(flags: RawFlags, names: readonly string[]): RawFlags {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => names.includes(name)));
}

/** How a shell takes the code that `env` prints; `undefined` where no line can do that. */
function inShell(shell: Shell | undefined, line: string): string | undefined {
  switch (shell) {
    case "fish":
      return `${line} | source`;
    case "powershell":
      return `${line} | Invoke-Expression`;
    case "nushell":
      return `${line} | from json | load-env`;
    case "cmd":
    case "dotenv":
      return undefined;
    default:
      return `eval "$(${line})"`;
  }
}
