/**
 * Reading a file that is about to be changed. Other tools know no lock of ours, and some write a file in
 * place: they empty it, and fill it again a moment later. What is read in between is not the file.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { attempt, lookAt, refuseIrregular } from "./file_trouble.ts";
import { refuseSticky } from "./replaceable.ts";
import { type Snapshot, snapshot } from "./text_file.ts";
import { decodeUtf8 } from "./utf8.ts";

/** An empty file that was written less than this ago may have been emptied to be filled, milliseconds. */
const EMPTIED_MS = 2000;
/** How often it is looked at again, and after which pause: half a second together. */
const EMPTIED_LOOKS = 25;
const EMPTIED_PAUSE_MS = 20;
/** A file that makes no sense and was written less than this ago may be half there, milliseconds. */
const TORN_MS = 1000;
const TORN_PAUSE_MS = 100;

/** A file as it was read, and what was made of it. */
export interface Used<T> {
  /** `undefined` when there was no file. */
  readonly before: Snapshot | undefined;
  readonly old: string | undefined;
  readonly result: T;
}

/**
 * Reads a file that is to be replaced, and makes something of its text. A file that somebody has just
 * emptied is waited for; whoever really left an empty one costs half a second. What is read once more when
 * `use` throws is a file that somebody has just written.
 *
 * @param use pure: it may run twice. What it throws at last reaches the caller untouched
 * @throws {UserError} exit code FILE when the file cannot be read, written or replaced, or is no text
 */
export async function useForUpdate<T>(
  target: string,
  use: (old: string | undefined) => T,
): Promise<Used<T>> {
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

/** A time that is still to come, by another machine's clock, is young too. */
function isYounger({ mtime }: Deno.FileInfo, ms: number): boolean {
  return mtime !== null && Date.now() - mtime.getTime() < ms;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function readForUpdate(target: string): Snapshot | undefined {
  const there = lookAt(target);
  if (there === undefined) return undefined;
  refuseIrregular(target, there);
  let file: Deno.FsFile;
  try {
    // For writing too, though only read: a rename asks the folder alone, and would go over the head of
    // somebody who made the file read-only, or of another user.
    file = Deno.openSync(target, { read: true, write: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    const message = `Cannot change "${target}": you may not both read and write it`;
    throw new UserError("file-read-only", message, {
      exitCode: ExitCode.FILE,
      hint: there.uid === null || there.uid === Deno.uid()
        ? `Make it yours to read and write: chmod u+rw "${target}"`
        : `It belongs to the user with the number ${there.uid}; use another file, or take it over`,
      cause: error,
    });
  }
  try {
    refuseSticky(target, there);
    return snapshot(file);
  } finally {
    file.close();
  }
}
