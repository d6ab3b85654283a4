/**
 * The profiles among the sections, and the names and values that every SDK reads back.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { Document, Section } from "./document.ts";
import { isSpace } from "./white_space.ts";

/** The two shared files. `config` says `[profile x]` and `[default]`, `credentials` says `[x]`. */
export type FileKind = "config" | "credentials";

/** Letters, digits and `- / . % @ _ : +`. */
const NAME = /^[\w\-/.%@:+]+$/;

/** The header line's text for a profile, without its line ending. */
export function profileHeader(kind: FileKind, name: string): string {
  return kind === "config" && name !== "default" ? `[profile ${name}]` : `[${name}]`;
}

/**
 * The profile that a header begins, read generously: with blanks and quotes that some SDKs do not take.
 * Undefined for every other section.
 */
export function headerProfile(kind: FileKind, content: string): string | undefined {
  const text = content.trim();
  if (kind === "credentials") return /^profile\s/.test(text) ? undefined : text;
  // JavaScript reads [profile.x] as [profile x].
  const prefixed = /^profile(?:\s+|\.(?=.))(?:"([^"]*)"|'([^']*)'|(.*))$/.exec(text);
  if (prefixed === null) return text === "default" ? text : undefined;
  return prefixed[1] ?? prefixed[2] ?? prefixed[3];
}

/** Reports whether every SDK takes `[content]` for the profile that it names. */
export function isPortableHeader(kind: FileKind, content: string): boolean {
  if (kind === "credentials" || content === "default") return NAME.test(content);
  return /^profile[ \t](["']?)[\w\-/.%@:+]+\1$/.test(content);
}

/**
 * The sections of every profile, by name, in the order of the file. A `[default]` beside a
 * `[profile default]` is there too.
 */
export function profileSections(doc: Document, kind: FileKind): Map<string, Section[]> {
  const found = new Map<string, Section[]>();
  for (const section of doc.sections) {
    const name = headerProfile(kind, section.header.content);
    if (name !== undefined) addTo(found, name, section);
  }
  return found;
}

function addTo<T>(found: Map<string, T[]>, name: string, one: T): void {
  const known = found.get(name);
  if (known === undefined) found.set(name, [one]);
  else known.push(one);
}

/**
 * The lines, by profile, where JavaScript alone begins a section: others read an indented line in
 * brackets as the rest of the value above.
 */
export function hiddenProfiles(doc: Document, kind: FileKind): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const line of doc.lines) {
    if (line.kind !== "continuation") continue;
    const content = /^\[([^\]]*)\]/.exec(line.text)?.[1];
    const name = content === undefined ? undefined : headerProfile(kind, content);
    if (name !== undefined) addTo(found, name, line.number);
  }
  return found;
}

/** The names of the profiles in a file that every SDK can read, in its order, each once. */
export function profileNames(doc: Document, kind: FileKind): string[] {
  return [...profileSections(doc, kind).keys()].filter((name) => NAME.test(name));
}

/**
 * Refuses a profile name that some SDK would not read back.
 *
 * @throws {UserError} `bad-profile-name`, exit code 2
 */
export function checkProfileName(name: string): void {
  const problem = nameProblem(name);
  if (problem === undefined) return;
  throw new UserError(
    "bad-profile-name",
    `Cannot use ${JSON.stringify(name)} as a profile name: ${problem.reason}`,
    { exitCode: ExitCode.USAGE, hint: problem.hint },
  );
}

function nameProblem(
  name: string,
): { readonly reason: string; readonly hint?: string } | undefined {
  if (name === "") return { reason: "it is empty" };
  if (/^profile\s/.test(name)) {
    const rest = name.slice("profile".length).trim();
    return {
      reason: '"profile" is a prefix in the config file, not part of the name',
      hint: `Use only the name: ${rest}`,
    };
  }
  if (!NAME.test(name)) {
    return { reason: "it may only contain letters, digits and - / . % @ _ : +" };
  }
  // configparser spreads [DEFAULT] over all sections; JavaScript looks names up in an ordinary object.
  if (name === "DEFAULT") return { reason: "Python SDKs apply it to every profile" };
  // Some versions of Deno take the one that matters most away from its objects; Node does not.
  if (name in {} || name === "__proto__") {
    return { reason: "JavaScript SDKs cannot read a profile with this name" };
  }
  if (/^(?:profile|services|sso-session)\./.test(name)) {
    return { reason: "JavaScript SDKs take it for another kind of section" };
  }
  return undefined;
}

/**
 * Refuses a value that some SDK would read back otherwise. The message never has the value.
 *
 * @throws {UserError} `bad-profile-value`, exit code 2
 */
export function checkValue(key: string, value: string): void {
  const problem = valueProblem(value);
  if (problem === undefined) return;
  throw new UserError(
    "bad-profile-value",
    `Cannot write ${key} to a profile: its value ${problem}`,
    {
      exitCode: ExitCode.USAGE,
    },
  );
}

/** Reports whether every SDK reads a value back as it is. */
export function isPortableValue(value: string): boolean {
  return valueProblem(value) === undefined;
}

function valueProblem(value: string): string | undefined {
  if (value === "") return "is empty";
  if (/[\r\n]/.test(value)) return "contains a line break";
  // deno-lint-ignore no-control-regex -- these are what is looked for
  if (/[\x00-\x08\v\f\x0e-\x1f\x7f-\x9f\u2028\u2029\uFEFF]/.test(value)) {
    return "contains a control character";
  }
  if (!value.isWellFormed()) return "is not valid Unicode";
  if (isSpace(value.charCodeAt(0)) || isSpace(value.charCodeAt(value.length - 1))) {
    return "starts or ends with whitespace";
  }
  if (/(?:^|\s)[#;]/.test(value)) return "contains a # or ; that starts a comment";
  return undefined;
}
