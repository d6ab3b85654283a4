/**
 * The documents of the project.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Reads a file of the project. */
export function read(path: string): string {
  return Deno.readTextFileSync(join(ROOT, path));
}

function markdownIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].map(({ name }) => `${folder}${name}`)
    .filter((path) => path.endsWith(".md")).toSorted();
}

/** Every document. */
export const DOCUMENTS: readonly string[] = [...markdownIn(""), ...markdownIn("docs/")];

/** What users read; the others are for who works on the project. */
export const MANUAL = DOCUMENTS.filter((path) => !/^(CONTRIBUTING|SECURITY)\.md$/.test(path));
