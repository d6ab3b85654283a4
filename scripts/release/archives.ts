/**
 * Archives that are the same byte for byte whoever packs them: times, owners and the order are fixed.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { BUILD_TIME } from "../compile.ts";

/** A file of an archive. */
export interface Entry {
  /** With `/`, without one in front; at most 100 bytes. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable?: boolean;
}

/**
 * Packs a `.tar.gz`; the folders of its files are in it as well.
 *
 * @param options.root stands before every path
 */
export function tarGz(entries: readonly Entry[], { root = "" } = {}): Uint8Array<ArrayBuffer> {
  const files = entries.map((entry) => ({ ...entry, path: root + entry.path }));
  const folders = new Set(files.flatMap(({ path }) => parentsOf(path)));
  const all = [
    ...[...folders].map((path) => tarEntry(path, undefined)),
    ...files.map((file) => tarEntry(file.path, file)),
  ].toSorted((one, other) => (one.path < other.path ? -1 : 1));
  return gzip(join([...all.flatMap(({ parts }) => parts), new Uint8Array(1024)]));
}

/** Compresses a file as `gzip` does. */
export function gzip(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const zipped = gzipSync(bytes);
  // No time, and no system, which zlib writes as it finds it.
  zipped.fill(0, 4, 8);
  zipped[9] = 255;
  return new Uint8Array(zipped);
}

/** Packs a `.zip`. */
export function zip(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const files = entries.toSorted((one, other) => (one.path < other.path ? -1 : 1))
    .map(({ path, bytes }) => [path, bytes]);
  // The time of a zip's entry has no zone: this is written alike in all of them.
  return new Uint8Array(zipSync(Object.fromEntries(files), { mtime: new Date(1980, 0, 1) }));
}

/** Packs what `ar` packs, which is the outer form of a Debian package. */
export function ar(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  return join([
    encode("!<arch>\n"),
    ...entries.flatMap(({ path, bytes }) => [
      encode(
        [
          path.padEnd(16),
          String(BUILD_TIME.getTime() / 1000).padEnd(12),
          "0".padEnd(6),
          "0".padEnd(6),
          "100644".padEnd(8),
          String(bytes.length).padEnd(10),
          "`\n",
        ].join(""),
      ),
      bytes,
      encode("\n".repeat(bytes.length % 2)),
    ]),
  ]);
}

/** The text's bytes. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function parentsOf(path: string): readonly string[] {
  const folders = path.split("/").slice(0, -1);
  return folders.map((_, index) => `${folders.slice(0, index + 1).join("/")}/`);
}

/** A file, or a folder, as POSIX's ustar has it: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html */
function tarEntry(
  path: string,
  file: Entry | undefined,
): { readonly path: string; readonly parts: readonly Uint8Array[] } {
  if (encode(path).length > 100) throw new Error(`Cannot pack ${path}: the path is too long`);
  const size = file?.bytes.length ?? 0;
  const octal = (number: number, digits: number) => number.toString(8).padStart(digits, "0") + "\0";
  const header = [
    path.padEnd(100, "\0"),
    octal(file === undefined || file.executable ? 0o755 : 0o644, 7),
    octal(0, 7),
    octal(0, 7),
    octal(size, 11),
    octal(BUILD_TIME.getTime() / 1000, 11),
    " ".repeat(8),
    file === undefined ? "5" : "0",
    "\0".repeat(100),
    "ustar\x0000",
    "root".padEnd(32, "\0"),
    "root".padEnd(32, "\0"),
    octal(0, 7),
    octal(0, 7),
  ].join("").padEnd(512, "\0");
  const bytes = encode(header);
  // Of the header with blanks in its own place.
  const checksum = bytes.reduce((sum, byte) => sum + byte, 0);
  bytes.set(encode(checksum.toString(8).padStart(6, "0") + "\0 "), 148);
  const padding = new Uint8Array((512 - size % 512) % 512);
  return { path, parts: file === undefined ? [bytes] : [bytes, file.bytes, padding] };
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
