/**
 * Many sign-ins one after the other, and many callers at once: none fails, and nothing is left behind or grows.
 *
 * A few of each here; `deno task faults` takes a thousand, and a hundred callers.
 */

import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { stsExchange } from "../../src/aws/sts.ts";
import { StsHandler } from "../../src/aws/sts_handler.ts";
import { readAssertion } from "../../src/saml/reader.ts";
import { claimPort } from "../../src/sign_in/listener/port.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";
import { signIn } from "../../src/sign_in/sign_in.ts";
import { productOf } from "../support/aws_files.ts";
import { allOf, meet, processesWith, roleArgs } from "../support/callers.ts";
import { eventually } from "../support/eventually.ts";
import { sdkEnvironment } from "../support/exchange.ts";
import { fakeWorld, howFake, requestFake } from "../support/fakes.ts";
import { filesBelow } from "../support/leaks.ts";
import {
  type LoopbackAnswer,
  type LoopbackServer,
  serveLoopback,
} from "../support/loopback_http.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE, manyRoles } from "../support/saml_response.ts";
import { assertFree, endOf, post, signInOnce, soon } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";
import type { Sts } from "../support/sts.ts";

const LONG = Deno.env.get("FAULTS") === "all";
const SIGN_INS = LONG ? 1000 : 5;
const IN_ONE_PROCESS = LONG ? 1000 : 20;
const CALLERS = LONG ? 100 : 10;
const LONG_MS = 300_000;

/** How much of each sign-in may stay on the heap, bytes; an assertion that stays is more, and so is a page. */
const GROWTH_BYTES = 8000;
/** After how many a heap has what it needs. */
const WARM = 100;

const executable = () => ({ name: "executable", command: [pathOf("executable")] as const });

function tell(text: string): void {
  if (LONG) console.log(text);
}

/** What a process has open, by Linux' own account. */
function openFiles(pid: number | "self"): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

function memoryOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  return Number(kilobytes) * 1024;
}

/** An STS with the same answer for everybody, which keeps nothing: that would pass for the driver's memory. */
function sameAnswer(sts: Sts): LoopbackServer {
  let answer: Promise<LoopbackAnswer> | undefined;
  return serveLoopback(({ method, headers, body }) =>
    answer ??= (async () => {
      const type = headers.get("content-type") ?? "";
      const honest = await fetch(sts.url, { method, headers: { "content-type": type }, body });
      return { status: honest.status, body: await honest.text() };
    })()
  );
}

/** Collects what nobody holds any more, and returns the size of the rest, bytes. */
function heap(): number {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
  return Deno.memoryUsage().heapUsed;
}

peersTest(["executable"], `${SIGN_INS} sign-ins, each by a process: nothing is left`, async () => {
  await using stage = setStage();
  const TMPDIR = `${stage.home}/tmp`;
  await Deno.mkdir(TMPDIR);
  const left = () => [...filesBelow(stage.home)].map(([path]) => path).toSorted();
  let first: readonly string[] | undefined;
  for (let index = 0; index < SIGN_INS; index++) {
    const { code, stdout, stderr } = await signInOnce(stage, {
      program: executable(),
      env: { TMPDIR },
    });
    assert.equal(code, 0, `${index}: ${stderr}`);
    assert.deepEqual(JSON.parse(stdout), productOf(stage.sts.handedOut.at(-1)));
    first ??= left();
  }
  assert.deepEqual(left(), first, "the files of one sign-in");
  const folders = [...Deno.readDirSync(TMPDIR)].map(({ name }) => name);
  assert.deepEqual(folders.filter((name) => !name.startsWith("deno-compile-")), []);
  assert.deepEqual(processesWith(`__serve\0${stage.home}/`), []);
  assertFree(stage.port);
  assert.equal(stage.sts.calls.length, SIGN_INS);
  tell(`${SIGN_INS} processes: none failed; ${left().length} files, ${folders.length} in TMPDIR`);
});

