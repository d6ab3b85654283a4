/**
 * A section of a shared AWS file: a place in its text, whose lines are read when they are asked for.
 *
 * @module
 */

import { type Line, parseLines } from "./lines.ts";

/** A header and everything up to the next one. */
export interface Section {
  /** The section's own index in the document's sections. */
  readonly index: number;
  /** The index of the header in the document's lines. */
  readonly first: number;
  /** The index behind the section's last line. */
  readonly end: number;
  /** Where the header's line begins in the text, in UTF-16 units. */
  readonly start: number;
  /** Where the next section begins, or the text ends. */
  readonly stop: number;
  /** What stands between the header's brackets, as written. */
  readonly content: string;
  /** As {@linkcode HeaderLine.clean} of its header. */
  readonly clean: boolean;
  /**
   * Surely no line is `invalid` and no name given twice, to Python's eyes neither. Lone carriage returns
   * are not looked for.
   */
  readonly plain: boolean;
  /** Its lines, the header first. Read when first asked for. */
  readonly lines: readonly Line[];
}

/** A section where one pass found it. */
export class FoundSection implements Section {
  end = 0;
  stop = 0;
  plain = true;
  readonly #text: string;
  readonly #found: Found;
  #lines: readonly Line[] | undefined;

  constructor(text: string, found: Found) {
    this.#text = text;
    this.#found = found;
  }

  get index(): number {
    return this.#found.index;
  }

  get first(): number {
    return this.#found.first;
  }

  get start(): number {
    return this.#found.start;
  }

  endAt(stop: number, end: number): void {
    this.stop = stop;
    this.end = end;
  }

  get content(): string {
    return this.#text.slice(this.#found.open + 1, this.#found.close);
  }

  get clean(): boolean {
    if (this.#found.tidy) return true;
    const [header] = this.lines;
    return header?.kind === "header" && header.clean;
  }

  get lines(): readonly Line[] {
    return this.#lines ??= parseLines(this.#text, {
      start: this.start,
      end: this.stop,
      number: this.first + 1,
    });
  }
}

/** Where that is. */
export interface Found {
  readonly index: number;
  readonly first: number;
  readonly start: number;
  /** Clean without looking twice. */
  readonly tidy: boolean;
  /** Where the brackets are. */
  readonly open: number;
  readonly close: number;
}
