/**
 * Reading a text file, with its mode and owner; and any input, up to a limit: it may be endless.
 *
 * @module
 */

import { attempt, ifThere, refuseIrregular } from "./file_trouble.ts";
import { isHomeless } from "./paths.ts";
import { ExitCode, ifPossible, UserError } from "../errors.ts";
import { fieldsOf } from "../text.ts";
import { UID } from "./machine.ts";

/** The facts about a file, apart from its content. */
export interface FileReport {
  /** The file itself: absolute, behind all symlinks. */
  readonly path: string;
  /** Its permission bits; `undefined` when it does not exist, and on Windows. */
  readonly mode: number | undefined;
  /** `true` when its mode allows more than 0600, so that others on this machine can read or write it. */
  readonly wide: boolean;
  /** `true` when it belongs to another user (never on Windows). */
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
 * Reads a whole text file, following symlinks. The null device reads as empty, because
 * `AWS_CONFIG_FILE=/dev/null` is how people say "none".
 *
 * @returns `undefined` when there is no such file, its folder or a symlink's target is missing, or the path
 * begins with `~/` and no home is known
 * @throws {UserError} exit code FILE: not a regular file, not UTF-8, not readable
 */
export function readTextFile(path: string): TextFile | undefined {
  if (path === "/dev/null" || (WINDOWS && /^nul$/i.test(path))) {
    return { path, text: "", mode: undefined, wide: false, foreign: false };
  }
  if (isHomeless(path)) return undefined;
  const read = () => {
    // Checked before it is opened: opening a named pipe would wait for its writer.
    refuseIrregular(path, Deno.statSync(path));
    const real = Deno.realPathSync(path);
    using file = Deno.openSync(real, { read: true });
    const { bytes, info } = snapshot(file);
    return { ...report(real, info), text: decodeUtf8(bytes, real) };
  };
  return attempt(path, () => ifThere(read), "read");
}

/**
 * Reads the fields of a JSON file that only this user can have written. Never throws: what is not one has none, and so
 * has what others could have written.
 */
export function privateFields(path: string): ReadonlyMap<string, unknown> {
  return ifPossible(() => {
    const file = readTextFile(path);
    const isOurs = file !== undefined && !file.foreign && !file.wide;
    return fieldsOf(isOurs ? JSON.parse(file.text) : undefined);
  }) ?? new Map();
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
  // What is appended meanwhile is not lost: a change then finds a different size and starts over.
  return { bytes: bytes.subarray(0, length), info };
}

/** The facts about the file at `path`, from the system's `info`. */
export function report(path: string, info: Deno.FileInfo | undefined): FileReport {
  const mode = WINDOWS || info === undefined ? undefined : (info.mode ?? 0) & 0o777;
  return {
    path,
    mode,
    wide: ((mode ?? 0) & 0o077) !== 0,
    foreign: mode !== undefined && info?.uid !== UID,
  };
}

/**
 * The text of a file, a byte order mark included.
 *
 * @param path for the message
 * @throws {UserError} `file-not-utf8`, exit code FILE
 */
export function decodeUtf8(bytes: Uint8Array, path: string): string {
  // `ignoreBOM` means, despite its name, that a byte order mark stays in the text.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  // What is not UTF-8 becomes a replacement character, which would go back into the file in place of
  // what was there. Deno decodes several times more slowly with `fatal`, so only a text with such a
  // character is decoded so: perhaps the file has it.
  if (!text.includes("\uFFFD")) return text;
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError("file-not-utf8", `Cannot use "${path}": it is not UTF-8 text`, {
      exitCode: ExitCode.FILE,
      hint: "Save it as UTF-8 in an editor, or name another file",
      cause,
    });
  }
}

/**
 * Encodes a text.
 *
 * @param path for the message
 * @throws {UserError} `file-not-utf8`, exit code FILE, for half a surrogate pair
 */
export function encodeUtf8(text: string, path: string): Uint8Array {
  if (text.isWellFormed()) return new TextEncoder().encode(text);
  // The encoder would silently write a replacement character.
  throw new UserError(
    "file-not-utf8",
    `Cannot write "${path}": the new text is not valid Unicode`,
    {
      exitCode: ExitCode.FILE,
      hint: "Look for broken characters in the names and values given",
    },
  );
}

/**
 * Reads the bytes of a file, or of stdin for `undefined`.
 *
 * @returns `undefined` when there are more than `most`
 */
export async function readInput(
  path: string | undefined,
  most: number,
): Promise<Uint8Array | undefined> {
  using file = path === undefined ? undefined : await Deno.open(path);
  const bytes = new Uint8Array(most + 1);
  let size = 0;
  while (size <= most) {
    const count = await (file ?? Deno.stdin).read(bytes.subarray(size));
    if (count === null) return bytes.subarray(0, size);
    size += count;
  }
  return undefined;
}
