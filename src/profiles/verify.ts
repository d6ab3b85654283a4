/**
 * The proof that a change does what was meant: both dialects read the text before and after it, and the
 * readings may differ in the named properties only.
 *
 * @module
 */

import { type Dialect, DIALECTS, javaScriptSection, type Reading } from "./dialects.ts";

/** A change to one section. */
export interface Change {
  /** The text between the section's brackets. */
  readonly content: string;
  /** The values that must be read afterwards. */
  readonly set: ReadonlyMap<string, string>;
  /** The keys, in lower case, that must not be read afterwards; "all" when the section goes. */
  readonly removed: ReadonlySet<string> | "all";
}

/** A place where a reading is not what was meant. */
export interface Difference {
  readonly sdk: string;
  /** A key that the change names; undefined where another property would be read differently. */
  readonly key: string | undefined;
  /** The line of the old text to look at, from 1, where one is known. */
  readonly line: number | undefined;
}

/** A stretch of text before and after changes. */
export interface Rewrite {
  readonly before: string;
  readonly after: string;
}

/** The first difference between what the SDKs read after the changes and what they should. */
export function findDifference(
  rewrite: Rewrite,
  changes: readonly Change[],
): Difference | undefined {
  for (const dialect of DIALECTS) {
    const before = dialect.read(rewrite.before);
    const after = dialect.read(rewrite.after);
    const wanted = expected(before, changes, dialect);
    const place = firstDifference(wanted, flatten(after));
    if (place === undefined && (after.refusedAt === undefined || before.refusedAt !== undefined)) {
      continue;
    }
    const [section = "", key = ""]: string[] = JSON.parse(place ?? "[]");
    // Another "key" may be the front half of any line: it is not shown.
    const isNamed = changes.some(({ set, removed }) =>
      set.has(key) || (removed !== "all" && removed.has(key))
    );
    return {
      sdk: dialect.sdk,
      key: isNamed ? key : undefined,
      line: before.sections.get(section)?.get(key)?.line,
    };
  }
  return undefined;
}

/** Values by `[section, key]` as JSON. */
type Flat = Map<string, string>;

function flatten(reading: Reading): Flat {
  const flat: Flat = new Map();
  for (const [section, entries] of reading.sections) {
    for (const [key, { value }] of entries) flat.set(JSON.stringify([section, key]), value);
  }
  return flat;
}

function expected(before: Reading, changes: readonly Change[], dialect: Dialect): Flat {
  const flat = flatten(before);
  for (const { content, set, removed } of changes) {
    const section = dialect.sdk === "Python" ? content : javaScriptSection(content) ?? content;
    for (const key of before.sections.get(section)?.keys() ?? []) {
      // JavaScript reads sub-properties as "s3.addressing_style".
      const owner = key.toLowerCase().split(".", 1)[0] ?? key;
      if (
        removed === "all" ||
        [owner, key.toLowerCase()].some((name) => removed.has(name) || set.has(name))
      ) {
        flat.delete(JSON.stringify([section, key]));
      }
    }
    for (const [key, value] of set) flat.set(JSON.stringify([section, key]), value);
  }
  return flat;
}

function firstDifference(wanted: Flat, found: Flat): string | undefined {
  for (const [place, value] of wanted) if (found.get(place) !== value) return place;
  for (const place of found.keys()) if (!wanted.has(place)) return place;
  return undefined;
}
