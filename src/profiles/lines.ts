/**
 * The lines of a shared AWS file, each with what it says. Nothing here judges; `diagnose.ts` does.
 *
 * Format: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html. Where the SDKs differ about
 * what a line is, the lines are cut as Python's are (indentation is relative to the property above, so a
 * section may be indented as a whole) and the values are read as documented (a comment ends a value).
 *
 * @module
 */

import { trimSpace } from "./white_space.ts";

interface LineBase {
  /** From 1, as an editor counts. */
  readonly number: number;
  /** The whole line with its own ending; a byte order mark is part of the first. */
  readonly raw: string;
  /** The offset of `raw` in the document's text, in UTF-16 units. */
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
  /** The text between the brackets, as written. */
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
  /** The number of characters before the key. */
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

/**
 * The lines of a shared file, in linear time; their `raw` joined is the text again. Never fails: what cannot
 * be read becomes an `invalid` line.
 */
export function parseLines(text: string): Line[] {
  const lines: Line[] = [];
  let opened = false;
  // The property whose value an indented line would continue, and how deep "indented" begins.
  let owner: Line | undefined;
  let level = 0;

  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline + 1;
    const raw = text.slice(start, end);
    const base = { number: lines.length + 1, raw, start };
    const unmarked = start === 0 && raw.startsWith("\uFEFF") ? raw.slice(1) : raw;
    start = end;
    const body = trimSpace(unmarked);
    const indent = unmarked.indexOf(body);

    if (body === "") {
      lines.push({ ...base, kind: "blank" });
    } else if (body.startsWith("#") || body.startsWith(";")) {
      lines.push({ ...base, kind: "comment" });
    } else if (owner !== undefined && indent > level) {
      lines.push(indented(base, body, owner));
    } else {
      level = indent;
      const header = body.startsWith("[") ? headerLine(base, body, indent) : undefined;
      if (header !== undefined) {
        opened = true;
        owner = undefined;
        lines.push(header);
      } else if (!opened) {
        lines.push(bad(base, "comes before the first section"));
      } else {
        const line = propertyLine(base, body, indent);
        lines.push(line);
        owner = line.kind === "property" || line.pythonReads ? line : owner;
      }
    }
  }
  return lines;
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

function propertyLine(base: LineBase, body: string, indent: number): PropertyLine | InvalidLine {
  if (body.startsWith("[")) return bad(base, "starts with a bracket but is not a section");
  const delimiter = body.search(/[=:]/);
  if (delimiter < 0) {
    return bad(base, "is neither a section nor a property: it has no equals sign");
  }
  if (delimiter === 0) return bad(base, "has no name before the equals sign");
  if (!body.includes("=")) return bad(base, "has a colon instead of an equals sign", true);
  const equals = body.indexOf("=");
  const key = trimSpace(body.slice(0, equals)).toLowerCase();
  return { ...base, kind: "property", key, value: uncommented(body.slice(equals + 1)), indent };
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
    const reason = `follows the empty value on line ${owner.number} but is not "name = value"`;
    return { ...base, kind: "invalid", reason, pythonReads: false };
  }
  const key = trimSpace(text.slice(0, equals)).toLowerCase();
  return { ...base, kind: "sub-property", key, value: trimSpace(text.slice(equals + 1)) };
}

/** A value without the comment behind it, which needs white space before its sign. */
function uncommented(text: string): string {
  const cut = text.search(/\s[#;]/);
  return trimSpace(cut < 0 ? text : text.slice(0, cut));
}
