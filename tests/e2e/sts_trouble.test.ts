/** STS refuses, misbehaves or cannot be reached: one message, the right exit code, nothing on stdout. */

import assert from "node:assert/strict";
import { hastyProgram, programs, runDriver } from "../support/driver.ts";
import {
  assertFailed,
  assertFree,
  detailOf,
  endOf,
  post,
  signInOnce,
  someAtATime,
  waitingDriver,
} from "../support/sign_ins.ts";
import { PATIENCE_MS } from "../support/eventually.ts";
import { setStage } from "../support/stage.ts";
import { type Behaviour, FIXTURE_SECRET_MARKER } from "../support/sts.ts";
import { SILENCE, TROUBLES } from "./sts_troubles.ts";

/** What passes, so that the sign-in succeeds in the end. */
const HICCUPS: readonly { readonly name: string; readonly behaviours: readonly Behaviour[] }[] = [
  { name: "500 twice", behaviours: [{ kind: "error", code: "InternalFailure", times: 2 }] },
  { name: "Throttling once", behaviours: [{ kind: "error", code: "Throttling" }] },
  { name: "hanging up once", behaviours: [{ kind: "close" }] },
  { name: "half an answer once", behaviours: [{ kind: "truncate" }] },
  { name: "a gateway's 504 once", behaviours: [{ kind: "answer", status: 504, body: "<html>" }] },
  { name: "three slow seconds", behaviours: [{ kind: "delay", ms: 3000 }] },
];

Deno.test("trouble with STS is one message, exit 6 or 7, and a page; what passes costs nothing", async () => {
  await Promise.all([troubles(), hiccups()]);
});

async function troubles(): Promise<void> {
  const all = [
    { program: hastyProgram(), trouble: SILENCE },
    ...programs().flatMap((program) => TROUBLES.map((trouble) => ({ program, trouble }))),
  ];
  await someAtATime(all, 4, async ({ program, trouble }) => {
    const { name, behaviours = [], args = [], env, code, says, hint, calls } = trouble;
    await using stage = setStage({ sts: { behaviours } });
    if (trouble.before) {
      const variables = { ...stage.env, ...env?.(stage) };
      const end = await runDriver([...stage.args, ...args], {
        program,
        home: stage.home,
        env: variables,
      });
      assertFailed(end, { code, says });
      assert.match(end.stderr, hint);
      assert.equal(stage.sts.calls.length, 0);
      return;
    }
    await using driver = await waitingDriver(stage, { program, args, env: env?.(stage) ?? {} });
    const page = await post(stage, stage.idp.signIn("alice").fields, 2 * PATIENCE_MS).catch(
      (error) => {
        // What it cannot work with is said as soon as it is found, with or without a form.
        if (code !== 2) throw error;
      },
    );
    const end = await endOf(driver);
    try {
      assertFailed(end, { code, says });
      assert.match(end.stderr, hint);
      assert.ok(!end.stderr.includes(FIXTURE_SECRET_MARKER));
      if (page !== undefined) {
        assert.ok(end.stderr.includes(detailOf(page.text)), detailOf(page.text));
        assert.ok(!page.text.includes(FIXTURE_SECRET_MARKER));
        assert.equal(page.headers.get("cache-control"), "no-store");
      }
      if (calls !== undefined) {
        const { length } = stage.sts.calls;
        assert.ok([calls].flat().includes(length), `${length} calls instead of ${calls}`);
      }
      assertFree(stage.port);
    } catch (error) {
      throw new Error(`${program.name}, ${name}: ${error}\n${end.stderr}`);
    }
  });
}

/** What passes costs nobody the sign-in. */
async function hiccups(): Promise<void> {
  const all = programs().flatMap((program) => HICCUPS.map((hiccup) => ({ program, ...hiccup })));
  await someAtATime(all, 2, async ({ program, name, behaviours }) => {
    await using stage = setStage({ sts: { behaviours } });
    const { code, stdout, stderr } = await signInOnce(stage, { program });
    assert.equal(code, 0, `${program.name}, ${name}: ${stderr}`);
    assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut.at(-1)?.accessKeyId, name);
  });
}
