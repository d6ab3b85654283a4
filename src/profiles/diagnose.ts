/**
 * The problems of a shared file: lines that are wrong, and lines that the SDKs read differently.
 *
 * @module
 */

import type { Document } from "./document.ts";
import { readAsJavaScript } from "./dialects.ts";
import type { HeaderLine, Line } from "./lines.ts";
import { type FileKind, isPortableHeader, profileSections } from "./names.ts";
import { refusedLines } from "./strict.ts";
import { lineEnding, trimSpace } from "./white_space.ts";

/** Something about a file that a person should know. Never holds a value. */
export interface Problem {
  /** From 1, ascending; several where lines conflict with each other. */
  readonly lines: readonly number[];
  /** The end of a sentence that begins with the lines: `has no name before the equals sign`. */
  readonly message: string;
}

/**
 * The problems for which a file is not edited, in the order of their last lines: some SDK rejects the whole
 * file, or none reads the line. In linear time.
 */
export function refusals(doc: Document): Problem[] {
  const found: Problem[] = [];
  const add = (message: string, ...lines: number[]) => found.push({ lines, message });
  // Where a line that looks like nothing to others is a section to JavaScript, this matters too.
  const chokes = doc.text.includes("__proto__");
  const refused = chokes ? readAsJavaScript(doc.text).refusedAt : undefined;
  const sections = new Map<string, number>();
  let keys = new Map<string, number>();
  for (const line of doc.lines) {
    const { number } = line;
    if (number === refused) add("has a name that makes JavaScript SDKs reject the file", number);
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
  return found;
}

const LONE_RETURN = "contains a carriage return, which only Python SDKs treat as the end of a line";
const SECTION_TWICE = "start the same section, which makes Python SDKs reject the file";
const KEY_TWICE = "set the same property, which makes Python SDKs reject the file";

/**
 * The lines of these profiles that the SDKs read differently, and what matters to the whole file; sorted by
 * line. {@linkcode refusals} is not part of it.
 */
export function diagnose(doc: Document, kind: FileKind, names: readonly string[]): Problem[] {
  const found: Problem[] = [];
  const add = (message: string, lines: readonly number[]) => found.push({ lines, message });
  if (doc.text.startsWith("\uFEFF")) {
    add(
      "starts with a byte order mark, which makes Python and Go SDKs reject the file; save it without one",
      [1],
    );
  }
  for (const [sdks, lines] of refusedLines(doc, kind)) {
    const makes = lines.length === 1 ? "makes" : "make";
    add(`${makes} SDKs written in ${joined(sdks)} read nothing of the file`, lines);
  }
  const profiles = [...profileSections(doc, kind)]
    .filter(([name]) => names.includes(name)).map(([, sections]) => sections);
  for (const sections of profiles) {
    const headers = sections.map(({ header }) => header);
    if (new Set(headers.map(pythonSection)).size > 1) {
      add(
        "start the same profile in different ways, which SDKs merge differently",
        headers.map(({ number }) => number),
      );
    }
  }
  // What [DEFAULT] says is in every profile for Python.
  const lines = [
    ...doc.sections.map(({ header }) => header).filter(({ content }) => content === "DEFAULT"),
    ...profiles.flat().flatMap((section) => section.lines),
  ];
  let afterHeader = false;
  for (const line of lines) {
    for (const message of differencesIn(line, { kind, afterHeader })) add(message, [line.number]);
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

/** The lines of a problem in words: `line 3`, `lines 3 and 7`, `lines 1, 2, 3, 4, 5 and 9 more`. */
export function sayLines(lines: readonly number[]): string {
  const shown = lines.length <= 6 ? lines : [...lines.slice(0, 5), `${lines.length - 5} more`];
  return `line${lines.length < 2 ? "" : "s"} ${joined(shown)}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function joined(all: readonly (string | number)[]): string {
  const last = all.at(-1) ?? "";
  return all.length < 2 ? `${last}` : `${all.slice(0, -1).join(", ")} and ${last}`;
}

/** The differences between what SDKs make of a single line. */
function* differencesIn(
  line: Line,
  where: { readonly kind: FileKind; readonly afterHeader: boolean },
): Generator<string> {
  switch (line.kind) {
    case "header":
      if (!line.clean) {
        yield "starts a section that only some SDKs recognize, because of its spaces or comment";
      }
      yield* headerDifferences(line, where.kind);
      break;
    case "comment":
      if (!where.afterHeader && /^\s/.test(line.raw)) {
        yield "is an indented comment, which SDKs written in C treat as part of the value above";
      }
      break;
    case "property": {
      if (where.afterHeader && line.indent > 0) {
        yield "is indented, so some SDKs treat it as part of the line above";
      }
      const body = line.raw.slice(line.raw.indexOf("=") + 1);
      if (/\s[#;]/.test(body)) {
        yield "has a comment after the value, which Python SDKs treat as part of the value";
      }
      if (line.key.includes(":")) yield "has a colon in its name, where Python SDKs end the name";
      break;
    }
    case "continuation":
      if (line.text.startsWith("[")) {
        yield "is indented, so only JavaScript SDKs start a section here";
      } else if (line.text.includes("=")) {
        yield "continues a value, but JavaScript SDKs read it as a property";
      } else {
        yield "continues a value, but JavaScript SDKs ignore it";
      }
      break;
    case "invalid":
      if (line.pythonReads) yield `${line.reason}; only Python SDKs read it`;
  }
}

function* headerDifferences(line: HeaderLine, kind: FileKind): Generator<string> {
  const { content } = line;
  if (content === "DEFAULT") {
    yield "starts a section whose settings Python SDKs apply to every profile";
  } else if (!isPortableHeader(kind, content)) {
    yield "names a profile in a way that only some SDKs understand";
  }
}

/** Python ends a name at a colon too. */
function pythonKey(line: Line): string {
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
