/**
 * The shared file that is not written, but whose profile of the same name the SDKs read as well.
 *
 * @module
 */

import { type Document, parseDocument } from "../profiles/document.ts";
import type { KnownFile, SharedFiles } from "../profiles/files.ts";
import { locate } from "../system/real_path.ts";
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
  if (path === file.path) return undefined;
  const other = readTextFile(path);
  if (other === undefined || other.path === locate(file.path)) return undefined;
  return parseDocument(other.text, { file: path });
}
