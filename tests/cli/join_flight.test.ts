/** One caller among others: what it waits for, starts, shows and ends with. */

import assert from "node:assert/strict";
import type { CommandInput } from "../../src/cli/command.ts";
import { joinFlight } from "../../src/cli/join_flight.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { entryName } from "../../src/credentials/cache.ts";
import { Flight } from "../../src/credentials/flight.ts";
import type { Wish } from "../../src/credentials/wish.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import { settingsKey, type SignInRequest } from "../../src/sign_in/request.ts";
import { eventually } from "../support/eventually.ts";
import { fakeDeps, NOON, requestFake } from "../support/fakes.ts";
import { soon } from "../support/sign_ins.ts";

/** A process that signs in, played in this one. */
class Server {
  readonly flight: Flight;
  #lock: Disposable | undefined;

  constructor(flight: Flight) {
    this.flight = flight;
  }

  /** Takes the lock and says who it is. */
  async begin(pid: number): Promise<void> {
    this.#lock = await soon("the lock", this.flight.queue().within(10_000));
    this.flight.begin();
    Deno.writeTextFileSync(`${this.flight.folder}/signing-in.json`, JSON.stringify({ pid }));
  }

  listens(until?: number): void {
    const [acs, start] = ["http://localhost:8090/saml", "http://localhost:8090/start"];
    const startUrl = "https://idp.example/";
    this.flight.tell({ kind: "listening", acs, start, startUrl, until });
  }

  end(): void {
    this.flight.end();
    this.dies();
  }

  dies(): void {
    this.#lock?.[Symbol.dispose]();
    this.#lock = undefined;
  }
}

/** What a process does once it is started; by which one it is. */
type Play = (server: Server, which: number, stage: Stage) => Promise<void> | void;

interface Stage {
  readonly flight: Flight;
  now: number;
  /** Whether the session is in the cache; or what delivering it throws. */
  session: boolean | Error;
  readonly starts: () => number;
  readonly terminated: readonly number[];
  readonly said: () => string;
  readonly interrupt: () => void;
  /** Waits as a caller does; resolves to what that returns or throws. */
  join(request?: Partial<SignInRequest>): Promise<unknown>;
  /** Leaves another caller's wish. */
  other(more?: Partial<Wish>): Wish;
  /** Another caller's process, which signs in already. */
  serving(pid: number): Promise<Server>;
  readonly pause: (ms?: number) => Promise<void>;
}

const pause = (ms = 250) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const nothing = await entryName({});
const own = (request: Partial<SignInRequest> = {}) => entryName(settingsKey(requestFake(request)));
const refused = new UserError("sts-refused", "STS refused", {
  exitCode: ExitCode.REFUSED,
  hint: "Ask somebody",
});

async function onStage(
  body: (stage: Stage) => Promise<void>,
  play: Play = () => assert.fail("a process was started"),
): Promise<void> {
  const temporary = await Deno.makeTempDir({ prefix: "stssamldriver-join-" });
  const deps = fakeDeps({ now: () => stage.now });
  let starts = 0;
  const terminated: number[] = [];
  const servers: Server[] = [];
  const waits: Promise<unknown>[] = [];
  const server = () => {
    const each = new Server(new Flight(stage.flight.folder, () => stage.now));
    servers.push(each);
    return each;
  };
  const stage: Stage = {
    flight: new Flight(`${temporary}/flights/f`, () => stage.now),
    now: NOON,
    session: false,
    starts: () => starts,
    terminated,
    said: deps.err,
    interrupt: () => deps.world.interrupt(),
    pause,
    async serving(pid) {
      const each = server();
      await each.begin(pid);
      return each;
    },
    other(more = {}) {
      const since = stage.now - 1000;
      const wish = {
        id: "other",
        since,
        title: "role other",
        settings: nothing,
        flags: {},
        ...more,
      };
      stage.flight.add(wish);
      return wish;
    },
    join(request = {}) {
      const terminal = new Terminal({
        ...{ stderr: deps.stderr, openTerminal: () => undefined, now: () => stage.now },
        ...{ format: "text", verbose: false, colour: false, redraws: false },
      });
      const input: CommandInput = {
        ...{ name: "credentials", values: {}, typed: {}, texts: {}, words: [], terminal },
        print: (text) => deps.stdout.write(text),
      };
      const wait = joinFlight({
        input,
        request: requestFake(request),
        deps: {
          ...deps,
          flight: () => Promise.resolve(stage.flight),
          startServing: () => {
            const status = Promise.resolve(play(server(), ++starts, stage));
            return Promise.resolve({ status });
          },
          terminate: (pid) => void terminated.push(pid),
        },
        deliverKept: () => {
          if (stage.session instanceof Error) return Promise.reject(stage.session);
          return Promise.resolve(stage.session ? undefined : "there is no entry");
        },
      }).catch((error: unknown) => error);
      waits.push(wait);
      return soon("the caller to end", wait, 20_000);
    },
  };
  try {
    await body(stage);
  } finally {
    deps.world.interrupt();
    await Promise.all(waits);
    for (const each of servers) each.dies();
    // Who left the queue has its turn all the same, once the lock is free.
    (await stage.flight.queue().within(10_000))?.release();
    await pause(50);
    await Deno.remove(temporary, { recursive: true });
  }
}

