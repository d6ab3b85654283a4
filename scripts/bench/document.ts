/**
 * docs/benchmarks.md, whose tables and plots are made by `deno task bench --write`; its words are written by hand.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { type Grown, growthTable } from "./growth.ts";
import { plot } from "./plot.ts";

const DOCUMENT = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));
const IMAGES = fileURLToPath(new URL("../../docs/images/", import.meta.url));

/**
 * Puts the tables in their places, and writes the plots.
 *
 * @param tables by the name of their place; those that were not made stay as they are
 * @throws Error when the document has no such place
 */
export async function writeDocument(
  tables: Readonly<Record<string, string>>,
  grown: readonly Grown[],
): Promise<void> {
  let document = await Deno.readTextFile(DOCUMENT);
  for (const [place, text] of Object.entries(tables)) document = placed(document, place, text);
  for (const growth of grown) {
    await Deno.writeTextFile(`${IMAGES}growth-${growth.name}.svg`, plot(growth));
    document = placed(document, `growth-${growth.name}`, growthTable(growth));
  }
  await Deno.writeTextFile(DOCUMENT, document);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", DOCUMENT],
  }).spawn().status;
  if (!success) throw new Error(`Cannot format ${DOCUMENT}`);
}

/** Replaces what is between `<!-- name -->` and `<!-- /name -->`. */
export function placed(document: string, name: string, text: string): string {
  const [before, after] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = document.indexOf(before);
  const end = document.indexOf(after);
  if (start < 0 || end < start) throw new Error(`There is no place for ${name} in the document`);
  return `${document.slice(0, start + before.length)}\n\n${text}\n\n${document.slice(end)}`;
}
