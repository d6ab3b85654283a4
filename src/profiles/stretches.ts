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
  // So are the beginning and the end of the file.
  const clean = (index: number) => doc.sections[index]?.header.clean ?? true;
  const upFrom = (index: number) => {
    let from = index;
    while (!clean(from)) from--;
    return Math.max(from, 0);
  };
  const found: { from: number; to: number; changes: Change[]; header: number }[] = touched.map(
    (one) => {
      const { index, header: { content, number } } = one.section;
      // When a section goes, what stands before and behind it meets.
      const from = upFrom(one.removed === "all" ? index - 1 : index);
      let to = index + 1;
      while (!clean(to)) to++;
      const change = { content, set: one.set, removed: one.removed };
      return { from, to, changes: [change], header: number };
    },
  );
  if (added.length > 0) {
    const from = upFrom(doc.sections.length - 1);
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
  return merged.map(({ from, to, changes, header }) => {
    // Before the first section there may be lines without one.
    const section = from === 0 ? undefined : doc.sections[from];
    return {
      range: {
        start: section?.header.start ?? 0,
        end: doc.sections[to]?.header.start ?? doc.text.length,
      },
      first: (section?.header.number ?? 1) - 1,
      changes,
      header,
    };
  });
}

function headerContent(kind: FileKind, name: string): string {
  return profileHeader(kind, name).slice(1, -1);
}
