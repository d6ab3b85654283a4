import assert from "node:assert/strict";
import { readBounded } from "../src/bounded_body.ts";
import { Deadline, mapAtMost, pause, unlessAborted } from "../src/wait.ts";

Deno.test("pause: ends by itself, or at once with the reason of a signal", async () => {
  await pause(1);
  const { signal } = new AbortController();
  await pause(1, signal);
  const later = new AbortController();
  const waiting = pause(600_000, later.signal);
  later.abort("over");
  await assert.rejects(waiting, (reason) => reason === "over");
  assert.throws(() => pause(1, AbortSignal.abort(new Error("before"))), /before/);
});

Deno.test("unlessAborted: the result, or the signal's reason, whichever comes first", async () => {
  const leaving = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(1), leaving.signal), 1);
  await assert.rejects(unlessAborted(Promise.reject(new Error("bad")), leaving.signal), /bad/);
  const hanging = unlessAborted(new Promise(() => {}), leaving.signal);
  leaving.abort("left");
  await assert.rejects(hanging, (reason) => reason === "left");
  await assert.rejects(
    unlessAborted(Promise.resolve(1), leaving.signal),
    (reason) => reason === "left",
  );
});

Deno.test("Deadline: tells its own end from another's, and leaves no clock behind", async () => {
  using short = new Deadline(1);
  await assert.rejects(pause(600_000, short.signal));
  assert.ok(short.passed);
  const other = new AbortController();
  using long = new Deadline(600_000, other.signal);
  other.abort();
  assert.deepEqual([long.signal.aborted, long.passed], [true, false]);
});

Deno.test("readBounded: the whole body, up to its bound, and none of an absent one", async () => {
  const body = () => new Response("ab".repeat(5)).body;
  const read = async (maxBytes: number, signal = new AbortController().signal) =>
    new TextDecoder().decode(await readBounded(body(), { maxBytes, signal }));
  assert.equal(await read(10), "ababababab");
  await assert.rejects(read(9), /too long/);
  await assert.rejects(read(10, AbortSignal.abort(new Error("late"))), /late/);
  const nothing = await readBounded(null, { maxBytes: 1, signal: new AbortController().signal });
  assert.equal(nothing.byteLength, 0);
});

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
