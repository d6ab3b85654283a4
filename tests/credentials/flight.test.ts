import assert from "node:assert/strict";
import { Flight, type Wish } from "../../src/credentials/flight.ts";
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

const wishOf = (id: string): Wish => ({ id, title: `role ${id}`, flags: { "role-arn": [id] } });
const ids = (flight: Flight) => flight.wishes().map(({ id }) => id);
const refused = new UserError("sts-refused", "STS refused", {
  exitCode: ExitCode.REFUSED,
  hint: "Ask somebody",
});
const put = (path: string, value: unknown, mode = 0o600) =>
  Deno.writeTextFileSync(path, typeof value === "string" ? value : JSON.stringify(value), { mode });

/** As the process that signs in does. */
async function began(flight: Flight) {
  const lock = await flight.queue().within(1000);
  assert.ok(lock);
  flight.begin(lock);
  return lock;
}

Deno.test("Flight: wishes are there until they are withdrawn, the oldest first", () =>
  inFolder((flight, { folder }) => {
    assert.deepEqual(flight.wishes(), [], "no folder, no wishes");
    for (const [id, age] of [["c", 1], ["a", 3], ["b", 2]] as const) {
      flight.add(wishOf(id));
      const time = new Date(NOON - age * 1000);
      Deno.utimeSync(`${folder}/wish-${id}.json`, time, time);
    }
    assert.deepEqual(ids(flight), ["a", "b", "c"]);
    assert.deepEqual(flight.wishes()[0], wishOf("a"));
    flight.withdraw("b");
    flight.withdraw("b");
    assert.deepEqual(ids(flight), ["a", "c"]);
    if (WINDOWS) return;
    assert.equal((Deno.statSync(folder).mode ?? 0) & 0o777, 0o700);
    assert.equal((Deno.statSync(`${folder}/wish-a.json`).mode ?? 0) & 0o777, 0o600);
  }));

Deno.test("Flight: what is no whole wish of ours is none", () =>
  inFolder((flight, { folder }) => {
    flight.add(wishOf("good"));
    put(`${folder}/wish-torn.json`, JSON.stringify(wishOf("torn")).slice(0, 20));
    put(`${folder}/wish-empty.json`, "");
    put(`${folder}/wish-list.json`, []);
    put(`${folder}/wish-other.json`, wishOf("../../elsewhere"));
    put(`${folder}/wish-flags.json`, { ...wishOf("flags"), flags: { port: 8090 } });
    put(`${folder}/wish-null.json`, { ...wishOf("null"), flags: null });
    put(`${folder}/wish-good.json.1-2-3.new`, wishOf("good"));
    put(`${folder}/notes.txt`, "hello");
    Deno.mkdirSync(`${folder}/wish-folder.json`);
    assert.deepEqual(ids(flight), ["good"]);
  }));

Deno.test({
  name: "Flight: a wish that others could have written is none, for it names a program to start",
  ignore: WINDOWS || Deno.uid() !== 0,
  fn: () =>
    inFolder((flight, { folder }) => {
      for (const id of ["wide", "foreign", "good"]) flight.add(wishOf(id));
      Deno.chmodSync(`${folder}/wish-wide.json`, 0o666);
      Deno.chownSync(`${folder}/wish-foreign.json`, 65534, 65534);
      assert.deepEqual(ids(flight), ["good"]);
      flight.fail(refused);
      Deno.chownSync(`${folder}/failure.json`, 65534, 65534);
      assert.equal(flight.failureOf("good", NOON), undefined);
    }),
});

Deno.test("Flight: a failure of all is shared with who waits, and who comes within five seconds", () =>
  inFolder((flight, at) => {
    flight.add(wishOf("a"));
    assert.equal(flight.failureOf("a", NOON), undefined);
    at.now = NOON + 60_000;
    flight.fail(refused);
    for (const since of [NOON, at.now, at.now + 5000]) {
      const shared = flight.failureOf("a", since);
      assert.deepEqual(
        [shared?.code, shared?.message, shared?.hint, shared?.exitCode],
        ["sts-refused", "STS refused", "Ask somebody", 6],
      );
    }
    assert.equal(flight.failureOf("late", at.now + 5001), undefined);
  }));

Deno.test("Flight: a failure of one wish is told once, and to nobody else", () =>
  inFolder((flight) => {
    for (const id of ["a", "b"]) flight.add(wishOf(id));
    flight.fail(refused, "a");
    assert.equal(flight.failureOf("b", NOON), undefined);
    assert.equal(flight.failureOf("a", NOON)?.message, "STS refused");
    assert.equal(flight.failureOf("a", NOON), undefined);
  }));

Deno.test("Flight: a torn or odd failure is none; an unknown exit code is a fault", () =>
  inFolder((flight, { folder }) => {
    flight.add(wishOf("a"));
    for (
      const text of ["", "{", "[]", "null", `{"code":"x"}`, `{"code":1,"message":"m","time":1}`]
    ) {
      put(`${folder}/failure.json`, text);
      assert.equal(flight.failureOf("a", NOON), undefined, text);
    }
    put(`${folder}/failure.json`, { code: "x", message: "m", time: NOON, exitCode: 77 });
    assert.equal(flight.failureOf("a", NOON)?.exitCode, ExitCode.FAULT);
  }));

Deno.test("Flight: who begins sweeps what an earlier one left, and nothing of now", () =>
  inFolder(async (flight, { folder }) => {
    const age = (name: string, ms: number) =>
      Deno.utimeSync(`${folder}/${name}`, new Date(NOON - ms), new Date(NOON - ms));
    for (const id of ["old", "new"]) flight.add(wishOf(id));
    age("wish-old.json", 11 * 60_000);
    age("wish-new.json", 9 * 60_000);
    put(`${folder}/failure-old.json`, { code: "x", message: "m", time: NOON - 5001 });
    put(`${folder}/failure-new.json`, { code: "x", message: "m", time: NOON - 4999 });
    put(`${folder}/failure.json`, "{torn");
    put(`${folder}/events.jsonl`, `{"kind":"listening"}\n`);
    using _lock = await began(flight);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).toSorted(), [
      "events.jsonl",
      "failure-new.json",
      "sign-in.lock",
      "wish-new.json",
    ]);
    assert.deepEqual(flight.told(), []);
    assert.equal(flight.signingIn(), Deno.pid);
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

Deno.test("Flight: of two who would start a process one has the turn, until it gives it back", () =>
  inFolder(async (flight, at) => {
    flight.add(wishOf("a"));
    const turn = await flight.startTurn();
    assert.ok(turn);
    assert.equal(await flight.startTurn(), undefined);
    // However long it takes.
    at.now += 60_000;
    assert.equal(await flight.startTurn(), undefined);
    turn.release();
    const next = await eventually("the turn", () => flight.startTurn());
    next.release();
  }));

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

Deno.test("Flight: who queues has the lock when the sign-in is over, and the note is gone", () =>
  inFolder(async (flight) => {
    const lock = await began(flight);
    const queue = flight.queue();
    assert.equal(await queue.within(60), undefined);
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
