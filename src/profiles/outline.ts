/**
 * Where the sections of a shared AWS file are, found in one pass that makes no object per line: a file
 * has hundreds of profiles, and an edit is about one of them.
 *
 * The sections are exactly those that `lines.ts` reads. Beside, the pass says of most sections that they
 * are plain, which means that no line of theirs can be wrong; when it cannot tell, it does not say so, and
 * whoever wants to know reads the lines.
 *
 * @module
 */

import { codeUnits } from "./codes.ts";
import { type Line, parseLines } from "./lines.ts";
import { isSpace } from "./white_space.ts";

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

/** What one pass finds. */
export interface Outline {
  readonly sections: readonly Section[];
  /** How many lines there are. */
  readonly lineCount: number;
  /** Before the first section are only blank lines and comments. */
  readonly plainStart: boolean;
  /** Surely no two headers begin the same section, to Python's eyes neither. */
  readonly distinct: boolean;
  /** The sections with an indented bracket, where JavaScript may begin a section. */
  readonly bracketed: readonly Section[];
}

/**
 * Finds the sections, in linear time.
 *
 * @param block how much of the text is read at once, in UTF-16 units. Tests cut more finely
 */
export function findSections(text: string, block = BLOCK): Outline {
  const scan = new Scan(text, 2 * block);
  for (let start = 0; start < text.length;) {
    const end = behindLine(text, start + block);
    scan.readBlock(start, end);
    start = end;
  }
  return scan.finish();
}

const TAB = 0x09, LF = 0x0a, CR = 0x0d, SPACE = 0x20, DELETE = 0x7f, BOM = 0xfeff;
const HASH = 0x23, COLON = 0x3a, SEMICOLON = 0x3b, EQUALS = 0x3d, OPEN = 0x5b, CLOSE = 0x5d;
const NAME_SLOTS = 1 << 14;
/** Few enough to stay in the processor's cache, as numbers too. */
const BLOCK = 32_768;

class Scan {
  readonly #text: string;
  /** A block of whole lines, as numbers, and where it begins in the text. */
  #codes: Uint8Array | Uint16Array = new Uint8Array();
  #base = 0;
  readonly #buffer: Uint8Array;
  readonly #sections: FoundSection[] = [];
  readonly #bracketed = new Set<FoundSection>();
  #section: FoundSection | undefined;
  #lineCount = 0;
  #plainStart = true;
  /** The hashes of what stands between the brackets. */
  readonly #contents: number[] = [];
  /** By the hash of a property's name: the section that had it last, counted from 1. */
  readonly #users = new Uint32Array(NAME_SLOTS);
  // As in parseLines(): whether there is a property to continue, and how deep "indented" begins.
  #owned = false;
  #level = 0;
  /** The last property may be without a value, so that sub-properties must follow. */
  #bare = false;

  constructor(text: string, room: number) {
    this.#text = text;
    this.#buffer = new Uint8Array(Math.min(text.length, room));
  }

