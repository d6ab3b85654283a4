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

/** The sections of a file, in its order. */
export interface Sections extends Iterable<Section> {
  readonly length: number;
  /** Undefined behind the last one. */
  at(index: number): Section | undefined;
}

/** What stands where in a row; the next row says where a section ends. */
const FIRST = 0, START = 1, OPEN = 2, CLOSE = 3, TIDY = 4, DOUBTED = 5, WIDTH = 6;

/**
 * Where the sections of a text are, in rows of numbers: thousands are found for the one that is asked for,
 * and making an object of each would take as long as finding them.
 */
export class SectionTable implements Sections {
  length = 0;
  readonly #text: string;
  #rows = new Int32Array(64 * WIDTH);
  readonly #made = new Map<number, FoundSection>();

  constructor(text: string) {
    this.#text = text;
  }

  /** Adds a section, which goes on until the next one or {@linkcode SectionTable.endAt}. */
  add({ first, start, open, close, tidy }: Found): void {
    const row = this.#roomFor(this.length++);
    const rows = this.#rows;
    rows[row + FIRST] = first;
    rows[row + START] = start;
    rows[row + OPEN] = open;
    rows[row + CLOSE] = close;
    rows[row + TIDY] = tidy ? 1 : 0;
  }

  /** Marks the last section, which need not be {@linkcode Section.plain}. */
  doubt(): void {
    this.#rows[(this.length - 1) * WIDTH + DOUBTED] = 1;
  }

  /** Ends the last section, behind the last line and at the text's end. */
  endAt(lineCount: number): void {
    const row = this.#roomFor(this.length);
    this.#rows[row + FIRST] = lineCount;
    this.#rows[row + START] = this.#text.length;
  }

  at(index: number): FoundSection | undefined {
    if (index < 0 || index >= this.length) return undefined;
    let section = this.#made.get(index);
    if (section === undefined) {
      section = new FoundSection(this.#text, this.#rows, index);
      this.#made.set(index, section);
    }
    return section;
  }

  *[Symbol.iterator](): Iterator<Section> {
    for (let index = 0; index < this.length; index++) {
      const section = this.at(index);
      if (section !== undefined) yield section;
    }
  }

  /** Where a row begins, which may be a new one. */
  #roomFor(index: number): number {
    const row = index * WIDTH;
    if (row === this.#rows.length) {
      const longer = new Int32Array(2 * row);
      longer.set(this.#rows);
      this.#rows = longer;
    }
    return row;
  }
}

/** Where a section was found. */
export interface Found {
  readonly first: number;
  readonly start: number;
  /** Clean without looking twice. */
  readonly tidy: boolean;
  /** Where the brackets are. */
  readonly open: number;
  readonly close: number;
}

/** A section by its row. */
class FoundSection implements Section {
  readonly index: number;
  readonly #text: string;
  readonly #rows: Int32Array;
  readonly #row: number;
  #lines: readonly Line[] | undefined;

  constructor(text: string, rows: Int32Array, index: number) {
    this.index = index;
    this.#text = text;
    this.#rows = rows;
    this.#row = index * WIDTH;
  }

  get first(): number {
    return this.#number(FIRST);
  }

  get end(): number {
    return this.#number(WIDTH + FIRST);
  }

  get start(): number {
    return this.#number(START);
  }

  get stop(): number {
    return this.#number(WIDTH + START);
  }

  get content(): string {
    return this.#text.slice(this.#number(OPEN) + 1, this.#number(CLOSE));
  }

  get clean(): boolean {
    if (this.#number(TIDY) === 1) return true;
    const [header] = this.lines;
    return header?.kind === "header" && header.clean;
  }

  get plain(): boolean {
    return this.#number(DOUBTED) === 0;
  }

  get lines(): readonly Line[] {
    return this.#lines ??= parseLines(this.#text, {
      start: this.start,
      end: this.stop,
      number: this.first + 1,
    });
  }

  #number(place: number): number {
    return this.#rows[this.#row + place] ?? 0;
  }
}
