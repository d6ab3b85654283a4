/** Callers who were killed: what goes on for them, and what does not. */

import assert from "node:assert/strict";
import {
  CALLER,
  fakeClock,
  meet,
  type Meeting,
  meetingTest,
  roleArgs,
  ROLES,
} from "../support/callers.ts";
import { type Driver } from "../support/driver.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { assertFailed, endOf, soon } from "../support/sign_ins.ts";

const [first, second, , outside] = ROLES;

/** A caller that is killed while its sign-in goes on, as an SDK does. */
async function killed(meeting: Meeting, args: readonly string[]): Promise<void> {
  const caller = await meeting.callAndWait([...meeting.shared, ...args]);
  await meeting.opened(1);
  caller.kill("SIGKILL");
  await endOf(caller);
}

const waits = (meeting: Meeting, args: readonly string[]): Promise<Driver> =>
  meeting.callAndWait([...meeting.shared, ...args]);

// The killed one counted as one who waits: the sign-in went on for nobody until its time was up.
meetingTest(
  "callers: Ctrl-C at the last one who lives ends the sign-in, behind one that was killed",
  async (meeting) => {
    await killed(meeting, roleArgs(first));
    const caller = await waits(meeting, roleArgs(first));
    caller.kill("SIGINT");
    assert.equal((await endOf(caller)).code, 130);
    await meeting.over();
  },
);

// Its role was not offered, and a second tab was opened for it.
meetingTest("callers: nobody signs in a second time for one that was killed", async (meeting) => {
  await killed(meeting, roleArgs(outside));
  const caller = await waits(meeting, roleArgs(first));
  await meeting.signIn("half");
  assert.equal((await endOf(caller)).code, 0);
  await meeting.over();
  assert.equal(meeting.openings(), 1);
});

// The person was asked to pick a role for it, and whoever waited had to wait for that.
meetingTest(
  "callers: nobody picks a role for one that was killed, unless nobody else waits",
  async (meeting) => {
    await killed(meeting, []);
    const caller = await waits(meeting, roleArgs(first));
    await meeting.signIn("half");
    assert.equal((await endOf(caller)).code, 0);
    await meeting.over();
    assert.equal(meeting.openings(), 1);
  },
);

meetingTest(
  "callers: with nobody else waiting, a role is picked for one that was killed",
  async (meeting) => {
    await killed(meeting, []);
    const tab = await meeting.picker("half");
    await tab.choose("Role2");
    const again = await endOf(meeting.call([...meeting.shared, "--no-interactive"]));
    assert.equal(again.code, 0, again.stderr);
    await meeting.over();
  },
);

// Who waited behind it never learned where to sign in.
meetingTest(
  "callers: when the one that shows the sign-in is gone, the next one shows it",
  async (meeting) => {
    await killed(meeting, roleArgs(first));
    const caller = await waits(meeting, roleArgs(first));
    await soon("the next to show it", caller.waitFor("Waiting on"));
    const lines = caller.said().split("\n");
    assert.ok(
      lines.some((line) => line.startsWith("Opening your browser to sign in")),
      caller.said(),
    );
    await meeting.signIn("many");
    assert.equal((await endOf(caller)).code, 0);
  },
);

// It waited for as long as the sign-in did, here for ever.
meetingTest("callers: each one's own --timeout ends its own wait", async (meeting) => {
  const one = await waits(meeting, [...roleArgs(first), "--timeout", "0"]);
  await meeting.opened(1);
  const two = await waits(meeting, [...roleArgs(second), "--timeout", "2s"]);
  assertFailed(await endOf(two), { code: 4, says: /^No assertion came to .* within 2 seconds$/ });
  assert.equal(meeting.serving().length, 1);
  await meeting.signIn("many");
  assert.equal((await endOf(one)).code, 0);
});

// Nothing ended it, and its port was taken for ever.
peersTest(
  ["faketime"],
  "callers: one that would have waited for ever is waited for an hour after it was killed",
  async () => {
    await using meeting = await meet(CALLER);
    const clock = await fakeClock(meeting, pathOf("faketime"), { timers: true });
    const args = [...meeting.shared, ...roleArgs(first), "--timeout", "0"];
    const caller = await meeting.callAndWait(args, { env: clock.env });
    await meeting.opened(1);
    caller.kill("SIGKILL");
    await endOf(caller);
    await clock.set("+59m");
    assert.equal(meeting.serving().length, 1);
    await clock.set("+61m");
    await meeting.over();
  },
);

// A console's sign-in brought the session while the process queued for the port: its tab was for nobody.
meetingTest(
  "callers: no tab is opened when another sign-in has brought the session meanwhile",
  async (meeting) => {
    const holder = meeting.call([
      ...[...meeting.shared, ...roleArgs(first)],
      ...["--console", "--signin-url", "http://127.0.0.1:9/federation"],
    ]);
    await meeting.opened(1);
    const caller = await waits(meeting, roleArgs(first));
    await soon("it to queue", caller.waitFor("Another sign-in has port"));
    await meeting.signIn("many");
    for (const each of [holder, caller]) {
      const { code, stderr } = await endOf(each);
      assert.equal(code, 0, stderr);
    }
    await meeting.over();
    assert.equal(meeting.openings(), 1);
  },
);

// Ctrl-C again, within the time that the wait took to notice the first: the process ended and its sign-in stayed.
meetingTest("callers: Ctrl-C twice at once ends the sign-in as well", async (meeting) => {
  const caller = await waits(meeting, roleArgs(first));
  await meeting.opened(1);
  await soon("it to show the sign-in", caller.waitFor("Waiting on"));
  caller.kill("SIGINT");
  caller.kill("SIGINT");
  assert.equal((await endOf(caller)).code, 130);
  await meeting.over();
  assert.deepEqual(meeting.files().filter((path) => /\/sharing\/.*\.json/.test(path)), []);
});

meetingTest(
  "callers: what they share is removed by hand, and the session comes all the same",
  async (meeting) => {
    const caller = await waits(meeting, roleArgs(first));
    await meeting.opened(1);
    Deno.removeSync(`${meeting.stage.home}/cache`, { recursive: true });
    await meeting.signIn("many");
    const { code, stderr } = await endOf(caller);
    assert.equal(code, 0, stderr);
  },
);
