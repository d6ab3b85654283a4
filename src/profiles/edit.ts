/**
 * Changes to profiles of a shared file: text in, text out. Only the lines that must change do, and
 * nothing is returned that Python's or JavaScript's SDKs would read otherwise than meant.
 *
 * Format: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { Document, Section } from "./document.ts";
import { refusals, sayLines } from "./diagnose.ts";
import {
  checkProfileName,
  checkValue,
  type FileKind,
  hiddenProfiles,
  isPortableHeader,
  profileHeader,
  profileSections,
} from "./names.ts";
import { appendSections, applyPatches, comparePatches, lineEndingAt, type Patch } from "./patch.ts";
import { rewriteSection } from "./rewrite.ts";
import { sectionProperties } from "./read.ts";
import { sayPlaces } from "./conflicts.ts";
import { type Added, stretches, type Touched } from "./stretches.ts";
import { findDifference } from "./verify.ts";

/** A change to one profile. */
export interface ProfileEdit {
  readonly name: string;
  /** Values by key; keys in lower case. Values can be secrets and never reach a message. */
  readonly set?: Readonly<Record<string, string>>;
  /** Those keys of `set` that are only to be kept in step: a profile that has not got them gets none. */
  readonly onlyWhereThere?: RegExp;
  /** Keys in lower case; those that are not there are no error. */
  readonly remove?: readonly string[];
  /** The keys that must not stay beside what is set: `FIGHTS_WITH_KEYS`, `FIGHTS_WITH_PROCESS`. */
  readonly fights?: RegExp;
  /** Remove what fights instead of refusing. */
  readonly replace?: boolean;
  /** For a new section: a line under its header that marks it as ours, with its `#`. */
  readonly mark?: string;
  /**
   * Mark a section that is there as well. A line under its header that begins like this is somebody's mark
   * already, and ours takes its place.
   */
  readonly marksOver?: string;
}

/** A change to one profile of a file of this kind. */
export interface KindedEdit extends ProfileEdit {
  readonly kind: FileKind;
}

/** Changes one profile. See {@linkcode editProfiles}. */
export function editProfile(doc: Document, edit: KindedEdit): string {
  return editProfiles(doc, edit.kind, [edit]);
}

/**
 * Changes many profiles in one linear pass; a profile that is not there becomes a section at the end.
 * All or nothing.
 *
 * @returns the new text; the old one when everything is so already
 * @throws {UserError} exit code 8: `file-not-editable` (twice the same section or key, a line that no SDK
 * reads), `profile-ambiguous` (SDKs read the section differently), `profile-conflict`; exit code 2:
 * `bad-profile-name`, `bad-profile-value`
 */
export function editProfiles(doc: Document, kind: FileKind, edits: readonly ProfileEdit[]): string {
  refuseRepeated(edits.map(({ name }) => name));
  for (const { name, set, mark = "#" } of edits) {
    checkProfileName(name);
    if (!/^#[^\r\n]*$/.test(mark)) {
      throw new Error("Cannot mark a profile with text that is not a comment");
    }
    for (const [key, value] of Object.entries(set ?? {})) {
      checkKey(key);
      checkValue(key, value);
    }
  }
  const rewriting = begin(doc, kind);
  for (const edit of edits) {
    const section = onlySection(rewriting, edit.name);
    const set = propertiesToSet(section, edit);
    if (section === undefined) {
      if (set.size > 0) rewriting.added.push({ name: edit.name, set, mark: edit.mark });
      continue;
    }
    const remove = new Set([...edit.remove ?? [], ...fighting(rewriting, section, edit)]);
    // First, since what is inserted at one place stays in this order: the mark is right under the header.
    const patches = [
      ...remark(doc, section, edit),
      ...rewriteSection(doc, section, { set, remove }),
    ];
    for (const patch of patches) rewriting.patches.push(patch);
    // Even if no line has to change: perhaps only some SDKs read what is there.
    rewriting.touched.push({ name: edit.name, section, set, removed: remove });
  }
  return finish(rewriting);
}

/**
 * Removes whole profiles in one linear pass: header, mark, properties, and the blank lines that set them
 * apart. Comments that stand behind the last property stay, they may be about what comes next. Names
 * that are not there are no error.
 *
 * @throws {UserError} exit code 8, as {@linkcode editProfiles}
 */
