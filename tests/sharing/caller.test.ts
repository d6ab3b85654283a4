/** The caller: how it finds a server or starts one, and what it ends with. */

import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import { type Answer, Lines } from "../../src/sharing/messages.ts";
import { makeFolder, newKey, proveAsServer, writeMeeting } from "../../src/sharing/meeting.ts";
import { lockFile } from "../../src/system/file_lock.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";
import { eventually } from "../support/eventually.ts";
import { NOON } from "../support/fakes.ts";
import { Scene, type SceneOptions } from "../support/sharing_scene.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const KEPT = { kind: "kept" } as const;

const [DEV, OPS] = ["111122223333/Dev", "111122223333/Ops"] as const;

const test = (name: string, body: (scene: Scene) => Promise<void>, options: SceneOptions = {}) =>
  Deno.test(`caller: ${name}`, async () => {
    await using scene = new Scene(options);
    await body(scene);
  });

function assertUnshared(end: unknown, exitCode: ExitCode, message: RegExp): void {
  assert.ok(typeof end === "object" && end !== null && "error" in end && "kind" in end);
  assert.equal(end.kind, "unshared");
  assertError(end.error, exitCode, message);
}

function assertError(error: unknown, exitCode: ExitCode, message: RegExp): void {
  assert.ok(error instanceof UserError, String(error));
  assert.match(error.message, message);
  assert.equal(error.exitCode, exitCode);
}

/** A server that says these things to whoever gives an order, and then is silent until it is ended. */
async function playServer(scene: Scene, ...answers: readonly Answer[]) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const key = newKey();
  makeFolder(scene.path);
  const instance = crypto.randomUUID();
  writeMeeting(scene.path, { port: listener.addr.port, key, instance });
  const lines = new Lines(await listener.accept());
  assert.ok(await proveAsServer(lines, key));
  const heard = [await lines.read()];
  for (const answer of answers) await lines.write(answer);
  return { lines, heard };
}

/** What it hears until the caller has gone. */
async function heardBy({ lines, heard }: Awaited<ReturnType<typeof playServer>>) {
  for (let line = await lines.read(); line !== undefined; line = await lines.read()) {
    heard.push(line);
  }
  lines.close();
  return heard.map((line) =>
    typeof line === "object" && line !== null && "kind" in line ? line.kind : line
  );
}

const state = (...state: SignInEvent[]): Answer => ({ kind: "state", state });
const listening: SignInEvent = {
  kind: "listening",
  ...{
    acs: "http://localhost:8090/saml",
    start: undefined,
    opens: undefined,
    startUrl: undefined,
    until: undefined,
  },
};

test("one that finds nobody starts a server, shows the sign-in and is served", async (scene) => {
  const caller = scene.call(DEV);
  await scene.isOpened(1);
  await scene.post(DEV);
  assert.deepEqual(await caller.end, KEPT);
  assert.equal(scene.starts, 1);
  assert.deepEqual(caller.kinds().slice(0, 2), ["listening", "browser-opened"]);
});

test("of many that come at once one starts a server", async (scene) => {
  const callers = [DEV, OPS, DEV, OPS, DEV].map((role) => scene.call(role));
  await scene.isOpened(1);
  await eventually(
    "all to wait",
    () => callers.every(({ shown }) => shown.all.length > 0) || undefined,
  );
  await scene.post(DEV, OPS);
  for (const { end } of callers) assert.deepEqual(await end, KEPT);
  assert.equal(scene.starts, 1);
  assert.deepEqual(scene.exchanged.toSorted(), ["Dev", "Ops"]);
});

test("one that waits says so once, and shows the sign-in when it is its turn", async (scene) => {
  const first = scene.call(DEV);
  await scene.isOpened(1);
  await first.shown.find(({ kind }) => kind === "browser-opened");
  const second = scene.call(OPS);
  const line =
    "Another command is already signing in for arn:aws:iam::111122223333:role/Dev; waiting for it";
  await second.shown.find(({ kind }) => kind === "notice");
  first.interrupt();
  assertError(await first.end, ExitCode.INTERRUPTED, /^Interrupted$/);
  await second.shown.find(({ kind }) => kind === "browser-opened");
  assert.deepEqual(second.kinds(), [line, "listening", "browser-opened"]);
  await scene.post(OPS);
  assert.deepEqual(await second.end, KEPT);
});

