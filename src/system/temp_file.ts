/**
 * A new file that is to take the place of an old one, and files that cannot be replaced by it.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { explainFile } from "./file_trouble.ts";
import { folderOf } from "./real_path.ts";
import { UID } from "./machine.ts";

const WINDOWS = Deno.build.os === "windows";

/** The moments of writing it, in this order. */
export type TempStep = "temp-created" | "temp-written" | "temp-owned" | "temp-synced";

/** How {@linkcode writeTemp} writes. */
export interface TempOptions {
  /** The file whose mode and owner the new one gets; without one it is 0600. */
  readonly like: Deno.FileInfo | undefined;
  /** Told of every step as it is done. */
  readonly step: (step: TempStep) => void;
}

/**
 * Writes the bytes to the new file `temp`, and flushes it to the disk. On failure the file is removed.
 *
 * @throws the operating system's error, also when `temp` already exists
 */
export function writeTemp(
  temp: string,
  bytes: Uint8Array,
  { like, step }: TempOptions,
): void {
  // Never opened if it exists, so that nobody can have put a symlink or a file of theirs there.
  const file = Deno.openSync(temp, { write: true, createNew: true, mode: 0o600 });
  try {
    step("temp-created");
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    step("temp-written");
    if (like !== undefined && !WINDOWS) inherit(temp, file.statSync(), like);
    step("temp-owned");
    // Before the rename: else a power cut may leave the new name with nothing in it.
    file.syncSync();
    step("temp-synced");
  } catch (error) {
    removeQuietly(temp);
    throw error;
  } finally {
    file.close();
  }
}

/** Gives `temp` the owner and mode of `old`, or less where this user may not give files away. */
function inherit(temp: string, mine: Deno.FileInfo, old: Deno.FileInfo): void {
  let mode = (old.mode ?? 0o600) & 0o777;
  if (mine.gid !== old.gid && !chown(temp, null, old.gid)) {
    // What the old group might do, ours was never granted: its members were "others" until now.
    mode &= ~0o070 | ((mode & 0o007) << 3);
  }
  if (mine.uid !== old.uid) chown(temp, old.uid, null);
  // Last: a change of owner may clear bits, and before it the mode would be meant for other people.
  Deno.chmodSync(temp, mode);
}

function chown(path: string, uid: number | null, gid: number | null): boolean {
  try {
    Deno.chownSync(path, uid, gid);
    return true;
  } catch {
    return false;
  }
}

/** Removes a file that is probably not there. */
export function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Not there, as nearly always.
  }
}

const STICKY = 0o1000;

/**
 * Refuses a file that is mounted by itself, as in containers. A hard link shows it, since it cannot cross
 * mounts.
 *
 * @param temp a free name next to the file; it is free again afterwards
 * @throws {UserError} `file-busy`, exit code FILE
 */
export function refuseMounted(target: string, temp: string): void {
  try {
    Deno.linkSync(target, temp);
    removeQuietly(temp);
  } catch (error) {
    // Other errors prove nothing: many file systems have no hard links, and some systems do not allow them
    // for another user's file.
    if (!(error instanceof Error && "code" in error && error.code === "EXDEV")) return;
    const busy = Object.assign(new Error("It is a mount", { cause: error }), { code: "EBUSY" });
    throw explainFile(target, busy, "change");
  }
}

/**
 * Refuses another user's file in another user's folder where only owners may replace files, as in /tmp.
 *
 * @param info the file's
 * @throws {UserError} `folder-sticky`, exit code FILE
 */
export function refuseSticky(target: string, info: Deno.FileInfo): void {
  const me = UID;
  if (me === null || me === 0 || info.uid === me) return;
  const folder = Deno.statSync(folderOf(target));
  if (folder.uid === me || ((folder.mode ?? 0) & STICKY) === 0) return;
  throw new UserError(
    "folder-sticky",
    `Cannot change "${target}": only its owner can replace it in this folder, and that is the user with ` +
      `ID ${info.uid}`,
    { exitCode: ExitCode.FILE, hint: "Use a file in a folder of your own." },
  );
}
