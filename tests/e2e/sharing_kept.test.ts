/** Where sessions are kept, and where they cannot be. */

import assert from "node:assert/strict";
import { CALLER, meet, type Meeting, meetingTest, roleArgs, ROLES } from "../support/callers.ts";
import { driverEnv } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { CAN_MOUNT, mounted, unmount } from "../support/mounts.ts";
import { endOf, post, soon } from "../support/sign_ins.ts";
import { modeOf } from "../system/files.ts";

const [first] = ROLES;
const kept = (meeting: Meeting) =>
  meeting.files().filter((path) => /sessions\/\w+\.json$/.test(path));

// Written over, the entry stayed open to others and so a miss: a second tab, and then exit 1.
meetingTest("callers: an entry that was open to others costs one sign-in", async (meeting) => {
  const args = [...meeting.shared, ...roleArgs(first)];
  for (const times of [1, 2]) {
    const caller = await meeting.callAndWait(args);
    await meeting.opened(times);
    await meeting.signIn("many");
    const { code, stderr } = await endOf(caller);
    assert.equal(code, 0, stderr);
    await meeting.over();
    const [path = "", ...others] = kept(meeting);
    assert.deepEqual(others, []);
    assert.equal(modeOf(path), 0o600);
    Deno.chmodSync(path, 0o644);
  }
});

// The one who waited looked in vain, and had another process begin, again and again.
meetingTest(
  "callers: a session that cannot be read back is 8 for its caller, and no second tab",
  async (meeting) => {
    const caller = await meeting.callAndWait([...meeting.shared, ...roleArgs(first)]);
    await meeting.opened(1);
    // Served, and nothing there.
    caller.kill("SIGSTOP");
    await meeting.signIn("many");
    const [entry = ""] = await eventually(
      "the session",
      () => kept(meeting).length > 0 ? kept(meeting) : undefined,
    );
    Deno.removeSync(entry);
    caller.kill("SIGCONT");
    const { code, stdout, stderr } = await endOf(caller);
    assert.equal(code, 8);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^stssamldriver: Signed in, but the session cannot be read back from the cache: there is no entry$/m,
    );
    assert.equal(meeting.openings(), 1);
  },
);

// The sign-in was lost: exit 8, and nothing delivered.
Deno.test({
  name:
    "attack: a disk that fills up during a sign-in costs nobody the session (needs root who may mount)",
  ignore: !CAN_MOUNT,
  fn: async () => {
    await using meeting = await meet(CALLER);
    const cache = `${meeting.stage.home}/cache`;
    Deno.mkdirSync(cache);
    assert.ok(mounted(["-t", "tmpfs", "-o", "size=256k,mode=0700", "none"], cache));
    try {
      const callers = [];
      for (const role of ROLES.slice(0, 3)) {
        callers.push(await meeting.callAndWait([...meeting.shared, ...roleArgs(role)]));
      }
      await meeting.opened(1);
      fill(`${cache}/full`);
      await meeting.signIn("many");
      for (const caller of callers) {
        const { code, stdout, stderr } = await endOf(caller);
        assert.equal(code, 0, stderr);
        assert.match(JSON.parse(stdout).AccessKeyId, /^ASIA/);
        assert.match(stderr, /^Warning: The session is not cached: .*the disk is full$/m);
      }
      assert.equal(meeting.openings(), 1);
      await meeting.over();
    } finally {
      unmount(cache);
    }
  },
});

/** Takes all the room that is left where a file is. */
function fill(path: string): void {
  using file = Deno.openSync(path, { write: true, create: true });
  for (const size of [4096, 1]) {
    try {
      while (true) file.writeSync(new Uint8Array(size));
    } catch {
      // Full, by blocks of this size.
    }
  }
}

// It was a fault of the program, exit 1 with a stack.
meetingTest(
  "callers: where nothing can be kept they sign in for themselves, and it is said",
  async (meeting) => {
    Deno.writeTextFileSync(`${meeting.stage.home}/cache`, "a file where the folder should be");
    const caller = meeting.call([...meeting.shared, ...roleArgs(first)]);
    await meeting.opened(1);
    await post(meeting.stage, meeting.stage.idp.signIn("many").fields);
    const { code, stderr } = await endOf(caller);
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^Warning: The session is not cached: Cannot use the cache folder: .* is not a folder$/m,
    );
    assert.equal(stderr.match(/is not cached/g)?.length, 1, "said once");
  },
);