peersTest(
  ["executable"],
  `${SIGN_INS} sign-ins by the process for all callers: no file stays open`,
  async () => {
    const roles = manyRoles(SIGN_INS);
    await using meeting = await meet(executable(), {
      idp: { users: [{ name: "many", about: "each role once", response: { roles } }] },
    });
    // By process, since one that waited too long for the next caller has ended.
    const served = new Map<number, number[]>();
    for (const [index, offer] of roles.entries()) {
      const caller = meeting.call([...meeting.shared, ...roleArgs(offer)]);
      await soon("the caller to wait", caller.waitFor("Waiting on"));
      await meeting.signIn("many", { roles: [offer] });
      const { code, stderr } = await endOf(caller);
      assert.equal(code, 0, stderr);
      const [pid] = meeting.serving();
      assert.ok(pid !== undefined);
      const counts = served.get(pid) ?? [];
      served.set(pid, counts);
      const files = openFiles(pid);
      counts.push(files);
      if ((index + 1) % 100 === 0) {
        // It also has what V8 has not collected yet.
        tell(`sign-in ${index + 1}: ${files} files open, ${Math.round(memoryOf(pid) / 1e6)} MB`);
      }
    }
    assert.equal(meeting.openings(), SIGN_INS);
    for (const counts of served.values()) {
      const half = Math.floor(counts.length / 2);
      const most = (some: readonly number[]) => Math.max(0, ...some);
      // A connection that is about to close is no leak, but two files more each time are one.
      assert.ok(most(counts.slice(half)) <= most(counts.slice(0, half)) + 3, "files stay open");
    }
    await meeting.over();
  },
);

peersTest(["executable"], `${CALLERS} callers at once, cold and warm: none fails`, async () => {
  const offer = { role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER };
  await using meeting = await meet(executable());
  const args = [...meeting.shared, ...roleArgs(offer)];
  const all = (more: readonly string[] = []) =>
    Array.from({ length: CALLERS }, () => meeting.call([...args, ...more]));
  const cold = all();
  await meeting.opened(1);
  await meeting.signIn("many", { roles: [offer] });
  const ends = await allOf(cold, LONG_MS);
  await meeting.over();
  // Silent, as the sign-in's was not, and without a process that signs in.
  const warm = await allOf(all(["--no-interactive"]), LONG_MS);
  assert.deepEqual(meeting.serving(), []);
  const product = productOf(meeting.stage.sts.handedOut[0]);
  for (const { code, stdout, stderr } of [...ends, ...warm]) {
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), product);
  }
  for (const { stderr } of warm) assert.equal(stderr, "");
  assert.equal(meeting.stage.sts.calls.length, 1);
  assert.equal(meeting.openings(), 1);
  tell(`${CALLERS} callers cold and ${CALLERS} warm: none failed, one opening, one call of STS`);
});

Deno.test({
  // The sanitizers of `deno test` look for timers and operations.
  name: `signIn: ${IN_ONE_PROCESS} in one process leave no file, no timer and no assertion behind`,
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using stage = setStage();
    await using sts = sameAnswer(stage.sts);
    using _environment = sdkEnvironment({ AWS_ENDPOINT_URL_STS: sts.url });
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    using _client = { [Symbol.dispose]: () => client.close() };
    const exchange = stsExchange({ handler: new StsHandler(client) });
    const world = {
      ...fakeWorld({
        claimPort: (options) => claimPort(`${stage.home}/cache`, options),
        loadReader: () => Promise.resolve(readAssertion),
        loadExchange: () => Promise.resolve(exchange),
        now: Date.now,
      }),
      watch: ({ kind }: SignInEvent) => kind === "listening" && listening.resolve(),
    };
    let listening = Promise.withResolvers<void>();
    let delivered = 0;
    let { fields } = stage.idp.signIn("alice");
    const once = async () => {
      listening = Promise.withResolvers();
      const how = howFake(() => Promise.resolve(`${++delivered}`));
      const end = signIn(requestFake({ port: stage.port }), world, how);
      await Promise.race([listening.promise, end]);
      await post(stage, fields);
      await end;
    };
    await once();
    const before = openFiles("self");
    let warm = NaN;
    for (let index = 1; index < IN_ONE_PROCESS; index++) {
      if (index === WARM) warm = heap();
      // The same one again while it is valid: the IdP keeps them all.
      if (index % WARM === 0) fields = stage.idp.signIn("alice").fields;
      await once();
    }
    await eventually("everything to be closed", () => openFiles("self") <= before || undefined);
    assert.equal(delivered, IN_ONE_PROCESS);
    assertFree(stage.port);
    if (IN_ONE_PROCESS > WARM) {
      const each = Math.round((heap() - warm) / (IN_ONE_PROCESS - WARM));
      tell(
        `${IN_ONE_PROCESS} in one process: ${before} files open before and after, ${each} bytes kept of each`,
      );
      assert.ok(each < GROWTH_BYTES, `${each} bytes are kept of each sign-in`);
    }
  },
});
