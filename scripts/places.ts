/**
 * Places of documents that tasks write, each between `<!-- name -->` and `<!-- /name -->`; what stands around them is
 * written by hand.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The document that shows what attacks, faults, mutants and fuzzing came to. */
export const PROOF = "docs/security.md";

/** A table as it is before Markdown. */
export interface Table {
  readonly head: readonly string[];
  /** The first cell of a row is its name. */
  readonly rows: readonly Row[];
  /** Set where all others are numbers. */
  readonly numbers?: true;
}

/** The cells of a row. */
export type Row = readonly (string | number)[];

/**
 * Writes places of a document, and formats it.
 *
 * @param texts what becomes of each place, from what is there, by the names of the places
 * @throws Error when the document has no such place
 */
export function writePlaces(
  path: string,
  texts: Readonly<Record<string, (old: string) => string>>,
): void {
  const whole = `${ROOT}${path}`;
  let document = Deno.readTextFileSync(whole);
  for (const [name, text] of Object.entries(texts)) document = placed(document, name, text);
  Deno.writeTextFileSync(whole, document);
  const { success } = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", path],
    cwd: ROOT,
  }).outputSync();
  if (!success) throw new Error(`Cannot format ${path}`);
}

/** A document with another text in one of its places. */
export function placed(document: string, name: string, text: (old: string) => string): string {
  const [before, after] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = document.indexOf(before);
  const end = document.indexOf(after);
  if (start < 0 || end < start) throw new Error(`There is no place for ${name} in the document`);
  const inside = start + before.length;
  const old = document.slice(inside, end).trim();
  return `${document.slice(0, inside)}\n\n${text(old)}\n\n${document.slice(end)}`;
}

/** Markdown. */
export function tableText({ head, rows, numbers }: Table): string {
  const rule = head.map((_, column) => numbers && column > 0 ? "---:" : "---");
  return [head, rule, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/**
 * A table in the place of an older one: rows that were not made anew stay, in the order of these names, and those of
 * other names go.
 */
export function mergedTable(table: Table, names: readonly string[]): (old: string) => string {
  return (old) => {
    const cells = (line: string) => line.split("|").slice(1, -1).map((cell) => cell.trim());
    const byName = new Map(
      [...old.split("\n").map(cells), ...table.rows].map((row) => [row[0], row]),
    );
    const rows = names.map((name) => byName.get(name)).filter((row) => row !== undefined);
    return tableText({ ...table, rows });
  };
}
