/**
 * Where the sections of a shared AWS file are, found in one pass that makes no object per line or
 * section: a file has hundreds of profiles, and an edit is about one of them.
 *
 * The sections are exactly those that `lines.ts` reads. Beside, the pass says of most sections that they
 * are plain, which means that no line of theirs can be wrong; when it cannot tell, it does not say so, and
 * whoever wants to know reads the lines.
 *
 * @module
 */

import { codeUnits } from "./codes.ts";
import { allDiffer, PRIME } from "./hashes.ts";
import { type Section, type Sections, SectionTable } from "./section.ts";
import { isSpace } from "./white_space.ts";

/** What one pass finds. */
export interface Outline {
  readonly sections: Sections;
  /** How many lines there are. */
  readonly lineCount: number;
  /** Before the first section are only blank lines and comments. */
  readonly plainStart: boolean;
  /** Surely no two headers begin the same section, to Python's eyes neither. */
  readonly distinct: boolean;
  /** Every section is plain. */
  readonly plain: boolean;
  /** The {@linkcode hashOf} what stands between each section's brackets, by the section's index. */
  readonly hashes: readonly number[];
  /** The sections whose header has more than one name may be written with, perhaps behind `profile`. */
  readonly odd: readonly Section[];
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
const PERCENT = 0x25, PLUS = 0x2b, DASH = 0x2d;
const HASH = 0x23, COLON = 0x3a, SEMICOLON = 0x3b, EQUALS = 0x3d, OPEN = 0x5b, CLOSE = 0x5d;
/** The bit that makes a letter of ASCII a small one, four times. */
const SMALL = 0x20202020;
const NAME_SLOTS = 1 << 14;
/** Few enough to stay in the processor's cache, as numbers too. */
const BLOCK = 32_768;

class Scan {
  readonly #text: string;
  /** A block of whole lines, as numbers, and where it begins in the text. */
  #codes: Uint8Array | Uint16Array = new Uint8Array();
  #base = 0;
  readonly #buffer: Uint8Array;
  readonly #view: DataView;
  /** Where four units can be read at once, as they are bytes: before this place of the block. */
  #words = 0;
  /** By the hash of a property's name: the section that had it last, counted from 1. */
  readonly #users = new Uint32Array(NAME_SLOTS);
  /** Where among these the name belongs that was read last. */
  #slot = 0;
  readonly #sections: SectionTable;
  /** The indices of some sections. */
  readonly #bracketed = new Set<number>();
  readonly #odd: number[] = [];
  #lineCount = 0;
  #plainStart = true;
  #plain = true;
  readonly #hashes: number[] = [];
  // As in parseLines(): whether there is a property to continue, and how deep "indented" begins.
  #owned = false;
  #level = 0;
  /** The last property may be without a value, so that sub-properties must follow. */
  #bare = false;

  constructor(text: string, room: number) {
    this.#text = text;
    this.#sections = new SectionTable(text);
    this.#buffer = new Uint8Array(Math.min(text.length, room));
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** Reads some whole lines. */
  readBlock(start: number, end: number): void {
    const codes = codeUnits(this.#text.slice(start, end), this.#buffer);
    this.#codes = codes;
    this.#words = codes instanceof Uint8Array ? codes.length - 3 : 0;
    this.#base = start;
    const { length } = codes;
    let at = 0;
    while (at < length) {
      at = this.#readProperties(at);
      if (at >= length) break;
      at = this.#readLine(at);
      while (at < length && codes[at] !== LF) at++;
      at++;
    }
  }

  /**
   * Passes over what nearly every line is: blank, a comment, or a property at the margin that cannot be
   * wrong. In one loop, since a call for each costs as much as reading it. Returns where another line begins.
   */
  #readProperties(start: number): number {
    const section = this.#sections.length;
    if (section === 0) return start;
    const codes = this.#codes;
    const users = this.#users;
    const text = this.#text;
    const base = this.#base;
    const { length } = codes;
    let line = start;
    let lines = 0;
    let owned = false;
    let bare = false;
    while (line < length) {
      let at = line;
      let code = codes[at] ?? LF;
      if (code === HASH || code === SEMICOLON) {
        at = behindLine(text, base + at) - base - 1;
      } else if (code !== LF) {
        if (code <= SPACE || code >= DELETE || code === OPEN) break;
        at = this.#readName(at);
        code = codes[at] ?? LF;
        if (code !== EQUALS || at === line) break;
        const slot = this.#slot;
        if (users[slot] === section) break;
        users[slot] = section;
        owned = true;
        do code = codes[++at] ?? LF; while (code <= SPACE && code !== LF);
        bare = code === LF || code === HASH || code === SEMICOLON || code >= DELETE;
        if (code !== LF) at = behindLine(text, base + at) - base - 1;
      }
      lines++;
      line = at + 1;
    }
    this.#lineCount += lines;
    if (owned) {
      this.#owned = true;
      this.#level = 0;
      this.#bare = bare;
    }
    return line;
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
      if (code === OPEN && this.#sections.length > 0) {
        this.#bracketed.add(this.#sections.length - 1);
      }
      return this.#bare ? this.#readSubProperty(at) : at;
    }
    this.#level = indent;
    if (code === OPEN) return this.#readHeader(at, { start, index, indent });
    return this.#sections.length === 0 ? this.#doubt(at) : this.#readProperty(at);
  }

