/**
 * The one way in which the program changes a file: lock, read, change, write beside, sync, rename.
 * Whoever reads sees the old file or the new one, never a third, whatever dies in between.
 *
 * Everything from the temp file to the rename is synchronous on purpose: no signal handler of ours runs
 * in there, so Ctrl-C finds no temp file. What a SIGKILL leaves behind, the next writer removes. (Only
 * on Windows a refused rename has to be waited for.)
 *
 * Not kept: extended attributes of the old file; its POSIX ACL, in whose place the new file has the mode
 * alone: named users and groups lose what they were given, and the file's group gets what the mode says,
 * which for a file with an ACL is the ACL's mask; and its hard links: another name goes on naming the old
 * content, which is what snapshots made with `cp -al` rely on.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { type FileLock, lockFile } from "./file_lock.ts";
import { attempt, explainFile, lookAt } from "./file_trouble.ts";
import { useForUpdate } from "./read_for_update.ts";
import { exists, folderOf, hiddenBeside, locate, nameOf } from "./real_path.ts";
import { refuseMounted } from "./replaceable.ts";
import { removeQuietly, type TempStep, writeTemp } from "./temp_file.ts";
import { type FileReport, report, type Snapshot } from "./text_file.ts";
import { encodeUtf8 } from "./utf8.ts";

/** The moments of a change, in this order. */
export type TransformStep =
  | ("folder-made" | "locked" | "read" | "changed")
  | TempStep
  | ("renamed" | "folder-synced");

/** What may be set for a change; production code needs none of it. */
export interface TransformOptions {
  /** How long to wait for other writers, in milliseconds. Default: 10,000. */
  readonly lockDeadlineMs?: number;
  /** Told of every step as it is done, so that tests can kill a writer there. */
  readonly onStep?: (step: TransformStep) => void;
  /** Replaces `Deno.renameSync`, so that tests can refuse as Windows does. */
  readonly rename?: (from: string, to: string) => void;
  /** The pauses, in milliseconds, before a refused rename is tried again. Default: none, on Windows 2.5 s. */
  readonly renamePausesMs?: readonly number[];
}

/** How {@linkcode checkWritable} tries. */
export interface CheckOptions extends Pick<TransformOptions, "lockDeadlineMs"> {
  /** Run with the text that a change would be given. Pure; what it throws reaches the caller untouched. */
  readonly rehearse?: (old: string | undefined) => void;
}

/** What {@linkcode transformFile} did. */
export interface TransformReport extends FileReport {
  /** Whether anything was written: not when the text stayed the same. */
  readonly written: boolean;
}

const WINDOWS = Deno.build.os === "windows";
const LOCK_DEADLINE_MS = 10_000;
// A virus scanner or an SDK that has the file open makes Windows refuse the rename for a moment.
const RENAME_PAUSES_MS = WINDOWS ? [10, 20, 40, 80, 150, 300, 600, 1300] : [];
/** How often a change starts over because a program that knows no lock of ours wrote meanwhile. */
const ROUNDS = 10;
/** How much the file may grow after `checkWritable` found room for it: a profile is below 3 KiB. */
const GROWTH_BYTES = 4096;

/**
 * Changes the text file at `path` so that concurrent changes, a crash at any moment and a full disk lose
 * nothing. A missing folder is made 0700, a missing file 0600; symlinks are followed and stay; mode and
 * owner stay, or get narrower where the owner cannot be kept.
 *
 * The lock file lies beside the file (`.NAME.stssamldriver-lock`): there, everybody who can write the file
 * finds it, whatever their HOME or container. It is gone after the change, except on Windows.
 *
 * @param path the file, or a symlink to it
 * @param change from the text (`undefined`: no file yet) to the new text; the same text or `undefined`
 *   leaves everything as it is. Pure: it runs again when somebody else wrote meanwhile. What it throws
 *   reaches the caller untouched
 * @throws {UserError} exit code FILE; the old file stands and nothing is left beside it
 */
export async function transformFile(
  path: string,
  change: (old: string | undefined) => string | undefined,
  options: TransformOptions = {},
): Promise<TransformReport> {
  const step = options.onStep ?? (() => {});
  let target = locate(path);
  if (!exists(folderOf(target))) {
    attempt(target, () => Deno.mkdirSync(folderOf(target), { recursive: true, mode: 0o700 }));
    target = locate(path); // again: only now can it be told where the folder really is
  }
  step("folder-made");
  using _lock = await lockBeside(target, options);
  const temp = hiddenBeside(target, "new");
  step("locked");
  for (let round = 0; round < ROUNDS; round++) {
    const { before, old, result: text } = await useForUpdate(target, (old) => {
      step("read");
      return change(old);
    });
    step("changed");
    if (text === undefined || text === old) {
      return { ...report(target, before?.info), written: false };
    }
    const bytes = encodeUtf8(text, target);
    attempt(target, () => writeTemp(temp, bytes, { like: before?.info, step }));
    if (!(await moveOver(target, temp, { before, ...options }))) continue;
    step("renamed");
    syncFolder(folderOf(target));
    step("folder-synced");
    return { ...report(target, lookAt(target)), written: true };
  }
  throw new UserError("file-busy", `Cannot change "${target}": another program keeps writing it`, {
    exitCode: ExitCode.FILE,
    hint: "End the program that writes it all the time, and try again",
  });
}

