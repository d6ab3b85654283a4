/**
 * The shared file that is not written, but whose profile of the same name the SDKs read as well.
 *
 * @module
 */

import { refuseShadowed } from "../profiles/conflicts.ts";
import { type Document, parseDocument } from "../profiles/document.ts";
import type { KnownFile, SharedFiles } from "../profiles/files.ts";
import { profileNames } from "../profiles/names.ts";
import { locate } from "../system/paths.ts";
import { readTextFile } from "../system/text_file.ts";

/**
 * Reads the other shared file.
 *
 * @returns `undefined` when it does not exist, or is the same file: by both variables, or by a symlink
 * @throws UserError exit code 8 when it cannot be read
 */
export function otherDocument(
  { file, files }: { readonly file: KnownFile; readonly files: SharedFiles },
): Document | undefined {
  const path = file.kind === "config" ? files.credentials : files.config;
  const other = readTextFile(path);
  if (other === undefined || other.path === locate(file.path)) return undefined;
  return parseDocument(other.text, { file: path });
}

/**
 * Refuses profiles that conflict with the other shared file.
 *
 * @throws UserError exit code 8 that names file and line
 */
export function refuseAllShadowed(
  names: Iterable<string>,
  { file, files, writes }: {
    readonly file: KnownFile;
    readonly files: SharedFiles;
    readonly writes: "keys" | "process";
  },
): void {
  const document = otherDocument({ file, files });
  if (document === undefined) return;
  const there = new Set(profileNames(document, file.kind === "config" ? "credentials" : "config"));
  for (const name of names) {
    if (there.has(name)) refuseShadowed(document, { kind: file.kind, name, writes });
  }
}
