/** The server: who draws, who is served, and what goes on when callers go. */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { refusedBy } from "../support/orders.ts";
import { Scene, type SceneOptions } from "../support/sharing_scene.ts";
import { UserError } from "../../src/errors.ts";
import { readMeeting } from "../../src/sharing/meeting.ts";

const [DEV, OPS, QA] = ["111122223333/Dev", "111122223333/Ops", "444455556666/Qa"] as const;

const onStage = (body: (scene: Scene) => Promise<void>, options: SceneOptions = {}) => async () => {
  await using scene = new Scene(options);
  await scene.serve();
  await body(scene);
};

Deno.test(
  "server: the oldest caller draws the sign-in, the others are told for whom it is",
  onStage(async (scene) => {
    const first = await scene.order(DEV);
    await first.answer("draw");
    await scene.isOpened(1);
    const second = await scene.order(undefined);
    assert.match((await second.answer("wait")).title, /role\/Dev$/);
    const { state } = await second.answer("state");
    assert.deepEqual(state.map(({ kind }) => kind), ["listening", "browser-opened"]);
    assert.ok(!second.kinds().includes("event"), "events are for whoever draws");
    await eventually("the browser", () => first.kinds().includes("event") || undefined);
  }),
);

Deno.test(
  "server: when the one who draws is killed, the next one draws",
  onStage(async (scene) => {
    const first = await scene.order(DEV);
    await first.answer("draw");
    const second = await scene.order(OPS);
    await second.answer("wait");
    const third = await scene.order(OPS);
    await third.answer("wait");
    first.lines.close();
    await second.answer("draw");
    second.lines.close();
    await third.answer("draw");
    // The orders of those who were killed stay.
    await scene.post(DEV, OPS);
    await third.answer("kept");
    assert.deepEqual(scene.exchanged.toSorted(), ["Dev", "Ops"]);
    assert.equal(scene.sessions.size, 2);
  }),
);

Deno.test(
  "server: one leaves and the sign-in goes on, the last one takes it along",
  onStage(async (scene) => {
    const first = await scene.order(DEV);
    const second = await scene.order(OPS);
    await second.answer("wait");
    first.lines.write({ kind: "leave" });
    await second.answer("draw");
    await scene.post(DEV, OPS, QA).then(({ status }) => assert.equal(status, 200));
    await second.answer("kept");
    assert.deepEqual(scene.exchanged, ["Ops"], "who left is not served");
    const last = await scene.order(QA, { durationSeconds: 900 });
    await last.answer("draw");
    last.lines.write({ kind: "leave" });
    await last.closed;
    await scene.isOver();
  }),
);

Deno.test(
  "server: the last one who lives takes the sign-in along, whoever was killed before",
  onStage(async (scene) => {
    const killed = await scene.order(DEV);
    const lives = await scene.order(DEV);
    await lives.answer("wait");
    killed.lines.close();
    await lives.answer("draw");
    lives.lines.write({ kind: "leave" });
    await scene.isOver();
    assert.deepEqual(scene.exchanged, []);
  }),
);

Deno.test(
  "server: for one that was killed it goes on as long as that one would have waited",
  onStage(async (scene) => {
    const killed = await scene.order(DEV, { timeoutMs: 700 });
    const longer = await scene.order(OPS, { timeoutMs: 600_000 });
    await longer.answer("wait");
    killed.lines.close();
    await longer.answer("draw");
    longer.lines.write({ kind: "leave" });
    await scene.isOver();
    await scene.serve();
    const alone = await scene.order(DEV, { timeoutMs: 700 });
    await alone.answer("draw");
    alone.lines.close();
    const start = performance.now();
    await scene.isOver();
    assert.ok(performance.now() - start > 300, "not at once");
    assert.deepEqual(scene.exchanged, []);
  }),
);

Deno.test(
  "server: no second sign-in is begun for one that was killed",
  onStage(async (scene) => {
    const killed = await scene.order(QA);
    const lives = await scene.order(DEV);
    await lives.answer("wait");
    killed.lines.close();
    await lives.answer("draw");
    await scene.post(DEV);
    await lives.answer("kept");
    await scene.isOver();
    assert.equal(scene.opened.length, 1);
  }),
);

Deno.test(
  "server: who wants what the assertion does not offer sees a second sign-in from its beginning",
  onStage(async (scene) => {
    const first = await scene.order(DEV);
    await first.answer("draw");
    const second = await scene.order(QA);
    await second.answer("wait");
    await scene.post(DEV);
    await first.answer("kept");
    await scene.isOpened(2);
    await second.answer("draw");
    await scene.post(QA);
    await second.answer("kept");
  }),
);

