/**
 * One property of one profile, wherever in the shared files it stands; pure.
 *
 * @module
 */

import { parseDocument } from "./document.ts";
import type { FileKind } from "./names.ts";
import { readProfile } from "./read.ts";

/** A shared file with its text. */
export interface ReadFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly text: string;
}

/** Finds the value of a property that is not empty, and the file that has it; the first of the files wins. */
export function propertyOf(
  key: string,
  profile: string,
  files: readonly ReadFile[],
): { readonly value: string; readonly path: string } | undefined {
  for (const { path, kind, text } of files) {
    const value = readProfile(parseDocument(text), kind, profile)?.properties.get(key)?.value;
    if (value) return { value, path };
  }
  return undefined;
}