test("its own time is what it shows, and what ends its wait", async (scene) => {
  const first = scene.call(DEV, { timeoutMs: 60_000 });
  const shown = await first.shown.find((event) => event.kind === "listening");
  assert.ok(shown.kind === "listening");
  assert.equal(shown.until, NOON + 60_000);
  const second = scene.call(OPS, { timeoutMs: 1000 });
  assertError(
    await second.end,
    ExitCode.NO_ASSERTION,
    /^No assertion came to http:\/\/localhost:8090\/saml within 1 second$/,
  );
  // Its leave is on the way.
  await pause(100);
  await scene.post(DEV, OPS);
  assert.deepEqual(await first.end, KEPT);
  assert.deepEqual(scene.exchanged, ["Dev"], "its order is gone");
});

test("its time runs while another caller starts a server and does not come to an end", async (scene) => {
  makeFolder(scene.path);
  const lock = await lockFile(scene.path.replace(".json", ".lock"), { deadlineMs: 1000 });
  const caller = scene.call(DEV, { timeoutMs: 500 });
  assertError(await caller.end, ExitCode.NO_ASSERTION, /within 1 second$/);
  assert.equal(scene.starts, 0);
  lock.release();
  // A lock that was queued for cannot be cancelled: it comes, and goes.
  await pause(200);
});

test("its time runs while a server does not begin", async (scene) => {
  const caller = scene.call(DEV, { timeoutMs: 500 });
  assertError(await caller.end, ExitCode.NO_ASSERTION, /within 1 second$/);
  assert.equal(scene.starts, 1);
}, { start: () => pause(1500) });

test(
  "a server that ends without having begun is tried thrice, then it signs in for itself",
  async (scene) => {
    const unshared = await scene.call(DEV).end;
    assertUnshared(unshared, ExitCode.FAULT, /did not start$/);
    assert.equal(scene.starts, 3);
  },
  { start: () => Promise.resolve() },
);

test("where no folder can be made it signs in for itself", async (scene) => {
  await Deno.writeTextFile(scene.path.replace(/\/here.json$/, ""), "a file");
  assertUnshared(await scene.call(DEV).end, ExitCode.FILE, /./);
  assert.equal(scene.starts, 0);
});

test("a server that dies costs one more, which is shown anew", async (scene) => {
  const caller = scene.call(DEV);
  assert.deepEqual(await caller.end, KEPT);
  assert.equal(scene.starts, 2);
  assert.equal(caller.kinds().filter((kind) => kind === "listening").length, 2);
}, {
  start: async (which, scene) => {
    const last: Answer[] = which === 1 ? [] : [{ kind: "kept" }];
    const played = await playServer(scene, state(listening), { kind: "draw" }, ...last);
    played.lines.close();
  },
});

test("a server that dies twice ends the wait", async (scene) => {
  assertError(await scene.call(DEV).end, ExitCode.FAULT, /was ended twice$/);
  assert.equal(scene.starts, 2);
}, {
  start: async (_, scene) => (await playServer(scene, state(listening))).lines.close(),
});

test("a failure that is told is its own", async (scene) => {
  assertError(await scene.call(DEV).end, ExitCode.REFUSED, /^STS refused$/);
}, {
  start: async (_, scene) => {
    const error = new UserError("x", "STS refused", { exitCode: ExitCode.REFUSED });
    await heardBy(await playServer(scene, state(), { kind: "failed", error }));
  },
});

/** How the sign-in stands when the time is up, and what the caller ends with. */
const LATE: Readonly<
  Record<string, {
    readonly stands: readonly SignInEvent[];
    readonly exitCode: ExitCode;
    readonly says: RegExp;
  }>
