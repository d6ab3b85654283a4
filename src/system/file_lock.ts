/**
 * An advisory lock on a file, with a deadline. It is released however its holder dies: the kernel drops it
 * with the open file, so there are no stale locks to detect and no process IDs to trust.
 *
 * Every file that the program writes has one next to it, and so has "a driver of ours owns port N", where
 * the holder leaves a note that tells the others whom they are waiting for.
 *
 * @module
 */
import { ExitCode, ifPossible, UserError } from "../errors.ts";
import { explainFile, ifThere, lookAt, refuseIrregular } from "./file_trouble.ts";
import { pause } from "../wait.ts";
import { UID } from "./machine.ts";
import { isFile } from "./paths.ts";
import { writeAll } from "./process.ts";

/** The options of a lock. */
interface LockOptions {
  /**
   * Removes the lock file on release (not on Windows, where a deleted file that others have open cannot be
   * opened anew). Default: it stays, empty.
   */
  readonly removeOnRelease?: boolean;
}

/** A lock that is held until it is released, disposed of, or the process ends. */
export interface FileLock extends Disposable {
  /**
   * Leaves a note for those who wait, replacing an earlier one: short, and never a secret (others may read it).
   *
   * @throws the operating system's error, for example on a full disk; the lock is still held
   */
  writeNote(note: Readonly<Record<string, string | number>>): void;
  /** Releases the lock and removes the note. A second call does nothing. */
  release(): void;
}

/** A place in the queue for a lock. It ends with a lock that the caller releases, or with `abandon`. */
export interface LockRequest {
  /**
   * Waits for the lock, and stays in the queue when time runs out: 50 to 100 ms are enough to see that
   * another process holds it, and a second call continues to wait.
   *
   * @param ms how long, in milliseconds
   * @returns the lock (the same one from every call), or `undefined` when time is up
   * @throws {UserError} `lock-unavailable` and others when the lock file cannot be opened,
   *   `lock-unsupported` when it cannot be locked
   */
  within(ms: number): Promise<FileLock | undefined>;
  /** Leaves the queue, and releases the lock if it has been granted meanwhile. */
  abandon(): void;
}

const WINDOWS = Deno.build.os === "windows";
/** A note is a line or two; a bigger file is not ours. */
const NOTE_LIMIT_BYTES = 4096;

/**
 * Enters the queue for the lock on `path`. The file is created (0600) if missing and never truncated before
 * the lock is held. Does not wait: {@linkcode LockRequest.within} does.
 */
export function requestLock(path: string, options: LockOptions = {}): LockRequest {
  let waiting: Deno.FsFile | undefined;
  let held: FileLock | undefined;
  let abandoned = false;

  const queue = async (): Promise<FileLock | undefined> => {
    while (!abandoned) {
      try {
        const opened = openLockFile(path);
        waiting = opened.file;
        await waiting.lock(true).catch((error) => {
          throw abandoned ? error : noLocks(opened, path, error);
        });
        if (abandoned) return undefined;
        // A holder may remove the file when it leaves. Whoever waited for that inode then gets a lock
        // that nobody else can see, so it only counts if the path still leads to the same inode.
        if (!leadsTo(path, waiting)) {
          waiting.close();
          continue;
        }
        held = heldLock(path, waiting, options);
        return held;
      } catch (error) {
        closeQuietly(waiting);
        if (abandoned) return undefined;
        throw error instanceof UserError ? error : explainFile(path, error, "lock");
      }
    }
    return undefined;
  };
  const coming = queue();
  // `within` reports it; a request that was abandoned before that must not end the process.
  coming.catch(() => {});

  return {
    async within(ms) {
      const over = new AbortController();
      try {
        return await Promise.race([coming, pause(ms, over.signal).then(() => undefined)]);
      } finally {
        over.abort();
      }
    },
    abandon() {
      abandoned = true;
      // A pending lock cannot be canceled. Closing leaves the queued call as the file's last user: when its
      // turn comes, the file is closed and the lock released.
      if (held === undefined) closeQuietly(waiting);
      else held.release();
    },
  };
}

/**
 * Takes the lock on `path`, waiting for another holder until the deadline.
 *
 * @throws {UserError} `lock-timeout` when another process holds it until then; `lock-unsupported` when its
 *   file system has no locks; `lock-unavailable` and others, with a `cause`, when the file cannot be opened
 */
