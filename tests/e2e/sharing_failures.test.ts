/** What becomes of a sign-in that fails is told to all who wait for it. */

import assert from "node:assert/strict";
import { allOf, type Meeting, meetingTest, roleArgs, ROLES } from "../support/callers.ts";
import { type Driver } from "../support/driver.ts";
import { assertFailed, assertFree, endOf, post, soon } from "../support/sign_ins.ts";
import type { StageOptions } from "../support/stage.ts";

const test = (name: string, options: StageOptions, body: (meeting: Meeting) => Promise<void>) =>
  meetingTest(name, body, options);

const [first, second, , outside] = ROLES;

async function several(meeting: Meeting, ...each: readonly (readonly string[])[]) {
  const callers: Driver[] = [];
  for (const args of each) callers.push(await meeting.callAndWait([...meeting.shared, ...args]));
  await meeting.opened(1);
  return callers;
}

test("callers: a refusal of STS is everybody's, for five seconds", {
  sts: { behaviours: [{ kind: "error", code: "AccessDenied" }] },
}, async (meeting) => {
  const callers = await several(meeting, roleArgs(first), roleArgs(first), roleArgs(first));
  await meeting.signIn("many");
  const failedAt = Date.now();
  const ends = await allOf(callers);
  for (const end of ends) {
    assertFailed(end, { code: 6, says: /^STS refused the sign-in: .* \(AccessDenied\)$/ });
  }
  const late = await endOf(meeting.call([...meeting.shared, ...roleArgs(first)]));
  assert.ok(Date.now() - failedAt < 5000, "this machine is too slow for this test");
  assertFailed(late, { code: 6, says: /\(AccessDenied\)$/ });
  await meeting.over();
  assert.equal(meeting.openings(), 1);
  assert.equal(meeting.stage.sts.calls.length, 1);
  const anew = await meeting.callAndWait([...meeting.shared, ...roleArgs(first)]);
  await meeting.opened(2);
  await meeting.signIn("many");
  const { code, stderr } = await endOf(anew);
  assert.equal(code, 0, stderr);
});

test("callers: the time is up for all", {}, async (meeting) => {
  const flags = ["--timeout", "4s"];
  const callers = await several(meeting, [...roleArgs(first), ...flags], [
    ...roleArgs(second),
    ...flags,
  ]);
  for (const end of await allOf(callers)) {
    assertFailed(end, { code: 4, says: /^No assertion came to .* within 4 seconds/ });
  }
  await meeting.over();
  assert.equal(meeting.openings(), 1);
});

test(
  "callers: a port that is a stranger's is exit 3 for all, and opens nothing",
  {},
  async (meeting) => {
    const { port } = meeting.stage;
    {
      using _stranger = Deno.listen({ hostname: "127.0.0.1", port });
      const callers = [first, second, first].map((offer) =>
        meeting.call([...meeting.shared, ...roleArgs(offer)])
      );
      for (const end of await allOf(callers)) {
        assertFailed(end, {
          code: 3,
          says: /^Port \d+ is in use: another program is listening on /,
        });
      }
    }
    assertFree(port);
    assert.equal(meeting.openings(), 0);
  },
);

test("callers: Cancel on the page is the answer to all who were to pick", {}, async (meeting) => {
  const callers = await several(meeting, [], []);
  const tab = await meeting.picker("half");
  await tab.cancel();
  for (const { code, stdout } of await allOf(callers)) {
    assert.equal(code, 130);
    assert.equal(stdout, "");
  }
  await meeting.over();
  assert.equal(meeting.openings(), 1);
  assert.equal(meeting.stage.sts.calls.length, 0);
});

// Everybody waited until somebody had picked for the one who named no role, and Cancel failed them all.
test(
  "callers: one who is to pick is in nobody's way, and Cancel is theirs alone",
  {},
  async (meeting) => {
    const callers = await several(meeting, [], roleArgs(second), roleArgs(outside));
    const [picks, named, notOffered] = callers;
    assert.ok(picks && named && notOffered);
    const tab = await meeting.picker("half");
    const { code, stderr } = await endOf(named);
    assert.equal(code, 0, stderr);
    await tab.cancel();
    assert.equal((await endOf(picks)).code, 130);
    await meeting.opened(2);
    await meeting.signIn("rest");
    const last = await endOf(notOffered);
    assert.equal(last.code, 0, last.stderr);
    await meeting.over();
    assert.equal(meeting.stage.sts.calls.length, 2);
  },
);

// What STS refused for one role was told to whoever waited for, or asked within five seconds for, another.
test("callers: a refusal is of those settings alone", {}, async (meeting) => {
  const unknown = { role: "arn:aws:iam::100000000001:role/Nope", provider: first?.provider ?? "" };
  const [refused, notOffered] = await several(meeting, roleArgs(unknown), roleArgs(outside));
  assert.ok(refused && notOffered);
  await meeting.signIn("half", { roles: [unknown, ...ROLES.slice(0, 3)] });
  assertFailed(await endOf(refused), { code: 6, says: /\(AccessDenied\)$/ });
  const other = meeting.call([...meeting.shared, ...roleArgs(second)]);
  await meeting.opened(2);
  await meeting.signIn("many");
  for (const { code, stderr } of await allOf([notOffered, other])) assert.equal(code, 0, stderr);
});

test(
  "callers: those who named no role share one picking, and are not asked again",
  {},
  async (meeting) => {
    const callers = await several(meeting, [], []);
    const tab = await meeting.picker("half");
    const late = await meeting.callAndWait(meeting.shared);
    await tab.choose("Role2");
    const ends = await allOf([...callers, late]);
    for (const { code, stdout, stderr } of ends) {
      assert.equal(code, 0, stderr);
      assert.equal(stdout, ends[0]?.stdout);
    }
    const again = await endOf(meeting.call([...meeting.shared, "--no-interactive"]));
    assert.equal(again.stdout, ends[0]?.stdout, again.stderr);
    assert.equal(meeting.openings(), 1);
    assert.equal(meeting.stage.sts.calls.length, 1);
  },
);

test(
  "callers: without the cache they queue for the port, and say for whom",
  {},
  async (meeting) => {
    const args = (offer: typeof first) => [
      ...meeting.shared.filter((each) => each !== "--cache"),
      ...roleArgs(offer),
    ];
    const one = meeting.call(args(first));
    await meeting.opened(1);
    const two = meeting.call(args(second));
    await soon("the second to queue", two.waitFor("Another sign-in has port"));
    assert.ok(two.said().includes(String(first?.role.split(":").at(-1))), two.said());
    await post(meeting.stage, meeting.stage.idp.signIn("many").fields);
    assert.equal((await endOf(one)).code, 0);
    await meeting.opened(2);
    await post(meeting.stage, meeting.stage.idp.signIn("many").fields);
    assert.equal((await endOf(two)).code, 0);
    assert.deepEqual(meeting.files().filter((each) => /sessions|sharing/.test(each)), []);
  },
);
