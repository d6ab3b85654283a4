/**
 * Lines for `credential_process`, split and run by programs that nobody here wrote. FUZZ_RUNS says how
 * many, 500 unless set.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { fromProcess } from "@aws-sdk/credential-providers";
import { parseDocument } from "../../src/profiles/document.ts";
import { editProfile, editProfiles } from "../../src/profiles/edit.ts";
import { processLine, splitProcessLine } from "../../src/profiles/process_line.ts";
import { type PeerName, peerTest } from "../support/peers.ts";
import { posix } from "../support/programs.ts";
import { HOSTILE } from "../support/shell_values.ts";
import {
  anyLine,
  anyWords,
  RUNS,
  sampleLines,
  windowsArgv,
  windowsWords,
  type Words,
} from "../profiles/process_lines.ts";
import { readWithBotocore, readWithSmithy } from "../profiles/readers.ts";

const raw = String.raw;

/** The words of many command lines, each split by a real shell, that run printf with them. */
async function splitByShell(shell: Words, lines: Words, cwd?: string): Promise<string[][]> {
  const words: string[][] = [];
  for (let from = 0; from < lines.length; from += 300) {
    const script = lines.slice(from, from + 300).map((line) => `${line}\nprintf '\\001\\000'\n`);
    const [program = "", ...args] = shell;
    const stdout = await run(
      program,
      [...args, "-c", script.join("")],
      cwd === undefined ? {} : { cwd },
    );
    words.push(...stdout.split("\x01\0").slice(0, -1).map((text) => text.split("\0").slice(0, -1)));
  }
  return words;
}