// It was told the URL of the sign-in before, which led nowhere.
Deno.test(
  "server: a latecomer is served without a tab, and told nothing of the sign-in before",
  onStage(async (scene) => {
    const first = await scene.order(DEV);
    await first.answer("draw");
    await scene.post(DEV, OPS);
    await first.answer("kept");
    const late = await scene.order(OPS);
    await late.answer("kept");
    assert.equal(scene.opened.length, 1);
    const { state } = await late.answer("state");
    assert.ok(!state.some(({ kind }) => kind === "listening"), "an earlier story");
    const other = await scene.order(QA);
    await scene.isOpened(2);
    assert.deepEqual((await other.answer("state")).state, []);
  }, { lingerMs: 2000 }),
);

Deno.test(
  "server: what is in the cache is not signed in for",
  onStage(async (scene) => {
    const first = await scene.order(DEV);
    await first.answer("draw");
    await scene.post(DEV);
    await first.answer("kept");
    const again = await scene.order(DEV);
    await again.answer("kept");
    assert.deepEqual(scene.exchanged, ["Dev"]);
  }),
);

Deno.test(
  "server: a refusal is told to who wants the same, also a little later, and to nobody else",
  onStage(async (scene) => {
    const refused = await scene.order(DEV);
    const other = await scene.order(QA);
    await other.answer("wait");
    await scene.post(DEV, OPS);
    assert.equal((await refused.answer("failed")).error.code, "sts-AccessDenied");
    const late = await scene.order(DEV);
    assert.equal((await late.answer("failed")).error.code, "sts-AccessDenied");
    await scene.isOpened(2);
    assert.ok(!other.kinds().includes("failed"));
    assert.deepEqual(scene.exchanged, ["Dev"]);
    const region = await scene.order(DEV, { durationSeconds: 900 });
    await region.answer("wait");
    assert.ok(!region.kinds().includes("failed"), "settings that differ");
  }, {
    sts: ({ role }) => {
      if (role.name === "Dev") throw refusedBy("AccessDenied");
    },
  }),
);

Deno.test(
  "server: what ends the sign-in is told to all who wait",
  onStage(async (scene) => {
    const callers = [await scene.order(undefined), await scene.order(undefined)];
    await callers[1]?.answer("wait");
    const tab = await scene.pick(DEV, OPS);
    await tab.cancel();
    for (const caller of callers) {
      assert.equal((await caller.answer("failed")).error.code, "cancelled");
    }
    await scene.isOver();
  }),
);

Deno.test(
  "server: a fault is told as one, and the server goes on",
  onStage(async (scene) => {
    const first = await scene.order(DEV);
    await first.answer("draw");
    await scene.post(DEV);
    const { error } = await first.answer("failed");
    assert.deepEqual([error.code, error.exitCode], ["fault", 1]);
    assert.match(error.message, /a bug$/);
    await scene.isOver();
  }, {
    sts: () => {
      throw new Error("a bug");
    },
  }),
);

Deno.test(
  "server: an order that cannot be understood fails alone",
  onStage(async (scene) => {
    const good = await scene.order(DEV);
    await good.answer("draw");
    const bad = await scene.order("nonsense");
    assert.equal((await bad.answer("failed")).error.code, "option-malformed");
    assert.ok(!good.kinds().includes("failed"));
  }),
);

Deno.test(
  "server: with nobody to pick but one that was killed, its page is not open for ever",
  onStage(async (scene) => {
    const killed = await scene.order(undefined, { timeoutMs: 500 });
    await killed.answer("draw");
    killed.lines.close();
    await scene.pick(DEV, OPS);
    const named = await scene.order(DEV);
    await named.answer("kept");
    await scene.isOver();
  }),
);

Deno.test(
  "server: a second one for the same meeting leaves it to the first",
  onStage(async (scene) => {
    const before = readMeeting(scene.path);
    await scene.serveHere();
    assert.deepEqual(readMeeting(scene.path), before);
    const caller = await scene.order(DEV);
    await caller.answer("draw");
  }),
);

Deno.test(
  "server: connections that prove nothing stop nobody",
  onStage(async (scene) => {
    const port = readMeeting(scene.path)?.port ?? 0;
    const strangers = await Promise.all(
      Array.from({ length: 150 }, () => Deno.connect({ hostname: "127.0.0.1", port })),
    );
    try {
      for (const [index, stranger] of strangers.entries()) {
        const text = ["", "GET / HTTP/1.1\r\n\r\n", `{"kind":"order","flags":{}}\n`][index % 3];
        await stranger.write(new TextEncoder().encode(text)).catch(() => {});
      }
      const caller = await scene.order(DEV);
      await caller.answer("draw");
      await scene.isOpened(1);
    } finally {
      for (const stranger of strangers) stranger.close();
    }
  }),
);

Deno.test("server: where the meeting cannot be written there is none", async () => {
  await using scene = new Scene();
  await assert.rejects(scene.serveHere(), UserError);
});
