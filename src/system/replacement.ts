/**
 * Reading a file that is about to be replaced, and writing the new one. Other tools do not know our lock, and some
 * write a file in place: they empty it and fill it again a moment later. What is read in between is not the file.
 *
 * @module
 */

import { ExitCode, ifPossible, UserError } from "../errors.ts";
import {
  attempt,
  codeOf,
  explainFile,
  lookAt,
  permissionHint,
  refuseIrregular,
} from "./file_trouble.ts";
import { decodeUtf8, type Snapshot, snapshot } from "./text_file.ts";
import { pause } from "../wait.ts";
import { folderOf } from "./paths.ts";
import { UID } from "./machine.ts";
import { writeAll } from "./process.ts";

/** An empty file that was written less than this ago may be about to be filled, milliseconds. */
const EMPTIED_MS = 2000;
/** How often to look at it again, and the pause between: half a second in all. */
const EMPTIED_LOOKS = 25;
const EMPTIED_PAUSE_MS = 20;
/** A file that makes no sense and was written less than this ago may be incomplete, milliseconds. */
const TORN_MS = 1000;
const TORN_PAUSE_MS = 100;

/**
 * Reads a file that will be replaced, and passes its text to `use`. A file that has just been emptied is
 * waited for; one that was really left empty costs half a second. When `use` throws, a file that has just
 * been written is read once more.
 *
 * @param use pure: it may run twice. What it throws in the end reaches the caller unchanged
 * @returns its result, with the file as it was read; `undefined` when there was none
 * @throws {UserError} exit code FILE when the file cannot be read, written or replaced, or is not text
 */
export async function useForUpdate<T>(
  target: string,
  use: (old: string | undefined) => T,
): Promise<
  { readonly before: Snapshot | undefined; readonly old: string | undefined; readonly result: T }
> {
  for (let again = true;; again = false) {
    const before = await readSettled(target);
    try {
      const old = before && decodeUtf8(before.bytes, target);
      return { before, old, result: use(old) };
    } catch (error) {
      if (!again || before === undefined || !isYounger(before.info, TORN_MS)) throw error;
      await pause(TORN_PAUSE_MS);
    }
  }
}

async function readSettled(target: string): Promise<Snapshot | undefined> {
  for (let look = 0;; look++) {
    const found = attempt(target, () => readForUpdate(target));
    if (found === undefined || found.bytes.length > 0) return found;
    if (look >= EMPTIED_LOOKS || !isYounger(found.info, EMPTIED_MS)) return found;
    await pause(EMPTIED_PAUSE_MS);
  }
}

/** Tells if a file was written recently; a time in the future, by another machine's clock, counts too. */
function isYounger({ mtime }: Deno.FileInfo, ms: number): boolean {
  return mtime !== null && Date.now() - mtime.getTime() < ms;
}

function readForUpdate(target: string): Snapshot | undefined {
  const there = lookAt(target);
  if (there === undefined) return undefined;
  refuseIrregular(target, there);
  let file: Deno.FsFile;
  try {
    // For writing too, although it is only read: a rename only needs the folder, and would override a
    // read-only mode or another user's ownership.
    file = Deno.openSync(target, { read: true, write: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    const message = `Cannot change "${target}": no permission to read and write it`;
    throw new UserError("file-read-only", message, {
      exitCode: ExitCode.FILE,
      hint: permissionHint(target, there, codeOf(error)),
      cause: error,
    });
  }
  using _closed = file;
  refuseSticky(target, there);
  return snapshot(file);
}

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
  using file = Deno.openSync(temp, { write: true, createNew: true, mode: 0o600 });
  try {
    step("temp-created");
    writeAll(file, bytes);
    step("temp-written");
    if (like !== undefined && !WINDOWS) inherit(temp, file.statSync(), like);
    step("temp-owned");
    // Before the rename: else a power cut may leave the new name with nothing in it.
    file.syncSync();
    step("temp-synced");
  } catch (error) {
    removeQuietly(temp);
    throw error;
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
  return ifPossible(() => {
    Deno.chownSync(path, uid, gid);
    return true;
  }) ?? false;
}

/** Removes a file that is probably not there. */
export function removeQuietly(path: string): void {
  ifPossible(() => Deno.removeSync(path));
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
function refuseSticky(target: string, info: Deno.FileInfo): void {
  if (UID === null || UID === 0 || info.uid === UID) return;
  const folder = Deno.statSync(folderOf(target));
  if (folder.uid === UID || ((folder.mode ?? 0) & STICKY) === 0) return;
  throw new UserError(
    "folder-sticky",
    `Cannot change "${target}": only its owner can replace it in this folder, and that is the user with ` +
      `ID ${info.uid}`,
    { exitCode: ExitCode.FILE, hint: "Use a file in a folder of your own." },
  );
}
