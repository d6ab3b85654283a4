import assert from "node:assert/strict";
import { entryName } from "../../src/credentials/cache.ts";
import { Flight } from "../../src/credentials/flight.ts";
import type { Wish } from "../../src/credentials/wish.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import { eventually } from "../support/eventually.ts";
import { NOON } from "../support/fakes.ts";

const WINDOWS = Deno.build.os === "windows";

/** A flight in a folder of its own, on a clock that the test moves. */
async function inFolder(
  body: (flight: Flight, at: { readonly folder: string; now: number }) => Promise<void> | void,
): Promise<void> {
  const temporary = await Deno.makeTempDir({ prefix: "stssamldriver-flight-" });
  const at = { folder: `${temporary}/cache/flights/f`, now: NOON };
  try {
    await body(new Flight(at.folder, () => at.now), at);
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

const SETTINGS = await entryName({ role: "a" });
const wishOf = (id: string, more: Partial<Wish> = {}): Wish => ({
  ...{ id, since: NOON, title: `role ${id}`, settings: SETTINGS, flags: { "role-arn": [id] } },
  ...more,
});
const ids = (flight: Flight) => flight.wishes().map(({ id }) => id);
const refused = new UserError("sts-refused", "STS refused", {
  exitCode: ExitCode.REFUSED,
  hint: "Ask somebody",
});
const put = (path: string, value: unknown, mode = 0o600) =>
  Deno.writeTextFileSync(path, typeof value === "string" ? value : JSON.stringify(value), { mode });
const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();

/** As the process that signs in does. */
async function began(flight: Flight) {
  const lock = await flight.queue().within(1000);
  assert.ok(lock);
  flight.begin();
  return lock;
}

/** As the death of a process leaves it: the lock is free, and its note still there. */
async function dies(flight: Flight, pid: number, folder: string) {
  using _lock = await began(flight);
  put(`${folder}/signing-in.json`, { pid });
}

Deno.test("Flight: wishes are there until they are withdrawn, the oldest first", () =>
  inFolder((flight, { folder }) => {
    assert.deepEqual(flight.wishes(), [], "no folder, no wishes");
    const wishes = [["c", 1], ["a", 3], ["b", 2]] as const;
    // One that was left sooner by a caller who came later.
    for (const [id, age] of wishes) flight.add(wishOf(id, { since: NOON - age * 1000 }));
    assert.deepEqual(ids(flight), ["a", "b", "c"]);
    const b = wishOf("b", { since: NOON - 2000 });
    assert.deepEqual(flight.wishes()[1], b);
    assert.equal(flight.isWaiting(b), true);
    flight.withdraw(b);
    flight.withdraw(b);
    assert.equal(flight.isWaiting(b), false);
    assert.deepEqual(ids(flight), ["a", "c"]);
    if (WINDOWS) return;
    assert.equal((Deno.statSync(folder).mode ?? 0) & 0o777, 0o700);
    const [name] = names(folder);
    assert.equal((Deno.statSync(`${folder}/${name}`).mode ?? 0) & 0o777, 0o600);
  }));

Deno.test("Flight: what is no whole wish of ours is none", () =>
  inFolder((flight, { folder }) => {
    flight.add(wishOf("good", { policy: "{}" }));
    const text = (id: string, more: Record<string, unknown> = {}) =>
      JSON.stringify({ ...wishOf(id), ...more });
    const odd: Record<string, string> = {
      torn: text("torn").slice(0, 20),
      empty: "",
      list: "[]",
      other: text("../../elsewhere"),
      younger: text("younger", { since: NOON + 1 }),
      ageless: text("ageless", { since: undefined }),
      flags: text("flags", { flags: { port: 8090 } }),
      null: text("null", { flags: null }),
      policy: text("policy", { policy: 1 }),
      settings: text("settings", { settings: "../../x.json" }),
    };
    for (const [id, each] of Object.entries(odd)) put(`${folder}/wish-${NOON}-${id}.json`, each);
    put(`${folder}/wish-${NOON}-good.json.1-2-3.new`, wishOf("good"));
    put(`${folder}/wish-good.json`, wishOf("good"));
    put(`${folder}/notes.txt`, "hello");
    Deno.mkdirSync(`${folder}/wish-${NOON}-folder.json`);
    assert.deepEqual(ids(flight), ["good"]);
  }));

// A caller that an SDK had killed counted as one who waits: its tab was opened, the person was asked for
// it, and Ctrl-C at the last one who really waited ended nothing.
Deno.test("Flight: who does not touch its wish for five seconds is dead, and wished all the same", () =>
  inFolder(async (flight, at) => {
    const [dead, lives] = [wishOf("dead", { since: NOON - 1000 }), wishOf("lives")];
    flight.add(dead);
    flight.add(lives);
    assert.equal(flight.oldest()?.id, "dead");
    using _lock = await began(flight);
    at.now = NOON + 4000;
    flight.touch(lives);
    at.now = NOON + 5000;
    assert.deepEqual([flight.isAlive(dead), flight.isAlive(lives)], [false, true]);
    assert.equal(flight.oldest()?.id, "lives");
    at.now = NOON + 9000;
    assert.equal(flight.oldest(), undefined);
    // Killed while somebody signs in, however long that takes: the next call finds the session.
    at.now = NOON + 60 * 60_000;
    assert.deepEqual(ids(flight), ["dead", "lives"]);
    at.now = NOON - 60 * 60_000;
    assert.equal(
      flight.oldest(),
      undefined,
      "a clock that was set back makes nobody live for an hour",
    );
    flight.touch(lives);
    assert.equal(flight.oldest()?.id, "lives");
  }));

Deno.test("Flight: a wish that was served is not left again, one in a folder that was removed is", () =>
  inFolder((flight, { folder }) => {
    const wish = wishOf("a");
    flight.add(wish);
    flight.withdraw(wish);
    flight.touch(wish);
    assert.equal(flight.isWaiting(wish), false);
    assert.deepEqual(ids(flight), []);
    Deno.removeSync(folder, { recursive: true });
    assert.equal(flight.isWaiting(wish), true);
    assert.deepEqual(ids(flight), ["a"]);
  }));

Deno.test("Flight: who leaves takes the sign-in along, at once or when the others turn out dead", () =>
  inFolder((flight, at) => {
    const [one, two] = [wishOf("one"), wishOf("two")];
    flight.add(one);
    assert.equal(flight.leave(one), true);
    flight.add(two);
    flight.add(one);
    assert.equal(flight.leave(one), false);
    assert.equal(flight.isLeft(), false);
    // Two was killed before.
    at.now += 5000;
    assert.equal(flight.isLeft(), true);
    const three = wishOf("three");
    flight.add(three);
    at.now += 5000;
    assert.equal(flight.isLeft(), false, "three was killed: that ends nothing");
  }));

Deno.test("Flight: who was heard of since", () =>
  inFolder((flight, at) => {
    assert.equal(flight.heardSince(0), false);
    flight.add(wishOf("a"));
    flight.add(wishOf("b"));
    assert.deepEqual([flight.heardSince(NOON), flight.heardSince(NOON + 1)], [true, false]);
    at.now += 1000;
    flight.touch(wishOf("b"));
    assert.equal(flight.heardSince(NOON + 1000), true);
  }));

Deno.test("Flight: who would wait for ever is forgotten an hour after its death, unless others wait too", () =>
  inFolder(async (flight, at) => {
    const waitsForEver = ({ flags }: Wish) => flags["timeout"]?.[0] === "0";
    const forgotten = () => flight.isForgotten(waitsForEver);
    using _lock = await began(flight);
    assert.equal(forgotten(), false, "nobody waits: it is just ending");
    const [one, two] = ["a", "b"].map((id) => wishOf(id, { flags: { timeout: ["0"] } }));
    assert.ok(one && two);
    flight.add(one);
    flight.touch(one);
    at.now += 3_600_000;
    assert.equal(forgotten(), false);
    flight.add(two);
    flight.touch(two);
    at.now += 1;
    assert.equal(forgotten(), false, "the other one is not dead for long");
    at.now += 3_600_000;
    assert.equal(forgotten(), true);
    const three = wishOf("c", { flags: { timeout: ["3h"] } });
    flight.add(three);
    flight.touch(three);
    at.now += 3_600_001;
    assert.equal(forgotten(), false, "one has a time-out of its own");
    flight.withdraw(three);
    assert.equal(forgotten(), true);
  }));

Deno.test("Flight: wishes that nobody touched for a minute are nobody's, and go at the end", () =>
  inFolder(async (flight, at) => {
    flight.add(wishOf("forgotten"));
    at.now = NOON + 1000;
    flight.add(wishOf("kept"));
    at.now = NOON + 60_500;
    const lock = await began(flight);
    assert.deepEqual(ids(flight), ["kept"]);
    // Not at the beginning: with a machine that slept, everybody's wish looks old for a moment.
    flight.touch(wishOf("forgotten"));
    assert.deepEqual(ids(flight), ["forgotten", "kept"]);
    at.now += 59_000;
    flight.touch(wishOf("kept"));
    at.now += 1001;
    flight.end();
    lock.release();
    assert.deepEqual(names(at.folder).filter((name) => name.startsWith("wish")), [
      `wish-${NOON}-kept.json`,
    ]);
  }));

Deno.test({
  name: "Flight: a wish that others could have written is none, for it names a program to start",
  ignore: WINDOWS || Deno.uid() !== 0,
  fn: () =>
    inFolder((flight, { folder }) => {
      for (const id of ["wide", "foreign", "good"]) flight.add(wishOf(id));
      Deno.chmodSync(`${folder}/wish-${NOON}-wide.json`, 0o666);
      Deno.chownSync(`${folder}/wish-${NOON}-foreign.json`, 65534, 65534);
      assert.deepEqual(ids(flight), ["good"]);
      flight.fail(refused);
      Deno.chownSync(`${folder}/failure.json`, 65534, 65534);
      assert.equal(flight.failureOf(wishOf("good")), undefined);
    }),
});

Deno.test("Flight: a failure of all is shared with who waits, and who comes within five seconds", () =>
  inFolder((flight, at) => {
    assert.equal(flight.failureOf(wishOf("a")), undefined);
    at.now = NOON + 60_000;
    flight.fail(refused);
    for (const since of [NOON, at.now, at.now + 5000]) {
      const shared = flight.failureOf(wishOf("a", { since }));
      assert.deepEqual(
        [shared?.code, shared?.message, shared?.hint, shared?.exitCode],
        ["sts-refused", "STS refused", "Ask somebody", 6],
      );
    }
    assert.equal(flight.failureOf(wishOf("late", { since: at.now + 5001 })), undefined);
  }));

// A role that STS refused was told to whoever came within five seconds, whatever role they wanted.
Deno.test("Flight: a failure of some settings is theirs alone, also of who comes a little later", () =>
  inFolder(async (flight) => {
    const others = await entryName({ role: "b" });
    flight.fail(refused, SETTINGS);
    for (const since of [NOON - 60_000, NOON, NOON + 5000]) {
      assert.equal(flight.failureOf(wishOf("a", { since }))?.message, "STS refused");
    }
    assert.equal(flight.failureOf(wishOf("b", { settings: others })), undefined);
    assert.equal(flight.failureOf(wishOf("a", { since: NOON + 5001 })), undefined);
  }));

Deno.test("Flight: a torn or odd failure is none; an unknown exit code is a fault", () =>
  inFolder((flight, { folder }) => {
    const wish = wishOf("a");
    flight.add(wish);
    for (
      const text of ["", "{", "[]", "null", `{"code":"x"}`, `{"code":1,"message":"m","time":1}`]
    ) {
      put(`${folder}/failure.json`, text);
      assert.equal(flight.failureOf(wish), undefined, text);
    }
    put(`${folder}/failure.json`, { code: "x", message: "m", time: NOON, exitCode: 77 });
    assert.equal(flight.failureOf(wish)?.exitCode, ExitCode.FAULT);
  }));

Deno.test("Flight: who begins takes away what was told of an earlier sign-in", () =>
  inFolder(async (flight, { folder }) => {
    flight.add(wishOf("new"));
    put(`${folder}/failure-old.json`, { code: "x", message: "m", time: NOON - 5001 });
    put(`${folder}/failure-new.json`, { code: "x", message: "m", time: NOON - 4999 });
    put(`${folder}/failure.json`, "{torn");
    put(`${folder}/events.jsonl`, `{"kind":"listening"}\n`);
    const lock = await began(flight);
    const left = ["events.jsonl", "failure-new.json", "sign-in.lock", "signing-in.json"];
    assert.deepEqual(names(folder), [...left, `wish-${NOON}-new.json`]);
    assert.deepEqual(flight.told(), []);
    assert.equal(flight.signingIn(), Deno.pid);
    flight.end();
    assert.equal(flight.signingIn(), undefined);
    lock.release();
  }));

// Windows lets nobody read a file that is locked: there, no caller ever learned that the sign-in had begun.
Deno.test("Flight: who signs in is said in a file that nobody locks", () =>
  inFolder(async (flight, { folder }) => {
    using _lock = await began(flight);
    assert.equal(Deno.statSync(`${folder}/sign-in.lock`).size, 0);
    assert.deepEqual(JSON.parse(Deno.readTextFileSync(`${folder}/signing-in.json`)), {
      pid: Deno.pid,
    });
  }));

Deno.test("Flight: who gets the lock of a process that died notes that, once", () =>
  inFolder(async (flight, { folder }) => {
    const seen = new Set([11, 12]);
    await dies(flight, 11, folder);
    assert.equal(flight.signingIn(), 11);
    assert.equal(flight.died(seen), 0, "its death is not known yet");
    for (const _ of [1, 2]) {
      using _lock = await flight.queue().within(1000) ?? assert.fail();
      assert.equal(flight.signingIn(), undefined);
      assert.equal(flight.died(seen), 1);
    }
    await dies(flight, 12, folder);
    (await flight.queue().within(1000))?.release();
    assert.equal(flight.died(seen), 2);
    assert.equal(flight.died(new Set([12, 13])), 1, "only those that the caller saw");
  }));

Deno.test("Flight: a process that ended in order died not, and those before it count no more", () =>
  inFolder(async (flight, { folder }) => {
    const seen = new Set([11, Deno.pid]);
    await dies(flight, 11, folder);
    using lock = await began(flight);
    assert.equal(flight.died(seen), 1);
    flight.end();
    lock.release();
    (await flight.queue().within(1000))?.release();
    assert.equal(flight.died(seen), 0);
  }));

Deno.test("Flight: what is told is read line by line, as far as it is written", () =>
  inFolder(async (flight, { folder }) => {
    assert.deepEqual(flight.told(), []);
    using _lock = await began(flight);
    flight.tell({ kind: "notice", message: "one\ntwo" });
    Deno.writeTextFileSync(`${folder}/events.jsonl`, `torn}\n{"kind":"late"}\n{"ki`, {
      append: true,
    });
    assert.deepEqual(flight.told(), [
      { kind: "notice", message: "one\ntwo" },
      undefined,
      { kind: "late" },
    ]);
  }));

Deno.test({
  name: "Flight: of two who would start a process one has the turn, until it gives it back",
  // A lock that was queued for cannot be cancelled: it comes, and goes, some time after the holder's end.
  sanitizeOps: false,
  fn: () =>
    inFolder(async (flight, at) => {
      flight.add(wishOf("a"));
      // A free lock may take its time on a busy machine; then the turn is asked for again.
      const turn = await eventually("the turn", () => flight.startTurn());
      assert.equal(await flight.startTurn(), undefined);
      // However long it takes.
      at.now += 60_000;
      assert.equal(await flight.startTurn(), undefined);
      turn.release();
      const next = await eventually("the turn", () => flight.startTurn());
      next.release();
    }),
});

Deno.test("Flight: who was killed while it started one is in nobody's way for long", () =>
  inFolder(async (flight, at) => {
    flight.add(wishOf("a"));
    // Its lock went with it, its note stays.
    put(`${at.folder}/start.lock`, { time: NOON });
    assert.equal(await flight.startTurn(), undefined);
    at.now += 2000;
    (await eventually("the turn", () => flight.startTurn())).release();
    put(`${at.folder}/start.lock`, "nonsense");
    (await eventually("the turn", () => flight.startTurn())).release();
  }));

Deno.test("Flight: who queues has the lock when the sign-in is over", () =>
  inFolder(async (flight) => {
    const lock = await began(flight);
    const queue = flight.queue();
    assert.equal(await queue.within(60), undefined);
    flight.end();
    lock.release();
    assert.equal(flight.signingIn(), undefined);
    (await queue.within(5000) ?? assert.fail()).release();
  }));

Deno.test("Flight: a folder for each IdP settings, the same for the same", () => {
  const settings = { issuer: "https://idp.example/", port: 8090, idp: undefined };
  const folder = Flight.folderFor("/c", settings);
  assert.match(folder, /^\/c\/flights\/[0-9a-f]{32}$/);
  assert.equal(
    Flight.folderFor("/c", { port: 8090, issuer: "https://idp.example/" }),
    folder,
  );
  assert.notEqual(Flight.folderFor("/c", { ...settings, port: 8091 }), folder);
});