  finish(): Outline {
    const sections = this.#sections;
    sections.endAt(this.#lineCount);
    const those = (indices: Iterable<number>) =>
      Array.from(indices, (index) => sections.at(index)).filter((one) => one !== undefined);
    return {
      sections,
      lineCount: this.#lineCount,
      plainStart: this.#plainStart,
      plain: this.#plain,
      // Where Python goes on to the line's last bracket, equal sections are equal up to the first, too.
      distinct: allDiffer(this.#hashes),
      hashes: this.#hashes,
      odd: those(this.#odd),
      bracketed: those(this.#bracketed),
    };
  }

  /** The line at hand may be wrong. */
  #doubt(at: number): number {
    if (this.#sections.length === 0) this.#plainStart = false;
    else {
      this.#plain = false;
      this.#sections.doubt();
    }
    return at;
  }

  #readHeader(
    open: number,
    line: { readonly start: number; readonly index: number; readonly indent: number },
  ): number {
    const codes = this.#codes;
    let tidy = line.indent === 0;
    let odd = false;
    let hash = 0;
    let at = open + 1;
    let code = codes[at] ?? LF;
    for (; code !== CLOSE && code !== LF; code = codes[++at] ?? LF) {
      if (code === OPEN || code === HASH || code === SEMICOLON) tidy = false;
      // Letters, or what stands between them and the digits in ASCII: quotes and tabs are what matters.
      if (code < DASH || code >= DELETE) odd ||= !isOfName(code, at - open - 1);
      hash = Math.imul(hash ^ code, PRIME);
    }
    if (code === LF || at - open === 1) return this.#doubt(at);

    const next = codes[at + 1] === CR ? at + 2 : at + 1;
    tidy &&= (codes[next] ?? LF) === LF;
    this.#sections.add({
      first: line.index,
      start: this.#base + line.start,
      tidy,
      open: this.#base + open,
      close: this.#base + at,
    });
    this.#hashes.push(hash);
    // A blank at the end is none before a name.
    if (odd || codes[at - 1] === SPACE) this.#odd.push(this.#sections.length - 1);
    this.#owned = false;
    return at;
  }

  #readProperty(from: number): number {
    const codes = this.#codes;
    let at = this.#readName(from);
    let code = codes[at] ?? LF;
    const ascii = code < DELETE;
    while (code !== EQUALS && code !== COLON && code !== LF) code = codes[++at] ?? LF;
    if (at === from || code === LF) return this.#doubt(at);
    this.#owned = true;
    const again = this.#users[this.#slot] === this.#sections.length;
    this.#users[this.#slot] = this.#sections.length;
    // Python ends a name at a colon.
    if (again || !ascii || code === COLON) this.#doubt(at);
    do code = codes[++at] ?? LF; while (code <= SPACE && code !== LF);
    this.#bare = code === LF || code === HASH || code === SEMICOLON || code >= DELETE;
    return at;
  }

  /**
   * Reads a property's name and leaves its slot, which equal names have in common, in whatever capitals and
   * with whatever blanks in them. Returns where it ends, or has a letter beyond ASCII.
   */
  #readName(from: number): number {
    const codes = this.#codes;
    const view = this.#view;
    let at = from;
    let hash = 0;
    // Four letters at once, while they are nothing else.
    for (const words = this.#words; at < words; at += 4) {
      const word = view.getInt32(at, true);
      if (mayEndName(word)) break;
      hash = Math.imul(hash ^ (word | SMALL), PRIME);
    }
    let word = 0;
    let bits = 0;
    let code = codes[at] ?? LF;
    // Letters first: they are nearly all that a name has.
    while (code > EQUALS ? code < DELETE : code !== EQUALS && code !== COLON && code !== LF) {
      if (code > SPACE) {
        word |= (code | 0x20) << bits;
        bits += 8;
        if (bits === 32) {
          hash = Math.imul(hash ^ word, PRIME);
          word = bits = 0;
        }
      }
      code = codes[++at] ?? LF;
    }
    hash = Math.imul(hash ^ word, PRIME);
    this.#slot = (hash ^ (hash >>> 15)) & (NAME_SLOTS - 1);
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

/**
 * Whether one of four bytes may end a name or be beyond ASCII. Three tests at once: below `!`; among
 * `8 9 : ; < = > ?`, of which the digits are looked at again; from DELETE on.
 */
function mayEndName(word: number): boolean {
  const eights = (word ^ 0x38383838) & 0xf8f8f8f8;
  const below = (word - 0x21212121) & ~word;
  const among = (eights - 0x01010101) & ~eights;
  const above = (word + 0x01010101) | word;
  return ((below | among | above) & 0x80808080) !== 0;
}

/** Where the next line begins, seen from a place in this one, its end included; or the text's end. */
function behindLine(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline + 1;
}

/** Whether a code below the dash may stand at a place of a plain header: `%`, `+`, the blank of `profile x`. */
function isOfName(code: number, place: number): boolean {
  return code === PERCENT || code === PLUS || (code === SPACE && place === "profile".length);
}
