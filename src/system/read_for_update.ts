/**
 * Reading a file that is about to be changed. Other tools do not know our lock, and some write a file in
 * place: they empty it and fill it again a moment later. What is read in between is not the file.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { attempt, codeOf, lookAt, permissionHint, refuseIrregular } from "./file_trouble.ts";
import { refuseSticky } from "./temp_file.ts";
import { decodeUtf8, type Snapshot, snapshot } from "./text_file.ts";
import { pause } from "../wait.ts";

/** An empty file that was written less than this ago may be about to be filled, milliseconds. */
const EMPTIED_MS = 2000;
/** How often to look at it again, and the pause between: half a second in all. */
const EMPTIED_LOOKS = 25;
const EMPTIED_PAUSE_MS = 20;
/** A file that makes no sense and was written less than this ago may be incomplete, milliseconds. */
const TORN_MS = 1000;
const TORN_PAUSE_MS = 100;

/** A file as it was read, and the result of using it. */
export interface Used<T> {
  /** `undefined` when there was no file. */
  readonly before: Snapshot | undefined;
  readonly old: string | undefined;
  readonly result: T;
}

/**
 * Reads a file that will be replaced, and passes its text to `use`. A file that has just been emptied is
 * waited for; one that was really left empty costs half a second. When `use` throws, a file that has just
 * been written is read once more.
 *
 * @param use pure: it may run twice. What it throws in the end reaches the caller unchanged
 * @throws {UserError} exit code FILE when the file cannot be read, written or replaced, or is not text
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
  try {
    refuseSticky(target, there);
    return snapshot(file);
  } finally {
    file.close();
  }
}