> = {
  "nothing has come": {
    stands: [listening],
    exitCode: ExitCode.NO_ASSERTION,
    says: /^No assertion came/,
  },
  "nobody has said anything": {
    stands: [],
    exitCode: ExitCode.NO_ASSERTION,
    says: /^No assertion came/,
  },
  "another sign-in has the port": {
    stands: [{ kind: "queued", port: 8090, holder: "another" }],
    exitCode: ExitCode.PORT,
    says: /^Port 8090 is still taken by another sign-in \(another\)$/,
  },
  "what came could not be used": {
    stands: [listening, {
      kind: "refused",
      error: new UserError("x", "It is unsigned", { exitCode: ExitCode.BAD_ASSERTION }),
      until: undefined,
    }],
    exitCode: ExitCode.BAD_ASSERTION,
    says: /^It is unsigned$/,
  },
  "somebody else is asked": {
    stands: [listening, { kind: "asking", message: "m", until: NOON + 60_000 }],
    exitCode: ExitCode.NO_ASSERTION,
    says: /^No assertion came/,
  },
};

for (const [what, { stands, exitCode, says }] of Object.entries(LATE)) {
  let heard: readonly unknown[] = [];
  test(`its time is up when ${what}`, async (scene) => {
    assertError(await scene.call(DEV, { timeoutMs: 300 }).end, exitCode, says);
    await eventually("the leave", () => heard.length > 0 || undefined);
    assert.deepEqual(heard, ["order", "leave"]);
  }, {
    start: async (_, scene) => {
      heard = await heardBy(await playServer(scene, state(...stands)));
    },
  });
}

test("a session that could not be cached comes along, and why", async (scene) => {
  const end = await scene.call(DEV).end;
  assert.ok(typeof end === "object" && end !== null && "error" in end && "session" in end);
  assert.equal(end.session, "text");
  assertError(end.error, ExitCode.FILE, /^The disk is full$/);
}, {
  start: async (_, scene) => {
    const error = new UserError("x", "The disk is full", { exitCode: ExitCode.FILE });
    const arns = { roleArn: "r", providerArn: "p" };
    await heardBy(
      await playServer(scene, state(), { kind: "handed", session: "text", ...arns, error }),
    );
  },
});

/** What was begun in time is seen through. */
const UNDER_WAY: Readonly<
  Record<string, { readonly role: string | undefined; readonly event: SignInEvent }>
> = {
  "STS is asked": {
    role: DEV,
    event: { kind: "exchanging", role: "r", region: "us-east-1" },
  },
  "a role is picked": {
    role: undefined,
    event: { kind: "asking", message: "m", until: NOON + 60_000 },
  },
};

for (const [what, { role, event }] of Object.entries(UNDER_WAY)) {
  test(`its time is not up while ${what}`, async (scene) => {
    assert.deepEqual(await scene.call(role, { timeoutMs: 200 }).end, KEPT);
  }, {
    start: async (_, scene) => {
      const { lines } = await playServer(scene, state(listening, event));
      await pause(600);
      await lines.write({ kind: "kept" });
      lines.close();
    },
  });
}

test("a page that nobody answers in time is said so", async (scene) => {
  const end = await scene.call(undefined, { timeoutMs: 200 }).end;
  assertError(end, ExitCode.NO_ASSERTION, /^The page in the browser was not answered in time$/);
}, {
  start: async (_, scene) => {
    const asking: SignInEvent = { kind: "asking", message: "m", until: NOON };
    await heardBy(await playServer(scene, state(listening, asking)));
  },
});

test(
  "attack: who takes the port next: a caller whose time is up says not to finish the sign-in",
  async (scene) => {
    const error = await scene.call(DEV, { timeoutMs: 100 }).end;
    assertError(error, ExitCode.NO_ASSERTION, /^No assertion came to /);
    const hint = error instanceof UserError ? error.hint : "";
    assert.match(
      hint ?? "",
      /^Do not finish the sign-in in the browser unless another command waits for it: /m,
    );
  },
  {
    start: async (_, scene) => {
      const start = "http://localhost:8090/start/n";
      await heardBy(await playServer(scene, state({ ...listening, start })));
    },
  },
);

// A second Ctrl-C ends the process as soon as the first one is heard.
test("interrupted, it has said so before anything else", async (scene) => {
  const caller = scene.call(DEV);
  await scene.isOpened(1);
  caller.interrupt();
  assertError(await caller.end, ExitCode.INTERRUPTED, /^Interrupted$/);
  await scene.isOver();
});

test("interrupted before it found anybody, it has nothing to end", async (scene) => {
  const caller = scene.call(DEV);
  caller.interrupt();
  assertError(await caller.end, ExitCode.INTERRUPTED, /^Interrupted$/);
  assert.equal(scene.opened.length, 0);
});
