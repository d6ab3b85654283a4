import assert from "node:assert/strict";
import { discardRest } from "../src/bounded_body.ts";

const LIMITS = { maxBytes: 3000, maxMs: 20 };

/** A body that has so many chunks of 1000 bytes, and then no end. */
function endless(chunks: number) {
  const seen = { pulls: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (++seen.pulls > chunks) await new Promise(() => {});
      controller.enqueue(new Uint8Array(1000));
    },
    cancel: () => void (seen.cancelled = true),
  }, { highWaterMark: 0 });
  return { body, seen };
}

Deno.test("discardRest: what is left is read to its end", async () => {
  const parts = ["a", "b"].map((text) => new TextEncoder().encode(text));
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = parts.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(next);
    },
  });
  await discardRest(body, LIMITS);
  assert.deepEqual(parts, []);
});

for (const [name, chunks, pulls] of [["too long", Infinity, 3], ["too slow", 1, 2]] as const) {
  Deno.test(`discardRest: what is ${name} is given up`, async () => {
    const { body, seen } = endless(chunks);
    await discardRest(body, LIMITS);
    assert.deepEqual(seen, { pulls, cancelled: true });
  });
}
