/**
 * Permissions that this program gives up before anybody can post to it. What was given up does not come back,
 * whatever code runs in this process then.
 *
 * @see https://docs.deno.com/runtime/fundamentals/security/
 * @module
 */

import { ifPossible } from "../errors.ts";
import { openKernelFiles, readKernelFile } from "./machine.ts";
import { homeFolder, realPath } from "./paths.ts";
import { lookAtStreams } from "./process.ts";

let isConfined = false;

/**
 * Gives up what no sign-in needs: native libraries, code from elsewhere, facts about the machine; nothing where
 * it could not write its files then. One process may sign in several times.
 */
export function confine(): void {
  if (!isConfined && !usesClosedFolder()) giveUp();
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

const WINDOWS = Deno.build.os === "windows";

/**
 * Where Deno opens nothing after that: Linux's shared memory, which is below /dev, and folders of other machines on
 * Windows.
 */
const CLOSED = WINDOWS ? /^\\\\/ : /\/dev\/shm(?![\w.-])/;

/** The home folder, and what may be a link in it. */
const IN_HOME = ["", "/.aws", "/.aws/config", "/.aws/credentials", "/.cache"];

/** Variables of Windows and of AWS that name files; others name other machines on every Windows. */
const NAMING =
  /^(TMP|TEMP|LOCALAPPDATA|XDG_CACHE_HOME|AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE|AWS_CA_BUNDLE)$/i;

/** Tells if a variable, an argument, a usual file or the working folder leads to where Deno opens nothing. */
function usesClosedFolder(): boolean {
  if (Deno.build.os === "darwin") return false;
  const variables = Object.entries(Deno.env.toObject())
    .flatMap(([name, value]) => !WINDOWS || NAMING.test(name) ? value : []);
  const usual = IN_HOME.map((path) => `${home() ?? ""}${path}`);
  return [...variables, ...commandLine(), ...usual, "."]
    .some((text) => CLOSED.test(text) || CLOSED.test(realPath(text)));
}

function home(): string | undefined {
  return homeFolder((name) => Deno.env.get(name));
}

/** What was typed; on Linux only. */
function commandLine(): readonly string[] {
  return ifPossible(() => readKernelFile("/proc/self/cmdline").split("\0")) ?? [];
}
