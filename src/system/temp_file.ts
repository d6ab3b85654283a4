/**
 * A new file that is to take the place of an old one.
 *
 * @module
 */

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
