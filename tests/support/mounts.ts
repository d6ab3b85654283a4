/**
 * File systems of a test's own, for root on Linux.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Whether this is root on Linux. */
export const LINUX_ROOT = Deno.build.os === "linux" && Deno.uid() === 0;

/** Mounts at a path, with these arguments for `mount`; tells if it could. */
export function mounted(args: readonly string[], at: string): boolean {
  return new Deno.Command("mount", { args: [...args, at], stderr: "null" }).outputSync().success;
}

/** Takes a mount away. */
export function unmount(at: string): void {
  assert.ok(new Deno.Command("umount", { args: [at] }).outputSync().success);
}

/** Whether this user may mount: not even root may in many containers. */
export const CAN_MOUNT = LINUX_ROOT && (() => {
  const folder = Deno.makeTempDirSync();
  const can = mounted(["-t", "tmpfs", "none"], folder);
  if (can) unmount(folder);
  Deno.removeSync(folder);
  return can;
})();
