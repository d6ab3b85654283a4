/** Callers who share a sign-in where something is wrong: with processes, files, locks, networks, clocks. */

import assert from "node:assert/strict";
import {
  allOf,
  CALLER,
  fakeClock,
  kill,
  meet,
  type Meeting,
  meetingTest,
  roleArgs,
  ROLES,
} from "../support/callers.ts";
import type { Program } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { assertFailed, endOf, post, soon } from "../support/sign_ins.ts";

const [first, second, , outside] = ROLES;

/** The meeting file, once a server has written it. */
const meetingFile = (meeting: Meeting) =>
  eventually(
    "the meeting",
    () => meeting.files().find((path) => /\/sharing\/\w+\.json$/.test(path)),
  );

/** Leaves a meeting file as a server does that was killed. */
async function leaveMeeting(meeting: Meeting): Promise<string> {
  const caller = await meeting.callAndWait([...meeting.shared, ...roleArgs(first)]);
  await meeting.opened(1);
  const path = await meetingFile(meeting);
  for (const pid of meeting.serving()) kill(pid, "SIGSTOP");
  caller.kill("SIGKILL");
  for (const pid of meeting.serving()) kill(pid, "SIGKILL");
  await endOf(caller);
  await meeting.over();
  return path;
}

const isStopped = (pid: number) =>
  /^State:\s+T/m.test(Deno.readTextFileSync(`/proc/${pid}/status`)) || undefined;

meetingTest(
  "callers: both are killed, caller and server, and the next one signs in",
  async (meeting) => {
    await leaveMeeting(meeting);
    const next = await meeting.callAndWait([...meeting.shared, ...roleArgs(first)]);
    await meeting.opened(2);
    await meeting.signIn("many");
    const { code, stderr } = await endOf(next);
    assert.equal(code, 0, stderr);
    await meeting.over();
    const left = meeting.files().filter((path) => /\/sharing\/.*(json|new)$/.test(path));
    assert.deepEqual(left, []);
  },
);

// Its caller waited beyond its own time.
meetingTest(
  "callers: a server that is stopped keeps nobody beyond their own time",
  async (meeting) => {
    const one = await meeting.callAndWait([
      ...[...meeting.shared, ...roleArgs(first)],
      ...["--timeout", "4s"],
    ]);
    await meeting.opened(1);
    const [stopped] = meeting.serving();
    assert.ok(stopped !== undefined);
    kill(stopped, "SIGSTOP");
    assertFailed(await endOf(one), { code: 4, says: /^No assertion came to .* within 4 seconds$/ });
    // Who comes now cannot know whether it will ever go on.
    const two = await meeting.callAndWait([...meeting.shared, ...roleArgs(first)]);
    await soon("it to queue", two.waitFor("Another sign-in has port"));
    assert.equal(meeting.openings(), 1);
    kill(stopped, "SIGCONT");
    await meeting.opened(2);
    await meeting.signIn("many");
    const { code, stderr } = await endOf(two);
    assert.equal(code, 0, stderr);
  },
);

meetingTest("callers: one that was stopped finds its session when it goes on", async (meeting) => {
  const one = await meeting.callAndWait([...meeting.shared, ...roleArgs(first)]);
  await meeting.opened(1);
  const two = await meeting.callAndWait([...meeting.shared, ...roleArgs(second)]);
  one.kill("SIGSTOP");
  await eventually("it to be stopped", () => isStopped(one.pid));
  await meeting.signIn("many");
  assert.equal((await endOf(two)).code, 0);
  await meeting.over();
  one.kill("SIGCONT");
  const { code, stdout, stderr } = await endOf(one);
  assert.equal(code, 0, stderr);
  assert.ok(JSON.parse(stdout).AccessKeyId);
  assert.equal(meeting.openings(), 1);
});

/** What a program may do that has the port of a server that is gone. */
const FOREIGN: Readonly<Record<string, (connection: Deno.TcpConn) => Promise<unknown>>> = {
  "says nothing": () => Promise.resolve(),
  "sends everything back": (connection) => connection.readable.pipeTo(connection.writable),
  "says what a server says": async (connection) => {
    const nonce = `{"nonce":"n","proof":"${"A".repeat(43)}="}`;
    const event = `{"kind":"notice","message":"Sign in at http://evil.example"}`;
    const lines = [
      nonce,
      `{"kind":"draw"}`,
      `{"kind":"event","event":${event}}`,
      `{"kind":"kept"}`,
    ];
    await connection.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
  },
};

