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

import { pathToFileURL } from "node:url";

/** How a line begins that says something: a {@link Said} as JSON. */
export const SAYS = "mutation: ";

/** What is to be done. */
export interface Order {
  readonly ids: readonly string[];
  /** Whether the mutant, the only one, is on while the sources are loaded. */
  readonly whileLoading: boolean;
}

/** What happens. A mutant that is begun and not killed before the next thing is said has survived. */
export type Said =
  /** The tests pass without a mutant and take so long; those mutants are of code that runs while loading. */
  | { readonly what: "ready"; readonly tookMs: number; readonly loading: readonly string[] }
  /** A test fails without a mutant. */
  | { readonly what: "broken"; readonly test: string; readonly error: string }
  | { readonly what: "begun"; readonly id: string }
  | { readonly what: "killed"; readonly id: string }
  /** A mutant has left something behind, so that the tests fail without one: a new process is needed. */
  | { readonly what: "spoiled" }
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

const tests: Test[] = [];
const stryker: Switch = {
  activeMutant: NONE,
  hitCount: 0,
  hitLimit: Infinity,
  mutantCoverage: { static: {}, perTest: {} },
};
let stray: unknown;

if (import.meta.main) {
  const order: Order = JSON.parse(await new Response(Deno.stdin.readable).text());
  Object.assign(globalThis, { __stryker__: stryker });
  Object.assign(Deno, { test: Object.assign(collect, { ignore() {} }) });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    stray = event.reason ?? "nothing";
  });
  const tested = pathToFileURL(Deno.args[0] ?? "").href;
  await (order.whileLoading ? killWhileLoading(tested, order.ids) : killAll(tested, order.ids));
  say({ what: "done" });
  // Whatever a mutant has left open.
  Deno.exit(0);
}

async function killWhileLoading(file: string, [id = NONE]: readonly string[]): Promise<void> {
  begin(id, Infinity);
  const failed = await import(file).then(() => failsAny(tests), () => true);
  if (failed) say({ what: "killed", id });
}

async function killAll(file: string, ids: readonly string[]): Promise<void> {
  await import(file);
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
  const tookMs = tests.reduce((sum, test) => sum + test.tookMs, 0);
  say({ what: "ready", tookMs, loading: ids.filter((id) => loading.has(id)) });
  let fresh = true;
  for (const id of ids) {
    const reaching = tests
      .map((test, index) => ({ test, hits: perTest[`test ${index}`]?.[id] ?? 0 }))
      .filter(({ hits }) => hits > 0)
      .toSorted((a, b) => a.test.tookMs - b.test.tookMs);
    if (loading.has(id) || reaching.length === 0) continue;
    begin(id, HITS + HITS_TIMES * Math.max(...reaching.map(({ hits }) => hits)));
    const failing = await failsAny(reaching.map(({ test }) => test));
    begin(NONE, Infinity);
    const spoiled = failing !== undefined && await failureOf(failing) !== undefined;
    // Only of a process in which no other mutant was before it is it certain which one the test failed for.
    if (failing !== undefined && (fresh || !spoiled)) say({ what: "killed", id });
    if (spoiled) return say({ what: "spoiled" });
    fresh = false;
  }
}

function begin(id: string, hitLimit: number): void {
  Object.assign(stryker, { activeMutant: id, currentTestId: "of a mutant", hitCount: 0, hitLimit });
  // For processes of this program that a test starts.
  Deno.env.set("__STRYKER_ACTIVE_MUTANT__", id);
  if (id !== NONE) say({ what: "begun", id });
}

async function failsAny(some: readonly Test[]): Promise<Test | undefined> {
  for (const test of some) {
    stryker.hitCount = 0;
    if (await failureOf(test) !== undefined) return test;
  }
  return undefined;
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

/** Deno.test, in the two forms that the tests use. */
function collect(definition: string | Deno.TestDefinition, fn?: TestFunction): void {
  if (typeof definition === "string") {
    tests.push({ name: definition, fn: fn ?? (() => {}), tookMs: 0 });
  } else if (!definition.ignore) {
    tests.push({ name: definition.name, fn: definition.fn, tookMs: 0 });
  }
}

function say(said: Said): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`\n${SAYS}${JSON.stringify(said)}\n`));
}
