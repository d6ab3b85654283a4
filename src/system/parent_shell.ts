/**
 * What started this process: by what its program is called, shells can be told apart.
 *
 * @module
 */

/** What of the world this asks; the real one unless a test has its own. */
export interface ParentWorld {
  readonly os: typeof Deno.build.os;
  readonly ppid: number;
  readonly env: (name: string) => string | undefined;
  /** Where a symlink leads; throws when it cannot be read. */
  readonly readLink: (path: string) => string;
  /** A file's text; throws when it cannot be read. */
  readonly readTextFile: (path: string) => string;
  /** What a program prints; throws when there is no such program. */
  readonly output: (command: string, args: readonly string[]) => string;
}

/**
 * Names of the parent process, the most telling first, with or without their folders; empty when nothing
 * can be seen.
 */
export function parentNames(world: ParentWorld = realWorld()): readonly string[] {
  const { os, ppid, env, readLink, readTextFile, output } = world;
  const names = os === "windows" ? [windowsShell(env)] : os === "linux"
    // The executable tells the shell of a script that goes by its own name; that name tells a python that
    // is a xonsh, or what an emulator runs. The first is hidden when the parent is another user's.
    ? [
      // Of an executable that was replaced since: "/usr/bin/bash (deleted)".
      attempt(() => readLink(`/proc/${ppid}/exe`).replace(/ \(deleted\)$/, "")),
      attempt(() => readTextFile(`/proc/${ppid}/comm`)),
    ]
    : [attempt(() => output("ps", ["-o", "comm=", "-p", String(ppid)]))];
  return names.map((name) => name?.trim() ?? "").filter((name) => name !== "");
}

/**
 * Windows shows a process's parent only to those who can call into its libraries. But cmd gives what it
 * starts a PROMPT, and PowerShell adds the person's own folder to the PSModulePath that everybody has.
 * Both at once, one was started in the other, and nothing is known.
 */
function windowsShell(env: ParentWorld["env"]): string | undefined {
  // Git Bash and its kin; they hide PROMPT.
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
    readLink: Deno.readLinkSync,
    readTextFile: Deno.readTextFileSync,
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