/**
 * Tries everything that can fail in {@linkcode transformFile} without changing the file, so that nobody
 * signs in for credentials that cannot be kept: the folder can be made or written, the lock comes, the
 * file can be read and written and is text, and the disk has room.
 *
 * @throws {UserError} exit code FILE, as {@linkcode transformFile} would
 */
export async function checkWritable(
  path: string,
  options: CheckOptions = {},
): Promise<FileReport> {
  const target = locate(path);
  const rehearse = options.rehearse ?? (() => {});
  let folder = folderOf(target);
  if (!exists(folder)) {
    while (!exists(folder)) folder = folderOf(folder);
    // Making one is the only honest question: mode bits know nothing of read-only mounts and ACLs.
    attempt(target, () => {
      const probe = Deno.makeTempDirSync({ dir: folder, prefix: ".stssamldriver-" });
      try {
        // The longest name that will be in the folder; too long a one is refused only where there is one.
        lookAt(hiddenBeside(`${probe}/${nameOf(target)}`, "lock"));
      } finally {
        Deno.removeSync(probe);
      }
    });
    rehearse(undefined);
    return report(target, undefined);
  }
  using _lock = await lockBeside(target, options);
  const { before } = await useForUpdate(target, rehearse);
  return attempt(target, () => {
    const probe = new Uint8Array((before?.bytes.length ?? 0) + GROWTH_BYTES);
    const temp = hiddenBeside(target, "new");
    writeTemp(temp, probe, { like: before?.info, step: () => {} });
    Deno.removeSync(temp);
    if (before !== undefined) refuseMounted(target, temp);
    return report(target, before?.info);
  });
}

async function lockBeside(
  target: string,
  options: Pick<TransformOptions, "lockDeadlineMs">,
): Promise<FileLock> {
  const path = hiddenBeside(target, "lock");
  attempt(target, () => lookAt(path)); // its name is longer than the file's, perhaps too long
  try {
    const lock = await lockFile(path, {
      deadlineMs: options.lockDeadlineMs ?? LOCK_DEADLINE_MS,
      removeOnRelease: true,
    });
    // Only the holder of the lock makes a temp file, so one that is there was left by a killed one, and
    // holds what that one was to keep safe.
    removeQuietly(hiddenBeside(target, "new"));
    return lock;
  } catch (error) {
    // No lock file could be made: then it is the folder's fault, and the person asked for `target`.
    if (error instanceof UserError && error.cause !== undefined && !exists(path)) {
      throw explainFile(target, error.cause, "change");
    }
    throw error;
  }
}

/** Renames `temp` to `target`; `false` when somebody without our lock wrote `target` meanwhile. */
async function moveOver(
  target: string,
  temp: string,
  options: TransformOptions & { readonly before: Snapshot | undefined },
): Promise<boolean> {
  const pauses = (options.renamePausesMs ?? RENAME_PAUSES_MS).values();
  for (;;) {
    try {
      if (!same(lookAt(target), options.before?.info)) {
        removeQuietly(temp);
        return false;
      }
      (options.rename ?? Deno.renameSync)(temp, target);
      return true;
    } catch (error) {
      const pause = pauses.next();
      if (pause.done) {
        removeQuietly(temp);
        throw explainFile(target, error, "change");
      }
      await new Promise((resolve) => setTimeout(resolve, pause.value));
    }
  }
}

function same(now: Deno.FileInfo | undefined, then: Deno.FileInfo | undefined): boolean {
  if (now === undefined || then === undefined) return now === then;
  // The mode too: who has just closed a file to others must not see it opened again.
  return now.ino === then.ino && now.dev === then.dev && now.size === then.size &&
    now.mode === then.mode && now.mtime?.getTime() === then.mtime?.getTime();
}

/** Makes the rename itself outlast a power cut. */
function syncFolder(folder: string): void {
  if (WINDOWS) return; // a folder cannot be opened as a file there
  try {
    using file = Deno.openSync(folder, { read: true });
    file.syncSync();
  } catch {
    // Some file systems cannot, and a folder may be closed to reading. The new file is in place and
    // whole either way, so this is not a failure to report.
  }
}
