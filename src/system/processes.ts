/**
 * Other processes, as far as the system shows them: the one that started this one, whose name tells which shell it is,
 * and those that listen on a port. What the system does not tell this user is not found.
 *
 * @module
 */

import { ifPossible } from "../errors.ts";
import { readKernelFile, readKernelLink } from "./machine.ts";

/** A program that listens. */
export interface PortHolder {
  readonly pid: number;
  /** Its name, as the system has it: anybody's text. */
  readonly name: string;
}

/** The outside world as it is needed here; tests have their own. What cannot be read throws. */
export interface ProcessWorld {
  readonly os: typeof Deno.build.os;
  readonly ppid: number;
  readonly env: (name: string) => string | undefined;
  readonly readTextFile: (path: string) => string;
  /** A symlink's target. */
  readonly readLink: (path: string) => string;
  /** The names in a folder. */
  readonly names: (folder: string) => readonly string[];
  /** The output of a program. */
  readonly output: (command: string, args: readonly string[]) => Promise<string>;
}

/** The names of the parent process, the most useful first, with or without folders; empty when unknown. */
export async function parentNames(world: ProcessWorld = realWorld()): Promise<readonly string[]> {
  const { os, ppid, env, readLink, readTextFile, output } = world;
  const names = os === "windows" ? [windowsShell(env)] : os === "linux"
    // The executable shows the shell behind a script with a name of its own; the name shows a python that
    // is a xonsh, or what runs in an emulator. The executable is hidden when the parent is another user's.
    ? [
      // An executable that has been replaced since: "/usr/bin/bash (deleted)".
      ifPossible(() => readLink(`/proc/${ppid}/exe`).replace(/ \(deleted\)$/, "")),
      ifPossible(() => readTextFile(`/proc/${ppid}/comm`)),
    ]
    : [await output("ps", ["-o", "comm=", "-p", String(ppid)]).catch(() => "")];
  return names.map((name) => name?.trim() ?? "").filter((name) => name !== "");
}

/**
 * Guesses the shell on Windows, where only calls into system libraries show the parent. But cmd passes
 * PROMPT to what it starts, and PowerShell adds the user's own folder to the PSModulePath. If both are
 * there, one was started in the other, and there is no telling.
 */
export function windowsShell(env: ProcessWorld["env"]): string | undefined {
  // Git Bash and similar shells; they hide PROMPT.
  if (env("MSYSTEM") !== undefined && env("SHELL") !== undefined) return env("SHELL");
  const cmd = env("PROMPT") !== undefined;
  const powershell = /\\Documents\\(Windows)?PowerShell\\Modules/i.test(env("PSModulePath") ?? "");
  if (cmd === powershell) return undefined;
  return cmd ? "cmd" : "powershell";
}

/** The programs that listen on a TCP port of this machine; never rejects. */
export async function portHolders(
  port: number,
  world: ProcessWorld = realWorld(),
): Promise<readonly PortHolder[]> {
  try {
    switch (world.os) {
      case "linux":
        return ofLinux(port, world);
      case "windows":
        return await ofWindows(port, world);
      default:
        return holdersInLsof(
          await world.output("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]),
        );
    }
  } catch {
    return [];
  }
}

/** @see https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html */
function ofLinux(port: number, world: ProcessWorld): readonly PortHolder[] {
  const { readTextFile, readLink, names } = world;
  const inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) =>
    inodesIn(ifPossible(() => readTextFile(path)) ?? "", port)
  );
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return [];
  return names("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    // Those of other users cannot be looked into.
    const files = ifPossible(() => names(`/proc/${pid}/fd`)) ?? [];
    const listens = files.some((file) =>
      sockets.has(ifPossible(() => readLink(`/proc/${pid}/fd/${file}`)) ?? "")
    );
    const name = ifPossible(() => readTextFile(`/proc/${pid}/comm`).trim());
    return listens ? [{ pid: Number(pid), name: name ?? "a program" }] : [];
  });
}

/** The inodes of the sockets that listen on a port, in a table of the kernel. */
export function inodesIn(table: string, port: number): readonly string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return table.split("\n").flatMap((row) => {
    // sl local remote st queues timer retrnsmt uid timeout inode …
    const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
    return local.endsWith(`:${hex}`) && state === "0A" && inode !== undefined ? [inode] : [];
  });
}

/** The programs in what `lsof -Fpc` prints: a line each for the process and its name. */
export function holdersInLsof(output: string): readonly PortHolder[] {
  return [...output.matchAll(/^p(\d+)\n(?:[^pc].*\n)*c(.*)$/gm)]
    .map(([, pid, name = ""]) => ({ pid: Number(pid), name }));
}

async function ofWindows(port: number, { output }: ProcessWorld): Promise<readonly PortHolder[]> {
  const pids = pidsInNetstat(await output("netstat.exe", ["-ano"]), port);
  return await Promise.all(pids.map(async (pid) => {
    const row = await output("tasklist.exe", ["/FI", `PID eq ${pid}`, "/FO", "CSV", "/NH"]);
    return { pid, name: /^"([^"]+)","\d+"/m.exec(row)?.[1] ?? "a program" };
  }));
}

/** The processes that listen on a port, in what `netstat -ano` prints; the words of its states are translated. */
export function pidsInNetstat(output: string, port: number): readonly number[] {
  const rows = output.matchAll(/^\s*TCP\s+\S+:(\d+)\s+(?:0\.0\.0\.0|\[::\]):0\s.*?(\d+)\s*$/gm);
  return [
    ...new Set(
      [...rows].filter(([, local]) => Number(local) === port).map(([, , pid]) => Number(pid)),
    ),
  ];
}

/** How long another program may take to say it, milliseconds. */
const OUTPUT_MS = 5000;

function realWorld(): ProcessWorld {
  return {
    os: Deno.build.os,
    ppid: Deno.ppid,
    env: (name) => Deno.env.get(name),
    readTextFile: readKernelFile,
    readLink: readKernelLink,
    names: (folder) => [...Deno.readDirSync(folder)].map(({ name }) => name),
    output: async (command, args) => {
      // Not what lies in the folder of work under that name.
      const root = Deno.env.get("SystemRoot") ?? "C:\\Windows";
      const path = Deno.build.os === "windows" ? `${root}\\System32\\${command}` : command;
      const { stdout } = await new Deno.Command(path, {
        args: [...args],
        stdin: "null",
        stderr: "null",
        signal: AbortSignal.timeout(OUTPUT_MS),
      }).output();
      return new TextDecoder().decode(stdout);
    },
  };
}