// A pipe has nothing left for the process that signs in, which failed to read it.
meetingTest("callers: a policy that came through a pipe narrows the session", async (meeting) => {
  const [command, ...before] = CALLER.command;
  const script = `exec "$@" --policy-file <(echo '{"Version":"2012-10-17"}')`;
  const child = new Deno.Command("bash", {
    args: ["-c", script, "sh", command, ...before, ...meeting.shared, ...roleArgs(first)],
    env: driverEnv({
      home: meeting.stage.home,
      env: { ...meeting.stage.env, XDG_CACHE_HOME: `${meeting.stage.home}/cache` },
    }),
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  await meeting.opened(1);
  await meeting.signIn("many");
  const { code, stderr } = await soon("the caller to end", child);
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.match(meeting.stage.sts.calls[0]?.parameters.get("Policy") ?? "", /2012-10-17/);
});

meetingTest("callers: one whose stdout is closed does not stop the sign-in", async (meeting) => {
  const [command, ...before] = CALLER.command;
  const args = [...meeting.shared, ...roleArgs(first)];
  const child = new Deno.Command("bash", {
    args: ["-c", `"$@" | true; exit "\${PIPESTATUS[0]}"`, "sh", command, ...before, ...args],
    env: driverEnv({
      home: meeting.stage.home,
      env: { ...meeting.stage.env, XDG_CACHE_HOME: `${meeting.stage.home}/cache` },
    }),
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  await meeting.opened(1);
  await meeting.signIn("many");
  const { code, stderr } = await soon("the caller to end", child);
  assert.equal(code, 8);
  assert.match(new TextDecoder().decode(stderr), /Cannot write to stdout/);
  const { code: again, stderr: said } = await endOf(meeting.call(args));
  assert.equal(again, 0, said);
  assert.equal(meeting.openings(), 1);
});

// The command that it named was refused in the same way, and that of exec lacked its words.
meetingTest(
  "callers: --no-interactive names a command that may ask, whoever forbade it",
  async (meeting) => {
    const flags = [...meeting.shared.filter((each) => each !== "--cache"), ...roleArgs(first)];
    Deno.mkdirSync(`${meeting.stage.home}/.aws`);
    Deno.writeTextFileSync(
      `${meeting.stage.home}/.aws/config`,
      `[profile p]\ncredential_process = stssamldriver --cache --no-interactive\n`,
    );
    const forbidden = { STSSAMLDRIVER_NO_INTERACTIVE: "1" };
    const table: readonly (readonly [readonly string[], Record<string, string>, RegExp])[] = [
      [
        ["env", "--no-interactive", ...flags],
        {},
        /Sign in with:\n .* env (?!.*--no-inter)/,
      ],
      [["env", ...flags], forbidden, /Sign in with:\n .* env .*--no-interactive=false/],
      [["env", "--no-interactive", ...flags], forbidden, / env --no-interactive=false /],
      [["env", "--profile", "p", ...flags], {}, / env .*--no-interactive=false/],
      [["exec", "--no-interactive", ...flags, "--", "a b", "secret"], {}, / -- 'a b' …\n$/],
      [["exec", "--no-interactive", ...flags, "--", "true"], {}, / -- true\n$/],
    ];
    const ends = await Promise.all(
      table.map(([args, env]) => endOf(meeting.call(args, { env }))),
    );
    for (const [index, [args, , says]] of table.entries()) {
      const { code, stderr } = ends[index] ?? assert.fail();
      assert.equal(code, 9, `${args}: ${stderr}`);
      assert.match(stderr, says, args.join(" "));
      assert.doesNotMatch(stderr, /secret/);
    }
    // As it is named.
    const caller = meeting.call(["env", "--shell", "sh", "--no-interactive=false", ...flags], {
      env: forbidden,
    });
    await meeting.opened(1);
    await meeting.signIn("many");
    const { code, stderr } = await endOf(caller);
    assert.equal(code, 0, stderr);
  },
);