const wished = (stage: Stage) => stage.flight.wishes().filter(({ id }) => id !== "other");
const waiting = (stage: Stage) =>
  eventually("the caller to wait", () => wished(stage).length > 0 || undefined);

function assertError(error: unknown, exitCode: ExitCode, message: RegExp): void {
  assert.ok(error instanceof UserError, String(error));
  assert.match(error.message, message);
  assert.equal(error.exitCode, exitCode);
}

Deno.test("joinFlight: a session that is there is delivered, and nothing is started", () =>
  onStage(async (stage) => {
    stage.session = true;
    assert.equal(await stage.join(), undefined);
    assert.deepEqual([stage.flight.wishes(), stage.said()], [[], ""]);
  }));

Deno.test("joinFlight: what failed just now is the answer, without a wish", () =>
  onStage(async (stage) => {
    stage.flight.fail(refused, await own());
    assertError(await stage.join(), ExitCode.REFUSED, /^STS refused$/);
    assert.equal(stage.said(), "");
  }));

Deno.test("joinFlight: another's failure is not its own, everybody's is", () =>
  onStage(async (stage) => {
    stage.other();
    const server = await stage.serving(11);
    const end = stage.join();
    await waiting(stage);
    stage.flight.fail(refused, await own({ durationSeconds: 900 }));
    await stage.pause();
    assert.equal(wished(stage).length, 1, "it still waits");
    server.flight.fail(refused);
    assertError(await end, ExitCode.REFUSED, /^STS refused$/);
    assert.deepEqual(stage.terminated, []);
  }));

Deno.test("joinFlight: who starts the sign-in shows it, and what it is told is passed on as flags", () =>
  onStage(
    async (stage) => {
      assert.equal(await stage.join({ policy: "{}" }), undefined);
      assert.equal(stage.starts(), 1);
      assert.match(stage.said(), /^Sign in at .*\n.*\nWaiting on .*\n$/);
      assert.deepEqual(stage.flight.wishes(), []);
    },
    async (server, _, stage) => {
      await server.begin(11);
      const [wish] = server.flight.wishes();
      assert.equal(wish?.policy, "{}");
      assert.equal(wish?.settings, await own({ policy: "{}" }));
      server.listens();
      await stage.pause();
      stage.session = true;
      server.flight.withdraw(wish ?? assert.fail());
      server.end();
    },
  ));

// It named the caller's own role, and said nothing more when the one who showed the sign-in was gone.
Deno.test("joinFlight: who waits for another's says so once, and shows it when that one is gone", () =>
  onStage(async (stage) => {
    const other = stage.other();
    const server = await stage.serving(11);
    server.listens();
    server.flight.tell({ kind: "browser-opened", by: "firefox" });
    const end = stage.join();
    await waiting(stage);
    const line = "Another command signs in already, for role other; waiting for it\n";
    await eventually("the line", () => stage.said() === line || undefined);
    stage.now += 1000;
    stage.flight.touch(other);
    await stage.pause();
    assert.equal(stage.said(), line);
    // Killed: five seconds later it counts as dead.
    stage.now += 4000;
    await stage.pause();
    stage.now += 1000;
    await eventually("the URL", () => stage.said().includes("Waiting on") || undefined);
    assert.match(stage.said(), /^Another.*\nSign in at .*\n.*\nWaiting on .*\n.*firefox\)\n$/);
    stage.session = true;
    assert.equal(await end, undefined);
  }));

