/**
 * `exec`: runs a program that has the credentials in its environment, in place of this one.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { ChildCommand, ChildEnvironment } from "../system/run_child.ts";
import type { VariableChanges } from "./shell.ts";

/** The outside world of {@linkcode execute}. */
export interface ExecWorld {
  readonly env: (name: string) => string | undefined;
  readonly variableNames: () => readonly string[];
  readonly os: typeof Deno.build.os;
  /** Runs a program to its end; resolves to its exit code. */
  readonly runChild: (child: ChildCommand, environment: ChildEnvironment) => Promise<number>;
}

/**
 * Runs a command with `changes` made to the environment, and resolves to its exit code.
 *
 * @param words the command and its arguments; none for the user's shell
 * @throws UserError exit code 126 or 127 when the command cannot be run
 */
export function execute(
  words: readonly string[],
  changes: VariableChanges,
  world: ExecWorld,
): Promise<number> {
  const child = commandOf(words, world);
  return world.runChild(child, childEnvironment(changes, world));
}

/** The program to run, and its arguments. */
function commandOf(words: readonly string[], world: ExecWorld): ChildCommand {
  const [command, ...args] = words;
  return command === undefined ? { command: loginShell(world), args: [] } : { command, args };
}

/** The person's shell. */
export function loginShell({ env, os }: Pick<ExecWorld, "env" | "os">): string {
  return os === "windows" ? env("COMSPEC") || "cmd.exe" : env("SHELL") || "/bin/sh";
}

/** Removes our own settings: a driver that the child starts, as credential_process, has its own. */
function childEnvironment(changes: VariableChanges, world: ExecWorld): ChildEnvironment {
  // Windows ignores the case of names.
  const ours = world.os === "windows" ? /^STSSAMLDRIVER_/i : /^STSSAMLDRIVER_/;
  return {
    set: changes.set,
    unset: [...changes.unset, ...world.variableNames().filter((name) => ours.test(name))],
  };
}

/**
 * Finds a command without `--` before it in the arguments of `exec`: every flag of
 * `aws s3 ls --profile x` would be read as ours. Called before the flags are read, because the command's
 * own would be reported as unknown.
 *
 * @param args the arguments after `exec`
 * @param takesValue tells if a flag of ours, without its dashes, is followed by a value; `undefined` when
 * it is not a flag of ours
 */
export function missingDashes(
  args: readonly string[],
  takesValue: (flag: string) => boolean | undefined,
): UserError | undefined {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--") return undefined;
    if (!arg.startsWith("-") || arg === "-") {
      // Only the first word is repeated: the rest may contain a password.
      return new UserError("dashes-missing", `Put -- before the command "${arg}"`, {
        exitCode: ExitCode.USAGE,
        hint: `stssamldriver exec [flags] -- ${arg} …`,
      });
    }
    const takes = takesValue(arg.replace(/^--?/, "").replace(/=.*/s, ""));
    // The next word may be the value of an unknown flag: that flag is the error to report.
    if (takes === undefined) return undefined;
    if (takes && !arg.includes("=")) index++;
  }
  return undefined;
}