  /** Reads some whole lines. */
  readBlock(start: number, end: number): void {
    this.#codes = codeUnits(this.#text.slice(start, end), this.#buffer);
    this.#base = start;
    for (let at = start; at < end;) at = behindLine(this.#text, start + this.#readLine(at - start));
  }

  /** Reads a line of the block as far as it must. Returns a place in it, or its end. */
  #readLine(start: number): number {
    const codes = this.#codes;
    const left = start + this.#base === 0 && codes[0] === BOM ? 1 : start;
    let at = left;
    let code = codes[at] ?? LF;
    while (code !== LF && (code <= SPACE || code >= DELETE) && isSpace(code)) {
      code = codes[++at] ?? LF;
    }
    const index = this.#lineCount++;
    if (code === LF || code === HASH || code === SEMICOLON) return at;
    const indent = at - left;
    if (this.#owned && indent > this.#level) {
      if (code === OPEN && this.#section !== undefined) this.#bracketed.add(this.#section);
      return this.#bare ? this.#readSubProperty(at) : at;
    }
    this.#level = indent;
    if (code === OPEN) return this.#readHeader(at, { start, index, indent });
    return this.#section === undefined ? this.#doubt(at) : this.#readProperty(at);
  }

  finish(): Outline {
    this.#section?.endAt(this.#text.length, this.#lineCount);
    return {
      sections: this.#sections,
      lineCount: this.#lineCount,
      plainStart: this.#plainStart,
      // Where Python goes on to the line's last bracket, equal sections are equal up to the first, too.
      distinct: new Set(this.#contents).size === this.#contents.length,
      bracketed: [...this.#bracketed],
    };
  }

  /** The line at hand may be wrong. */
  #doubt(at: number): number {
    if (this.#section === undefined) this.#plainStart = false;
    else this.#section.plain = false;
    return at;
  }

  #readHeader(
    open: number,
    line: { readonly start: number; readonly index: number; readonly indent: number },
  ): number {
    const codes = this.#codes;
    let tidy = line.indent === 0;
    let hash = 0;
    let at = open + 1;
    let code = codes[at] ?? LF;
    for (; code !== CLOSE && code !== LF; code = codes[++at] ?? LF) {
      if (code === OPEN || code === HASH || code === SEMICOLON) tidy = false;
      hash = mix(hash, code);
    }
    if (code === LF || at - open === 1) return this.#doubt(at);

    const next = codes[at + 1] === CR ? at + 2 : at + 1;
    tidy &&= (codes[next] ?? LF) === LF;
    const start = this.#base + line.start;
    this.#section?.endAt(start, line.index);
    this.#section = new FoundSection(this.#text, {
      index: this.#sections.length,
      first: line.index,
      start,
      tidy,
      open: this.#base + open,
      close: this.#base + at,
    });
    this.#sections.push(this.#section);
    this.#contents.push(hash);
    this.#owned = false;
    return at;
  }

  #readProperty(from: number): number {
    const codes = this.#codes;
    let hash = 0;
    let ascii = true;
    let at = from;
    let code = codes[at] ?? LF;
    for (; code !== EQUALS && code !== COLON && code !== LF; code = codes[++at] ?? LF) {
      if (code >= DELETE) ascii = false;
      // Equal names have equal hashes, in whatever capitals and with whatever blanks around.
      else if (code > SPACE) hash = mix(hash, code | 0x20);
    }
    if (at === from || code === LF) return this.#doubt(at);
    this.#owned = true;
    const slot = (hash ^ (hash >>> 15)) & (NAME_SLOTS - 1);
    const again = this.#users[slot] === this.#sections.length;
    this.#users[slot] = this.#sections.length;
    // Python ends a name at a colon.
    if (again || !ascii || code === COLON) this.#doubt(at);
    do code = codes[++at] ?? LF; while (code <= SPACE && code !== LF);
    this.#bare = code === LF || code === HASH || code === SEMICOLON || code >= DELETE;
    return at;
  }

  #readSubProperty(from: number): number {
    let named = false;
    for (let at = from;; at++) {
      const code = this.#codes[at] ?? LF;
      if (code === LF) return named ? at : this.#doubt(at);
      if (code === EQUALS) named = true;
      // Perhaps one where Python cuts the line.
      if ((code < SPACE && code !== TAB && code !== CR) || code >= DELETE) return this.#doubt(at);
    }
  }
}

/** Where the next line begins, seen from a place in this one, its end included; or the text's end. */
function behindLine(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline + 1;
}

/** FNV-1a, a step. */
function mix(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

class FoundSection implements Section {
  readonly index: number;
  readonly first: number;
  readonly start: number;
  end = 0;
  stop = 0;
  plain = true;
  readonly #text: string;
  readonly #open: number;
  readonly #close: number;
  /** Clean without looking twice. */
  readonly #tidy: boolean;
  #lines: readonly Line[] | undefined;

  constructor(text: string, found: Found) {
    this.index = found.index;
    this.first = found.first;
    this.start = found.start;
    this.#text = text;
    this.#open = found.open;
    this.#close = found.close;
    this.#tidy = found.tidy;
  }

  endAt(stop: number, end: number): void {
    this.stop = stop;
    this.end = end;
  }

  get content(): string {
    return this.#text.slice(this.#open + 1, this.#close);
  }

  get clean(): boolean {
    if (this.#tidy) return true;
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

interface Found {
  readonly index: number;
  readonly first: number;
  readonly start: number;
  readonly tidy: boolean;
  /** Where the brackets are. */
  readonly open: number;
  readonly close: number;
}
