/** `exec` as a process: what its child finds, and what signals and a terminal do to both. */

import assert from "node:assert/strict";
import { driverEnv } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { FAKE_SECRETS } from "../support/fakes.ts";
import { peerTestDefinition } from "../support/peers.ts";
import { posix, withPrograms } from "../support/programs.ts";
import { type OnTerminal, onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { soon } from "../support/sign_ins.ts";
import { EXEC, shell, startExec } from "./exec_process.ts";

const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  startExec(words, { env }).ended;

const test = (name: string, fn: () => Promise<void>) => Deno.test({ ...posix, name, fn });

test("exec: the child has our environment, the variables, and nothing that fights with them", async () => {
  const { code, stdout, stderr } = await run(["env", "-0"], {
    KEPT: "two\nlines",
    AWS_ACCESS_KEY_ID: "AKIAOLD",
    AWS_PROFILE: "old",
    AWS_SECURITY_TOKEN: "old",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://localhost/",
    AWS_CONFIG_FILE: "/kept",
    STSSAMLDRIVER_ROLE_ARN: "arn",
  });
  assert.equal(code, 0, stderr);
  const variables = Object.fromEntries(
    stdout.split("\0").slice(0, -1).map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
  assert.deepEqual(variables, {
    ...driverEnv({}),
    AWS_ACCESS_KEY_ID: "ASIAFAKE",
    AWS_CONFIG_FILE: "/kept",
    AWS_CREDENTIAL_EXPIRATION: "2026-11-23T13:00:00Z",
    AWS_DEFAULT_REGION: "eu-central-1",
    AWS_EXPIRATION: "2026-11-23T13:00:00Z",
    AWS_REGION: "eu-central-1",
    AWS_SECRET_ACCESS_KEY: "fakeSecretAccessKey",
    AWS_SESSION_TOKEN: "fakeSessionToken",
    KEPT: "two\nlines",
  });
});

test("exec: a value that is not UTF-8 reaches the child as it was", async () => {
  const { stdout } = await startExec(shell('printf %s "$X" | od -An -tx1'), {
    by: shell('X=$(printf "a\\377b") exec "$@"'),
  }).ended;
  assert.equal(stdout.trim(), "61 ff 62");
});

test("exec: the child has our streams, and its exit code is ours", async () => {
  const child = startExec(shell("read -r line; echo out $line; echo err >&2; exit 42"));
  await child.type("typed\n");
  assert.deepEqual(await child.ended, { code: 42, stdout: "out typed\n", stderr: "err\n" });
});

test("exec: without a command the person's shell is run", () =>
  withPrograms({ "my shell": 'echo "shell $#"; exit 3' }, async (folder) => {
    const { code, stdout } = await run([], { SHELL: `${folder}/my shell` });
    assert.deepEqual({ code, stdout }, { code: 3, stdout: "shell 0\n" });
  }));

test("exec: a child that dies of a signal is 128 and its number", async () => {
  assert.equal((await run(shell("kill -KILL $$"))).code, 137);
});

test("exec: what cannot be run is 126, what is not there 127, and neither shows a secret", async () => {
  for (const [command, expected] of [["/etc", 126], ["/no/such", 127]] as const) {
    const { code, stdout, stderr } = await run([command]);
    assert.deepEqual({ code, stdout }, { code: expected, stdout: "" });
    for (const secret of FAKE_SECRETS) assert.ok(!stderr.includes(secret));
  }
});

/** A child that counts a signal, says so, and ends with 7 when there is a file `stop`. */
const counting = (signal: string, folder: string) =>
  shell(
    `n=0; trap 'n=$((n+1)); echo "signal $n"' ${signal}; echo up; ` +
      'until [ -e "$1/stop" ]; do sleep 0.05; done; echo "got $n"; exit 7',
    folder,
  );

for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  test(`exec: ${signal} is passed on to the child, whose answer counts`, () =>
    withPrograms({}, async (folder) => {
      const child = startExec(counting(signal.slice(3), folder));
      await child.waitFor("up");
      child.kill(signal);
      await child.waitFor("signal 1");
      // Sooner, it would be the same one that came in two ways.
      await new Promise((resolve) => setTimeout(resolve, 300));
      child.kill(signal);
      await child.waitFor("signal 2");
      await Deno.writeTextFile(`${folder}/stop`, "");
      const { code, stdout } = await child.ended;
      assert.deepEqual({ code, stdout }, { code: 7, stdout: "up\nsignal 1\nsignal 2\ngot 2\n" });
    }));
}

for (const [signal, code] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  test(`exec: a child that dies of the ${signal} that was passed on is ${code}`, async () => {
    const child = startExec(shell("echo up; exec sleep 60"));
    await child.waitFor("up");
    child.kill(signal);
    assert.equal((await child.ended).code, code);
  });
}

for (const signal of ["SIGINT", "SIGQUIT"] as const) {
  test(`exec: ${signal} sent to it alone neither ends it nor reaches the child`, () =>
    withPrograms({}, async (folder) => {
      const child = startExec(counting(signal.slice(3), folder));
      await child.waitFor("up");
      // Twice: the second one ends a driver that is not running a command.
      child.kill(signal);
      child.kill(signal);
      // The child looks for this file every now and then: what would end exec has done so before.
      await Deno.writeTextFile(`${folder}/stop`, "");
      const { code, stdout } = await child.ended;
      assert.deepEqual({ code, stdout }, { code: 7, stdout: "up\ngot 0\n" });
    }));
}

test("exec: Ctrl-C before there is a child starts none", () =>
  withPrograms({}, async (folder) => {
    const child = startExec(["touch", `${folder}/ran`], { env: { WAIT: "1" } });
    await child.waitFor("ready");
    child.kill("SIGINT");
    // It is asleep until it reads this, or would be if the signal came too late.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await child.type("\n");
    const { code, stderr } = await child.ended;
    assert.equal(code, 130);
    assert.equal(stderr, "ready\nInterrupted\n");
    assert.throws(() => Deno.statSync(`${folder}/ran`));
  }));

/** Which of SIGHUP, SIGINT, SIGQUIT, SIGTERM a child ignores from its birth. */
const IGNORED = shell(
  "while read -r name mask; do case $name in SigIgn:) echo $((0x$mask & 0x4007));; esac; " +
    "done </proc/self/status",
);

for (
  const [by, mask] of [["", "0"], ["trap '' HUP; ", "1"], ["trap '' INT QUIT; ", "6"]] as const
) {
  Deno.test({
    ignore: Deno.build.os !== "linux",
    name: `exec: the child ignores what exec was started to ignore (${by || "nothing"})`,
    fn: async () => {
      const { stdout } = await startExec(IGNORED, { by: shell(`${by}exec "$@"`) }).ended;
      assert.equal(stdout.trim(), mask);
    },
  });
}

/** Registers a test on a terminal; exec is `run` in the folder that is the working one. */
function onPty(
  name: string,
  commandLine: string,
  fn: (screen: OnTerminal, folder: string) => Promise<void>,
): void {
  Deno.test(peerTestDefinition(name, {
    peer: ptyPeer(),
    required: false,
    fn: () =>
      withPrograms({ run: `exec ${shellLine(EXEC)} "$@"` }, async (folder) => {
        await using screen = onTerminal(
          `cd ${shellLine([folder])} && exec ${commandLine}`,
          driverEnv({ home: folder, env: { TERM: "dumb", PS1: "outer$ " } }),
        );
        await fn(screen, folder);
      }),
  }));
}

for (
  const [key, typed, signal] of [["Ctrl-C", "\x03", "INT"], ["Ctrl-\\", "\x1c", "QUIT"]] as const
) {
  onPty(
    `exec: ${key} typed in a terminal reaches the child once, and does not end exec`,
    `./run ${shellLine(counting(signal, "."))}`,
    async (screen, folder) => {
      await screen.waitFor("up");
      await screen.type(typed);
      await screen.waitFor("signal 1");
      await screen.type(typed);
      await screen.waitFor("signal 2");
      await Deno.writeTextFile(`${folder}/stop`, "");
      assert.equal(await soon("the end", screen.ended), 7, screen.shown());
      assert.match(screen.shown(), /got 2\r\n$/);
    },
  );
}

// The child heard of it from the system, and once more for each time that exec did.
for (
  const [title, line] of [
    ["that exec was opened in", (run: string) => `exec ${run}`],
    ["of a shell", (run: string) => `${run}; true`],
  ] as const
) {
  onPty(
    `exec: a terminal ${title} is closed, and the child is told once`,
    // What the child says goes to a file: there is no terminal any more.
    `sh -c ${shellLine([line(`./run ${shellLine(counting("HUP", "."))} >said`)])}`,
    async (screen, folder) => {
      const said = () => Deno.readTextFileSync(`${folder}/said`);
      await eventually("the child", () => said().includes("up") || undefined);
      screen.close();
      await eventually("the signal", () => said().includes("signal 1") || undefined);
      // What is passed on comes within this time.
      await new Promise((resolve) => setTimeout(resolve, 500));
      await Deno.writeTextFile(`${folder}/stop`, "");
      await eventually("the child's end", () => said().includes("got") || undefined);
      assert.equal(said(), "up\nsignal 1\ngot 1\n");
    },
  );
}

onPty(
  "exec: Ctrl-C ends a child that does nothing about it, and exec says 130",
  `./run ${shellLine(shell("echo up; exec sleep 60"))}`,
  async (screen) => {
    await screen.waitFor("up");
    await screen.type("\x03");
    assert.equal(await soon("the end", screen.ended), 130);
  },
);

onPty(
  "exec: Ctrl-Z stops both, the shell has its terminal back, and fg goes on with both",
  "bash --norc -i",
  async (screen, folder) => {
    await screen.waitFor("outer$");
    const pids =
      'echo $$ >pid; echo $PPID >ppid; echo u""p; until [ -e stop ]; do sleep 0.1; done; exit 7';
    await screen.type(`./run ${shellLine(shell(pids))}\n`);
    await eventually(
      "the child",
      () => Deno.readTextFileSync(`${folder}/ppid`).trim() || undefined,
    );
    await screen.type("\x1a");
    await screen.waitFor("Stopped");
    for (const name of ["pid", "ppid"]) {
      const pid = Deno.readTextFileSync(`${folder}/${name}`).trim();
      await eventually(`${name} to be stopped`, () => {
        return /^State:\tT/m.test(Deno.readTextFileSync(`/proc/${pid}/status`)) || undefined;
      });
    }
    await Deno.writeTextFile(`${folder}/stop`, "");
    await screen.type("fg\n");
    await screen.type('echo "ended" "$?"; exit 0\n');
    await screen.waitFor("ended 7");
    assert.equal(await soon("the end", screen.ended), 0);
  },
);

onPty(
  "exec: a shell as the child has the terminal to itself: its Ctrl-C and its jobs are its own",
  "bash --norc -i",
  async (screen) => {
    await screen.waitFor("outer$");
    await screen.type("PS1='inner> ' ./run bash --norc -i\n");
    await screen.waitFor("inner>");
    await screen.type("sh -c 'echo o\"\"ne; exec sleep 60'\n");
    await screen.waitFor("\none");
    await screen.type("\x03");
    await screen.type('echo "slept" "$?" "$AWS_ACCESS_KEY_ID"\n');
    await screen.waitFor("slept 130 ASIAFAKE");
    await screen.type("sh -c 'echo t\"\"wo; exec sleep 60'\n");
    await screen.waitFor("\ntwo");
    await screen.type("\x1a");
    await screen.waitFor("Stopped");
    await screen.type("kill -KILL %1; sleep 0.2\n");
    await screen.waitFor("Killed");
    await screen.type("exit 4\n");
    await screen.waitFor("exit\r\nouter$");
    await screen.type('echo "ended" "$?"; exit 0\n');
    await screen.waitFor("ended 4");
    assert.equal(await soon("the end", screen.ended), 0);
  },
);
