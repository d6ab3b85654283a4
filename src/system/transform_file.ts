/**
 * The only way in which the program changes a file: lock, read, change, write a new file next to it, sync,
 * rename. Readers see the old file or the new one, never anything else, whatever crashes in between.
 *
 * Everything from the temp file to the rename is synchronous on purpose: none of our signal handlers runs
 * in between, so Ctrl-C leaves no temp file. What a SIGKILL leaves behind, the next writer removes. (Only
 * on Windows, a refused rename has to be waited for.)
 *
 * Not preserved: extended attributes of the old file; its POSIX ACL, which is replaced by the mode alone:
 * named users and groups lose their rights, and the file's group gets the rights in the mode, which for a
 * file with an ACL is the ACL's mask; and its hard links: the other names still have the old content, which
 * is what snapshots made with `cp -al` rely on.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { type FileLock, lockFile } from "./file_lock.ts";
import { attempt, explainFile, lookAt } from "./file_trouble.ts";
import {
  refuseMounted,
  removeQuietly,
  type TempOptions,
  type TempStep,
  useForUpdate,
  writeTemp,
} from "./replacement.ts";
import { folderOf, hiddenBeside, isThere, locate, nameOf } from "./paths.ts";
import { encodeUtf8, type FileReport, report, type Snapshot } from "./text_file.ts";
import { pause } from "../wait.ts";
import { UID } from "./machine.ts";

/** The steps of a change, in this order. */
export type TransformStep =
  | ("folder-made" | "locked" | "read" | "changed")
  | TempStep
  | ("renamed" | "folder-synced");

/** The options of a change; production code needs none. */
export interface TransformOptions {
  /** How long to wait for other writers, in milliseconds. Default: 10,000. */
  readonly lockDeadlineMs?: number;
  /**
   * Whether the file is written also where no lock can be had, as on NFS without its lock daemon: for a
   * file whose new text does not depend on the old one. Default: no.
   */
  readonly unlocked?: boolean;
  /** Called after each step, so that tests can kill a writer there. */
  readonly onStep?: (step: TransformStep) => void;
  /** Replaces `Deno.renameSync`, so that tests can refuse it as Windows does. */
  readonly rename?: (from: string, to: string) => void;
  /** The pauses before each retry of a refused rename, milliseconds. Default: none; on Windows 2.5 s in all. */
  readonly renamePausesMs?: readonly number[];
}

/** The options of {@linkcode checkWritable}. */
export interface CheckOptions extends Pick<TransformOptions, "lockDeadlineMs"> {
  /** Called with the text that a change would get. Pure; what it throws reaches the caller unchanged. */
  readonly rehearse?: (old: string | undefined) => void;
}

/** The result of {@linkcode transformFile}. */
export interface TransformReport extends FileReport {
  /** `false` when the text stayed the same, so that nothing was written. */
  readonly written: boolean;
}

const WINDOWS = Deno.build.os === "windows";
const LOCK_DEADLINE_MS = 10_000;
// Windows refuses a rename while a virus scanner or an SDK has the file open.
const RENAME_PAUSES_MS = WINDOWS ? [10, 20, 40, 80, 150, 300, 600, 1300] : [];
/** How often a change starts over because a program that does not know our lock wrote meanwhile. */
const ROUNDS = 10;
/** How much the file may grow after `checkWritable` found room for it: a profile has less than 3 KiB. */
const GROWTH_BYTES = 4096;

/**
 * Changes the text file at `path` so that concurrent changes, a crash at any moment or a full disk lose
 * nothing. A missing folder is created with mode 0700, a missing file with 0600; symlinks are followed and
 * stay; mode and owner stay, or the mode gets narrower if the owner cannot be preserved.
 *
 * The lock file is next to the file (`.NAME.stssamldriver-lock`): there, everyone who can write the file
 * finds it, whatever their HOME or container. It is removed after the change, except on Windows.
 *
 * @param path the file, or a symlink to it
 * @param change from the text (`undefined`: no file yet) to the new text; the same text or `undefined`
 *   leaves everything as it is. Pure: it runs again when another program wrote meanwhile. What it throws
 *   reaches the caller unchanged
 * @throws {UserError} exit code FILE; the old file is unchanged and nothing is left next to it
 */
export async function transformFile(
  path: string,
  change: (old: string | undefined) => string | undefined,
  options: TransformOptions = {},
): Promise<TransformReport> {
  const step = options.onStep ?? (() => {});
  let target = locate(path);
  const made = missingFolders(folderOf(target));
  if (made.length > 0) {
    attempt(target, () => Deno.mkdirSync(folderOf(target), { recursive: true, mode: 0o700 }));
    target = locate(path); // again: only now is the real place of the folder known
  }
  step("folder-made");
  using lock = await lockBeside(target, options).catch((error) => {
    // Each only when it is empty: another process may be about to write there.
    for (const folder of made) removeQuietly(folder);
    throw error;
  });
  // Without the lock two may write at once, and each needs a name of its own.
  const temp = hiddenBeside(target, lock === undefined ? `new-${crypto.randomUUID()}` : "new");
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
    await writeAnew(target, temp, bytes, { like: before?.info, step });
    if (!(await moveOver(target, temp, { before, ...options }))) continue;
    step("renamed");
    syncFolder(folderOf(target));
    step("folder-synced");
    return { ...report(target, lookAt(target)), written: true };
  }
  throw new UserError("file-busy", `Cannot change "${target}": another program keeps writing it`, {
    exitCode: ExitCode.FILE,
    hint: "Stop the program that keeps writing it, then try again.",
  });
}

