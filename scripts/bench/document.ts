/**
 * docs/benchmarks.md, whose tables and plots are made by `deno task bench --write`; its words are written by hand.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { writePlaces } from "../places.ts";
import { type Grown, growthTable } from "./growth.ts";
import { plot } from "./plot.ts";

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
  const texts = { ...tables };
  for (const growth of grown) {
    await Deno.writeTextFile(`${IMAGES}growth-${growth.name}.svg`, plot(growth));
    texts[`growth-${growth.name}`] = growthTable(growth);
  }
  const places = Object.entries(texts).map(([name, text]) => [name, () => text] as const);
  writePlaces("docs/benchmarks.md", Object.fromEntries(places));
}