export async function lockFile(
  path: string,
  { deadlineMs, ...options }: LockOptions & {
    /** How long to wait for another holder, in milliseconds. */
    readonly deadlineMs: number;
  },
): Promise<FileLock> {
  const request = requestLock(path, options);
  const lock = await request.within(deadlineMs);
  if (lock !== undefined) return lock;
  request.abandon();
  const seconds = Math.round(deadlineMs / 100) / 10;
  throw new UserError(
    "lock-timeout",
    `Cannot lock "${path}": another process has held the lock for ${seconds} s`,
    {
      exitCode: ExitCode.FILE,
      hint: "Wait for the other stssamldriver to finish, or stop it, then try again.",
    },
  );
}

/**
 * Reads the note of the holder of the lock on `path`. Only call it after finding the lock held: a holder
 * that was killed leaves its note behind.
 *
 * @returns what was written, unchecked, or `undefined` when there is no note, it is just being written, or
 *   a locked file cannot be read (Windows)
 */
export function readLockNote(path: string): unknown {
  // The note only improves a message, so a missing one is never an error.
  return ifPossible(() => {
    // Checked before it is opened: opening a named pipe would wait for its writer.
    if (!isFile(path)) return undefined;
    using file = Deno.openSync(path, { read: true });
    const bytes = new Uint8Array(NOTE_LIMIT_BYTES);
    const length = file.readSync(bytes) ?? 0;
    return JSON.parse(new TextDecoder().decode(bytes.subarray(0, length)));
  });
}

function heldLock(path: string, file: Deno.FsFile, options: LockOptions): FileLock {
  let released = false;
  let noted = false;
  const { isFile, nlink, uid } = file.statSync();
  // Through a link that somebody else has put there another file would be emptied.
  const isOwn = isFile && (WINDOWS || ((nlink ?? 1) === 1 && uid === UID));
  const setNote = (text: string) => {
    if (!isOwn) return;
    // Emptied first, so that nobody reads the end of an older, longer note after this one.
    file.truncateSync(0);
    file.seekSync(0, Deno.SeekMode.Start);
    writeAll(file, new TextEncoder().encode(text));
  };
  // A killed holder could not remove its note, which must not pass for this one's.
  noted = file.statSync().size > 0;
  if (noted) setNote("");
  const release = () => {
    if (released) return;
    released = true;
    // If that fails, the work under the lock is done; the next process locks the file that stays.
    ifPossible(() => {
      if (noted) setNote("");
      // Removed while the lock is held, never after: the next holder may be there by then. And only
      // our own: somebody may have cleaned up the folder, and another process locked a new file.
      if (options.removeOnRelease && !WINDOWS && leadsTo(path, file)) Deno.removeSync(path);
    });
    closeQuietly(file);
  };
  return {
    writeNote(note) {
      noted = true;
      setNote(JSON.stringify(note));
    },
    release,
    [Symbol.dispose]: release,
  };
}

/** Says that files cannot be locked here, and leaves nothing behind. */
function noLocks(
  { file, created }: ReturnType<typeof openLockFile>,
  path: string,
  cause: unknown,
): UserError {
  // Else an empty file stays.
  ifPossible(() => created && leadsTo(path, file) && Deno.removeSync(path));
  return explainFile(
    path,
    Object.assign(new Error("No locks", { cause }), { code: "ENOLCK" }),
    "lock",
  );
}

function openLockFile(path: string): { readonly file: Deno.FsFile; readonly created: boolean } {
  // In a folder that others can write to, the name could be a named pipe, or a symlink that makes us create
  // a file elsewhere.
  const there = lookAt(path);
  if (there !== undefined) refuseIrregular(path, there);
  const file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  return { file, created: there === undefined };
}

/** Tells if `path` names the file that is open as `file`. */
function leadsTo(path: string, file: Deno.FsFile): boolean {
  if (WINDOWS) return true; // never removed there, see LockOptions
  const mine = file.statSync();
  // Opened, not just stat: a network file system answers stat from memory, and only checks when a file is
  // opened.
  return ifThere(() => {
    using now = Deno.openSync(path, { read: true });
    const there = now.statSync();
    return there.ino === mine.ino && there.dev === mine.dev;
  }) ?? false;
}

/** Closes a file that may be closed already: `abandon` and the queue both close it, whichever comes first. */
function closeQuietly(file: Deno.FsFile | undefined): void {
  ifPossible(() => file?.close());
}