export function removeProfiles(
  doc: Document,
  kind: FileKind,
  which: { readonly names: readonly string[]; readonly mark?: string },
): string {
  const rewriting = begin(doc, kind);
  for (const name of new Set(which.names)) {
    const section = onlySection(rewriting, name);
    if (section === undefined) continue;
    const { first, end } = removedLines(doc, section, which.mark);
    const startOf = (index: number) => doc.lines[index]?.start ?? doc.text.length;
    // A byte order mark belongs to the file, not to its first section.
    const from = Math.max(startOf(first), doc.text.startsWith("\uFEFF") ? 1 : 0);
    rewriting.patches.push({ start: from, end: startOf(end), text: "" });
    rewriting.touched.push({ name, section, set: new Map(), removed: "all" });
  }
  return finish(rewriting);
}

/**
 * The profiles that carry a comment line of exactly this text right under their header. One above a header
 * is the last line of the section before: the mark of a profile whose properties somebody has deleted.
 */
export function markedProfiles(doc: Document, kind: FileKind, mark: string): string[] {
  return [...profileSections(doc, kind)]
    .filter(([, sections]) => sections.some((section) => isMarked(section, mark)))
    .map(([name]) => name);
}

function isMarked({ lines }: Section, mark: string): boolean {
  return lines[1]?.raw.trim() === mark.trim();
}

/** The work on one document, until {@linkcode finish} makes it a text. */
interface Rewriting {
  readonly doc: Document;
  readonly kind: FileKind;
  readonly sections: ReadonlyMap<string, readonly Section[]>;
  readonly hidden: ReadonlyMap<string, readonly number[]>;
  readonly patches: Patch[];
  readonly touched: Touched[];
  readonly added: Added[];
}

function begin(doc: Document, kind: FileKind): Rewriting {
  const problems = refusals(doc);
  const [first] = problems;
  if (first !== undefined) {
    const rest = problems.slice(1).map(({ lines, message }) =>
      `${capital(sayLines(lines))} ${message}`
    );
    throw new UserError(
      "file-not-editable",
      `Cannot change ${nameOf(doc, kind)}: ${sayLines(first.lines)} ${first.message}`,
      {
        exitCode: ExitCode.FILE,
        hint: [...rest.slice(0, 9), "Fix the file by hand and try again; nothing was changed"]
          .join("\n"),
      },
    );
  }
  return {
    doc,
    kind,
    sections: profileSections(doc, kind),
    hidden: hiddenProfiles(doc, kind),
    patches: [],
    touched: [],
    added: [],
  };
}

/** The one section of a profile; refused when there are several, or one that not all SDKs read. */
function onlySection(
  { doc, kind, sections, hidden }: Rewriting,
  name: string,
): Section | undefined {
  const ofProfile = sections.get(name) ?? [];
  const [section] = ofProfile;
  const lines = [...ofProfile.map(({ header }) => header.number), ...hidden.get(name) ?? []]
    .sort((a, b) => a - b);
  if (lines.length === 0) return undefined;
  if (
    lines.length === 1 && section !== undefined && isPortableHeader(kind, section.header.content)
  ) {
    return section;
  }
  throw new UserError(
    "profile-ambiguous",
    `Cannot change profile ${JSON.stringify(name)} in ${nameOf(doc, kind)}: ` +
      (lines.length > 1
        ? `it starts more than once, on ${sayLines(lines)}`
        : `${sayLines(lines)} starts it in a way that only some SDKs understand`),
    {
      exitCode: ExitCode.FILE,
      hint: `Keep only one section, with the header ${profileHeader(kind, name)}`,
    },
  );
}

/** The patches that put the mark right under the header of a section that was another's. */
function remark(doc: Document, section: Section, { mark, marksOver }: ProfileEdit): Patch[] {
  if (mark === undefined || marksOver === undefined || isMarked(section, mark)) return [];
  const { header, lines: [, below] } = section;
  const eol = lineEndingAt(doc, header.number - 1);
  const start = header.start + header.raw.length;
  const patches = [{ start, end: start, text: mark + eol, eol }];
  if (below?.raw.trim().startsWith(marksOver)) {
    patches.push({ start, end: start + below.raw.length, text: "", eol });
  }
  return patches;
}

