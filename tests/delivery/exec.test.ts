import assert from "node:assert/strict";
import { execute, type ExecWorld, missingDashes } from "../../src/delivery/exec.ts";
import type { ChildCommand, ChildEnvironment } from "../../src/system/run_child.ts";

/** Remembers what was to be run. */
function world(os: ExecWorld["os"], env: Readonly<Record<string, string>>) {
  const ran: (ChildCommand & ChildEnvironment)[] = [];
  return {
    ran,
    os,
    env: (name: string) => env[name],
    variableNames: () => Object.keys(env),
    runChild: (child: ChildCommand, environment: ChildEnvironment) => {
      ran.push({ ...child, ...environment });
      return Promise.resolve(42);
    },
  };
}

const NONE = { set: [], unset: [] };

Deno.test("execute: runs the command with its arguments, and resolves to its exit code", async () => {
  const { ran, ...rest } = world("linux", { SHELL: "/bin/zsh" });
  assert.equal(await execute(["aws", "s3", "ls", "--", "-x", ""], NONE, rest), 42);
  assert.deepEqual(ran, [{ command: "aws", args: ["s3", "ls", "--", "-x", ""], ...NONE }]);
});

const SHELLS: readonly (readonly [ExecWorld["os"], Record<string, string>, string])[] = [
  ["linux", { SHELL: "/usr/bin/fish" }, "/usr/bin/fish"],
  ["linux", { SHELL: "" }, "/bin/sh"],
  ["darwin", {}, "/bin/sh"],
  ["windows", { COMSPEC: "C:\\Windows\\cmd.exe", SHELL: "/usr/bin/bash" }, "C:\\Windows\\cmd.exe"],
  ["windows", {}, "cmd.exe"],
];

for (const [os, env, shell] of SHELLS) {
  Deno.test(`execute: no command on ${os} with ${JSON.stringify(env)} is ${shell}`, async () => {
    const { ran, ...rest } = world(os, env);
    await execute([], NONE, rest);
    assert.deepEqual(ran, [{ command: shell, args: [], ...NONE }]);
  });
}

Deno.test("execute: our own settings do not leak in, others' of a like name do", async () => {
  const env = { STSSAMLDRIVER_PORT: "1", STSSAMLDRIVER: "2", MY_STSSAMLDRIVER_X: "3", AWS_X: "4" };
  const { ran, ...rest } = world("linux", env);
  await execute(["x"], { set: [["A", "b"]], unset: ["AWS_PROFILE"] }, rest);
  assert.deepEqual(ran[0]?.set, [["A", "b"]]);
  assert.deepEqual(ran[0]?.unset, ["AWS_PROFILE", "STSSAMLDRIVER_PORT"]);
});

Deno.test("execute: Windows knows no case in names", async () => {
  const { ran, ...rest } = world("windows", {
    StsSamlDriver_Port: "1",
    MY_STSSAMLDRIVER_X: "2",
  });
  await execute(["x"], NONE, rest);
  assert.deepEqual(ran[0]?.unset, ["StsSamlDriver_Port"]);
  const linux = world("linux", { StsSamlDriver_Port: "1" });
  await execute(["x"], NONE, linux);
  assert.deepEqual(linux.ran[0]?.unset, []);
});

const takesValue = (flag: string) => ({ "role-arn": true, cache: false, "no-cache": false })[flag];

const DASHES: readonly (readonly [string, readonly string[], string | undefined])[] = [
  ["a command behind --", ["--", "aws", "s3"], undefined],
  ["a command of flags behind --", ["--cache", "--", "--weird"], undefined],
  ["no command", [], undefined],
  ["flags alone", ["--role-arn", "arn", "--cache"], undefined],
  ["a value joined to its flag", ["--role-arn=arn", "aws"], "aws"],
  ["a command without --", ["aws", "s3", "ls", "--recursive"], "aws"],
  ["behind flags", ["--role-arn", "arn", "--no-cache", "aws", "s3"], "aws"],
  ["a command with a -- of its own", ["git", "log", "--", "file"], "git"],
  ["a single dash", ["-"], "-"],
  ["an empty word", [""], ""],
  ["an unknown flag, which has to be named instead", ["--nope", "aws"], undefined],
  ["a flag with one dash", ["-cache", "aws"], "aws"],
  ["an unknown short flag", ["-r", "eu", "aws"], undefined],
  ["a flag's value that looks like --", ["--role-arn", "--", "aws"], "aws"],
];

for (const [title, args, named] of DASHES) {
  Deno.test(`missingDashes: ${title}`, () => {
    const error = missingDashes(args, takesValue);
    if (named === undefined) return assert.equal(error, undefined);
    assert.deepEqual([error?.code, error?.exitCode], ["dashes-missing", 2]);
    assert.ok(error);
    assert.match(error.message, /^Put -- before the command "/);
    assert.ok(error.message.includes(`"${named}"`), error.message);
    assert.equal(error.hint, `stssamldriver exec [flags] -- ${named} …`);
  });
}

Deno.test("missingDashes: arguments of the command, which may be secret, are not repeated", () => {
  const error = missingDashes(["mysql", "-phunter2", "hunter2"], takesValue);
  assert.doesNotMatch(Deno.inspect(error), /hunter2/);
});
