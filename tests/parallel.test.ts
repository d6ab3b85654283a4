import assert from "node:assert/strict";
import { mapAtMost } from "../src/parallel.ts";

Deno.test("mapAtMost: results are in the order of the items, however long each takes", async () => {
  const waits = [5, 1, 3, 0, 2];
  const done: number[] = [];
  const results = await mapAtMost(2, waits, async (ms) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    done.push(ms);
    return ms * 10;
  });
  assert.deepEqual(results, [50, 10, 30, 0, 20]);
  assert.notDeepEqual(done, waits);
});

Deno.test("mapAtMost: never more at once, and as many as may be", async () => {
  for (const [most, count, wanted] of [[8, 40, 8], [8, 3, 3], [1, 5, 1], [8, 0, 0]] as const) {
    let running = 0;
    let highest = 0;
    await mapAtMost(most, Array.from({ length: count }), async () => {
      highest = Math.max(highest, ++running);
      await Promise.resolve();
      running--;
    });
    assert.equal(highest, wanted);
  }
});

Deno.test("mapAtMost: undefined is a result too", async () => {
  assert.deepEqual(await mapAtMost(2, [1, 2], () => Promise.resolve(undefined)), [
    undefined,
    undefined,
  ]);
});

Deno.test("mapAtMost: the first rejection is the whole's", async () => {
  const error = new Error("second");
  await assert.rejects(
    mapAtMost(2, [1, 2, 3], (item) => item === 2 ? Promise.reject(error) : Promise.resolve(item)),
    error,
  );
});
