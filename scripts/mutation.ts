/**
 * Mutation testing: breaks sources in small ways, and reports which breaks no unit test notices.
 *
 *   deno task mutation [--sample N] [--seed S] [--write] [FOLDER|FILE…]
 *
 * Of each folder or file (by default of each of the four rooms below) it tries all mutants, or N that the seed
 * picks. Mutants whose difference nobody could see are listed in mutation/equivalent.json, with the reason.
 * The exit code is 1 when others survive, when less than 92 % are killed, or when mutants are listed that are
 * killed or no longer made. --write puts the counts into docs/security.md.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { killedBy } from "./mutation/killing.ts";
import { instrument, type Mutant, type SourceText } from "./mutation/mutants.ts";
import { reachOf } from "./mutation/reaching.ts";
import { mergedTable, PROOF, type Table, tableText, writePlaces } from "./places.ts";
import LISTED from "./mutation/equivalent.json" with { type: "json" };

/** Those that decide what everything else relies on, and whose tests take next to no time. */
const ROOMS: readonly string[] = ["src/saml", "src/aws", "src/profiles", "src/delivery"];

/** The share of mutants that must be killed. */
const LEAST_KILLED = 0.92;

/** How many tests run at once. */
const AT_ONCE = 2;

/** A mutant without its line's number, which changes too often. */
interface Equivalent {
  readonly path: string;
  readonly from: string;
  readonly to: string;
  /** Why nobody can see the difference. */
  readonly reason: string;
}

const EQUIVALENT: readonly Equivalent[] = LISTED;

/** What became of a folder's or a file's mutants. */
interface Outcome {
  readonly scope: string;
  readonly mutants: readonly Mutant[];
  readonly survivors: readonly Mutant[];
}

Deno.chdir(fileURLToPath(new URL("..", import.meta.url)));
const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { sample: { type: "string" }, seed: { type: "string" }, write: { type: "boolean" } },
});
if (values.write && values.sample !== undefined) {
  console.error("Cannot use --write with --sample: docs/security.md has the counts of all mutants");
  Deno.exit(2);
}
const sample = values.sample === undefined ? Infinity : Number(values.sample);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const scopes = positionals.length === 0
  ? ROOMS
  : positionals.map((each) => each.replace(/\/$/, ""));
const folder = await Deno.makeTempDir({ prefix: "stssamldriver-mutation-" });
Deno.addSignalListener("SIGINT", () => {
  Deno.removeSync(folder, { recursive: true });
  Deno.exit(130);
});
let good = false;
try {
  const { sources, mutants } = await instrument(scopes.flatMap(sourcesIn));
  await copyProject(sources);
  const picked = scopes.map((scope) => ({
    scope,
    mutants: pick(mutants.filter(({ path }) => isIn(scope)(path))),
  }));
  const alive = await survivorsOf(picked.flatMap((each) => each.mutants));
  good = report(picked.map(({ scope, mutants }) => ({
    scope,
    mutants,
    survivors: mutants.filter((mutant) => alive.has(mutant)),
  })));
} finally {
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(good ? 0 : 1);

function sourcesIn(scope: string): readonly SourceText[] {
  if (scope.endsWith(".ts")) return [{ path: scope, text: Deno.readTextFileSync(scope) }];
  return [...Deno.readDirSync(scope)].map(({ name }) => name).toSorted()
    .flatMap((name) => sourcesIn(`${scope}/${name}`));
}

function isIn(scope: string): (path: string) => boolean {
  return (path) => path === scope || path.startsWith(`${scope}/`);
}

/** Some of them, or all: by hashes, so that what is changed elsewhere leaves the choice as it is. */
function pick(mutants: readonly Mutant[]): readonly Mutant[] {
  const hash = ({ path, from, to }: Mutant) =>
    createHash("sha256").update(`${seed} ${path} ${from} ${to}`).digest("hex");
  return mutants
    .map((mutant) => ({ mutant, hash: hash(mutant) }))
    .toSorted((a, b) => a.hash < b.hash ? -1 : 1)
    .slice(0, sample)
    .map(({ mutant }) => mutant);
}

/** Makes the folder a copy of the project, with those sources. */
async function copyProject(sources: readonly SourceText[]): Promise<void> {
  const listed = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
  }).output();
  for (const path of new TextDecoder().decode(listed.stdout).split("\0").filter(Boolean)) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.copyFile(path, join(folder, path));
  }
  for (const { path, text } of sources) await Deno.writeTextFile(join(folder, path), text);
}