/**
 * Tries everything that can fail in {@linkcode transformFile} without changing the file, so that nobody
 * signs in for credentials that cannot be saved: the folder can be created or written, the lock is free, the
 * file can be read and written and is text, and the disk has room.
 *
 * @returns the file as it is, and sentences to warn with
 * @throws {UserError} exit code FILE, as {@linkcode transformFile} would
 */
export async function checkWritable(
  path: string,
  options: CheckOptions = {},
): Promise<FileReport & { readonly warnings: readonly string[] }> {
  const target = locate(path);
  const rehearse = options.rehearse ?? (() => {});
  const missing = missingFolders(folderOf(target));
  if (missing.length > 0) {
    const folder = folderOf(missing.at(-1) ?? target);
    // Only creating one proves it: mode bits do not show read-only mounts and ACLs.
    const probe = attempt(
      target,
      () => Deno.makeTempDirSync({ dir: folder, prefix: ".stssamldriver-" }),
    );
    try {
      // The longest name that will be in the folder; the system only refuses it in an existing folder.
      using _lock = await lockBeside(`${probe}/${nameOf(target)}`, options, target);
    } finally {
      removeQuietly(probe);
    }
    rehearse(undefined);
    return { ...report(target, undefined), warnings: rootWarnings(target, folder) };
  }
  using _lock = await lockBeside(target, options);
  const { before } = await useForUpdate(target, rehearse);
  const probe = new Uint8Array((before?.bytes.length ?? 0) + GROWTH_BYTES);
  const temp = hiddenBeside(target, "new");
  await writeAnew(target, temp, probe, { like: before?.info, step: () => {} });
  return attempt(target, () => {
    Deno.removeSync(temp);
    if (before !== undefined) refuseMounted(target, temp);
    const warnings = before === undefined ? rootWarnings(target, folderOf(target)) : [];
    return { ...report(target, before?.info), warnings };
  });
}

/** With sudo HOME often stays the person's, who could not change what becomes root's there. */
function rootWarnings(target: string, folder: string): readonly string[] {
  const { uid } = Deno.statSync(folder);
  if (UID !== 0 || uid === 0) return [];
  return [
    `Running as root in a folder of the user with ID ${uid}: ${target} will belong to root. Without sudo ` +
    "it would be yours",
  ];
}

/** The folders that are missing on the way to one, itself first. */
function missingFolders(folder: string): readonly string[] {
  return isThere(folder) ? [] : [folder, ...missingFolders(folderOf(folder))];
}

async function lockBeside(
  target: string,
  options: Pick<TransformOptions, "lockDeadlineMs" | "unlocked">,
  named = target,
): Promise<FileLock | undefined> {
  const path = hiddenBeside(target, "lock");
  attempt(named, () => lookAt(path)); // its name is longer than the file's, perhaps too long
  try {
    const lock = await lockFile(path, {
      deadlineMs: options.lockDeadlineMs ?? LOCK_DEADLINE_MS,
      removeOnRelease: true,
    });
    // Only the holder of the lock creates a temp file, so an existing one was left by a killed process, and
    // contains its secrets.
    removeQuietly(hiddenBeside(target, "new"));
    return lock;
  } catch (error) {
    if (options.unlocked && error instanceof UserError && error.code !== "lock-timeout") {
      return undefined;
    }
    // No lock file could be created: the folder is the problem, and the person named `target`.
    if (error instanceof UserError && error.cause !== undefined && !isThere(path)) {
      throw explainFile(named, error.cause, "change");
    }
    throw error;
  }
}

/** Writes the file `temp`, whose name Windows may still have for one of the same name that was removed. */
async function writeAnew(
  target: string,
  temp: string,
  bytes: Uint8Array,
  options: TempOptions,
): Promise<void> {
  const pauses = RENAME_PAUSES_MS.values();
  for (;;) {
    try {
      return writeTemp(temp, bytes, options);
    } catch (error) {
      const { value: ms, done } = pauses.next();
      if (done || !(error instanceof Deno.errors.AlreadyExists)) {
        throw explainFile(target, error, "change");
      }
      await pause(ms);
    }
  }
}

/** Renames `temp` to `target`; `false` when a program without our lock wrote `target` meanwhile. */
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
      const { value: ms, done } = pauses.next();
      if (done) {
        removeQuietly(temp);
        throw explainFile(target, error, "change");
      }
      await pause(ms);
    }
  }
}

function same(now: Deno.FileInfo | undefined, before: Deno.FileInfo | undefined): boolean {
  if (now === undefined || before === undefined) return now === before;
  // The mode too: a file that has just been made private must not be opened up again.
  return now.ino === before.ino && now.dev === before.dev && now.size === before.size &&
    now.mode === before.mode && now.mtime?.getTime() === before.mtime?.getTime();
}

/** Makes the rename itself survive a power failure. */
function syncFolder(folder: string): void {
  if (WINDOWS) return; // where a folder cannot be opened as a file
  try {
    using file = Deno.openSync(folder, { read: true });
    file.syncSync();
  } catch {
    // Some file systems cannot do it, and a folder may be unreadable. The new file is in place and
    // complete either way, so there is nothing to report.
  }
}
