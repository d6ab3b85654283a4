/**
 * What is wrong with a shared file, or read differently by different SDKs.
 *
 * @module
 */

import {
  type Document,
  type HeaderLine,
  type Line,
  lineEnding,
  type PropertyLine,
  trimSpace,
} from "./document.ts";
import { readAsJavaScript } from "./dialects.ts";
import { type FileKind, headerProfile, isPlainHeader, profileSections } from "./names.ts";

/** Something about a file that a person should know. Never holds a value. */
export interface Problem {
  /** From 1, ascending; several where lines are at odds with each other. */
  readonly lines: readonly number[];
  /** Some SDK refuses the whole file for this, or none reads the line: such a file is not edited. */
  readonly refused: boolean;
  /** The end of a sentence that begins with the lines: `has no name before its equals sign`. */
  readonly message: string;
}

/** The problems for which a file is not edited, in the order of their last lines. Linear and quick. */
export function refusals(doc: Document): Problem[] {
  const found: Problem[] = [];
  const add = (message: string, ...lines: number[]) =>
    found.push({ lines, refused: true, message });
  const loneReturns = /\r[^\r\n]/.test(doc.text);
  // Where a line that looks like nothing to others is a section to JavaScript, this matters too.
  const refused = doc.text.includes("__proto__") ? readAsJavaScript(doc.text).refusedAt : undefined;
  if (refused !== undefined) add("has a name for which JavaScript's SDKs refuse the file", refused);
  const sections = new Map<string, number>();
  // The keys of the section so far, and their lines. It has few, for which a search is quicker than a
  // map; one with thousands must not cost their square.
  let keys: string[] = [];
  let lines: number[] = [];
  let many: Map<string, number> | undefined;
  const meetKey = (line: Line) => {
    const key = pythonKey(line);
    const before = many === undefined ? lines[keys.indexOf(key)] : many.get(key);
    if (before !== undefined) add(KEY_TWICE, before, line.number);
    keys.push(key);
    lines.push(line.number);
    if (keys.length === 32) many = new Map(keys.map((key, index) => [key, lines[index] ?? 0]));
    else many?.set(key, line.number);
  };
  for (const line of doc.lines) {
    if (loneReturns && hasLoneReturn(line)) {
      add(
        "has a carriage return inside, where Python's SDKs end the line and others do not",
        line.number,
      );
    }
    if (line.kind === "property") {
      meetKey(line);
    } else if (line.kind === "header") {
      keys = [];
      lines = [];
      many = undefined;
      const section = pythonSection(line);
      const before = sections.get(section);
      if (before !== undefined) add(SECTION_TWICE, before, line.number);
      sections.set(section, line.number);
    } else if (line.kind === "invalid") {
      // What Python reads in spite of the colon can be a second value for a key.
      if (line.pythonReads) meetKey(line);
      else add(line.reason, line.number);
    }
  }
  return found;
}

const SECTION_TWICE = "begin the same section twice, for which Python's SDKs refuse the file";
const KEY_TWICE = "give the same property twice, for which Python's SDKs refuse the file";

/**
 * Everything worth a word: {@linkcode refusals}, and what the SDKs read differently, sorted by line.
 * For `doctor`, and to be said beside an edit.
 */
export function diagnose(doc: Document, kind: FileKind): Problem[] {
  const found: Problem[] = refusals(doc);
  const add = (message: string, ...lines: number[]) =>
    found.push({ lines, refused: false, message });
  if (doc.text.startsWith("\uFEFF")) {
    add("begins with a byte order mark, for which Python's SDKs refuse the file", 1);
  }
  for (const sections of profileSections(doc, kind).values()) {
    const headers = sections.map((section) => section.header);
    if (new Set(headers.map(pythonSection)).size > 1) {
      add(
        "begin the same profile in different words, which the SDKs do not merge alike",
        ...numbers(headers),
      );
    }
  }
  let afterHeader = false;
  for (const line of doc.lines) {
    for (const message of oddities(line, { kind, afterHeader })) add(message, line.number);
    if (line.kind !== "blank" && line.kind !== "comment") afterHeader = line.kind === "header";
  }
  return found.sort((a, b) => (a.lines[0] ?? 0) - (b.lines[0] ?? 0));
}

/** The lines of a problem as a person says them: `line 3`, `lines 3 and 7`. */
export function sayLines(lines: readonly number[]): string {
  const last = lines.at(-1);
  return lines.length < 2 ? `line ${last}` : `lines ${lines.slice(0, -1).join(", ")} and ${last}`;
}

/** What SDKs read differently about a single line. */
function* oddities(
  line: Line,
  where: { readonly kind: FileKind; readonly afterHeader: boolean },
): Generator<string> {
  switch (line.kind) {
    case "header":
      if (!line.clean) {
        yield "is a section that only some SDKs recognize, for its blanks or its comment";
      }
      yield* oddProfile(line, where.kind);
      break;
    case "property": {
      if (where.afterHeader && line.indent > 0) {
        yield "is indented, which some SDKs take for the rest of the line above";
      }
      const body = line.raw.slice(line.raw.indexOf("=") + 1);
      if (/\s[#;]/.test(body)) {
        yield "has a comment behind the value, which Python's SDKs take for a part of it";
      }
      if (line.key.includes(":")) yield "has a colon in its name, where Python's SDKs end the name";
      break;
    }
    case "continuation":
      if (line.text.startsWith("[")) {
        yield "is indented, so that only JavaScript's SDKs begin a section here";
      } else if (line.text.includes("=")) {
        yield "continues a value, but JavaScript's SDKs read a property";
      } else {
        yield "continues a value, which JavaScript's SDKs leave out";
      }
      break;
    case "invalid":
      if (line.pythonReads) yield `${line.reason}: only Python's SDKs read it`;
  }
}

function* oddProfile(line: HeaderLine, kind: FileKind): Generator<string> {
  const { content } = line;
  if (content === "DEFAULT") {
    yield "is a section that Python's SDKs spread over all others";
  } else if (headerProfile(kind, content) !== undefined) {
    if (!isPlainHeader(kind, content)) yield "names a profile in a way that only some SDKs read";
  } else if (kind === "credentials") {
    yield 'has the prefix "profile", which belongs into the config file only';
  }
}

/** Python ends a name at a colon too. */
function pythonKey(line: Line): string {
  if (line.kind === "property" && !line.key.includes(":")) return line.key;
  return trimSpace(line.raw.slice(0, line.raw.search(/[=:]/))).toLowerCase();
}

/** Python's section goes to the line's last bracket. */
function pythonSection(line: HeaderLine): string {
  return line.clean
    ? line.content
    : line.raw.slice(line.raw.indexOf("[") + 1, line.raw.lastIndexOf("]"));
}

function hasLoneReturn(line: Line): boolean {
  const at = line.raw.indexOf("\r");
  return at >= 0 && at < line.raw.length - lineEnding(line.raw).length;
}

function numbers(lines: readonly (HeaderLine | PropertyLine)[]): number[] {
  return lines.map((line) => line.number);
}