meetingTest(
  "callers: another program at the noted port is nobody, whatever it says",
  async (meeting) => {
    const path = await leaveMeeting(meeting);
    const left = JSON.parse(Deno.readTextFileSync(path));
    let opened = 1;
    for (const [what, serve] of Object.entries(FOREIGN)) {
      // Not at the very port, which another test may have by now.
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const meetingText = JSON.stringify({ ...left, port: listener.addr.port });
      Deno.writeTextFileSync(path, meetingText, { mode: 0o600 });
      const connections: Deno.TcpConn[] = [];
      const accepting = (async () => {
        for await (const connection of listener) {
          connections.push(connection);
          serve(connection).catch(() => {});
        }
      })();
      const caller = await meeting.callAndWait([...meeting.shared, ...roleArgs(ROLES[opened])]);
      await meeting.opened(++opened);
      assert.ok(connections.length > 0, what);
      assert.doesNotMatch(caller.said(), /evil/);
      await meeting.signIn("many");
      const { code, stderr } = await endOf(caller);
      assert.equal(code, 0, `${what}: ${stderr}`);
      await meeting.over();
      listener.close();
      for (const connection of connections) {
        try {
          connection.close();
        } catch {
          // Its streams have.
        }
      }
      await accepting;
    }
  },
);

meetingTest("callers: a meeting that others could have written is not gone to", async (meeting) => {
  const path = await leaveMeeting(meeting);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let connected = 0;
  const accepting = (async () => {
    for await (const connection of listener) {
      connected++;
      connection.close();
    }
  })();
  const { port } = listener.addr;
  const forged = JSON.stringify({ ...JSON.parse(Deno.readTextFileSync(path)), port });
  const ways: readonly (() => void)[] = [
    () => Deno.chmodSync(path, 0o666),
    () => Deno.chmodSync(path.replace(/\/[^/]*$/, ""), 0o777),
    ...(Deno.uid() === 0 ? [() => Deno.chownSync(path, 65534, 65534)] : []),
  ];
  for (const [index, forge] of ways.entries()) {
    Deno.writeTextFileSync(path, forged, { mode: 0o600 });
    forge();
    const caller = await meeting.callAndWait([...meeting.shared, ...roleArgs(ROLES[index + 5])]);
    await meeting.opened(index + 2);
    await meeting.signIn("many");
    assert.equal((await endOf(caller)).code, 0, `${index}`);
    await meeting.over();
  }
  assert.equal(connected, 0);
  listener.close();
  await accepting;
});

// It was waited for as long as the lock was held.
meetingTest(
  "callers: one that starts a server and hangs keeps nobody beyond their own time",
  async (meeting) => {
    await leaveMeeting(meeting);
    const path = meeting.files().find((each) => /\/sharing\/\w+\.lock$/.test(each));
    assert.ok(path);
    using lock = Deno.openSync(path, { read: true, write: true });
    await lock.lock(true);
    const caller = meeting.call([...meeting.shared, ...roleArgs(first), "--timeout", "2s"]);
    assertFailed(await endOf(caller), {
      code: 4,
      says: /^No assertion came to .* within 2 seconds$/,
    });
    assert.deepEqual(meeting.serving(), []);
  },
);

// The second one was shown the first one's address, where nobody listened any more.
meetingTest("callers: one that comes right after a sign-in sees nothing of it", async (meeting) => {
  const address = (said: string) => /^ {2}(http:.*\/start\/.*)$/m.exec(said)?.[1];
  const one = await meeting.callAndWait([...meeting.shared, ...roleArgs(first)]);
  await meeting.opened(1);
  await meeting.signIn("half");
  const ended = await endOf(one);
  assert.equal(ended.code, 0, ended.stderr);
  const [served, other] = [second, outside].map((offer) =>
    meeting.call([...meeting.shared, ...roleArgs(offer)])
  );
  assert.ok(served && other);
  const { code, stderr } = await endOf(served);
  assert.equal(code, 0, stderr);
  assert.equal(address(stderr), undefined, stderr);
  await meeting.opened(2);
  await soon("its own sign-in", other.waitFor("Waiting on"));
  const own = address(other.said());
  assert.ok(own !== undefined && own !== address(ended.stderr), other.said());
  assert.equal(other.said().match(/\/start\//g)?.length, 1);
  await meeting.signIn("rest");
  assert.equal((await endOf(other)).code, 0);
  assert.equal(meeting.stage.sts.calls.length, 3);
});

// A tab for each.
meetingTest("callers: one role in six regions is one tab and one call of STS", async (meeting) => {
  const regions = [
    "us-east-1",
    "eu-west-1",
    "eu-central-1",
    "ap-south-1",
    "us-west-2",
    "sa-east-1",
  ];
  const callers = [];
  for (const [index, region] of regions.entries()) {
    const args = ["env", "--shell", "sh", ...meeting.shared, ...roleArgs(first)];
    callers.push(
      await (index % 2 === 0
        ? meeting.callAndWait([...args, "--region", region])
        : meeting.callAndWait(args, { env: { AWS_REGION: region } })),
    );
  }
  await meeting.opened(1);
  await meeting.signIn("many");
  for (const [index, { code, stdout, stderr }] of (await allOf(callers)).entries()) {
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`AWS_REGION='?${regions[index]}'?\\b`));
  }
  const again = await endOf(
    meeting.call([...meeting.shared, ...roleArgs(first), "--region", "ca-central-1"]),
  );
  assert.equal(again.code, 0, again.stderr);
  assert.equal(meeting.stage.sts.calls.length, 1);
  assert.equal(meeting.openings(), 1);
});

