/**
 * The parts of a file that must be read again to know that changes did what was meant.
 *
 * @module
 */

import type { Document, Section } from "./document.ts";
import { type FileKind, profileHeader } from "./names.ts";
import type { Range } from "./patch.ts";
import type { Change } from "./verify.ts";

/** A section that changes. */
export interface Touched {
  readonly name: string;
  readonly section: Section;
  readonly set: ReadonlyMap<string, string>;
  readonly removed: ReadonlySet<string> | "all";
}

/** A section that is added at the end. */
export interface Added {
  readonly name: string;
  readonly set: ReadonlyMap<string, string>;
  readonly mark: string | undefined;
}

/** A part of a file, and the changes in it. */
export interface Stretch {
  readonly range: Range;
  /** The index of its first line. */
  readonly first: number;
  readonly changes: Change[];
  /** The line to name when nothing better is known. */
  readonly header: number;
}

/**
 * The parts of the file to verify: every touched section, from a header before it to a header behind it
 * that every SDK takes for one. What stands outside cannot be read differently.
 */
export function stretches(
  doc: Document,
  kind: FileKind,
  { touched, added }: { readonly touched: readonly Touched[]; readonly added: readonly Added[] },
): Stretch[] {
  const clean = (index: number) => doc.sections[index]?.header.clean ?? true;
  const found: { from: number; to: number; changes: Change[]; header: number }[] = touched.map(
    (one) => {
      let from = one.section.index;
      let to = from + 1;
      // When a section goes, what stands before and behind it meets.
      if (one.removed === "all") from--;
      while (from > 0 && !clean(from)) from--;
      while (to < doc.sections.length && !clean(to)) to++;
      const { content, number } = one.section.header;
      const change = { content, set: one.set, removed: one.removed };
      return { from: Math.max(from, 0), to, changes: [change], header: number };
    },
  );
  if (added.length > 0) {
    let from = Math.max(doc.sections.length - 1, 0);
    while (from > 0 && !clean(from)) from--;
    const changes = added.map(({ name, set }) => (
      { content: headerContent(kind, name), set, removed: new Set<string>() }
    ));
    const header = Math.max(doc.lines.length, 1);
    found.push({ from, to: doc.sections.length, changes, header });
  }
  found.sort((a, b) => a.from - b.from);
  const merged: typeof found = [];
  for (const one of found) {
    const last = merged.at(-1);
    // The last touched section and the new ones behind it are one stretch.
    if (last === undefined || one.from >= last.to) merged.push(one);
    else {
      last.to = Math.max(last.to, one.to);
      last.changes.push(...one.changes);
    }
  }
  return merged.map(({ from, to, changes, header }) => ({
    range: {
      // Before the first section there may be lines without one.
      start: from === 0 ? 0 : doc.sections[from]?.header.start ?? 0,
      end: doc.sections[to]?.header.start ?? doc.text.length,
    },
    first: from === 0 ? 0 : (doc.sections[from]?.header.number ?? 1) - 1,
    changes,
    header,
  }));
}

function headerContent(kind: FileKind, name: string): string {
  return profileHeader(kind, name).slice(1, -1);
}
