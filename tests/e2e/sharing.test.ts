/** Callers who share a sign-in: what becomes of it when some of them, or the process that signs in, end. */

import assert from "node:assert/strict";
import { allOf, kill, type Meeting, meetingTest, roleArgs, ROLES } from "../support/callers.ts";
import { assertSilent } from "../support/checks.ts";
import { eventually } from "../support/eventually.ts";
import { assertFailed, endOf, soon } from "../support/sign_ins.ts";

const [first, second, third, fourth] = ROLES;

/** Less than the minutes of a wait, more than a busy machine takes. */
const AT_ONCE_MS = 5000;

/** Waits until nobody signs in, under a shorter deadline. */
const atOnceOver = (meeting: Meeting) => soon("the sign-in to end", meeting.over(), AT_ONCE_MS);

meetingTest(
  "callers: one that is killed takes nothing with it, and the next call is answered",
  async (meeting) => {
    const args = [...meeting.shared, ...roleArgs(first)];
    const caller = await meeting.callAndWait(args);
    await meeting.opened(1);
    caller.kill("SIGKILL");
    await endOf(caller);
    assert.equal(meeting.serving().length, 1, "the sign-in goes on");
    await meeting.signIn("many");
    await eventually(
      "the session",
      () => meeting.files().some((each) => /sessions\/\w+\.json$/.test(each)) || undefined,
    );
    const { code, stdout, stderr } = await endOf(meeting.call(args));
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).AccessKeyId, meeting.stage.sts.handedOut[0]?.accessKeyId);
    await meeting.over();
    assert.equal(meeting.openings(), 1);
    assert.equal(meeting.stage.sts.calls.length, 1);
  },
);

meetingTest(
  "callers: the death of the sign-in process costs one more opening, and all are answered",
  async (meeting) => {
    const callers = [];
    for (const offer of [first, second, first]) {
      callers.push(await meeting.callAndWait([...meeting.shared, ...roleArgs(offer)]));
    }
    await meeting.opened(1);
    const [pid, ...others] = meeting.serving();
    assert.ok(pid !== undefined && others.length === 0);
    kill(pid, "SIGKILL");
    await meeting.opened(2);
    await meeting.signIn("many");
    for (const { code, stderr } of await allOf(callers)) assert.equal(code, 0, stderr);
    await meeting.over();
    assert.equal(meeting.openings(), 2);
    assert.equal(meeting.stage.sts.calls.length, 2);
  },
);

meetingTest(
  "callers: a sign-in process that dies twice ends the wait, instead of a tab for ever",
  async (meeting) => {
    const caller = await meeting.callAndWait([...meeting.shared, ...roleArgs(first)]);
    for (const times of [1, 2]) {
      await meeting.opened(times);
      for (const pid of meeting.serving()) kill(pid, "SIGKILL");
    }
    assertFailed(await endOf(caller), {
      code: 1,
      says: "The process that signs in was ended twice",
    });
    assert.equal(meeting.openings(), 2);
  },
);

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 143]] as const) {
  meetingTest(
    `callers: ${signal} at one of two leaves the sign-in, at the last one ends it`,
    async (meeting) => {
      const args = [...meeting.shared, ...roleArgs(first)];
      const one = await meeting.callAndWait(args);
      await meeting.opened(1);
      const two = await meeting.callAndWait([...meeting.shared, ...roleArgs(second)]);
      one.kill(signal);
      assert.equal((await endOf(one)).code, code);
      assert.equal(meeting.serving().length, 1);
      two.kill(signal);
      assert.equal((await endOf(two)).code, code);
      await atOnceOver(meeting);
      // Who thinks better of it signs in at once: an interruption is no failure to share.
      const again = await meeting.callAndWait(args);
      await meeting.opened(2);
      await meeting.signIn("many");
      const { code: last, stderr } = await endOf(again);
      assert.equal(last, 0, stderr);
    },
  );
}

meetingTest(
  "callers: one that waits says in one line for whom, and the first one shows the sign-in",
  async (meeting) => {
    const one = await meeting.callAndWait([...meeting.shared, ...roleArgs(first)]);
    await meeting.opened(1);
    const two = meeting.call([...meeting.shared, ...roleArgs(second), "--verbose"]);
    await soon("the second to wait", two.waitFor("Another command is already signing in"));
    await soon("the first to show it", one.waitFor("Waiting on"));
    await meeting.signIn("many");
    const [shows, waits] = await allOf([one, two]);
    assert.match(shows?.stderr ?? "", /Waiting on/);
    const lines = waits?.stderr.split("\n").filter((line) => /already signing in/.test(line)) ?? [];
    assert.equal(lines.length, 1, waits?.stderr);
    assert.ok(lines[0]?.includes(`for ${first?.role}`), lines[0]);
    assert.doesNotMatch(waits?.stderr ?? "", /Waiting on/);
    const misses = waits?.stderr.split("\n").filter((line) => /Not from the cache/.test(line)) ??
      [];
    assert.equal(misses.length, 1, "why there was none is said once");
  },
);

