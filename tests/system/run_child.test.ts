import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { ExitCode, UserError } from "../../src/errors.ts";
import { ignoredIn, type Interrupts } from "../../src/system/process.ts";
import { type ChildCommand, runChild } from "../../src/system/run_child.ts";
import { eventually } from "../support/eventually.ts";
import { posix, withPrograms } from "../support/programs.ts";

/** Signals that nothing listens to, and how often that was ended. */
function interrupts(aborted?: Error): Interrupts & { readonly released: () => number } {
  let released = 0;
  return {
    signal: aborted === undefined ? new AbortController().signal : AbortSignal.abort(aborted),
    release: () => void released++,
    ignored: new Set(),
    released: () => released,
  };
}

const run = (command: string, ...args: string[]) => start({ command, args });
const start = (child: ChildCommand, set: readonly (readonly [string, string])[] = []) =>
  runChild(child, { set, unset: [] }, interrupts());

const CODES: readonly (readonly [string, string, number])[] = [
  ["its own, 0", "exit 0", 0],
  ["its own, 42", "exit 42", 42],
  ["its own, 255", "exit 255", 255],
  ["128 and the signal's number", "kill -KILL $$", 137],
  ["also for SIGTERM", "kill -TERM $$", 143],
  ["also for SIGINT", "kill -INT $$", 130],
];

for (const [title, script, code] of CODES) {
  Deno.test({
    ...posix,
    name: `runChild: the exit code is ${title}`,
    fn: async () => assert.equal(await run("/bin/sh", "-c", script), code),
  });
}

Deno.test({
  ignore: Deno.build.os !== "linux",
  // Deno throws before it lets go of the child.
  sanitizeResources: false,
  name: "runChild: a real-time signal, which Deno has no name for, is 128 and its number",
  fn: async () => assert.equal(await run("/bin/sh", "-c", "kill -37 $$"), 165),
});

/** A folder of things that can and cannot be run, the first in PATH. */
async function withOddPrograms(body: (folder: string) => Promise<void>): Promise<void> {
  const path = Deno.env.get("PATH") ?? "";
  await withPrograms({ good: 'test "$1" = "a b" && test "$X" = y' }, async (folder) => {
    await Deno.writeTextFile(`${folder}/bare`, 'test "$1" = "a b" && exit 43\n');
    await Deno.chmod(`${folder}/bare`, 0o755);
    await Deno.writeTextFile(`${folder}/plain`, "exit 0\n");
    await Deno.chmod(`${folder}/plain`, 0o644);
    await Deno.writeTextFile(`${folder}/orphan`, "#!/no/such/interpreter\n");
    await Deno.chmod(`${folder}/orphan`, 0o755);
    await Deno.mkdir(`${folder}/directory`);
    Deno.env.set("PATH", `${folder}:${path}`);
    try {
      await body(folder);
    } finally {
      Deno.env.set("PATH", path);
    }
  });
}

Deno.test({
  ...posix,
  name: "runChild: a program is found in PATH, given its arguments and its variables",
  fn: () =>
    withOddPrograms(async () => {
      assert.equal(await start({ command: "good", args: ["a b"] }, [["X", "y"]]), 0);
      assert.equal(await start({ command: "good", args: ["a b"] }, [["X", "z"]]), 1);
    }),
});

Deno.test({
  ...posix,
  name: "runChild: what the child is not given is this process's own again",
  fn: async () => {
    Deno.env.set("KEPT_FROM_CHILD", "mine");
    try {
      const child = { command: "/bin/sh", args: ["-c", 'test -z "${KEPT_FROM_CHILD+x}"'] };
      const running = runChild(child, { set: [], unset: ["KEPT_FROM_CHILD"] }, interrupts());
      assert.equal(Deno.env.get("KEPT_FROM_CHILD"), "mine");
      assert.equal(await running, 0);
    } finally {
      Deno.env.delete("KEPT_FROM_CHILD");
    }
  },
});

Deno.test({
  ...posix,
  name: "runChild: a script without #! is run by sh, as shells do",
  fn: () =>
    withOddPrograms(async (folder) => {
      assert.equal(await run(`${folder}/bare`, "a b"), 43);
      assert.equal(await run("bare", "a b"), 43);
    }),
});

const REFUSED: readonly (readonly [string, string, number, RegExp, RegExp | undefined])[] = [
  ["a missing name", "no-such-thing", 127, /^Cannot find the command "no-such-thing"$/, /in PATH/],
  ["a missing path", "./no/such", 127, /^Cannot find the command "\.\/no\/such"$/, /in PATH/],
  ["a path below a file", "/etc/passwd/x", 127, /^Cannot find the command /, /in PATH/],
  ["nothing", "", 127, /^Cannot find the command ""$/, /in PATH/],
  ["a whole line", "aws s3 ls", 127, /^Cannot find the command "aws s3 ls"$/, /sh -c/],
  ["a folder's name", "directory", 127, /^Cannot find the command "directory"$/, /in PATH/],
  ["a folder", "HERE/directory", 126, /^Cannot run ".*": it is a folder$/, undefined],
  ["a file", "HERE/plain", 126, /^Cannot run ".*": it is not executable$/, /chmod \+x .*\/plain$/],
  ["a file in PATH", "plain", 126, /^Cannot run "plain": it is not/, /chmod \+x .*\/plain$/],
  [
    "an orphan",
    "HERE/orphan",
    126,
    /": the interpreter in its first line does not exist$/,
    undefined,
  ],
  ["an orphan in PATH", "orphan", 126, /^Cannot run "orphan": the interpreter in/, undefined],
];

