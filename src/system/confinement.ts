/**
 * Permissions that this program gives up before it reads a byte that somebody else has sent. What was given
 * up does not come back, whatever code runs in this process then.
 *
 * @see https://docs.deno.com/runtime/fundamentals/security/
 * @module
 */

import { openKernelFiles } from "./kernel_files.ts";
import { lookAtStreams } from "./streams.ts";

let isConfined = false;

/**
 * Gives up what no sign-in needs: native libraries, code from elsewhere, facts about the machine. One process may
 * sign in several times.
 */
export function confine(): void {
  if (isConfined) return;
  isConfined = true;
  // Deno opens nothing of /dev and /proc for a program that has given something up.
  lookAtStreams();
  if (Deno.build.os === "linux") openKernelFiles();
  for (const name of ["ffi", "import", "sys"] as const) Deno.permissions.revokeSync({ name });
}

/** Gives up everything but the network, where no file and no variable is needed any more. */
export function keepNetworkOnly(): void {
  confine();
  for (const name of ["run", "write", "read", "env"] as const) {
    Deno.permissions.revokeSync({ name });
  }
}

/** Gives up starting programs, once the browser is open. */
export function startNothingMore(): void {
  Deno.permissions.revokeSync({ name: "run" });
}
