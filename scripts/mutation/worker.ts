/**
 * Runs the tests of one file against mutants, in a copy of the project whose sources are instrumented: each
 * mutant against the tests that reach it, until one fails. All in one process, which is what makes it fast.
 *
 *   deno run worker.ts TEST_FILE < ORDER
 *
 * What happens it says in lines on stdout that begin with {@link SAYS}; tests may print others.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** How a line begins that says something: a {@link Said} as JSON. */
export const SAYS = "mutation: ";

/** What is to be done. */
export interface Order {
  readonly ids: readonly string[];
}

/** What happens. A mutant that is begun and not killed before the next thing is said has survived. */
export type Said =
  /** The tests pass without a mutant, and take so long. */
  | { readonly what: "ready"; readonly tookMs: number }
  /** A test fails without a mutant. */
  | { readonly what: "broken"; readonly test: string; readonly error: string }
  | { readonly what: "begun"; readonly id: string }
  | { readonly what: "killed"; readonly id: string }
  /** A mutant has left something behind, so that the tests fail without one: a new process is needed. */
  | { readonly what: "spoiled" }
  /** So much is loaded that the rest is better done in a new process. */
  | { readonly what: "full" }
  | { readonly what: "done" };

/** What the instrumented sources look at, by the names that StrykerJS gave it. */
interface Switch {
  activeMutant: string;
  currentTestId?: string | undefined;
  hitCount: number;
  hitLimit: number;
  readonly mutantCoverage: {
    readonly static: Readonly<Record<string, number>>;
    readonly perTest: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
}

type TestFunction = (context: Deno.TestContext) => void | Promise<void>;

interface Test {
  readonly name: string;
  readonly fn: TestFunction;
  tookMs: number;
}

const NONE = "none";

/** How often a mutant may run, and how many times as often as the unchanged code: more is an endless loop. */
const HITS = 1000;
const HITS_TIMES = 100;

/** How long the tests of a file may take for one mutant, milliseconds; the quickest one runs in any case. */
const TESTS_MS = 10_000;

/** How often the sources may be loaded in one process: what is loaded stays. */
const LOADS = 200;

const stryker: Switch = {
  activeMutant: NONE,
  hitCount: 0,
  hitLimit: Infinity,
  mutantCoverage: { static: {}, perTest: {} },
};
let collected: Test[] = [];
let stray: unknown;

if (import.meta.main) {
  const { ids }: Order = JSON.parse(await new Response(Deno.stdin.readable).text());
  Object.assign(globalThis, { __stryker__: stryker });
  Object.assign(Deno, { test: Object.assign(collect, { ignore() {} }) });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    stray = event.reason ?? "nothing";
  });
  await kill(ids, Deno.args[0] ?? "");
  // Whatever a mutant has left open.
  Deno.exit(0);
}

async function kill(ids: readonly string[], file: string): Promise<void> {
  const tests = await load(file);
  const loading = new Set(Object.keys(stryker.mutantCoverage.static));
  for (const [index, test] of tests.entries()) {
    stryker.currentTestId = `test ${index}`;
    const start = performance.now();
    const failure = await failureOf(test);
    if (failure !== undefined) {
      return say({ what: "broken", test: test.name, error: Deno.inspect(failure) });
    }
    test.tookMs = performance.now() - start;
  }
  const { perTest } = stryker.mutantCoverage;
  say({ what: "ready", tookMs: tests.reduce((sum, test) => sum + test.tookMs, 0) });
  const hitsOf = (index: number, id: string) => perTest[`test ${index}`]?.[id] ?? 0;
  // The quickest first; those that pass only once in a process tell nothing.
  let usable = await passing(tests);
  if (ids.some((id) => loading.has(id))) {
    using another = anotherPath(file);
    const passingThere = await passing(await load(another.path));
    usable = usable.filter((index) => passingThere.includes(index));
  }
  usable.sort((a, b) => (tests[a]?.tookMs ?? 0) - (tests[b]?.tookMs ?? 0));
  let loads = 0;
  let fresh = true;
  for (const id of ids) {
    const afresh = loading.has(id);
    let sumMs = 0;
    const reaching = usable.filter((index) => afresh || hitsOf(index, id) > 0)
      .filter((index, nth) => (sumMs += tests[index]?.tookMs ?? 0) <= TESTS_MS || nth === 0);
    if (reaching.length === 0) continue;
    const most = Math.max(...reaching.map((index) => hitsOf(index, id)));
    begin(id, afresh ? HITS * HITS_TIMES : HITS + HITS_TIMES * most);
    using another = afresh ? anotherPath(file) : undefined;
    // Where the mutant keeps it from being loaded, no test passes.
    const mutated = another ? await load(another.path).catch(() => []) : tests;
    const failing = await firstFailing(mutated, reaching);
    begin(NONE, Infinity);
    const unchanged = failing === undefined ? undefined : tests[failing];
    const spoiled = unchanged !== undefined && await failureOf(unchanged) !== undefined;
    // Only of a process in which no other mutant was before it is it certain which one the test failed for.
    if (failing !== undefined && (fresh || !spoiled)) say({ what: "killed", id });
    if (spoiled) return say({ what: "spoiled" });
    fresh = false;
    if (afresh && ++loads === LOADS) return say({ what: "full" });
  }
  say({ what: "done" });
}

