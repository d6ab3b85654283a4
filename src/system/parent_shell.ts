/**
 * The process that started this one: its name tells which shell it is.
 *
 * @module
 */

import { readKernelFile, readKernelLink } from "./kernel_files.ts";

/** The outside world of {@linkcode parentNames}; tests have their own. */
export interface ParentWorld {
  readonly os: typeof Deno.build.os;
  readonly ppid: number;
  readonly env: (name: string) => string | undefined;
  /** A symlink's target; throws when it cannot be read. */
  readonly readLink: (path: string) => string;
  /** A file's text; throws when it cannot be read. */
  readonly readTextFile: (path: string) => string;
  /** The output of a program; throws when there is no such program. */
  readonly output: (command: string, args: readonly string[]) => string;
}

/**
 * The names of the parent process, the most useful first, with or without folders; empty when unknown.
 */
export function parentNames(world: ParentWorld = realWorld()): readonly string[] {
  const { os, ppid, env, readLink, readTextFile, output } = world;
  const names = os === "windows" ? [windowsShell(env)] : os === "linux"
    // The executable shows the shell behind a script with a name of its own; the name shows a python that
    // is a xonsh, or what runs in an emulator. The executable is hidden when the parent is another user's.
    ? [
      // An executable that has been replaced since: "/usr/bin/bash (deleted)".
      attempt(() => readLink(`/proc/${ppid}/exe`).replace(/ \(deleted\)$/, "")),
      attempt(() => readTextFile(`/proc/${ppid}/comm`)),
    ]
    : [attempt(() => output("ps", ["-o", "comm=", "-p", String(ppid)]))];
  return names.map((name) => name?.trim() ?? "").filter((name) => name !== "");
}

/**
 * Guesses the shell on Windows, where only calls into system libraries show the parent. But cmd passes
 * PROMPT to what it starts, and PowerShell adds the user's own folder to the PSModulePath. If both are
 * there, one was started in the other, and there is no telling.
 */
export function windowsShell(env: ParentWorld["env"]): string | undefined {
  // Git Bash and similar shells; they hide PROMPT.
  if (env("MSYSTEM") !== undefined && env("SHELL") !== undefined) return env("SHELL");
  const cmd = env("PROMPT") !== undefined;
  const powershell = /\\Documents\\(Windows)?PowerShell\\Modules/i.test(env("PSModulePath") ?? "");
  if (cmd === powershell) return undefined;
  return cmd ? "cmd" : "powershell";
}

function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function realWorld(): ParentWorld {
  return {
    os: Deno.build.os,
    ppid: Deno.ppid,
    env: (name) => Deno.env.get(name),
    readLink: readKernelLink,
    readTextFile: readKernelFile,
    output: (command, args) => {
      const { stdout } = new Deno.Command(command, {
        args: [...args],
        stdin: "null",
        stderr: "null",
      }).outputSync();
      return new TextDecoder().decode(stdout);
    },
  };
}
