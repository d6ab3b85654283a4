/**
 * A shared AWS file (`config` or `credentials`) as lines and sections: text → lines → the same text, for
 * any input. Nothing here judges; `diagnose.ts` does.
 *
 * @module
 */

import { type HeaderLine, type Line, parseLines } from "./lines.ts";

/** A header and everything up to the next one. */
export interface Section {
  /** The section's own index in the document's sections. */
  readonly index: number;
  readonly header: HeaderLine;
  /** All lines of the section, the header first. */
  readonly lines: readonly Line[];
}

/** A shared file, read. */
export interface Document {
  readonly text: string;
  /** The file's name for messages, where it is known. Nothing is read from it. */
  readonly file: string | undefined;
  readonly lines: readonly Line[];
  /** The sections in the order of the file. The lines before the first one are in none. */
  readonly sections: readonly Section[];
}

/**
 * Reads a shared file, losslessly and in linear time. Never fails: what cannot be read becomes an
 * `invalid` line.
 */
export function parseDocument(text: string, options: { readonly file?: string } = {}): Document {
  const lines = parseLines(text);
  const sections: Section[] = [];
  let own: Line[] | undefined;
  for (const line of lines) {
    if (line.kind === "header") {
      own = [];
      sections.push({ index: sections.length, header: line, lines: own });
    }
    own?.push(line);
  }
  return { text, file: options.file, lines, sections };
}
