/**
 * Facts about the machine, looked up before this program gives up any permission: later nobody may be allowed to ask.
 * Among them are the files in which Linux says how things stand. Deno opens none of them for a program that has given
 * up any permission, so they are opened before that, and read when they are needed.
 *
 * @module
 */

import { ifPossible } from "../errors.ts";

/** The number of the user that this process runs as; `null` on Windows. */
export const UID: number | null = Deno.uid();

/** The release of the kernel. */
export const OS_RELEASE: string = Deno.osRelease();

/** The files that are needed while somebody signs in, and after it. */
const NEEDED = [
  "/proc/net/tcp",
  "/proc/net/tcp6",
  "/proc/self/limits",
  "/proc/self/stat",
  "/proc/self/environ",
  "/proc/1/cgroup",
  "/proc/self/cgroup",
  `/proc/${Deno.ppid}/comm`,
];

/** The program of the process that started this one, as a link to its file. */
const PARENT = `/proc/${Deno.ppid}/exe`;

const opened = new Map<string, Deno.FsFile>();
const links = new Map<string, string>();
let users: ReadonlySet<number> | undefined;

/** Opens what is needed; what is not there, or not for us, fails when it is read. */
export function openKernelFiles(): void {
  for (const path of NEEDED) {
    if (!opened.has(path)) ifPossible(() => opened.set(path, Deno.openSync(path)));
  }
  ifPossible(() => links.set(PARENT, Deno.readLinkSync(PARENT)));
  const env = (name: string) => Deno.env.get(name);
  // Elsewhere nobody asks, and a large machine has thousands of processes.
  if (isContainer({ env, exists })) users = usersNow();
}

/** Tells if this is a container, as Docker, Podman, and what systemd-nspawn and LXC say of themselves. */
export function isContainer(
  { env, exists }: {
    readonly env: (name: string) => string | undefined;
    readonly exists: (path: string) => boolean;
  },
): boolean {
  return Boolean(env("container")) || exists("/.dockerenv") || exists("/run/.containerenv");
}

/** Whether there is anything at a path. */
export function exists(path: string): boolean {
  return ifPossible(() => Deno.statSync(path)) !== undefined;
}

/**
 * The text of a file, as it is now.
 *
 * @throws as Deno does, where it cannot be read
 */
export function readKernelFile(path: string): string {
  const file = opened.get(path);
  if (file === undefined) return Deno.readTextFileSync(path);
  file.seekSync(0, Deno.SeekMode.Start);
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (let count = file.readSync(buffer); count; count = file.readSync(buffer)) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text;
}

/**
 * Where a link of the kernel leads.
 *
 * @throws as Deno does, where it cannot be read
 */
export function readKernelLink(path: string): string {
  return links.get(path) ?? Deno.readLinkSync(path);
}

/** The users who have a process that this one can see; those of before anything was given up, after that. */
export function usersSeen(): ReadonlySet<number> {
  return users ?? usersNow();
}

function usersNow(): ReadonlySet<number> {
  const seen = new Set<number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // Else it has just ended.
    ifPossible(() => seen.add(Deno.statSync(`/proc/${name}`).uid ?? -1));
  }
  return seen;
}
