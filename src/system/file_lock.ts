/**
 * An advisory lock on a file, under a deadline, that any death of its holder frees: the kernel drops
 * it with the open file, so there is no stale lock to detect and no process number to believe.
 *
 * It is used beside every file that the program writes, and as the mark "a driver of ours owns port N",
 * where the holder leaves a note that says for whom others wait.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { explainFile, lookAt, refuseIrregular } from "./file_trouble.ts";

/** What a holder may say about itself: short, flat, and never a secret (others may read it). */
export type LockNote = Readonly<Record<string, string | number | boolean>>;

/** How a lock behaves when it is given back. */
export interface LockOptions {
  /**
   * Whether the lock file goes when the lock does (not on Windows, where a deleted file that others
   * have open refuses every new opener). Default: it stays, empty.
   */
  readonly removeOnRelease?: boolean;
}

/** Options of {@linkcode lockFile}. */
export interface LockFileOptions extends LockOptions {
  /** How long to wait for another holder, in milliseconds. */
  readonly deadlineMs: number;
}

/** A lock that is held until it is released, disposed of, or the process is gone. */
export interface FileLock extends Disposable {
  /** The lock file, as it was named. */
  readonly path: string;
  /**
   * Leaves a note for those who wait, in place of an earlier one.
   *
   * @throws the operating system's error, for instance on a full disk; the lock is held all the same
   */
  writeNote(note: LockNote): void;
  /** Gives the lock back and takes the note away. A second call does nothing. */
  release(): void;
}

/** A place in the queue for a lock. It ends with a lock that the caller releases, or with `abandon`. */
export interface LockRequest {
  /**
   * Waits for the lock, and stays in the queue when it does not come: 50 to 100 ms tell that somebody
   * else holds it, and a second call goes on waiting.
   *
   * @param ms how long, in milliseconds
   * @returns the lock (the same one from every call), or `undefined` when time is up
   * @throws {UserError} `lock-unavailable` and others when the lock file cannot be opened or locked
   */
  within(ms: number): Promise<FileLock | undefined>;
  /** Leaves the queue, and releases the lock when it has come meanwhile. */
  abandon(): void;
}

const WINDOWS = Deno.build.os === "windows";
/** A note is a line or two; a bigger file is none of ours. */
const NOTE_LIMIT_BYTES = 4096;

/**
 * Enters the queue for the lock on `path`; the file is created (0600) when absent and never truncated
 * before the lock is held. Waits nowhere: {@linkcode LockRequest.within} does.
 */
export function requestLock(path: string, options: LockOptions = {}): LockRequest {
  let waiting: Deno.FsFile | undefined;
  let held: FileLock | undefined;
  let abandoned = false;

  const queue = async (): Promise<FileLock | undefined> => {
    while (!abandoned) {
      try {
        waiting = openLockFile(path);
        await waiting.lock(true);
        if (abandoned) return undefined;
        // A holder may remove the file as it leaves. Whoever waited for that inode then gets a lock
        // that nobody else can see, so it counts only when the path still leads to the same inode.
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
  // Whoever calls `within` is told; a request that was abandoned before that must not end the process.
  coming.catch(() => {});

  return {
    async within(ms) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), ms);
      });
      try {
        return await Promise.race([coming, late]);
      } finally {
        clearTimeout(timer);
      }
    },
    abandon() {
      abandoned = true;
      // A pending lock cannot be cancelled. Closing leaves the queued call as the file's last user:
      // when its turn comes, the file goes, and the lock with it.
      if (held === undefined) closeQuietly(waiting);
      else held.release();
    },
  };
}

/**
 * Takes the lock on `path`, waiting for another holder until the deadline.
 *
 * @throws {UserError} `lock-timeout` when somebody else holds it to the end; `lock-unavailable` and
 *   others, with a `cause`, when the file cannot be opened or its file system knows no locks
 */
export async function lockFile(path: string, options: LockFileOptions): Promise<FileLock> {
  const request = requestLock(path, options);
  const lock = await request.within(options.deadlineMs);
  if (lock !== undefined) return lock;
  request.abandon();
  const seconds = Math.round(options.deadlineMs / 100) / 10;
  throw new UserError(
    "lock-timeout",
    `Cannot lock "${path}": another process has held it for ${seconds} s`,
    {
      exitCode: ExitCode.FILE,
      hint: "Let the other stssamldriver finish, or end it, and try again",
    },
  );
}

/**
 * What the holder of the lock on `path` says about itself. Ask only after finding the lock held: a
 * holder that was killed leaves its note behind.
 *
 * @returns what was written, unchecked, or `undefined` when there is no note, it is being written this
 *   moment, or the system lets nobody read a locked file (Windows)
 */
export function readLockNote(path: string): unknown {
  let file: Deno.FsFile | undefined;
  try {
    // Looked at before it is opened: opening a fifo to read would wait for its writer.
    if (!Deno.statSync(path).isFile) return undefined;
    file = Deno.openSync(path, { read: true });
    const bytes = new Uint8Array(NOTE_LIMIT_BYTES);
    const length = file.readSync(bytes) ?? 0;
    return JSON.parse(new TextDecoder().decode(bytes.subarray(0, length)));
  } catch {
    return undefined; // the note only makes a message better, so its absence is never an error
  } finally {
    closeQuietly(file);
  }
}

function heldLock(path: string, file: Deno.FsFile, options: LockOptions): FileLock {
  let released = false;
  let noted = false;
  const setNote = (text: string) => {
    // Emptied first, so that nobody reads the end of an older, longer note behind this one.
    file.truncateSync(0);
    file.seekSync(0, Deno.SeekMode.Start);
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
  };
  // A killed holder could not take its note away, and it must not speak for this one.
  noted = file.statSync().size > 0;
  if (noted) setNote("");
  const release = () => {
    if (released) return;
    released = true;
    try {
      if (noted) setNote("");
      // Removed while the lock is held, never after: the next holder may be there by then. And only
      // our own: somebody may have tidied the folder by hand, and another process locked a new file.
      if (options.removeOnRelease && !WINDOWS && leadsTo(path, file)) Deno.removeSync(path);
    } catch {
      // What was to be done under the lock is done; a file that stays is locked by the next one.
    }
    closeQuietly(file);
  };
  return {
    path,
    writeNote(note) {
      noted = true;
      setNote(JSON.stringify(note));
    },
    release,
    [Symbol.dispose]: release,
  };
}

function openLockFile(path: string): Deno.FsFile {
  // In a folder that others may write to, the name could be a symlink that makes us create a file
  // elsewhere, or a fifo.
  const there = lookAt(path);
  if (there !== undefined) refuseIrregular(path, there);
  return Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
}

/** Whether `path` names the file that is open as `file`. */
function leadsTo(path: string, file: Deno.FsFile): boolean {
  if (WINDOWS) return true; // never removed there, see LockOptions
  const mine = file.statSync();
  // By opening and not by stat alone: a network file system answers stat from memory, and looks
  // again when a file is opened.
  let now: Deno.FsFile | undefined;
  try {
    now = Deno.openSync(path, { read: true });
    const there = now.statSync();
    return there.ino === mine.ino && there.dev === mine.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  } finally {
    closeQuietly(now);
  }
}

function closeQuietly(file: Deno.FsFile | undefined): void {
  try {
    file?.close();
  } catch {
    // closed already: `abandon` and the queue both close, whichever comes first
  }
}
