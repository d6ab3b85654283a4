/**
 * Permissions that this program gives up before anybody can post to it. What was given up does not come back,
 * whatever code runs in this process then.
 *
 * @see https://docs.deno.com/runtime/fundamentals/security/
 * @module
 */

import { openKernelFiles, readKernelFile } from "./kernel_files.ts";
import { homeFolder, realPath } from "./paths.ts";
import { lookAtStreams } from "./streams.ts";

let isConfined = false;

/**
 * Gives up what no sign-in needs: native libraries, code from elsewhere, facts about the machine; nothing where
 * files are in shared memory. One process may sign in several times.
 */
export function confine(): void {
  if (!isConfined && !usesSharedMemory()) giveUp();
}

/** Gives up everything but the network, where no file and no variable is needed any more. */
export function keepNetworkOnly(): void {
  if (!isConfined) giveUp();
  for (const name of ["sys", "run", "write", "read", "env"] as const) {
    Deno.permissions.revokeSync({ name });
  }
}

/** Gives up starting programs, once the browser is open. */
export function startNothingMore(): void {
  if (isConfined) Deno.permissions.revokeSync({ name: "run" });
}

function giveUp(): void {
  isConfined = true;
  // Deno opens nothing of /dev and /proc for a program that has given something up.
  lookAtStreams();
  if (Deno.build.os === "linux") openKernelFiles();
  for (const name of ["ffi", "import"] as const) Deno.permissions.revokeSync({ name });
  // Where no variable names the home folder, the SDK asks the system for it.
  if (home() !== undefined) Deno.permissions.revokeSync({ name: "sys" });
}

/** Where some keep what no disk is to have. It is below /dev, where Deno opens nothing after that. */
const SHARED_MEMORY = /\/dev\/shm(?![\w.-])/;

/** Files and folders that may be links to there, below the home folder. */
const MAYBE_LINKS = ["/.aws", "/.aws/config", "/.aws/credentials", "/.cache"];

/** Tells if a variable, an argument, a usual file or the working folder leads to shared memory. */
function usesSharedMemory(): boolean {
  if (Deno.build.os !== "linux") return false;
  const named = [
    ...Object.values(Deno.env.toObject()),
    ...commandLine(),
    ...MAYBE_LINKS.map((path) => `${home() ?? ""}${path}`),
    ".",
  ];
  return named.some((text) => SHARED_MEMORY.test(text) || SHARED_MEMORY.test(realPath(text)));
}

function home(): string | undefined {
  return homeFolder((name) => Deno.env.get(name));
}

function commandLine(): readonly string[] {
  try {
    return readKernelFile("/proc/self/cmdline").split("\0");
  } catch {
    return [];
  }
}