Deno.test("joinFlight: whoever takes over shows the sign-in that is under way, not those before", () =>
  onStage(async (stage) => {
    const other = stage.other();
    const server = await stage.serving(11);
    server.flight.tell({ kind: "notice", message: "long ago" });
    server.listens();
    stage.join();
    await eventually("the line", () => stage.said().includes("Another") || undefined);
    stage.flight.withdraw(other);
    stage.now += 1000;
    await eventually("the URL", () => stage.said().includes("Waiting on") || undefined);
    assert.doesNotMatch(stage.said(), /long ago/);
  }));

Deno.test("joinFlight: a process that ends without having begun is tried thrice", () =>
  onStage(async (stage) => {
    assertError(await stage.join(), ExitCode.FAULT, /did not start in time/);
    assert.equal(stage.starts(), 3);
    assert.deepEqual(wished(stage), []);
  }, () => {}));

/** A process that begins, is seen, and ends in one way or the other. */
async function goesBy(server: Server, pid: number, how: "end" | "dies"): Promise<void> {
  await server.begin(pid);
  server.listens();
  await pause();
  server[how]();
}

Deno.test("joinFlight: a process that dies costs one more, which is shown anew", () =>
  onStage(
    async (stage) => {
      assert.equal(await stage.join(), undefined);
      assert.equal(stage.starts(), 2);
      assert.equal(stage.said().match(/Waiting on/g)?.length, 2);
    },
    async (server, which, stage) => {
      await goesBy(server, 10 + which, "dies");
      if (which === 2) stage.session = true;
    },
  ));

Deno.test("joinFlight: a process that dies twice ends the wait", () =>
  onStage(async (stage) => {
    assertError(await stage.join(), ExitCode.FAULT, /was ended twice$/);
    assert.equal(stage.starts(), 2);
  }, (server, which) => goesBy(server, 10 + which, "dies")));

// Whoever waited for a third sign-in, of a role that two did not offer, was told that they had died.
Deno.test("joinFlight: a process that ended in order twice did not die", () =>
  onStage(
    async (stage) => {
      assert.equal(await stage.join(), undefined);
      assert.equal(stage.starts(), 3);
    },
    async (server, which, stage) => {
      await goesBy(server, 10 + which, "end");
      if (which === 3) stage.session = true;
    },
  ));

// A second Ctrl-C ends the process at once. All this had to wait for the loop to come round.
Deno.test("joinFlight: interrupted as the last one, it has ended the sign-in before anything else", () =>
  onStage(async (stage) => {
    await stage.serving(11);
    const end = stage.join();
    await waiting(stage);
    await stage.pause();
    stage.interrupt();
    assert.deepEqual([stage.terminated, wished(stage)], [[11], []]);
    assertError(await end, ExitCode.INTERRUPTED, /^Interrupted$/);
    assert.deepEqual(stage.terminated, [11], "and once");
  }));

Deno.test("joinFlight: interrupted before it knew who signs in, it ends that one all the same", () =>
  onStage(async (stage) => {
    await stage.serving(11);
    const end = stage.join();
    await waiting(stage);
    stage.interrupt();
    assertError(await end, ExitCode.INTERRUPTED, /^Interrupted$/);
    assert.deepEqual([stage.terminated, wished(stage)], [[11], []]);
  }));

Deno.test("joinFlight: interrupted before it left a wish, it has nothing to end", () =>
  onStage(async (stage) => {
    await stage.serving(11);
    const end = stage.join();
    stage.interrupt();
    assertError(await end, ExitCode.INTERRUPTED, /^Interrupted$/);
    assert.deepEqual([stage.terminated, wished(stage)], [[], []]);
  }));

