/**
 * The one way in which the program changes a file: lock, read, change, write beside, sync, rename.
 * Whoever reads sees the old file or the new one, never a third, whatever dies in between.
 *
 * Everything from the temp file to the rename is synchronous on purpose: no signal handler of ours runs
 * in there, so Ctrl-C finds no temp file. What a SIGKILL leaves behind, the next writer removes. (Only
 * on Windows a refused rename has to be waited for.)
 *
 * Not kept: extended attributes and ACLs of the old file, and its hard links: another name goes on
 * naming the old content, which is what snapshots made with `cp -al` rely on.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import {
  explainFile,
  type FileLock,
  type FileVerb,
  lockFile,
  lookAt,
  refuseIrregular,
} from "./file_lock.ts";

/** The moments of a change, in this order. */
export type TransformStep =
  | ("folder-made" | "locked" | "read" | "changed")
  | ("temp-created" | "temp-written" | "temp-owned" | "temp-synced")
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

/** What is known of a file beside its content. */
export interface FileReport {
  /** The file itself: absolute, behind all symlinks. */
  readonly path: string;
  /** Its permission bits; `undefined` when it is not there, and on Windows. */
  readonly mode: number | undefined;
  /** Whether it is wider than 0600, so that others on this machine may read or write it. */
  readonly wide: boolean;
  /** Whether it belongs to another user (never on Windows). */
  readonly foreign: boolean;
}

/** What {@linkcode transformFile} did. */
export interface TransformReport extends FileReport {
  /** Whether anything was written: not when the text stayed the same. */
  readonly written: boolean;
}

/** A text file, read whole. */
export interface TextFile extends FileReport {
  /** Its text, a byte order mark included. */
  readonly text: string;
}

interface Snapshot {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly info: Deno.FileInfo;
}

const WINDOWS = Deno.build.os === "windows";
const LOCK_DEADLINE_MS = 10_000;
// A virus scanner or an SDK that has the file open makes Windows refuse the rename for a moment.
const RENAME_PAUSES_MS = WINDOWS ? [10, 20, 40, 80, 150, 300, 600, 1300] : [];
/** How often a change starts over because a program that knows no lock of ours wrote meanwhile. */
const ROUNDS = 10;
const SEPARATOR = WINDOWS ? "\\" : "/";
/** A path that does not start from the current folder. */
const ROOTED = WINDOWS ? /^(?:[a-z]:)?[\\/]/i : /^\//;
/** As many links as Linux follows. */
const LINKS = 40;
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
  step("locked");
  for (let round = 0; round < ROUNDS; round++) {
    const before = attempt(target, () => readForUpdate(target));
    step("read");
    const old = before && decode(before.bytes, target);
    const text = change(old);
    step("changed");
    if (text === undefined || text === old) {
      return { ...report(target, before?.info), written: false };
    }
    const bytes = encode(text, target);
    const temp = attempt(target, () => writeTemp(target, bytes, { before, step }));
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
  options: Pick<TransformOptions, "lockDeadlineMs"> = {},
): Promise<FileReport> {
  const target = locate(path);
  let folder = folderOf(target);
  if (!exists(folder)) {
    while (!exists(folder)) folder = folderOf(folder);
    // Making one is the only honest question: mode bits know nothing of read-only mounts and ACLs.
    attempt(target, () => {
      const probe = Deno.makeTempDirSync({ dir: folder, prefix: ".stssamldriver-" });
      Deno.removeSync(probe);
    });
    return report(target, undefined);
  }
  using _lock = await lockBeside(target, options);
  return attempt(target, () => {
    const before = readForUpdate(target);
    if (before !== undefined) decode(before.bytes, target);
    const probe = new Uint8Array((before?.bytes.length ?? 0) + GROWTH_BYTES);
    Deno.removeSync(writeTemp(target, probe, { before, step: () => {} }));
    return report(target, before?.info);
  });
}

/**
 * Reads a text file whole, symlinks followed; the null device reads as empty, because
 * `AWS_CONFIG_FILE=/dev/null` is how people say "none".
 *
 * @returns `undefined` when there is no such file, or its folder or a symlink's target is missing
 * @throws {UserError} exit code FILE: not a regular file, not UTF-8, not readable
 */
export function readTextFile(path: string): TextFile | undefined {
  if (path === "/dev/null" || (WINDOWS && /^nul$/i.test(path))) {
    return { path, text: "", mode: undefined, wide: false, foreign: false };
  }
  return attempt(path, () => {
    let file: Deno.FsFile | undefined;
    try {
      // Looked at before it is opened: opening a fifo to read would wait for its writer.
      refuseIrregular(path, Deno.statSync(path));
      const real = Deno.realPathSync(path);
      file = Deno.openSync(real, { read: true });
      const { bytes, info } = snapshot(file);
      return { ...report(real, info), text: decode(bytes, real) };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    } finally {
      file?.close();
    }
  }, "read");
}

/** The file that `path` leads to, there or not; its folder is behind all symlinks when it is there. */
function locate(path: string): string {
  let at = path;
  for (let links = 0; links <= LINKS; links++) {
    const [place, link] = attempt(at, () => follow(at));
    if (link === undefined) return place;
    at = link;
  }
  const loop = Object.assign(new Error("Too many levels of symbolic links"), { code: "ELOOP" });
  throw explainFile(path, loop, "change");
}

