/**
 * A shared AWS file (`config` or `credentials`) as lines and sections: text → lines → the same text, for
 * any input. Nothing here judges; `diagnose.ts` does.
 *
 * Format: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html. Where the SDKs differ about
 * what a line is, the lines are cut as Python's are (indentation is relative to the property above, so a
 * section may be indented as a whole) and the values are read as documented (a comment ends a value).
 *
 * @module
 */

interface LineBase {
  /** From 1, as an editor counts. */
  readonly number: number;
  /** The whole line with its own ending; a byte order mark is part of the first. */
  readonly raw: string;
  /** Where `raw` begins in the document's text, in UTF-16 units. */
  readonly start: number;
}

/** Nothing but white space. */
export interface BlankLine extends LineBase {
  readonly kind: "blank";
}

/** A line whose first character is `#` or `;`, however far it is indented. */
export interface CommentLine extends LineBase {
  readonly kind: "comment";
}

/** `[content]`, perhaps with a comment behind. */
export interface HeaderLine extends LineBase {
  readonly kind: "header";
  /** What stands between the brackets, as written. */
  readonly content: string;
  /**
   * Every SDK begins the same section here: not indented, one pair of brackets, nothing behind but a
   * comment with white space before it.
   */
  readonly clean: boolean;
}

/** `key = value`. */
export interface PropertyLine extends LineBase {
  readonly kind: "property";
  /** In lower case: keys are case-insensitive. */
  readonly key: string;
  /** Up to a comment, trimmed; empty where sub-properties follow. */
  readonly value: string;
  /** How many characters stand before the key. */
  readonly indent: number;
}

/** A line that is indented deeper than the property above, whose value it continues. */
export interface ContinuationLine extends LineBase {
  readonly kind: "continuation";
  /** Trimmed; comment signs are part of it. */
  readonly text: string;
}

/** `key = value`, indented under a property without a value. */
export interface SubPropertyLine extends LineBase {
  readonly kind: "sub-property";
  /** In lower case. */
  readonly key: string;
  readonly value: string;
}

/** A line that is none of these. */
export interface InvalidLine extends LineBase {
  readonly kind: "invalid";
  /** What is wrong, as the end of a sentence that begins with the line's number. */
  readonly reason: string;
  /** Python takes a colon for an equals sign, so that it alone reads the line. */
  readonly pythonReads: boolean;
}

/** One line of a shared file. */
export type Line =
  | BlankLine
  | CommentLine
  | HeaderLine
  | PropertyLine
  | ContinuationLine
  | SubPropertyLine
  | InvalidLine;

/** A header and everything up to the next one. */
export interface Section {
  readonly header: HeaderLine;
  /** The index of the header in {@linkcode Document.lines}. */
  readonly first: number;
  /** The index behind the section's last line. */
  readonly end: number;
  /** The section's own index in {@linkcode Document.sections}. */
  readonly index: number;
}

/** A shared file, read. */
export interface Document {
  readonly text: string;
  /** The file's name for messages, where it is known. Nothing is read from it. */
  readonly file: string | undefined;
  readonly lines: readonly Line[];
  readonly sections: readonly Section[];
  /** The continuation lines that begin with a bracket: JavaScript may begin a section there. */
  readonly bracketed: readonly Line[];
}

const BOM = "\uFEFF";
const COLON = 0x3a, EQUALS = 0x3d;
const HASH = 0x23, SEMICOLON = 0x3b, BRACKET = 0x5b, LF = 0x0a, CR = 0x0d;

/**
 * Reads a shared file, losslessly and in linear time. Never fails: what cannot be read becomes an
 * `invalid` line.
 */
export function parseDocument(text: string, options: { readonly file?: string } = {}): Document {
  const lines: Line[] = [];
  const sections: Section[] = [];
  const bracketed: Line[] = [];
  let open: { readonly header: HeaderLine; readonly first: number } | undefined;
  // The property whose value an indented line would continue, and how deep "indented" begins.
  let owner: Line | undefined;
  let level = 0;

  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline + 1;
    const left = start === 0 && text.startsWith(BOM) ? 1 : start;
    let from = left;
    let to = end;
    while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
    while (from < to && isSpace(text.charCodeAt(from))) from++;
    const number = lines.length + 1;
    const raw = text.slice(start, end);
    const at = start;
    start = end;

    const sign = text.charCodeAt(from);
    if (from === to) {
      lines.push({ kind: "blank", number, raw, start: at });
    } else if (sign === HASH || sign === SEMICOLON) {
      lines.push({ kind: "comment", number, raw, start: at });
    } else if (owner !== undefined && from - left > level) {
      const line = indented({ number, raw, start: at }, text.slice(from, to), owner);
      if (sign === BRACKET) bracketed.push(line);
      lines.push(line);
    } else {
      level = from - left;
      const base = { number, raw, start: at };
      const header = sign === BRACKET ? headerLine(base, text.slice(from, to), level) : undefined;
      if (header !== undefined) {
        if (open !== undefined) {
          sections.push({ ...open, end: lines.length, index: sections.length });
        }
        open = { header, first: lines.length };
        owner = undefined;
        lines.push(header);
      } else if (open === undefined) {
        lines.push(bad(base, "stands before the first section"));
      } else {
        const line = propertyLine(base, text, { from, to, indent: level });
        lines.push(line);
        owner = line.kind === "property" || line.pythonReads ? line : owner;
      }
    }
  }
  if (open !== undefined) sections.push({ ...open, end: lines.length, index: sections.length });
  return { text, file: options.file, lines, sections, bracketed };
}

