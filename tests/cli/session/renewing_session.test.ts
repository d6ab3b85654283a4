import assert from "node:assert/strict";
import { RenewingSession } from "../../../src/cli/session/renewing_session.ts";
import type { Session } from "../../../src/credentials/cache.ts";
import { ExitCode, UserError } from "../../../src/errors.ts";
import { exchangedFake, NOON } from "../../support/fakes.ts";

const MINUTE = 60_000;

/** A session of an hour, and the key ID that tells it from others. */
function sessionFrom(start: number, accessKeyId: string): Session {
  const { credentials } = exchangedFake(start);
  return {
    credentials: { ...credentials, accessKeyId },
    roleArn: "arn:aws:iam::111122223333:role/Dev",
    person: undefined,
    issued: start,
  };
}

/** A session from noon on, in a world that a test moves. */
class Scene {
  now = NOON;
  cached: Session | undefined;
  readonly renewals: PromiseWithResolvers<Session>[] = [];
  readonly failures: string[] = [];
  readonly session: RenewingSession = new RenewingSession(sessionFrom(NOON, "FIRST"), {
    now: () => this.now,
    cached: () => this.cached,
    renew: (old) => {
      assert.equal(old.issued <= this.now, true);
      const renewal = Promise.withResolvers<Session>();
      this.renewals.push(renewal);
      return renewal.promise;
    },
    onFailure: ({ message }) => void this.failures.push(message),
    holdMs: 5,
  });

  at(minutes: number): this {
    this.now = NOON + minutes * MINUTE;
    return this;
  }

  /** The key ID that is given out, or why there is none. */
  async asked(): Promise<string> {
    const answer = await this.session.answer();
    if (answer.kind === "credentials") return answer.credentials.accessKeyId;
    return answer.kind === "refused" ? `refused: ${answer.error.message}` : answer.kind;
  }

  async signedIn(accessKeyId: string): Promise<void> {
    this.renewals.at(-1)?.resolve(sessionFrom(this.now, accessKeyId));
    await this.session.settled();
  }

  async failed(error: Error): Promise<void> {
    this.renewals.at(-1)?.reject(error);
    await this.session.settled();
  }
}

const nobody = new UserError("no-assertion", "Nobody signed in", {
  exitCode: ExitCode.NO_ASSERTION,
});

Deno.test("RenewingSession: a session is given out, and not renewed before SDKs ask for another one", async () => {
  const scene = new Scene();
  for (const minutes of [0, 10, 44]) assert.equal(await scene.at(minutes).asked(), "FIRST");
  assert.equal(scene.renewals.length, 0);
});

Deno.test("RenewingSession: with a quarter of an hour left a sign-in begins, and the old one is given out", async () => {
  const scene = new Scene().at(45);
  assert.equal(await scene.asked(), "FIRST");
  assert.equal(await scene.at(50).asked(), "FIRST");
  assert.equal(scene.renewals.length, 1);
  await scene.signedIn("SECOND");
  assert.equal(await scene.asked(), "SECOND");
  assert.equal(scene.renewals.length, 1);
});

Deno.test("RenewingSession: what another command has cached is taken without a sign-in", async () => {
  const scene = new Scene().at(45);
  scene.cached = sessionFrom(scene.now, "CACHED");
  assert.equal(await scene.asked(), "CACHED");
  assert.equal(scene.renewals.length, 0);
});

Deno.test("RenewingSession: a hundred who ask when it is over begin one sign-in, and get its session", async () => {
  const scene = new Scene().at(60);
  const asked = Array.from({ length: 100 }, () => scene.asked());
  await scene.signedIn("SECOND");
  assert.deepEqual(new Set(await Promise.all(asked)), new Set(["SECOND"]));
  assert.equal(scene.renewals.length, 1);
});

Deno.test("RenewingSession: who asks behind the end is told to ask again, and not kept waiting", async () => {
  const scene = new Scene().at(60);
  assert.equal(await scene.asked(), "pending");
  assert.equal(await scene.asked(), "pending");
  assert.equal(scene.renewals.length, 1);
  await scene.signedIn("SECOND");
  assert.equal(await scene.asked(), "SECOND");
});

Deno.test("RenewingSession: a failure costs nothing while the old session lasts, and is the answer behind it", async () => {
  const scene = new Scene().at(45);
  await scene.asked();
  await scene.failed(nobody);
  assert.equal(await scene.asked(), "FIRST");
  assert.deepEqual(scene.failures, ["Nobody signed in"]);
  await scene.at(59.5).asked();
  await scene.failed(nobody);
  assert.equal(await scene.at(60).asked(), "refused: Nobody signed in");
  assert.equal(scene.renewals.length, 2);
});

Deno.test("RenewingSession: tabs open ever more rarely where nobody signs in, at most every hour", async () => {
  const scene = new Scene();
  const begun: number[] = [];
  // A job that asks every minute for a night; each sign-in is given up after five.
  for (let minute = 60; minute < 60 + 600; minute++) {
    scene.at(minute);
    const before = scene.renewals.length;
    await scene.asked();
    if (scene.renewals.length > before) begun.push(minute);
    if (minute === (begun.at(-1) ?? 0) + 5) await scene.failed(nobody);
  }
  const pauses = begun.slice(1).map((minute, index) => minute - (begun[index] ?? 0));
  assert.deepEqual(pauses, [6, 7, 9, 13, 21, 37, 65, 65, 65, 65, 65, 65, 65]);
});

Deno.test("RenewingSession: once somebody has signed in, failures count anew", async () => {
  const scene = new Scene().at(60);
  await scene.asked();
  await scene.failed(nobody);
  await scene.at(61).asked();
  await scene.failed(nobody);
  await scene.at(63).asked();
  await scene.signedIn("SECOND");
  await scene.at(63 + 60).asked();
  await scene.failed(nobody);
  assert.equal(await scene.at(63 + 61).asked(), "pending");
  assert.equal(scene.renewals.length, 5);
});

Deno.test("RenewingSession: while nobody may ask again, a session that another command cached ends that", async () => {
  const scene = new Scene().at(60);
  await scene.asked();
  await scene.failed(nobody);
  scene.cached = sessionFrom(scene.now, "CACHED");
  assert.equal(await scene.asked(), "CACHED");
});

Deno.test("RenewingSession: a bug in a sign-in is a refusal, not the end of the command", async () => {
  const scene = new Scene().at(60);
  await scene.asked();
  await scene.failed(new TypeError("x is undefined"));
  assert.equal(await scene.asked(), "refused: The driver failed: x is undefined");
});