/**
 * One step of {@linkcode locate}: where `path` really lies, and what it points to when it is a symlink.
 * Link by link, because `realPath` refuses a dangling one. The folder first: a relative link starts from
 * where its folder really is, and `..` in it goes up from there, so joining by text would err.
 */
function follow(path: string): readonly [place: string, link?: string] {
  const [folder, name] = split(path);
  const real = exists(folder) ? Deno.realPathSync(folder) : folder;
  const place = join(real, name);
  const info = lookAt(place);
  if (info?.isSymlink) {
    const link = Deno.readLinkSync(place);
    return [place, ROOTED.test(link) ? link : join(real, link)];
  }
  // `a/` and `a/..` name folders, and must not be made as files.
  if (info !== undefined || ["", ".", ".."].includes(name)) refuseIrregular(place, info);
  return [place];
}

async function lockBeside(
  target: string,
  options: Pick<TransformOptions, "lockDeadlineMs">,
): Promise<FileLock> {
  const path = beside(target, "lock");
  try {
    const lock = await lockFile(path, {
      deadlineMs: options.lockDeadlineMs ?? LOCK_DEADLINE_MS,
      removeOnRelease: true,
    });
    // Only the holder of the lock makes a temp file, so one that is there was left by a killed one, and
    // holds what that one was to keep safe.
    removeQuietly(beside(target, "new"));
    return lock;
  } catch (error) {
    // No lock file could be made: then it is the folder's fault, and the person asked for `target`.
    if (error instanceof UserError && error.cause !== undefined && !exists(path)) {
      throw explainFile(target, error.cause, "change");
    }
    throw error;
  }
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
    return snapshot(file);
  } finally {
    file.close();
  }
}

function snapshot(file: Deno.FsFile): Snapshot {
  const info = file.statSync();
  const bytes = new Uint8Array(info.size);
  let length = 0;
  while (length < bytes.length) {
    const read = file.readSync(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  // What was appended meanwhile is not missed: a change then finds the size changed and starts over.
  return { bytes: bytes.subarray(0, length), info };
}

/** Writes `bytes` to a synced temp file beside `target`, with its mode and owner; returns its path. */
function writeTemp(
  target: string,
  bytes: Uint8Array,
  { before, step }: {
    readonly before: Snapshot | undefined;
    readonly step: (step: TransformStep) => void;
  },
): string {
  // One fixed name, so that what a killed writer leaves is found without a search.
  const temp = beside(target, "new");
  // Never opened when it exists, so that nobody can have put a symlink or a file of theirs there.
  const file = Deno.openSync(temp, { write: true, createNew: true, mode: 0o600 });
  try {
    step("temp-created");
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    step("temp-written");
    if (before !== undefined && !WINDOWS) inherit(temp, file.statSync(), before.info);
    step("temp-owned");
    // Before the rename: else a power cut may leave the new name with nothing in it.
    file.syncSync();
    step("temp-synced");
    return temp;
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

function folderOf(path: string): string {
  return split(path)[0];
}

function exists(path: string): boolean {
  return lookAt(path) !== undefined;
}

// Not `node:path`: it costs 13 ms at the start, and makes Deno 2.4.2 look for the types of Node. Nor may
// `a/../b` be shortened here, which is wrong where `a` is a symlink.
function split(path: string): readonly [folder: string, name: string] {
  const at = Math.max(path.lastIndexOf("/"), WINDOWS ? path.lastIndexOf("\\") : -1);
  if (at < 0) return [".", path];
  const root = at === 0 || (WINDOWS && path[at - 1] === ":");
  return [path.slice(0, root ? at + 1 : at), path.slice(at + 1)];
}

function join(folder: string, name: string): string {
  return /[\\/]$/.test(folder) ? folder + name : folder + SEPARATOR + name;
}

/** A file of ours in the folder of `target`: hidden, and named so that its owner can be guessed. */
function beside(target: string, what: "lock" | "new"): string {
  const [folder, name] = split(target);
  return join(folder, `.${name}.stssamldriver-${what}`);
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Not there, as nearly always.
  }
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

function decode(bytes: Uint8Array, path: string): string {
  try {
    // Fatal, because a replacement character would go back into the file in place of what was there;
    // `ignoreBOM` means, despite its name, that a byte order mark stays in the text.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new UserError("file-not-utf8", `Cannot use "${path}": it is not UTF-8 text`, {
      exitCode: ExitCode.FILE,
      hint: "Save it as UTF-8 in an editor, or name another file",
      cause,
    });
  }
}

function encode(text: string, path: string): Uint8Array {
  if (text.isWellFormed()) return new TextEncoder().encode(text);
  // The encoder would quietly write a replacement character.
  throw new UserError(
    "file-not-utf8",
    `Cannot write "${path}": the new text is not valid Unicode`,
    {
      exitCode: ExitCode.FILE,
      hint: "Look for broken characters in the names and values given",
    },
  );
}

function report(path: string, info: Deno.FileInfo | undefined): FileReport {
  const mode = WINDOWS || info === undefined ? undefined : (info.mode ?? 0) & 0o777;
  return {
    path,
    mode,
    wide: ((mode ?? 0) & 0o077) !== 0,
    foreign: mode !== undefined && info?.uid !== Deno.uid(),
  };
}

/** Runs what may fail in the operating system's hands, and says it in a person's words. */
function attempt<T>(path: string, action: () => T, verb: FileVerb = "change"): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof UserError ? error : explainFile(path, error, verb);
  }
}