/** The text of a document: exactly what was parsed. */
export function documentText(doc: Document): string {
  return doc.lines.map((line) => line.raw).join("");
}

function headerLine(base: LineBase, body: string, indent: number): HeaderLine | undefined {
  const close = body.indexOf("]");
  if (close <= 1) return undefined;
  const content = body.slice(1, close);
  // JavaScript wants white space before a comment, and Python's header goes to the last bracket.
  const clean = indent === 0 && /^[^[#;]*$/.test(content) &&
    /^(?:\s+[#;][^\]]*)?$/.test(body.slice(close + 1));
  return { ...base, kind: "header", content, clean };
}

/** A line that begins at `from` and whose text, without blanks, ends at `to`. */
function propertyLine(
  base: LineBase,
  text: string,
  where: { readonly from: number; readonly to: number; readonly indent: number },
): PropertyLine | InvalidLine {
  const { from, to, indent } = where;
  if (text.charCodeAt(from) === BRACKET) {
    return bad(base, "begins with a bracket and is not a section");
  }
  let equals = from;
  let colon = -1;
  for (; equals < to; equals++) {
    const code = text.charCodeAt(equals);
    if (code === EQUALS) break;
    if (code === COLON && colon < 0) colon = equals;
  }
  if (equals === to && colon < 0) {
    return bad(base, "is neither a section nor a property: it has no equals sign");
  }
  if (equals === from || colon === from) return bad(base, "has no name before its equals sign");
  if (equals === to) return bad(base, "has a colon where an equals sign should be", true);
  let keyEnd = equals;
  while (isSpace(text.charCodeAt(keyEnd - 1))) keyEnd--;
  return {
    kind: "property",
    number: base.number,
    raw: base.raw,
    start: base.start,
    key: text.slice(from, keyEnd).toLowerCase(),
    value: uncommented(text.slice(equals + 1, to)),
    indent,
  };
}

function bad(base: LineBase, reason: string, pythonReads = false): InvalidLine {
  return { ...base, kind: "invalid", reason, pythonReads };
}

function indented(base: LineBase, text: string, owner: Line): Line {
  if (owner.kind !== "property" || owner.value !== "") {
    return { ...base, kind: "continuation", text };
  }
  const equals = text.indexOf("=");
  // deno-lint-ignore no-control-regex -- where Python's splitlines() cuts
  if (equals < 0 || /[\v\f\x1c-\x1e\x85\u2028\u2029]/.test(text)) {
    const reason = `stands under the empty value of line ${owner.number} and is not "name = value"`;
    return { ...base, kind: "invalid", reason, pythonReads: false };
  }
  const key = trimSpace(text.slice(0, equals)).toLowerCase();
  return { ...base, kind: "sub-property", key, value: trimSpace(text.slice(equals + 1)) };
}

/** A value without the comment behind it, which needs white space before its sign. */
function uncommented(text: string): string {
  const cut = text.includes("#") || text.includes(";") ? text.search(/\s[#;]/) : -1;
  return trimSpace(cut < 0 ? text : text.slice(0, cut));
}

/** What Python's `str.isspace` says; JavaScript's `\s` lacks U+001C to U+001F and U+0085, and has the BOM. */
export function isSpace(code: number): boolean {
  if (code < 0x80) {
    return code === 0x20 || (code >= 9 && code <= 13) || (code >= 0x1c && code <= 0x1f);
  }
  return code === 0x85 || (code !== 0xfeff && /\s/.test(String.fromCharCode(code)));
}

/** Trims by {@linkcode isSpace}. By hand, because `/\s+$/` is quadratic in long runs of blanks. */
export function trimSpace(text: string): string {
  let from = 0;
  let to = text.length;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  return from === 0 && to === text.length ? text : text.slice(from, to);
}

/** How a line ends: `\n`, `\r\n`, or nothing. */
export function lineEnding(raw: string): string {
  let from = raw.length;
  if (raw.charCodeAt(from - 1) === LF) from--;
  // "\r\r\n" is what a text-mode copy on Windows leaves; no SDK minds.
  while (raw.charCodeAt(from - 1) === CR) from--;
  return raw.slice(from);
}
