/**
 * The runner of mutants, on sources that are instrumented by hand: what is killed, and that one mutant leaves
 * nothing to the next.
 *
 * @module
 */

import assert from "node:assert/strict";
import { killedBy } from "../../scripts/mutation/killing.ts";
import { inFolder } from "../system/files.ts";

const WORKER = new URL("../../scripts/mutation/worker.ts", import.meta.url);

/** What StrykerJS's instrumenter puts before a source, in short. */
const SWITCH = `
  const ns = globalThis.__stryker__;
  function on(id) {
    const { perTest, static: loading } = ns.mutantCoverage;
    const hits = ns.currentTestId ? perTest[ns.currentTestId] ??= {} : loading;
    hits[id] = (hits[id] ?? 0) + 1;
    if (ns.activeMutant !== id) return false;
    if (ns.hitCount !== undefined && ++ns.hitCount > ns.hitLimit) throw new Error("too often");
    return true;
  }
`;

const SOURCE = `${SWITCH}
  const ONE = on("loading") ? 2 : on("loading in vain") ? 1 + 0 : 1;
  let broken = false;
  export const one = () => on("value") ? 2 : ONE;
  export const same = () => on("equivalent") ? 0 + 0 : 0;
  export const unused = () => on("not reached") ? 1 : 0;
  export function count() {
    let sum = 0;
    for (let left = 3; left > 0; on("endless") ? 0 : left--) sum++;
    return sum;
  }
  export function spoil() {
    if (on("spoils")) broken = true;
    if (on("kills after it") || broken) throw new Error("broken");
  }
  export const leave = () => on("leaves") ? Deno.exit(0) : undefined;
`;

const TESTS = `
  import * as source from "./source.ts";
  import assert from "node:assert/strict";
  Deno.test("one", () => assert.equal(source.one(), 1));
  Deno.test({ name: "others", fn: async (t) => {
    await t.step("same", () => assert.equal(source.same(), 0));
    await t.step("count", () => assert.equal(source.count(), 3));
  } });
  Deno.test({ name: "ignored", ignore: true, fn: () => assert.fail() });
  Deno.test("ignored as well", { ignore: true }, () => assert.fail());
  Deno.test("spoil", { ignore: false }, () => source.spoil());
  Deno.test("leave", () => source.leave());
`;

const FATES: readonly (readonly [id: string, killed: boolean])[] = [
  ["value", true],
  ["equivalent", false],
  ["not reached", false],
  ["endless", true],
  ["loading", true],
  ["loading in vain", false],
  ["spoils", true],
  ["kills after it", true],
  ["leaves", true],
];

/** Tries all of them on these tests. */
async function killed(tests: string): Promise<readonly string[]> {
  let ids: readonly string[] = [];
  await inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/scripts/mutation`, { recursive: true });
    Deno.copyFileSync(WORKER, `${folder}/scripts/mutation/worker.ts`);
    Deno.writeTextFileSync(`${folder}/source.ts`, SOURCE);
    Deno.writeTextFileSync(`${folder}/source.test.ts`, tests);
    ids = await killedBy({ test: "source.test.ts", ids: FATES.map(([id]) => id) }, {
      folder,
      env: { DENO_DIR: `${folder}/deno` },
    });
  });
  return ids;
}

Deno.test("killedBy: the mutants that make a test fail, or end or keep its process", async () => {
  const expected = FATES.filter(([, isKilled]) => isKilled).map(([id]) => id);
  assert.deepEqual((await killed(TESTS)).toSorted(), expected.toSorted());
});

Deno.test("killedBy: tests that fail by themselves prove nothing", async () => {
  await assert.rejects(
    killed(`${TESTS}\nDeno.test("bad", () => { throw new Error("so it is"); });`),
    /source\.test\.ts fails without mutants: "bad": .*so it is/,
  );
});