/** The properties to set, without those that are only to be kept in step and are not there. */
function propertiesToSet(
  section: Section | undefined,
  { set = {}, onlyWhereThere }: ProfileEdit,
): Map<string, string> {
  const all = new Map(Object.entries(set));
  if (onlyWhereThere === undefined) return all;
  const there = new Set(section && sectionProperties(section).map(({ key }) => key));
  for (const key of all.keys()) {
    if (onlyWhereThere.test(key) && !there.has(key)) all.delete(key);
  }
  return all;
}

/** The keys that fight with the edit, to be removed; or the refusal. */
function fighting({ doc, kind }: Rewriting, section: Section, edit: ProfileEdit): string[] {
  const { fights, set, remove = [] } = edit;
  if (fights === undefined) return [];
  const found = sectionProperties(section).filter(({ key }) =>
    fights.test(key) && !Object.hasOwn(set ?? {}, key) && !remove.includes(key)
  );
  if (found.length === 0 || edit.replace) return found.map(({ key }) => key);
  const name = JSON.stringify(edit.name);
  throw new UserError(
    "profile-conflict",
    `Cannot write profile ${name} in ${nameOf(doc, kind)}: it has ${
      sayPlaces(found)
    }, and SDKs disagree on which setting wins`,
    {
      exitCode: ExitCode.FILE,
      hint: "Use another profile name, or --replace to remove the settings that conflict",
    },
  );
}

/** From the header to the last property or the mark, and the blank lines at one side. */
function removedLines(
  doc: Document,
  section: Section,
  mark: string | undefined,
): { first: number; end: number } {
  let first = section.header.number - 1;
  const goes = section.lines.findLastIndex(({ kind }) => kind !== "blank" && kind !== "comment");
  const marked = mark !== undefined && isMarked(section, mark) ? 1 : 0;
  let end = first + Math.max(goes, marked) + 1;
  while (doc.lines[end]?.kind === "blank") end++;
  if (end === doc.lines.length && doc.lines[first - 1]?.kind === "blank") first--;
  return { first, end };
}

function finish({ doc, kind, patches, touched, added }: Rewriting): string {
  patches.sort(comparePatches);
  const eol = lineEndingAt(doc, doc.lines.length);
  const blocks = added.map(({ name, set, mark }) =>
    [
      profileHeader(kind, name),
      ...mark === undefined ? [] : [mark],
      ...[...set].map((pair) => pair.join(" = ")),
    ]
      .map((line) => line + eol).join("")
  );
  const whole = { start: 0, end: doc.text.length };
  for (const { range, first, changes, header } of stretches(doc, kind, { touched, added })) {
    const before = doc.text.slice(range.start, range.end);
    const patched = applyPatches(doc.text, patches, range);
    const after = range.end === whole.end ? appendSections(patched, blocks, eol) : patched;
    const difference = findDifference({ before, after }, changes);
    if (difference === undefined) continue;
    const at = difference.line === undefined ? header : first + difference.line;
    throw new UserError(
      "profile-ambiguous",
      `Cannot change ${nameOf(doc, kind)}: ${difference.sdk} SDKs would then misread ` +
        `${difference.key ?? "other settings"}, because of ${
          sayLines([at])
        } or the lines around it`,
      {
        exitCode: ExitCode.FILE,
        hint: 'Write each property there as "name = value" and each section as "[…]", not indented',
      },
    );
  }
  return appendSections(applyPatches(doc.text, patches, whole), blocks, eol);
}

function refuseRepeated(names: readonly string[]): void {
  if (new Set(names).size !== names.length) throw new Error("Cannot edit a profile twice at once");
}

/** Keys come from this program: a bad one is a bug in it. */
function checkKey(key: string): void {
  if (!/^[a-z0-9_]+$/.test(key)) {
    throw new Error("Cannot write a property whose name is not in lower case");
  }
}

function nameOf(doc: Document, kind: FileKind): string {
  return doc.file ?? `the ${kind} file`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