for (const [title, command, exitCode, message, hint] of REFUSED) {
  Deno.test({
    ...posix,
    name: `runChild: ${title} cannot be run, exit code ${exitCode}`,
    fn: () =>
      withOddPrograms((folder) =>
        assert.rejects(run(command.replace("HERE", folder)), (error) => {
          assert.ok(error instanceof UserError);
          assert.equal(error.exitCode, exitCode);
          assert.match(error.message, message);
          if (hint === undefined) assert.equal(error.hint, undefined);
          else assert.match(error.hint ?? "", hint);
          assert.ok(error.cause instanceof Error);
          return true;
        })
      ),
  });
}

// It was "no path to search", 126, for what any shell finds.
Deno.test({
  ...posix,
  name: "runChild: without PATH the usual folders are searched, as shells do",
  fn: async () => {
    const path = Deno.env.get("PATH") ?? "";
    Deno.env.delete("PATH");
    try {
      assert.equal(await run("sh", "-c", "exit 5"), 5);
      for (const [command, exitCode] of [["no-such-thing", 127], ["/etc", 126]] as const) {
        await assert.rejects(
          run(command),
          (error) => error instanceof UserError && error.exitCode === exitCode,
        );
      }
    } finally {
      Deno.env.set("PATH", path);
    }
  },
});

Deno.test("runChild: who was interrupted already starts nothing", async () => {
  const reason = new UserError("interrupted", "Interrupted", { exitCode: ExitCode.INTERRUPTED });
  const answers = interrupts(reason);
  const child = { command: "no-such-thing", args: [] };
  await assert.rejects(runChild(child, { set: [], unset: [] }, answers), reason);
  assert.equal(answers.released(), 0, "the next Ctrl-C is still the program's");
});

Deno.test("runChild: the program's own answer to signals ends once, also when nothing is started", async () => {
  const answers = interrupts();
  const child = { command: "no-such-thing", args: [] };
  await assert.rejects(runChild(child, { set: [], unset: [] }, answers));
  assert.equal(answers.released(), 1);
});

Deno.test({
  ...posix,
  name: "runChild: SIGTERM is passed on, once when it comes in two ways",
  fn: async () => {
    const script = 'trap "n=$((n+1))" TERM; n=0; echo >"$0"; sleep 0.5 & wait $!; wait; exit 4$n';
    await withPrograms({}, async (folder) => {
      const running = run("/bin/sh", "-c", script, `${folder}/ready`);
      await eventually("the trap", () => existsSync(`${folder}/ready`) || undefined);
      for (let sent = 0; sent < 2; sent++) Deno.kill(Deno.pid, "SIGTERM");
      assert.equal(await running, 41);
    });
  },
});

Deno.test({
  ...posix,
  name: "runChild: what this program was started to ignore, the child ignores as well",
  fn: async () => {
    const ignored = new Set<Deno.Signal>(["SIGHUP", "SIGTERM"]);
    const child = { command: "/bin/sh", args: ["-c", "kill -TERM $$; exit 6"] };
    const answers = { ...interrupts(), ignored };
    assert.equal(await runChild(child, { set: [], unset: [] }, answers), 6);
    const missing = { command: "no-such-thing", args: [] };
    await assert.rejects(
      runChild(missing, { set: [], unset: [] }, answers),
      (error) => error instanceof UserError && error.exitCode === ExitCode.NOT_FOUND,
    );
  },
});

const MASKS: readonly (readonly [string, string, readonly string[]])[] = [
  ["nothing", "0000000000000000", []],
  ["what nohup does", "0000000000000001", ["SIGHUP"]],
  ["what & does in a script", "0000000000000006", ["SIGINT", "SIGQUIT"]],
  ["SIGTERM, beside SIGPIPE and real-time signals", "0000000180005000", ["SIGTERM"]],
];

for (const [title, mask, expected] of MASKS) {
  Deno.test(`ignoredIn: ${title}`, () => {
    const status =
      `Name:\tdeno\nSigBlk:\tffffffffffffffff\nSigIgn:\t${mask}\nSigCgt:\t0000000000000400\n`;
    assert.deepEqual([...ignoredIn(status)], expected);
  });
}

Deno.test("ignoredIn: a text that says nothing of it", () => {
  assert.deepEqual([...ignoredIn("")], []);
});