/** Tries mutants on one test file after another. */
async function survivorsOf(mutants: readonly Mutant[]): Promise<ReadonlySet<Mutant>> {
  const alive = new Set(mutants);
  const byId = new Map(mutants.map((mutant) => [mutant.id, mutant]));
  const left = [...reachOf([...new Set(mutants.map(({ path }) => path))])];
  const total = left.length;
  const common = await environment();
  const share = async (index: number) => {
    const env = { ...common, TEST_SHARE: String(index) };
    for (let reach = left.shift(); reach !== undefined; reach = left.shift()) {
      const { test, sources } = reach;
      const ids = [...alive]
        .filter(({ path }) => sources.includes(path))
        .map(({ id }) => id);
      const killed = await killedBy({ test, ids }, { folder, env }).catch((error: Error) => {
        console.error(`Left out: ${error.message}`);
        return [];
      });
      for (const id of killed) {
        const mutant = byId.get(id);
        if (mutant !== undefined) alive.delete(mutant);
      }
      console.error(
        `${total - left.length} of ${total}: ${test}: ${alive.size} of ${mutants.length} survive`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => share(index)));
  return alive;
}

/** A home of their own, since who knows what a broken program does, and what Deno makes of their sources. */
async function environment(): Promise<Readonly<Record<string, string>>> {
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(info.stdout));
  const [home, cache] = [`${folder}/home`, `${folder}/deno`];
  for (const each of [home, cache]) await Deno.mkdir(each);
  await Deno.symlink(npmCache, `${cache}/npm`);
  return { HOME: home, DENO_DIR: cache };
}

/** Prints what survived and the counts, and says whether it is good enough. */
function report(outcomes: readonly Outcome[]): boolean {
  const survivors = outcomes.flatMap((each) => each.survivors);
  const unlisted = survivors
    .filter((each) => !isListed(each))
    .toSorted((a, b) => a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1);
  for (const { path, line, from, to } of unlisted) {
    console.log(`${path}:${line}: survives\n  - ${from}\n  + ${to}`);
  }
  const stale = sample < Infinity
    ? []
    : EQUIVALENT.filter((listed) =>
      scopes.some((scope) => isIn(scope)(listed.path)) &&
      !survivors.some((each) => isSame(each, listed))
    );
  for (const { path, from, to } of stale) {
    console.log(`${path}: listed, but killed or no longer made\n  - ${from}\n  + ${to}`);
  }
  const counts = tableOf(outcomes);
  console.log(tableText(counts));
  if (sample < Infinity) console.log(`Picked by --seed ${seed}`);
  if (values.write) writePlaces(PROOF, { mutation: mergedTable(counts, ROOMS.map(nameOf)) });
  const enough = outcomes.every((each) =>
    each.survivors.length <= each.mutants.length * (1 - LEAST_KILLED)
  );
  return enough && unlisted.length === 0 && stale.length === 0;
}

function isListed(mutant: Mutant): boolean {
  return EQUIVALENT.some((each) => isSame(mutant, each));
}

function isSame(mutant: Mutant, other: Equivalent): boolean {
  return mutant.path === other.path && mutant.from === other.from && mutant.to === other.to;
}

function tableOf(outcomes: readonly Outcome[]): Table {
  const rows = outcomes.map(({ scope, mutants, survivors }) => {
    const killed = mutants.length - survivors.length;
    const equivalent = survivors.filter(isListed).length;
    const share = `${(100 * killed / mutants.length).toFixed(1)} %`;
    const survive = survivors.length - equivalent;
    return [nameOf(scope), mutants.length, killed, share, equivalent, survive];
  });
  const head = ["sources", "mutants", "killed", "of all", "equivalent", "survive"];
  return { head, rows, numbers: true };
}

function nameOf(scope: string): string {
  return `\`${scope}\``;
}
