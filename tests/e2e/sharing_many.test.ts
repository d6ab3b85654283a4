/** One sign-in for everybody who asks at once. */

import assert from "node:assert/strict";
import { allOf, meet, roleArgs, ROLES, waits } from "../support/callers.ts";
import type { Driver } from "../support/driver.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { eventually } from "../support/eventually.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";

const program = () => ({ name: "executable", command: [pathOf("executable")] as const });

/** A hundred processes on two processors take a while to start. */
const MANY_MS = 60_000;

const waiting = (callers: readonly Driver[]) => callers.filter(waits).length;

peersTest(["executable"], "100 processes at once for one session: one of everything", async () => {
  await using meeting = await meet(program());
  const { stage } = meeting;
  const args = [...meeting.shared, ...roleArgs({ role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER })];
  const callers = Array.from({ length: 100 }, () => meeting.call(args));
  await meeting.opened(1);
  await eventually("many to wait", () => waiting(callers) > 50 || undefined);
  await meeting.signIn("many", { roles: [{ role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER }] });
  const ends = await allOf(callers, MANY_MS);
  const [handedOut] = stage.sts.handedOut;
  for (const { code, stdout, stderr } of ends) {
    assert.equal(code, 0, stderr);
    assert.equal(stdout, ends[0]?.stdout);
  }
  assert.equal(JSON.parse(ends[0]?.stdout ?? "").SecretAccessKey, handedOut?.secretAccessKey);
  assert.equal(stage.sts.calls.length, 1, "one call of STS");
  await meeting.over();
  assert.equal(meeting.openings(), 1, "one opening of a browser");
  const left = meeting.files().filter((path) => /\/sharing\/.*\.json/.test(path));
  assert.deepEqual(left, [], "no meeting is left");
});

peersTest(
  ["executable"],
  "75 callers of 75 roles at once: one opening, one post, 75 exchanges",
  async () => {
    await using meeting = await meet(program(), { sts: { delayMs: 50 } });
    const { stage } = meeting;
    const callers = ROLES.map((offer) => meeting.call([...meeting.shared, ...roleArgs(offer)]));
    await meeting.opened(1);
    await eventually("many to wait", () => waiting(callers) > 40 || undefined);
    const page = await meeting.signIn("many");
    assert.match(page.text, /\d+ sessions went to the commands that asked/);
    const ends = await allOf(callers, MANY_MS);
    for (const [index, { code, stdout, stderr }] of ends.entries()) {
      assert.equal(code, 0, stderr);
      const role = ROLES[index]?.role.split("/").at(-1);
      const own = stage.sts.handedOut.filter(({ arn }) => arn.includes(`/${role}/`));
      assert.equal(own.length, 1, `one exchange for ${role}`);
      assert.equal(JSON.parse(stdout).AccessKeyId, own[0]?.accessKeyId);
    }
    assert.equal(stage.sts.calls.length, 75);
    assert.ok(stage.sts.highWater <= 8, `${stage.sts.highWater} at once`);
    assert.ok(stage.sts.highWater > 1, "more than one at once");
    await meeting.over();
    assert.equal(meeting.openings(), 1, "one opening of a browser");
  },
);
