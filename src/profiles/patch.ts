/**
 * Changes to a text as a list of replaced ranges, applied in one linear pass.
 *
 * @module
 */

import type { Document } from "./document.ts";
import { lineEnding } from "./white_space.ts";

/** A range of the old text, in UTF-16 units, and what stands there afterwards. */
export interface Patch {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The text is whole lines: a line end that is missing before it is completed in this style. */
  readonly eol?: string;
}

/** The order of {@linkcode applyPatches}: what is inserted stands before what is replaced. */
export function comparePatches(a: Patch, b: Patch): number {
  return a.start - b.start || a.end - b.end;
}

/** A part of a text, in UTF-16 units; `end` is not part of it. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * A range of a text with those patches applied that lie in it; they are in order and do not overlap.
 * What is inserted between two ranges belongs to the first of them.
 */
export function applyPatches(text: string, patches: readonly Patch[], range: Range): string {
  const out: string[] = [];
  let at = range.start;
  const put = (piece: string) => {
    if (piece !== "") out.push(piece);
  };
  for (let index = firstBehind(patches, range.start);; index++) {
    const patch = patches[index];
    if (patch === undefined || patch.end > range.end) break;
    put(text.slice(at, patch.start));
    if (out.at(-1)?.endsWith("\n") === false) put(patch.eol ?? "");
    put(patch.text);
    at = patch.end;
  }
  put(text.slice(at, range.end));
  return out.join("");
}

/** The index of the first patch that ends behind a place, by bisection: the ranges may be many. */
function firstBehind(patches: readonly Patch[], place: number): number {
  let low = 0;
  let high = patches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((patches[middle]?.end ?? 0) > place) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Adds sections at the end of a text, one blank line before each, unless the text begins with it. */
export function appendSections(text: string, sections: readonly string[], eol: string): string {
  if (sections.length === 0) return text;
  const joined = sections.join(eol);
  if (text === "" || text === "\uFEFF") return text + joined;
  const ended = text.endsWith("\n") ? text : text + eol;
  const lastLine = ended.slice(ended.lastIndexOf("\n", ended.length - 2) + 1);
  return ended + (/^[\s\uFEFF]*$/.test(lastLine) ? "" : eol) + joined;
}

/**
 * The line ending in use at a line: its own, else that of the nearest line above that has one. An index
 * behind the last line means the end of the text.
 */
export function lineEndingAt(doc: Document, index: number): string {
  for (let at = index; at >= 0; at--) {
    const raw = doc.lines[at]?.raw ?? "";
    if (raw.endsWith("\n")) return lineEnding(raw);
  }
  return "\n";
}
