/**
 * The lines of one section that a change must touch, and no others.
 *
 * @module
 */

import type { Document, Section } from "./document.ts";
import type { Line, PropertyLine } from "./lines.ts";
import { lineEndingAt, type Patch } from "./patch.ts";
import { lineEnding } from "./white_space.ts";

/** The properties that one section shall have and not have. */
export interface SectionChange {
  /** By key in lower case. */
  readonly set: ReadonlyMap<string, string>;
  /** Keys in lower case; one that is also set is set. */
  readonly remove: ReadonlySet<string>;
}

/** A property with the indented lines that belong to it. */
interface Owned {
  readonly line: PropertyLine;
  readonly more: Line[];
}

/** The patches that make a section so. */
export function rewriteSection(
  doc: Document,
  section: Section,
  change: SectionChange,
): Patch[] {
  const { owned, last } = survey(section);
  const patches: Patch[] = [];
  for (const [key, { line, more }] of owned) {
    const value = change.set.get(key);
    if (value !== undefined) {
      const text = rewriteProperty(line, { key, value, eol: lineEndingAt(doc, line.number - 1) });
      patches.push({ ...erase(line), text });
    } else if (change.remove.has(key)) patches.push(erase(line));
    else continue;
    // Not as arguments of one push: of those there must not be as many as a file may have lines.
    for (const each of more) patches.push(erase(each));
  }

  const added = [...change.set].filter(([key]) => !owned.has(key));
  if (added.length > 0) {
    const eol = lineEndingAt(doc, last.number - 1);
    const indent = newIndent([...owned.values()].at(-1)?.line);
    const text = added.map(([key, value]) => `${indent}${key} = ${value}${eol}`).join("");
    const at = last.start + last.raw.length;
    patches.push({ start: at, end: at, text, eol });
  }
  return patches;
}

function erase(line: Line): Patch {
  return { start: line.start, end: line.start + line.raw.length, text: "" };
}

/** The properties of a section, and its last line that is neither blank nor a comment. */
function survey(section: Section): { owned: Map<string, Owned>; last: Line } {
  const owned = new Map<string, Owned>();
  let current: Owned | undefined;
  let last: Line = section.header;
  for (const line of section.lines) {
    if (line.kind === "blank" || line.kind === "comment") continue;
    last = line;
    if (line.kind === "property") {
      current = { line, more: [] };
      owned.set(line.key, current);
    } else if (line.kind === "invalid") {
      current = undefined;
    } else {
      current?.more.push(line);
    }
  }
  return { owned, last };
}

/** As deep as the property above; but under an empty value JavaScript would read a sub-property. */
function newIndent(above: PropertyLine | undefined): string {
  if (above === undefined || above.value === "") return "";
  return above.raw.slice(0, above.indent);
}

/**
 * A property's line with another value; everything before the value stays. The key gets the spelling
 * that was asked for, since JavaScript minds the case. A comment behind the old value moves to a line of
 * its own above, since Python would read it as a part of the new one; never indented, where C's SDK would
 * take it for a part of the value above, and PHP's for a property.
 */
function rewriteProperty(
  line: PropertyLine,
  to: { readonly key: string; readonly value: string; readonly eol: string },
): string {
  const equals = line.raw.indexOf("=");
  const front = line.raw.slice(0, equals);
  const spelled = front.trim();
  const rest = line.raw.slice(equals + 1);
  const comment = /\s([#;].*)/s.exec(rest)?.[1];
  if (line.value === to.value && spelled === to.key && comment === undefined) return line.raw;

  const before = front.slice(front.trimEnd().length);
  const gap = line.value === "" ? before : rest.slice(0, -rest.trimStart().length);
  const indent = front.slice(0, front.indexOf(spelled));
  const above = comment === undefined ? "" : comment.trimEnd() + to.eol;
  return `${above}${indent}${to.key}${before}=${gap}${to.value}${lineEnding(line.raw)}`;
}
