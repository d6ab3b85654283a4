/**
 * Many sign-ins one after the other, and many callers at once: none fails, and nothing is left behind or grows.
 *
 * A few of each here; `deno task faults` takes a thousand, and a hundred callers.
 */

import assert from "node:assert/strict";
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
import { pathOf, peersTest } from "../support/peers_together.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE, manyRoles } from "../support/saml_response.ts";
import { assertFree, endOf, post, signInOnce, soon } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

const LONG = Deno.env.get("FAULTS") === "all";
const SIGN_INS = LONG ? 1000 : 5;
const IN_ONE_PROCESS = LONG ? 1000 : 20;
const CALLERS = LONG ? 100 : 10;
const LONG_MS = 300_000;

/** How much a process may grow from its hundredth sign-in to its thousandth: a leak of 30 KB each is more. */
const GROWTH_BYTES = 30_000_000;

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

/** A process after a sign-in: the files that it has open, and its memory in bytes. */
interface Figure {
  readonly files: number;
  readonly memory: number;
}

function most(figures: readonly Figure[]): number {
  return Math.max(0, ...figures.map(({ files }) => files));
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
  `${SIGN_INS} sign-ins by the process for all callers: no file stays open, no memory is kept`,
  async () => {
    const roles = manyRoles(SIGN_INS);
    await using meeting = await meet(executable(), {
      idp: { users: [{ name: "many", about: "each role once", response: { roles } }] },
    });
    // By process, since one that waited too long for the next caller has ended.
    const served = new Map<number, Figure[]>();
    for (const [index, offer] of roles.entries()) {
      const caller = meeting.call([...meeting.shared, ...roleArgs(offer)]);
      await soon("the caller to wait", caller.waitFor("Waiting on"));
      await meeting.signIn("many", { roles: [offer] });
      const { code, stderr } = await endOf(caller);
      assert.equal(code, 0, stderr);
      const [pid] = meeting.serving();
      assert.ok(pid !== undefined);
      const figures = served.get(pid) ?? [];
      served.set(pid, figures);
      const [files, memory] = [openFiles(pid), memoryOf(pid)];
      figures.push({ files, memory });
      if ((index + 1) % 100 === 0) {
        tell(`sign-in ${index + 1} (${pid}): ${files} open, ${Math.round(memory / 1e6)} MB`);
      }
    }
    assert.equal(meeting.openings(), SIGN_INS);
    for (const figures of served.values()) {
      const half = Math.floor(figures.length / 2);
      assert.ok(most(figures.slice(half)) <= most(figures.slice(0, half)) + 1, "files stay open");
      const [early, late] = [figures[99], figures.at(-1)];
      if (early && late) assert.ok(late.memory - early.memory < GROWTH_BYTES, "memory is kept");
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
  name: `signIn: ${IN_ONE_PROCESS} in one process leave no file open, no timer and no operation`,
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using stage = setStage();
    using _environment = sdkEnvironment(stage.env);
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
    const once = async () => {
      listening = Promise.withResolvers();
      const how = howFake(() => Promise.resolve(`${++delivered}`));
      const end = signIn(requestFake({ port: stage.port }), world, how);
      await Promise.race([listening.promise, end]);
      await post(stage, stage.idp.signIn("alice").fields);
      await end;
    };
    await once();
    const before = openFiles("self");
    for (let index = 1; index < IN_ONE_PROCESS; index++) await once();
    await eventually("everything to be closed", () => openFiles("self") <= before || undefined);
    assert.equal(delivered, IN_ONE_PROCESS);
    assert.equal(stage.sts.calls.length, IN_ONE_PROCESS);
    assertFree(stage.port);
    tell(`${IN_ONE_PROCESS} in one process: ${before} open before and after`);
  },
});