// It took another for dead, signed in a second time, and said that the session could not be read.
peersTest(["faketime"], "callers: a clock that is set back and forth changes nothing", async () => {
  await using meeting = await meet(CALLER);
  const clock = await fakeClock(meeting, pathOf("faketime"), { timers: false });
  const callers = [];
  for (const offer of [first, second, first]) {
    const args = [...meeting.shared, ...roleArgs(offer)];
    callers.push(await meeting.callAndWait(args, { env: clock.env }));
  }
  await meeting.opened(1);
  for (const offset of ["-2h", "+3m", "-1m", "+0"]) {
    await clock.set(offset);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await meeting.signIn("many");
  for (const { code, stderr } of await allOf(callers)) assert.equal(code, 0, stderr);
  await meeting.over();
  assert.equal(meeting.openings(), 1);
  assert.equal(meeting.stage.sts.calls.length, 2);
});

// Exit 8, for env, exec and whoever had the cache on.
peersTest(["strace"], "callers: a home that knows no file locks hinders nobody", async () => {
  const [command, ...rest] = CALLER.command;
  for (const delay of ["", ":delay_enter=200000"]) {
    const program: Program = {
      name: "without locks",
      command: [
        ...[pathOf("strace"), "-f", "-qq", "-o", "/dev/null"] as const,
        ...["-e", `inject=flock:error=ENOLCK${delay}`, command, ...rest],
      ],
    };
    await using meeting = await meet(program);
    const args = (offer: typeof first) => [
      ...["env", "--shell", "sh", ...meeting.shared, ...roleArgs(offer)],
    ];
    const one = await meeting.callAndWait(args(first));
    await meeting.opened(1);
    const two = await meeting.callAndWait(args(second));
    assert.doesNotMatch(one.said() + two.said(), /has port/);
    await meeting.signIn("many");
    for (const { code, stderr } of await allOf([one, two])) assert.equal(code, 0, stderr);
    const kept = await endOf(meeting.call([...args(first), "--no-interactive"]));
    assert.equal(kept.code, 0, kept.stderr);
    assert.equal(meeting.openings(), 1);
    await using alone = await meet(program);
    const single = alone.call([
      ...alone.shared.filter((each) => each !== "--cache"),
      ...roleArgs(first),
    ]);
    await alone.opened(1);
    await post(alone.stage, alone.stage.idp.signIn("many").fields);
    const { code, stderr } = await endOf(single);
    assert.equal(code, 0, stderr);
  }
});

// Ctrl-C in a container ended whatever had the number of a process elsewhere.
peersTest(
  ["unshare"],
  "callers: two networks with one home keep out of each other's way",
  async () => {
    const [command, ...rest] = CALLER.command;
    const script = `ip link set lo up && exec "$@"`;
    const program: Program = {
      name: "in a network of its own",
      command: [pathOf("unshare"), "--net", "sh", "-c", script, "sh", command, ...rest],
    };
    await using meeting = await meet(CALLER);
    const args = [...meeting.shared, ...roleArgs(first)];
    const one = await meeting.callAndWait(args);
    await meeting.opened(1);
    const before = Deno.readTextFileSync(await meetingFile(meeting));
    const two = await meeting.callAndWait(args, { program });
    await soon("it to queue", two.waitFor("Another sign-in has port"));
    assert.notEqual(
      Deno.readTextFileSync(await meetingFile(meeting)),
      before,
      "it has its own server",
    );
    await meeting.signIn("many");
    for (const { code, stderr } of await allOf([one, two])) assert.equal(code, 0, stderr);
    assert.equal(meeting.openings(), 1);
    await meeting.over();
  },
);