Deno.test("joinFlight: interrupted while another one waits, it leaves the sign-in", () =>
  onStage(async (stage) => {
    const other = stage.other();
    await stage.serving(11);
    const end = stage.join();
    await waiting(stage);
    await stage.pause();
    stage.interrupt();
    assertError(await end, ExitCode.INTERRUPTED, /^Interrupted$/);
    assert.deepEqual(stage.terminated, []);
    assert.deepEqual(stage.flight.wishes(), [other]);
    // Should that one turn out to be dead, the process ends by itself.
    stage.now += 5000;
    assert.equal(stage.flight.isLeft(), true);
  }));

Deno.test("joinFlight: interrupted behind one that is dead, it is the last one", () =>
  onStage(async (stage) => {
    stage.other();
    stage.now += 5000;
    await stage.serving(11);
    const end = stage.join();
    await waiting(stage);
    await stage.pause();
    stage.interrupt();
    await end;
    assert.deepEqual(stage.terminated, [11]);
  }));

// It began another sign-in, and that ended in the same way.
Deno.test("joinFlight: served, and no session to be read, is said with the reason", () =>
  onStage(async (stage) => {
    const server = await stage.serving(11);
    const end = stage.join();
    await waiting(stage);
    for (const wish of server.flight.wishes()) server.flight.withdraw(wish);
    assertError(await end, ExitCode.FILE, /was made but cannot be read back: there is no entry$/);
  }));

Deno.test("joinFlight: one that was stopped for long goes on waiting, though its wish was forgotten", () =>
  onStage(async (stage) => {
    const server = await stage.serving(11);
    const end = stage.join();
    await waiting(stage);
    await stage.pause();
    // Ctrl-Z, and fg after an hour: both at the same moment for the loop.
    for (const wish of server.flight.wishes()) server.flight.withdraw(wish);
    stage.now += 3_600_000;
    await waiting(stage);
    stage.session = true;
    assert.equal(await end, undefined);
  }));

Deno.test("joinFlight: its own time ends its own wait, counted from when the port was ours", () =>
  onStage(async (stage) => {
    const other = stage.other();
    const server = await stage.serving(11);
    const end = stage.join({ timeoutMs: 2000 });
    await waiting(stage);
    stage.now += 3000;
    stage.flight.touch(other);
    await stage.pause();
    assert.equal(wished(stage).length, 1, "not while the process queues for the port");
    server.listens();
    stage.now += 1000;
    await stage.pause();
    stage.now += 2000;
    assertError(
      await end,
      ExitCode.NO_ASSERTION,
      /^No assertion came to .*:8090\/saml within 2 seconds$/,
    );
    assert.deepEqual(stage.terminated, []);
    assert.deepEqual(stage.flight.wishes().map(({ id }) => id), ["other"]);
  }));

Deno.test("joinFlight: where the sign-in's time is its own, that one says when it is up", () =>
  onStage(async (stage) => {
    const server = await stage.serving(11);
    server.listens(stage.now + 2000);
    const end = stage.join({ timeoutMs: 2000 });
    await eventually("the URL", () => stage.said().includes("Waiting on") || undefined);
    // A role is being picked: it takes longer.
    stage.now += 60_000;
    await stage.pause();
    assert.equal(wished(stage).length, 1);
    stage.session = true;
    assert.equal(await end, undefined);
  }));

Deno.test("joinFlight: one whose stdout is closed ends alone", () =>
  onStage(async (stage) => {
    await stage.serving(11);
    stage.session = new UserError("stdout-unwritable", "Cannot write to stdout: closed", {
      exitCode: ExitCode.FILE,
    });
    assert.equal(await stage.join(), stage.session);
    assert.deepEqual([stage.terminated, wished(stage)], [[], []]);
  }));

Deno.test("joinFlight: where no wish can be left it says why, and nothing is begun", () =>
  onStage(async (stage) => {
    const folder = stage.flight.folder.replace(/\/[^/]*\/[^/]*$/, "");
    await Deno.writeTextFile(`${folder}/flights`, "a file");
    assertError(await stage.join(), ExitCode.FILE, /^Cannot change .*not a folder$/);
    await Deno.remove(`${folder}/flights`);
  }));
