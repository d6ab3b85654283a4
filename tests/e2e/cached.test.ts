/** Commands that keep sessions on this machine, and those that show and forget them. */

import assert from "node:assert/strict";
import {
  allOf,
  CALLER,
  meet,
  type Meeting,
  meetingTest,
  roleArgs,
  ROLES,
} from "../support/callers.ts";
import { driverEnv } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { peerTestDefinition } from "../support/peers.ts";
import { onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { assertFailed, endOf, soon } from "../support/sign_ins.ts";

const [first, second, third] = ROLES;

/** The flags without --cache. */
const plain = ({ shared }: Meeting) => shared.filter((each) => each !== "--cache");
const sessions = (meeting: Meeting) =>
  meeting.files().filter((each) => /\/sessions\/\w+\.json$/.test(each));

/** Keeps sessions of these roles by one sign-in. */
async function keep(meeting: Meeting, ...offers: readonly (typeof first)[]): Promise<void> {
  const before = meeting.openings();
  const callers = [];
  for (const offer of offers) {
    callers.push(await meeting.callAndWait([...meeting.shared, ...roleArgs(offer)]));
  }
  await meeting.opened(before + 1);
  await meeting.signIn("many");
  for (const { code, stderr } of await allOf(callers)) assert.equal(code, 0, stderr);
}

for (const words of [[], ["credentials"]]) {
  meetingTest(`cache: off for "stssamldriver ${words.join("")}"`, async (meeting) => {
    const caller = meeting.call([...words, ...plain(meeting), ...roleArgs(first)]);
    await meeting.opened(1);
    await meeting.signIn("many");
    assert.equal((await endOf(caller)).code, 0);
    assert.deepEqual(sessions(meeting), []);
    assert.deepEqual(meeting.serving(), []);
  });
}

meetingTest(
  "cache: on for env and exec, which share it; --no-cache turns it off",
  async (meeting) => {
    const flags = [...plain(meeting), ...roleArgs(first)];
    const env = await meeting.callAndWait(["env", "--shell", "sh", ...flags]);
    await meeting.opened(1);
    await meeting.signIn("many");
    const { code, stdout, stderr } = await endOf(env);
    assert.equal(code, 0, stderr);
    assert.equal(sessions(meeting).length, 1);
    const [handedOut] = meeting.stage.sts.handedOut;
    assert.ok(handedOut && stdout.includes(handedOut.sessionToken));
    const printed = await endOf(
      meeting.call(["exec", ...flags, "--", "printenv", "AWS_ACCESS_KEY_ID"]),
    );
    assert.equal(printed.stdout, `${handedOut.accessKeyId}\n`, printed.stderr);
    assert.equal(meeting.openings(), 1);
    const without = meeting.call(["env", "--shell", "sh", "--no-cache", ...flags]);
    await meeting.opened(2);
    await meeting.signIn("many");
    assert.equal((await endOf(without)).code, 0);
    assert.equal(meeting.stage.sts.handedOut.length, 2);
  },
);

meetingTest("env: a failure prints nothing", async (meeting) => {
  const args = ["env", "--shell", "sh", "--no-interactive", ...plain(meeting), ...roleArgs(first)];
  assertFailed(await endOf(meeting.call(args)), { code: 9, says: /^A sign-in is needed for / });
});

meetingTest(
  "exec: exit codes, what is missing, and what the child is not told",
  async (meeting) => {
    await keep(meeting, first);
    const flags = [...plain(meeting), ...roleArgs(first)];
    const script = `${meeting.stage.home}/plain`;
    await Deno.writeTextFile(script, "#!/bin/sh\n", { mode: 0o644 });
    const CASES: readonly (readonly [readonly string[], number])[] = [
      [["--", "sh", "-c", "exit 42"], 42],
      [["--", "sh", "-c", "kill -TERM $$"], 143],
      [["--", "sh", "-c", "kill -KILL $$"], 137],
      [["--", "/nonexistent/program"], 127],
      [["--", script], 126],
      [["sh", "-c", "exit 3"], 2],
      [["--", "sh", "-c", "env | grep -q STSSAMLDRIVER_ && exit 1; exit 0"], 0],
    ];
    const ends = await allOf(
      CASES.map(([words]) =>
        meeting.call(["exec", ...flags, ...words], { env: { STSSAMLDRIVER_TIMEOUT: "9s" } })
      ),
    );
    for (const [index, [words, wanted]] of CASES.entries()) {
      const end = ends[index];
      assert.equal(end?.code, wanted, `${words}: ${end?.stderr}`);
      assert.equal(end?.stdout, "");
    }
    assert.match(ends[3]?.stderr ?? "", /Cannot find the command/);
    assert.match(ends[4]?.stderr ?? "", /is not executable/);
    assert.match(ends[5]?.stderr ?? "", /--/);
    assert.equal(meeting.openings(), 1);
  },
);

meetingTest("status: who, which profiles, how long; as a table and as JSON", async (meeting) => {
  const none = await endOf(meeting.call(["status"]));
  assert.equal(none.stdout, "No cached sessions\n", none.stderr);
  await keep(meeting, first, second);
  await Deno.mkdir(`${meeting.stage.home}/.aws`);
  await Deno.writeTextFile(
    `${meeting.stage.home}/.aws/config`,
    `[profile one]\ncredential_process = stssamldriver --role-arn ${first?.role} --cache\n` +
      `[profile uno]\ncredential_process = stssamldriver --role-arn=${first?.role}\n` +
      `[profile else]\ncredential_process = other --role-arn ${second?.role}\n`,
  );
  const { code, stdout, stderr } = await endOf(meeting.call(["status"]));
  assert.equal(code, 0, stderr);
  const [heading, ...rows] = stdout.trimEnd().split("\n");
  assert.match(heading ?? "", /^ACCOUNT +ROLE +WHO +PROFILES +UNTIL$/);
  assert.equal(rows.length, 2);
  assert.match(
    rows.find((row) => / Role1 /.test(row)) ?? "",
    /^100000000001 .*many@example\.com +one, uno +(\d{4}-\d\d-\d\d )?\d\d:\d\d \(in (1 hour|\d\d minutes)\)$/,
  );
  const json = JSON.parse((await endOf(meeting.call(["status", "--json"]))).stdout);
  const own = json.sessions.find((each: { roleArn: string }) => each.roleArn === first?.role);
  assert.deepEqual(own.profiles, ["one", "uno"]);
  assert.ok(own.secondsLeft > 3000 && own.secondsLeft <= 3600, String(own.secondsLeft));
  assert.match(own.expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  for (const { secretAccessKey, sessionToken } of meeting.stage.sts.handedOut) {
    assert.ok(!JSON.stringify(json).includes(secretAccessKey));
    assert.ok(!JSON.stringify(json).includes(sessionToken));
  }
});

// A config file that nobody could read was exit 8, and no session was shown.
meetingTest(
  "status: sessions are shown also where the profiles cannot be read",
  async (meeting) => {
    await keep(meeting, first);
    await Deno.mkdir(`${meeting.stage.home}/.aws`);
    await Deno.writeFile(`${meeting.stage.home}/.aws/config`, new Uint8Array([0xff]));
    const { code, stdout, stderr } = await endOf(meeting.call(["status"]));
    assert.equal(code, 0, stderr);
    assert.match(stdout, / Role1 /);
    assert.match(stderr, /^Warning: Cannot show profiles: .*not UTF-8/m);
  },
);

meetingTest("logout: one role's, then all, and nothing else is touched", async (meeting) => {
  await keep(meeting, first, second, third);
  const { home } = meeting.stage;
  await Deno.mkdir(`${home}/.aws`);
  const config = `[profile one]\nstssamldriver_role_arn = ${second?.role}\n# mine\n`;
  await Deno.writeTextFile(`${home}/.aws/config`, config);
  await meeting.over();
  const others = () =>
    [...Deno.readDirSync(home)].map(({ name }) => name).toSorted().join() +
    meeting.files().filter((each) => !each.includes("/sessions/")).toSorted().join();
  const before = others();
  assertFailed(await endOf(meeting.call(["logout"])), {
    code: 2,
    says: "Which session? Use --profile, --role-arn or --all",
  });
  assert.equal(sessions(meeting).length, 3);
  for (
    const [words, left, says] of [
      [["--role-arn", first?.role ?? ""], 2, "Removed 1 session"],
      [["--profile", "one"], 1, "Removed 1 session"],
      [["--all"], 0, "Removed 1 session"],
      [["--all"], 0, "Removed 0 sessions"],
    ] as const
  ) {
    const { code, stdout, stderr } = await endOf(meeting.call(["logout", ...words]));
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    assert.ok(stderr.includes(says), stderr);
    assert.equal(sessions(meeting).length, left);
  }
  assert.equal(others(), before);
  assert.equal(await Deno.readTextFile(`${home}/.aws/config`), config);
});

Deno.test(peerTestDefinition("exec: Ctrl-C typed on a terminal reaches the child once", {
  peer: ptyPeer(),
  required: false,
  fn: async () => {
    await using meeting = await meet(CALLER);
    await keep(meeting, first);
    const { home, env } = meeting.stage;
    const child = `trap 'echo caught >> "$HOME/caught"' INT; echo ready; ` +
      `while [ ! -e "$HOME/end" ]; do sleep 0.1; done; exit 42`;
    const words = [
      ...[...CALLER.command, "exec", ...plain(meeting), ...roleArgs(first)],
      ...["--", "sh", "-c", child],
    ];
    await using terminal = onTerminal(
      // Else sh, which waits, would take the Ctrl-C for its own.
      `exec ${shellLine(words)}`,
      driverEnv({ home, env: { ...env, XDG_CACHE_HOME: `${home}/cache`, TERM: "xterm" } }),
    );
    await terminal.waitFor("ready");
    await terminal.type("\x03");
    const caught = () => Deno.readTextFileSync(`${home}/caught`);
    await eventually("the child to catch it", () => caught() !== "" || undefined);
    await Deno.writeTextFile(`${home}/end`, "");
    assert.equal(await soon("the end", terminal.ended), 42);
    assert.equal(caught(), "caught\n");
  },
}));
