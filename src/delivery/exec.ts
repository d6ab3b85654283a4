/**
 * `exec`: a program that finds the credentials in its environment, and takes this one's place.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { ChildCommand, ChildEnvironment } from "../system/run_child.ts";
import type { VariableChanges } from "./shell.ts";

/** What of the world this touches. */
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
 * @param words the command and its arguments; none for the person's shell
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

/** The program that is meant, and its arguments. */
function commandOf(words: readonly string[], { env, os }: ExecWorld): ChildCommand {
  const [command, ...args] = words;
  if (command !== undefined) return { command, args };
  const shell = os === "windows" ? env("COMSPEC") || "cmd.exe" : env("SHELL") || "/bin/sh";
  return { command: shell, args: [] };
}

/** Our own settings stay here: a driver that the child starts, as credential_process, has its own. */
function childEnvironment(changes: VariableChanges, world: ExecWorld): ChildEnvironment {
  // Windows knows no case in names.
  const ours = world.os === "windows" ? /^STSSAMLDRIVER_/i : /^STSSAMLDRIVER_/;
  return {
    set: changes.set,
    unset: [...changes.unset, ...world.variableNames().filter((name) => ours.test(name))],
  };
}

/**
 * What is wrong with the arguments of `exec` when a command stands before the `--` or there is none:
 * every flag of `aws s3 ls --profile x` would be read as ours. To be asked before the flags are read,
 * because the command's own would be called unknown.
 *
 * @param args what was typed behind `exec`
 * @param takesValue whether a flag of ours, without its dashes, is followed by a value; `undefined` when
 * it is no flag of ours
 */
export function missingDashes(
  args: readonly string[],
  takesValue: (flag: string) => boolean | undefined,
): UserError | undefined {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--") return undefined;
    if (!arg.startsWith("-") || arg === "-") {
      // Only the first word is repeated: what follows may hold a password.
      return new UserError("dashes-missing", `A command stands behind --, and "${arg}" does not`, {
        exitCode: ExitCode.USAGE,
        hint: `Write stssamldriver exec [flags] -- ${arg} …`,
      });
    }
    const takes = takesValue(arg.replace(/^--?/, "").replace(/=.*/s, ""));
    // What follows an unknown flag may be its value: that flag is what has to be named.
    if (takes === undefined) return undefined;
    if (takes && !arg.includes("=")) index++;
  }
  return undefined;
}
