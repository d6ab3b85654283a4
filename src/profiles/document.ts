/**
 * A shared AWS file (`config` or `credentials`) as lines and sections: text → lines → the same text, for
 * any input. Nothing here judges; `diagnose.ts` does.
 *
 * @module
 */

import { type Line, parseLines } from "./lines.ts";
import { findSections, type Outline } from "./outline.ts";
import type { Section } from "./section.ts";

/** A shared file, read. */
export interface Document extends Outline {
  readonly text: string;
  /** The file's name for messages, where it is known. Nothing is read from it. */
  readonly file: string | undefined;
  /** All lines. They are read when first asked for: who wants a section's, asks the section. */
  readonly lines: readonly Line[];
}

/**
 * Reads a shared file, losslessly and in linear time. Never fails: what cannot be read becomes an
 * `invalid` line.
 */
export function parseDocument(text: string, options: { readonly file?: string } = {}): Document {
  let lines: readonly Line[] | undefined;
  return {
    ...findSections(text),
    text,
    file: options.file,
    get lines() {
      return lines ??= parseLines(text, { start: 0, end: text.length, number: 1 });
    },
  };
}

/** The text of a document: exactly what was parsed. */
export function documentText(doc: Document): string {
  return doc.lines.map((line) => line.raw).join("");
}

/** The lines before the first section. */
export function preamble(doc: Document): readonly Line[] {
  return parseLines(doc.text, {
    start: 0,
    end: doc.sections.at(0)?.start ?? doc.text.length,
    number: 1,
  });
}

/** The section that a line belongs to, by bisection; undefined before the first one. */
export function sectionAt(doc: Document, index: number): Section | undefined {
  let low = 0;
  let high = doc.sections.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((doc.sections.at(middle)?.first ?? 0) > index) high = middle;
    else low = middle + 1;
  }
  return low === 0 ? undefined : doc.sections.at(low - 1);
}

/** One line, by its index in {@linkcode Document.lines}. */
export function lineAt(doc: Document, index: number): Line | undefined {
  const section = sectionAt(doc, index);
  return section === undefined ? preamble(doc)[index] : section.lines[index - section.first];
}
