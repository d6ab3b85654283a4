/** A clock that jumps by hours: a sign-in goes on, and a kept session is not served by the wrong time. */

import assert from "node:assert/strict";
import { productOf } from "../support/aws_files.ts";
import { CALLER, fakeClock } from "../support/callers.ts";
import { runDriver } from "../support/driver.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { assertFailed, assertFree, endOf, post, waitingDriver } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

peersTest(
  ["faketime"],
  "a clock that jumps while a sign-in waits is named, and once it is right the sign-in succeeds",
  async () => {
    await using stage = setStage();
    const clock = await fakeClock({ stage }, pathOf("faketime"), { timers: false });
    const env = clock.env;
    await using driver = await waitingDriver(stage, { program: CALLER, env });
    for (const offset of ["+2h", "-2h", "+3d"]) {
      await clock.set(offset);
      const page = await post(stage, stage.idp.signIn("alice").fields);
      assert.notEqual(page.status, 200, offset);
      assert.match(page.text, /clock/, offset);
      assert.equal(stage.sts.calls.length, 0, offset);
    }
    await clock.set("+0");
    await post(stage, stage.idp.signIn("alice").fields);
    const { code, stdout, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), productOf(stage.sts.handedOut[0]));
    assertFree(stage.port);
  },
);

peersTest(
  ["faketime"],
  "a kept session is served by the right clock, and by none that is hours off",
  async () => {
    await using stage = setStage();
    const clock = await fakeClock({ stage }, pathOf("faketime"), { timers: false });
    const env = { ...stage.env, ...clock.env, BROWSER: "none" };
    await using driver = await waitingDriver(stage, { program: CALLER, args: ["--cache"], env });
    await post(stage, stage.idp.signIn("alice").fields);
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    for (const offset of ["+2h", "-2h", "+0", "+3d", "+0"]) {
      await clock.set(offset);
      const args = [...stage.args, "--cache", "--no-interactive"];
      const end = await runDriver(args, { program: CALLER, home: stage.home, env });
      if (offset !== "+0") assertFailed(end, { code: 9, says: /^A sign-in is needed/ });
      else assert.deepEqual(JSON.parse(end.stdout), productOf(stage.sts.handedOut[0]));
    }
    assert.equal(stage.sts.calls.length, 1);
  },
);
