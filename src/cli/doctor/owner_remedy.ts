/**
 * What to do about a file or a folder that its user cannot use.
 *
 * @module
 */

import { UID } from "../../system/machine.ts";
import { type LineDeps, shellLine } from "../shell_line.ts";
import type { Remedy } from "./finding.ts";

/** What is known of a file, following symlinks; `undefined` where there is none, or it may not be looked at. */
export function lookAtIfAny(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

/** The command that gives a file back to the person; `undefined` where owner and mode are not the reason. */
export function ownerRemedy(
  path: string,
  info: Pick<Deno.FileInfo, "uid" | "mode" | "isDirectory"> | undefined,
  deps: LineDeps,
): Remedy | undefined {
  // Windows has neither.
  if (info === undefined || UID === null || info.mode === null) return undefined;
  if (info.uid !== UID) {
    const all = info.isDirectory ? ["-R"] : [];
    return { fix: shellLine(["sudo", "chown", ...all, String(UID), path], deps) };
  }
  const needed = info.isDirectory ? 0o700 : 0o600;
  if ((info.mode & needed) === needed) return undefined;
  return { fix: shellLine(["chmod", info.isDirectory ? "u+rwx" : "u+rw", path], deps) };
}