async function run(
  program: string,
  args: string[],
  options: Deno.CommandOptions = {},
  input = "",
): Promise<string> {
  const child = new Deno.Command(program, {
    ...options,
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const sent = new Blob([input]).stream().pipeTo(child.stdin);
  const { success, stdout, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr).slice(0, 2000));
  await sent;
  return new TextDecoder().decode(stdout);
}

const SHELLS = { dash: [], bash: [], busybox: ["sh"], zsh: [] } as const;
const PRINT = ["/usr/bin/printf", raw`%s\0`];
for (const [name, args] of Object.entries(SHELLS)) {
  peerTest(name as PeerName, `processLine gives the words to ${name}`, async (shell) => {
    const cases = sampleLines("linux", anyWords.map((words) => [...PRINT, ...words, "end"]));
    const printed = cases.filter(({ words }) => words[0] === PRINT[0]);
    const got = await splitByShell([shell, ...args], printed.map(({ line }) => line));
    assert.deepEqual(got, printed.map(({ words }) => words.slice(2)));
  });
}

Deno.test({
  ...posix,
  name: "processLine gives a program with a hostile path to sh",
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "a b & 'c' $d #" });
    try {
      const names = HOSTILE.filter((name) => !/[/\0]|^\.*$/.test(name) && name.length < 200);
      const cases = names.flatMap((name) => {
        const words = [`${folder}/${name}`, "end of it"];
        const line = processLine(words, "linux");
        return line === undefined ? [] : [{ words, line }];
      });
      assert.ok(cases.length > 80);
      for (const { words: [path = ""] } of cases) {
        await Deno.writeTextFile(path, `#!/bin/sh\nprintf '%s\\0' "$0" "$@"\n`, { mode: 0o755 });
      }
      const got = await splitByShell(["/bin/sh"], cases.map(({ line }) => line));
      assert.deepEqual(got, cases.map(({ words }) => words));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** The words that shlex and botocore split lines into; null for a line that they refuse. */
async function splitByPython(
  python: string,
  lines: Words,
): Promise<Record<"shlex" | "linux" | "win32", Words | null>[]> {
  const script = `
import json, shlex, sys
from botocore.compat import compat_shell_split as split
def words(f, *args):
    try: return f(*args)
    except ValueError: return None
json.dump([{"shlex": words(shlex.split, line), "linux": words(split, line, "linux"),
  "win32": words(split, line, "win32")} for line in json.load(sys.stdin)], sys.stdout)`;
  return JSON.parse(
    await run(python, ["-c", script], { env: { PYTHONUTF8: "1" } }, JSON.stringify(lines)),
  );
}

peerTest(
  "boto3",
  "processLine gives the words to Python's shlex and to botocore",
  async (python) => {
    const unix = sampleLines("linux", anyWords);
    const windows = sampleLines("windows", windowsWords);
    const got = await splitByPython(python, [...unix, ...windows].map(({ line }) => line));
    unix.forEach(({ words, line }, at) => {
      assert.deepEqual(got[at]?.shlex, words, line);
      assert.deepEqual(got[at]?.linux, words, line);
    });
    windows.forEach(({ words, line }, at) =>
      assert.deepEqual(got[unix.length + at]?.win32, words, line)
    );
  },
);

peerTest(
  "boto3",
  "splitProcessLine reads any line as botocore and sh do, or not at all",
  async (python) => {
    const lines = [...fc.sample(anyLine, RUNS * 4), ...HOSTILE];
    const got = await splitByPython(python, lines);
    const accepted: { line: string; words: Words }[] = [];
    lines.forEach((line, at) => {
      const words = splitProcessLine(line, "linux");
      if (words !== undefined) {
        assert.deepEqual(words, got[at]?.linux, line);
        accepted.push({ line, words });
      }
      const onWindows = splitProcessLine(line, "windows");
      if (onWindows === undefined) return;
      assert.deepEqual(onWindows, got[at]?.win32, line);
      assert.deepEqual(onWindows, windowsArgv(line.replace(/^[ \t]+/, "")), line);
    });
    assert.ok(accepted.length > RUNS / 10, `only ${accepted.length} lines accepted`);
    const cwd = await Deno.makeTempDir();
    try {
      // For an expansion that we did not notice there is something to find.
      for (const name of ["a", "1", "a1", "aa"]) await Deno.writeTextFile(`${cwd}/${name}`, "");
      const command = processLine(PRINT, "linux");
      const shown = await splitByShell(
        ["/bin/sh"],
        accepted.map(({ line }) => `${command} ${line}`),
        cwd,
      );
      assert.deepEqual(shown, accepted.map(({ words }) => words));
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  },
);

/** A config file with all these lines, as the editor writes it. */
function configOf(lines: Words): string {
  const edits = lines.map((line, at) => ({ name: `p${at}`, set: { credential_process: line } }));
  return editProfiles(parseDocument(""), "config", edits);
}

const fileLines = () =>
  [...sampleLines("linux", anyWords), ...sampleLines("windows", windowsWords)].map(({ line }) =>
    line
  );

Deno.test("processLine's value survives the file for JavaScript's SDK", async () => {
  const lines = fileLines();
  const read = await readWithSmithy({ kind: "config", text: configOf(lines) });
  assert.ok(read !== "refused");
  lines.forEach((line, at) => assert.equal(read[`p${at}`]?.["credential_process"], line));
});

peerTest("boto3", "processLine's value survives the file for botocore", async () => {
  const lines = fileLines();
  const [read = "refused"] = await readWithBotocore([{ kind: "config", text: configOf(lines) }]);
  assert.ok(read !== "refused");
  lines.forEach((line, at) => assert.equal(read[`p${at}`]?.["credential_process"], line));
});

const PHP = await hasPhp();
async function hasPhp(): Promise<boolean> {
  try {
    return await run("php", ["-r", "echo 1;"]) === "1";
  } catch {
    return false;
  }
}

Deno.test({
  name: `processLine's value survives the file for PHP${PHP ? "" : " (skipped: no php in PATH)"}`,
  ignore: !PHP,
  fn: async () => {
    const lines = fileLines();
    // As Aws\parse_ini_file does.
    const code =
      `echo json_encode(parse_ini_string(stream_get_contents(STDIN), true, INI_SCANNER_RAW));`;
    const read: unknown = JSON.parse(await run("php", ["-r", code], {}, configOf(lines)));
    const expected = lines.map((
      line,
      at,
    ): [string, unknown] => [`profile p${at}`, { credential_process: line }]);
    assert.deepEqual(read, Object.fromEntries(expected));
  },
});

const HOSTILE_ARGS = [
  "--issuer",
  "https://idp/?a=b&c=$d%20`e`#f",
  `it's "x" \\ #y`,
  "",
  "é🔑",
  "*",
  "~",
];

/** A stand-in for the driver behind a hostile path, a config with its line, and then what it was given. */
async function withStandIn(body: (config: string) => Promise<unknown>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "stand in & 'more' $1 " });
  try {
    const program = `${folder}/stssamldriver`;
    const json =
      '{"Version":1,"AccessKeyId":"AKIAEXAMPLE","SecretAccessKey":"s","SessionToken":"t"}';
    const script = `#!/bin/sh\nprintf '%s\\0' "$@" > "$0.args"\necho '${json}'\n`;
    await Deno.writeTextFile(program, script, { mode: 0o755 });
    const line = processLine([program, ...HOSTILE_ARGS], "linux") ?? assert.fail();
    const edit = { kind: "config", name: "x", set: { credential_process: line } } as const;
    await Deno.writeTextFile(`${folder}/config`, editProfile(parseDocument(""), edit));
    await body(`${folder}/config`);
    const args = (await Deno.readTextFile(`${program}.args`)).split("\0").slice(0, -1);
    assert.deepEqual(args, HOSTILE_ARGS);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const envFor = (config: string) => ({
  AWS_CONFIG_FILE: config,
  AWS_SHARED_CREDENTIALS_FILE: `${config}.none`,
  AWS_PROFILE: "x",
});

peerTest(
  "awscli",
  "processLine's line is run by the AWS CLI",
  (aws) =>
    withStandIn(async (config) => {
      // The oldest command that shows what the process gave: the end of its key.
      assert.match(
        await run(aws, ["configure", "list"], { env: envFor(config) }),
        /\*MPLE +custom-pro/,
      );
    }),
);

peerTest("boto3", "processLine's line is run by boto3", (python) =>
  withStandIn(async (config) => {
    const code = "import boto3; print(boto3.Session().get_credentials().access_key)";
    assert.match(await run(python, ["-c", code], { env: envFor(config) }), /AKIAEXAMPLE/);
  }));

Deno.test({
  ...posix,
  name: "processLine's line is run by the JavaScript SDK",
  fn: () =>
    withStandIn(async (config) => {
      const provider = fromProcess({
        profile: "x",
        configFilepath: config,
        filepath: `${config}.none`,
      });
      assert.equal((await provider()).accessKeyId, "AKIAEXAMPLE");
    }),
});
