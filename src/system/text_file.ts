/**
 * Reading a text file, and what is to be known of it beside its text.
 *
 * @module
 */
import { attempt, refuseIrregular } from "./file_trouble.ts";
import { isHomeless } from "./folders.ts";
import { decodeUtf8 } from "./utf8.ts";

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

/** A text file, read whole. */
export interface TextFile extends FileReport {
  /** Its text, a byte order mark included. */
  readonly text: string;
}

/** A file as it was at one moment. */
export interface Snapshot {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly info: Deno.FileInfo;
}

const WINDOWS = Deno.build.os === "windows";

/**
 * Reads a text file whole, symlinks followed; the null device reads as empty, because
 * `AWS_CONFIG_FILE=/dev/null` is how people say "none".
 *
 * @returns `undefined` when there is no such file, or its folder or a symlink's target is missing, or a
 * `~/` stands before it because no home is known
 * @throws {UserError} exit code FILE: not a regular file, not UTF-8, not readable
 */
export function readTextFile(path: string): TextFile | undefined {
  if (path === "/dev/null" || (WINDOWS && /^nul$/i.test(path))) {
    return { path, text: "", mode: undefined, wide: false, foreign: false };
  }
  if (isHomeless(path)) return undefined;
  return attempt(path, () => {
    let file: Deno.FsFile | undefined;
    try {
      // Looked at before it is opened: opening a fifo to read would wait for its writer.
      refuseIrregular(path, Deno.statSync(path));
      const real = Deno.realPathSync(path);
      file = Deno.openSync(real, { read: true });
      const { bytes, info } = snapshot(file);
      return { ...report(real, info), text: decodeUtf8(bytes, real) };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    } finally {
      file?.close();
    }
  }, "read");
}

/** Reads an open file whole. */
export function snapshot(file: Deno.FsFile): Snapshot {
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

/** What is known of the file at `path`; `info` is what the system says of it. */
export function report(path: string, info: Deno.FileInfo | undefined): FileReport {
  const mode = WINDOWS || info === undefined ? undefined : (info.mode ?? 0) & 0o777;
  return {
    path,
    mode,
    wide: ((mode ?? 0) & 0o077) !== 0,
    foreign: mode !== undefined && info?.uid !== Deno.uid(),
  };
}