meetingTest(
  "callers: roles that the assertion does not offer are left to a second sign-in",
  async (meeting) => {
    const callers = [];
    for (const offer of [first, second, fourth]) {
      callers.push(await meeting.callAndWait([...meeting.shared, ...roleArgs(offer)]));
    }
    await meeting.opened(1);
    await meeting.signIn("half");
    for (const { code, stderr } of await allOf(callers.slice(0, 2))) assert.equal(code, 0, stderr);
    await meeting.opened(2);
    await meeting.signIn("rest");
    for (const { code, stderr } of await allOf(callers.slice(2))) assert.equal(code, 0, stderr);
    assert.equal(meeting.stage.sts.calls.length, 3, "nobody is served twice");
    await meeting.over();
    assert.equal(meeting.openings(), 2);
  },
);

meetingTest(
  "callers: another start page is another sign-in, which queues for the port",
  async (meeting) => {
    const one = await meeting.callAndWait([...meeting.shared, ...roleArgs(first)]);
    await meeting.opened(1);
    const other = [...roleArgs(second), "--issuer", `${meeting.stage.idp.startUrl}?other`];
    const two = await meeting.callAndWait([...meeting.shared, ...other]);
    await soon("the second to queue", two.waitFor("Another sign-in has port"));
    assert.ok(two.said().includes("role/Role1"), two.said());
    assert.equal(meeting.serving().length, 2);
    await meeting.signIn("many");
    assert.equal((await endOf(one)).code, 0);
    await meeting.opened(2);
    await meeting.signIn("many");
    const { code, stderr } = await endOf(two);
    assert.equal(code, 0, stderr);
    assert.equal(meeting.stage.sts.calls.length, 2);
  },
);

meetingTest(
  "callers: what they leave for each other is nobody else's to read, and no secret",
  async (meeting) => {
    const caller = await meeting.callAndWait([...meeting.shared, ...roleArgs(first)]);
    await meeting.opened(1);
    const base64 = () => meeting.stage.idp.responses.map((each) => each.base64);
    const check = () => {
      let seen = 0;
      for (const path of meeting.files()) {
        const { mode } = Deno.statSync(path);
        assert.equal((mode ?? 0) & 0o777, 0o600, path);
        const folder = Deno.statSync(path.slice(0, path.lastIndexOf("/")));
        assert.equal((folder.mode ?? 0) & 0o777, 0o700, path);
        if (!path.includes("/sharing/")) continue;
        seen++;
        assertSilent(Deno.readTextFileSync(path), base64());
      }
      return seen;
    };
    assert.ok(check() >= 2, "a meeting and a lock");
    // Of two who wait one is not offered: that the process goes on shows what it wrote meanwhile.
    const left = await meeting.callAndWait([...meeting.shared, ...roleArgs(fourth)]);
    await meeting.signIn("half");
    assert.equal((await endOf(caller)).code, 0);
    assert.ok(check() >= 2);
    left.kill("SIGTERM");
    await endOf(left);
    await atOnceOver(meeting);
    check();
  },
);

meetingTest(
  "callers: --no-interactive answers from the cache, else 9 with a command that can be copied",
  async (meeting) => {
    const args = ["env", "--shell", "sh", ...meeting.shared, ...roleArgs(third)];
    const miss = await endOf(meeting.call([...args, "--no-interactive"]));
    assertFailed(miss, { code: 9, says: `A sign-in is needed for ${third?.role}` });
    assert.equal(meeting.openings(), 0);
    const line = miss.stderr.split("\n").find((each) =>
      each.startsWith("  ") && each.includes(" env ")
    );
    assert.ok(line, miss.stderr);
    // Copied into a shell.
    const copied = new Deno.Command("sh", {
      args: ["-c", line],
      env: {
        ...meeting.stage.env,
        HOME: meeting.stage.home,
        XDG_CACHE_HOME: `${meeting.stage.home}/cache`,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    await meeting.opened(1);
    await meeting.signIn("many");
    const { code, stdout } = await soon("the copied command", copied);
    assert.equal(code, 0);
    const hit = await endOf(meeting.call([...args, "--no-interactive"]));
    assert.equal(hit.code, 0, hit.stderr);
    assert.equal(hit.stdout, new TextDecoder().decode(stdout));
    assert.equal(meeting.openings(), 1);
  },
);
