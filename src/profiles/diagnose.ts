/**
 * The problems of a shared file: lines that are wrong, and lines that the SDKs read differently.
 *
 * @module
 */

import type { Document } from "./document.ts";
import { readAsJavaScript } from "./dialects.ts";
import type { HeaderLine, Line } from "./lines.ts";
import { type FileKind, headerProfile, isPortableHeader, profileSections } from "./names.ts";
import { lineEnding, trimSpace } from "./white_space.ts";

/** Something about a file that a person should know. Never holds a value. */
export interface Problem {
  /** From 1, ascending; several where lines are at odds with each other. */
  readonly lines: readonly number[];
  /** Some SDK refuses the whole file for this, or none reads the line: such a file is not edited. */
  readonly refused: boolean;
  /** The end of a sentence that begins with the lines: `has no name before its equals sign`. */
  readonly message: string;
}

/** The problems for which a file is not edited, in the order of their last lines; in linear time. */
export function refusals(doc: Document): Problem[] {
  const found: Problem[] = [];
  const add = (message: string, ...lines: number[]) =>
    found.push({ lines, refused: true, message });
  // Where a line that looks like nothing to others is a section to JavaScript, this matters too.
  const chokes = doc.text.includes("__proto__");
  const refused = chokes ? readAsJavaScript(doc.text).refusedAt : undefined;
  if (refused !== undefined) add("has a name for which JavaScript's SDKs refuse the file", refused);
  const sections = new Map<string, number>();
  let keys = new Map<string, number>();
  for (const line of doc.lines) {
    const { number } = line;
    if (line.kind === "header") {
      const name = pythonSection(line);
      const before = sections.get(name);
      if (before !== undefined) add(SECTION_TWICE, before, number);
      sections.set(name, number);
      keys = new Map();
    }
    if (hasLoneReturn(line)) add(LONE_RETURN, number);
    // What Python reads in spite of the colon can be a second value for a key.
    if (line.kind === "property" || (line.kind === "invalid" && line.pythonReads)) {
      const key = pythonKey(line);
      const before = keys.get(key);
      if (before !== undefined) add(KEY_TWICE, before, number);
      keys.set(key, number);
    } else if (line.kind === "invalid") {
      add(line.reason, number);
    }
  }
  return found.sort((a, b) => (a.lines.at(-1) ?? 0) - (b.lines.at(-1) ?? 0));
}

const LONE_RETURN =
  "has a carriage return inside, where Python's SDKs end the line and others do not";
const SECTION_TWICE = "begin the same section twice, for which Python's SDKs refuse the file";
const KEY_TWICE = "give the same property twice, for which Python's SDKs refuse the file";

/**
 * Everything worth a word: {@linkcode refusals}, and what the SDKs read differently, sorted by line.
 *
 * @param only the profiles that matter. Of other sections nothing is said then, and no refusals, which the
 * edit of these profiles makes
 */
export function diagnose(doc: Document, kind: FileKind, only?: readonly string[]): Problem[] {
  const found: Problem[] = only === undefined ? refusals(doc) : [];
  const add = (message: string, ...lines: number[]) =>
    found.push({ lines, refused: false, message });
  if (doc.text.startsWith("\uFEFF")) {
    add(
      "begins with a byte order mark, for which the SDKs of Python and Go refuse the file: save it without the mark",
      1,
    );
  }
  const profiles = [...profileSections(doc, kind)]
    .filter(([name]) => only === undefined || only.includes(name)).map(([, sections]) => sections);
  for (const sections of profiles) {
    const headers = sections.map(({ header }) => header);
    if (new Set(headers.map(pythonSection)).size > 1) {
      add(
        "begin the same profile in different words, which the SDKs do not merge alike",
        ...headers.map(({ number }) => number),
      );
    }
  }
  // What [DEFAULT] says is in every profile for Python.
  const lines = only === undefined ? doc.lines : [
    ...doc.sections.map(({ header }) => header).filter(({ content }) => content === "DEFAULT"),
    ...profiles.flat().flatMap((section) => section.lines),
  ];
  let afterHeader = false;
  for (const line of lines) {
    for (const message of differencesIn(line, { kind, afterHeader })) add(message, line.number);
    if (line.kind !== "blank" && line.kind !== "comment") afterHeader = line.kind === "header";
  }
  return found.sort((a, b) => (a.lines[0] ?? 0) - (b.lines[0] ?? 0));
}

/**
 * The problems that a person should know of before these profiles are written, as sentences without their
 * full stops.
 */
export function remarksOn(doc: Document, kind: FileKind, profiles: readonly string[]): string[] {
  const file = doc.file ?? `the ${kind} file`;
  return diagnose(doc, kind, profiles).map(({ lines, message }) =>
    `${sayLines(lines).replace("l", "L")} of ${file} ${message}`
  );
}

/** The lines of a problem as a person says them: `line 3`, `lines 3 and 7`. */
export function sayLines(lines: readonly number[]): string {
  const last = lines.at(-1);
  return lines.length < 2 ? `line ${last}` : `lines ${lines.slice(0, -1).join(", ")} and ${last}`;
}

/** The differences between what SDKs make of a single line. */
function* differencesIn(
  line: Line,
  where: { readonly kind: FileKind; readonly afterHeader: boolean },
): Generator<string> {
  switch (line.kind) {
    case "header":
      if (!line.clean) {
        yield "is a section that only some SDKs recognize, for its blanks or its comment";
      }
      yield* headerDifferences(line, where.kind);
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

function* headerDifferences(line: HeaderLine, kind: FileKind): Generator<string> {
  const { content } = line;
  if (content === "DEFAULT") {
    yield "is a section that Python's SDKs spread over all others";
  } else if (headerProfile(kind, content) !== undefined) {
    if (!isPortableHeader(kind, content)) yield "names a profile in a way that only some SDKs read";
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
function pythonSection({ clean, content, raw }: HeaderLine): string {
  return clean ? content : raw.slice(raw.indexOf("[") + 1, raw.lastIndexOf("]"));
}

function hasLoneReturn(line: Line): boolean {
  const at = line.raw.indexOf("\r");
  return at >= 0 && at < line.raw.length - lineEnding(line.raw).length;
}