async function firstFailing(
  tests: readonly Test[],
  indexes: readonly number[],
): Promise<number | undefined> {
  for (const index of indexes) {
    stryker.hitCount = 0;
    const test = tests[index];
    if (test === undefined || await failureOf(test) !== undefined) return index;
  }
  return undefined;
}

/** The indexes of those that pass now. */
async function passing(tests: readonly Test[]): Promise<number[]> {
  const indexes: number[] = [];
  for (const [index, test] of tests.entries()) {
    stryker.currentTestId = "again";
    if (await failureOf(test) === undefined) indexes.push(index);
  }
  return indexes;
}

/** Loads the tests, and whatever they import that is not loaded yet. */
async function load(file: string): Promise<readonly Test[]> {
  collected = [];
  await import(pathToFileURL(file).href);
  return collected;
}

/** Another path to a file of the copy: under it all that is imported is loaded again. */
function anotherPath(file: string): Disposable & { readonly path: string } {
  const link = `again-${crypto.randomUUID()}`;
  Deno.symlinkSync(Deno.cwd(), link);
  return {
    path: `${link}/${file}`,
    [Symbol.dispose]: () => {
      Deno.removeSync(link);
      const transpiled = `${Deno.env.get("DENO_DIR")}/gen/file${Deno.cwd()}/${link}`;
      if (existsSync(transpiled)) Deno.removeSync(transpiled, { recursive: true });
    },
  };
}

function begin(id: string, hitLimit: number): void {
  Object.assign(stryker, { activeMutant: id, currentTestId: "of a mutant", hitCount: 0, hitLimit });
  // For processes of this program that a test starts.
  Deno.env.set("__STRYKER_ACTIVE_MUTANT__", id);
  if (id !== NONE) say({ what: "begun", id });
}

async function failureOf({ name, fn }: Test): Promise<unknown> {
  stray = undefined;
  try {
    await fn(contextOf(name));
  } catch (error) {
    return error ?? "nothing";
  }
  return stray;
}

function contextOf(name: string): Deno.TestContext {
  const step: Deno.TestContext["step"] = async (
    definition: string | Deno.TestStepDefinition | TestFunction,
    fn?: TestFunction,
  ) => {
    const { ignore = false, ...test } = typeof definition === "object"
      ? definition
      : typeof definition === "string"
      ? { name: definition, fn: fn ?? (() => {}) }
      : { name: definition.name, fn: definition };
    if (!ignore) await test.fn(contextOf(test.name));
    return !ignore;
  };
  const assertSnapshot = () => Promise.reject(new Error("There are no snapshots here"));
  return { name, origin: import.meta.url, step, assertSnapshot };
}

/** Deno.test, in the forms that the tests use: with a name, a name and options, or a definition. */
function collect(
  given: string | Deno.TestDefinition,
  second?: TestFunction | Partial<Deno.TestDefinition>,
  third?: TestFunction,
): void {
  const definition = typeof given === "string"
    ? { name: given, ...typeof second === "function" ? { fn: second } : { ...second, fn: third } }
    : given;
  const { name, fn, ignore = false } = definition;
  if (!ignore && fn !== undefined) collected.push({ name, fn, tookMs: 0 });
}

function say(said: Said): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`\n${SAYS}${JSON.stringify(said)}\n`));
}
