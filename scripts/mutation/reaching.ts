/**
 * Which unit tests could notice that a source is broken.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { unitTests } from "../unit_tests.ts";

/** Whose tests wait for time limits of a network: hundreds of times that would take hours. */
const SLOW = /_network\.test\.ts$|^tests\/fuzz\//;

/** Tests of a file, and sources that could be broken for them. */
export interface Reach {
  readonly test: string;
  readonly sources: readonly string[];
}

/**
 * The unit tests that import sources, directly or by way of others: first each source's own, tests/X/Y.test.ts
 * for src/X/Y.ts, then those of its room, then all others.
 *
 * @param sources paths from the project's root, the current folder
 */
export function reachOf(sources: readonly string[]): readonly Reach[] {
  const imports = new Map<string, readonly string[]>();
  const tests = unitTests().filter((test) => !SLOW.test(test));
  const all = tests.map((test) => ({ test, reached: closureOf(test, imports) }));
  return [0, 1, 2].flatMap((distance) =>
    all
      .map(({ test, reached }) => ({
        test,
        sources: sources.filter((each) => reached.has(each) && distanceOf(test, each) === distance),
      }))
      .filter(({ sources }) => sources.length > 0)
  );
}

function distanceOf(test: string, source: string): number {
  const own = source.replace(/^src/, "tests").replace(/\.ts$/, ".test.ts");
  return own === test ? 0 : dirname(own) === dirname(test) ? 1 : 2;
}

function closureOf(
  file: string,
  imports: Map<string, readonly string[]>,
  reached = new Set<string>(),
): ReadonlySet<string> {
  if (reached.has(file)) return reached;
  reached.add(file);
  const found = imports.get(file) ?? importsOf(file);
  imports.set(file, found);
  for (const each of found) closureOf(each, imports, reached);
  return reached;
}

function importsOf(file: string): readonly string[] {
  return [
    ...Deno.readTextFileSync(file).matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+\.ts)"/g),
  ].map(([, specifier = ""]) => join(dirname(file), specifier));
}
