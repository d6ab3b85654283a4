/**
 * Two SDKs' ways of reading a stretch of a shared file: Python's configparser as botocore uses it, and
 * JavaScript's `parseIni`. An edit is good only when both read exactly what was
 * meant, which `verify.ts` checks before anything is written.
 *
 * @module
 */

import { trimSpace } from "./white_space.ts";

/** A property as one SDK reads it. */
export interface Entry {
  readonly value: string;
  /** Counted from the beginning of the stretch, from 1. */
  readonly line: number;
}

/** Sections by that SDK's own name for them; keys in its own spelling. */
export interface Reading {
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, Entry>>;
  /** The line, counted as in {@linkcode Entry}, for which this SDK refuses the whole file. */
  readonly refusedAt: number | undefined;
}

/** One SDK's way of reading. */
export interface Dialect {
  /** For messages. */
  readonly sdk: string;
  readonly read: (text: string) => Reading;
}

/** The two readers that can be had here to check against; the tests do. */
export const DIALECTS: readonly Dialect[] = [
  { sdk: "Python", read: readAsPython },
  { sdk: "JavaScript", read: readAsJavaScript },
];

/**
 * As `configparser.RawConfigParser` reads, which botocore uses:
 * https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
 */
export function readAsPython(text: string): Reading {
  const sections = new Map<string, Map<string, Entry>>();
  let section: Map<string, Entry> | undefined;
  // The property whose value an indented line continues, and how deep "indented" begins.
  let open: { value: string; readonly line: number } | undefined;
  let level = 0;
  let refusedAt: number | undefined;
  // Universal newlines: a lone carriage return ends a line too.
  for (const [index, line] of withoutMark(text).split(/\r\n|\r|\n/).entries()) {
    const body = trimSpace(line);
    if (body === "" || body.startsWith("#") || body.startsWith(";")) continue;
    const indent = line.indexOf(body);
    if (open !== undefined && indent > level) {
      open.value += `\n${body}`;
      continue;
    }
    level = indent;
    const last = body.lastIndexOf("]");
    if (body.startsWith("[") && last > 1) {
      const name = body.slice(1, last);
      if (sections.has(name)) refusedAt ??= index + 1;
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
      open = undefined;
      continue;
    }
    const delimiter = body.search(/[=:]/);
    if (section === undefined || delimiter <= 0) {
      refusedAt ??= index + 1;
      continue;
    }
    const key = trimSpace(body.slice(0, delimiter)).toLowerCase();
    if (section.has(key)) refusedAt ??= index + 1;
    open = { value: trimSpace(body.slice(delimiter + 1)), line: index + 1 };
    section.set(key, open);
  }
  return { sections, refusedAt };
}

/**
 * As `@smithy/core/config` reads (`parseIni.ts`): indentation matters only under an empty value, any
 * comment sign after white space ends the line, keys keep their case.
 */
export function readAsJavaScript(text: string): Reading {
  const sections = new Map<string, Map<string, Entry>>();
  let name: string | undefined;
  let parent: string | undefined;
  let refusedAt: number | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const cut = line.search(/(?:^|\s)[;#]/);
    const body = (cut < 0 ? line : line.slice(0, cut)).trim();
    if (body.startsWith("[") && body.endsWith("]")) {
      const content = body.slice(1, -1);
      name = javaScriptSection(content);
      parent = undefined;
      if (isRefusedByJavaScript(content)) refusedAt ??= index + 1;
      continue;
    }
    const equals = body.indexOf("=");
    if (!name || equals <= 0) continue;
    const key = body.slice(0, equals).trim();
    const value = body.slice(equals + 1).trim();
    if (value === "") {
      parent = key;
      continue;
    }
    if (parent && line.trimStart() === line) parent = undefined;
    const section = sections.get(name) ?? new Map<string, Entry>();
    sections.set(name, section.set(parent ? `${parent}.${key}` : key, { value, line: index + 1 }));
  }
  return { sections, refusedAt };
}

const PREFIXED = /^([\w-]+)\s(["'])?([\w\-@+.%:/]+)\2$/;

/** JavaScript's name for a section (`profile.x` for `[profile x]`); undefined where it skips it. */
export function javaScriptSection(content: string): string | undefined {
  const match = PREFIXED.exec(content);
  if (match === null) return content;
  const [, prefix, , name] = match;
  return ["profile", "sso-session", "services"].includes(prefix ?? "")
    ? `${prefix}.${name}`
    : undefined;
}

/** A section for which JavaScript refuses the whole file. */
function isRefusedByJavaScript(content: string): boolean {
  return content === "__proto__" || content === "profile __proto__";
}

/** A byte order mark makes Python refuse the file; it is read here as if it were not there. */
function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
