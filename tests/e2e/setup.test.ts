/** `setup NAME`: the line that it writes, and that consumers of the profile run it as it was meant. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { splitProcessLine } from "../../src/profiles/process_line.ts";
import {
  type Files,
  filesOf,
  productOf,
  putFiles,
  recordingProgram,
} from "../support/aws_files.ts";
import { type Driver, type Program, programs, runDriver, startDriver } from "../support/driver.ts";
import { answers, eventually } from "../support/eventually.ts";
import { postToAcs } from "../support/idp.ts";
import type { PeerName } from "../support/peers.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { assertFailed, endOf, someAtATime } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

const CONFIG = ".aws/config";
const CREDENTIALS = ".aws/credentials";
const ARNS = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];
const HOSTILE = `https://idp.example/s?a=1&b=%20%41'"x$HOME\`id\`|(y)<>*?~!\\#{z}`;

/** The words of the line in a file. */
function wordsIn(text: string | undefined): readonly string[] {
  const line = /^credential_process = (.*)$/m.exec(text ?? "")?.[1];
  return splitProcessLine(line ?? "", Deno.build.os) ?? assert.fail(`no line in ${text}`);
}

/** What stands behind the program in the words of a line. */
function argumentsIn(text: string | undefined): readonly string[] {
  const words = wordsIn(text);
  const at = words.findIndex((word) => /(stssamldriver|main\.ts)$/.test(word));
  return words.slice(at + 1);
}

/** Runs setup in a home where it must not sign in. */
async function setup(program: Program, home: string, args: readonly string[], cwd = home) {
  return await runDriver(["setup", ...args], { program, home, cwd });
}

interface Refusal {
  readonly name: string;
  readonly files?: Files;
  readonly args: readonly string[];
  readonly code?: number;
  readonly says: string;
}

const REFUSALS: readonly Refusal[] = [
  {
    name: "keys in the credentials file would win",
    files: { [CREDENTIALS]: "[dev]\naws_access_key_id = AKIASECRET\n" },
    args: ["dev", ...ARNS],
    says: `Cannot write profile "dev" to the config file: aws_access_key_id on line 2 of ` +
      `HOME/${CREDENTIALS} would override it`,
  },
  {
    name: "and --replace does not reach there",
    files: { [CREDENTIALS]: "[dev]\naws_access_key_id = AKIASECRET\n" },
    args: ["dev", "--replace", ...ARNS],
    says: `Cannot write profile "dev" to the config file: aws_access_key_id on line 2 of ` +
      `HOME/${CREDENTIALS} would override it`,
  },
  {
    name: "its own keys would win",
    files: { [CONFIG]: "[profile dev]\naws_secret_access_key = s\nsso_region = x\n" },
    args: ["dev", ...ARNS],
    says: `Cannot write profile "dev" in HOME/${CONFIG}: it has aws_secret_access_key on line 2 ` +
      "and sso_region on line 3, and SDKs disagree on which setting wins",
  },
  {
    name: "a role in the config file would win over the credentials file",
    files: { [CONFIG]: "[profile dev]\nrole_arn = x\n" },
    args: ["dev", "--path", `~/${CREDENTIALS}`, ...ARNS],
    says: `Cannot write profile "dev" to the credentials file: role_arn on line 2 of ` +
      `HOME/${CONFIG} would override it`,
  },
  // botocore and JavaScript read both files as one profile: the line that setup wrote was never run, or
  // another tool's was no longer, and nobody was told.
  {
    name: "another process in the credentials file would win",
    files: { [CREDENTIALS]: "[dev]\ncredential_process = /opt/other\n" },
    args: ["dev", ...ARNS],
    says: `Cannot write profile "dev" to the config file: credential_process on line 2 of ` +
      `HOME/${CREDENTIALS} would override it`,
  },
  {
    name: "keys of an earlier setup in the credentials file would win",
    files: { [CREDENTIALS]: "[dev]\nstssamldriver_port = 1\n" },
    args: ["dev", ...ARNS],
    says: `Cannot write profile "dev" to the config file: stssamldriver_port on line 2 of ` +
      `HOME/${CREDENTIALS} would override it`,
  },
  {
    name: "a process in the config file would lose",
    files: { [CONFIG]: "[profile dev]\ncredential_process = /opt/other\n" },
    args: ["dev", "--path", `~/${CREDENTIALS}`, "--replace", ...ARNS],
    says: `Cannot write profile "dev" to the credentials file: it would override ` +
      `credential_process on line 2 of HOME/${CONFIG}`,
  },
  // Without a role somebody signed in and picked one, for a file that could not be written.
  {
    name: "without a role: a folder that cannot be made",
    files: { "x": "" },
    args: ["dev", "--path", "~/x/config"],
    says: 'Cannot read "HOME/x/config": part of its path is a file, not a folder',
  },
  {
    name: "without a role: a file that cannot be locked",
    files: { [CONFIG]: "", [".aws/.config.stssamldriver-lock/x"]: "" },
    args: ["dev"],
    says: 'Cannot use "HOME/.aws/.config.stssamldriver-lock": it is a folder, not a regular file',
  },
  {
    name: "without a role: another program's line",
    files: { [CONFIG]: "[profile dev]\ncredential_process = /opt/other\n" },
    args: ["dev"],
    says: `Cannot write profile "dev" in HOME/${CONFIG}: its credential_process on line 2 starts ` +
      "another program",
  },
  {
    name: "a bad name",
    args: ["a b", ...ARNS],
    code: 2,
    says: 'Cannot use "a b" as a profile name: it may only contain letters, digits and ' +
      "- / . % @ _ : +",
  },
  {
    name: "a value that no file keeps",
    args: ["dev", ...ARNS, "--idp", "two\nlines"],
    code: 2,
    says: "Cannot write stssamldriver_idp to a profile: its value contains a line break",
  },
  {
    name: "a browser that no line keeps",
    args: ["dev", ...ARNS, "--browser", "a;b"],
    code: 2,
    says:
      "Cannot write a credential_process line with this --browser that every shell and SDK reads the same way",
  },
  { name: "no name", args: ARNS, code: 2, says: "Which profile? e.g. stssamldriver setup dev" },
  {
    name: "half a file",
    files: { [CONFIG]: "[profile dev]\n[profile dev]\n" },
    args: ["dev", ...ARNS],
    says: `Cannot change HOME/${CONFIG}: lines 1 and 2 start the same section, which makes ` +
      "Python SDKs reject the file",
  },
];

for (const program of programs()) {
  const test = (title: string, fn: (stage: Stage) => Promise<void>) =>
    Deno.test({
      name: `${program.name}: setup ${title}`,
      ignore: Deno.build.os === "windows",
      fn: async () => {
        await using stage = setStage();
        await fn(stage);
      },
    });

  test("writes a line with the flags as they were given, and shows it first", async ({ home }) => {
    const args = ["dev", ...ARNS, "--issuer", HOSTILE, "--port=8091", "--region=eu-west-1"];
    const { code, stdout, stderr } = await setup(program, home, args);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    const files = filesOf(home);
    assert.deepEqual(Object.keys(files), [CONFIG]);
    assert.deepEqual(argumentsIn(files[CONFIG]), [
      ...ARNS,
      ...["--region", "eu-west-1", "--start-url", HOSTILE, "--port", "8091", "--cache"],
    ]);
    assert.match(files[CONFIG] ?? "", /^\[profile dev\]\n.*\nregion = eu-west-1\n$/);
    const shown = files[CONFIG]?.replace(/^(?=.)/gm, "  ");
    const head = `Writing to ${home}/${CONFIG}:\n`;
    assert.ok(stderr.startsWith(`${head}${shown}`), stderr);
    assert.match(stderr, /\nProfile "dev" is ready\. Try: aws s3 ls --profile dev\n$/);
    assert.equal((Deno.statSync(`${home}/${CONFIG}`).mode ?? 0) & 0o777, 0o600);
  });

  test("says when the profile is up to date, and leaves the file alone", async ({ home }) => {
    const args = ["dev", ...ARNS, "--issuer", HOSTILE];
    assert.equal((await setup(program, home, args)).code, 0);
    const { ino, mtime } = Deno.statSync(`${home}/${CONFIG}`);
    const { code, stderr } = await setup(program, home, args);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /\nAlready up to date\nProfile "dev" is ready\. Try: .*\n$/);
    const again = Deno.statSync(`${home}/${CONFIG}`);
    assert.deepEqual([again.ino, again.mtime], [ino, mtime]);
  });

  test("--dry-run prints the lines and writes nothing, also what would be refused", async ({ home }) => {
    for (const issuer of [HOSTILE, `${HOSTILE};x`]) {
      const args = ["dev", "--dry-run", ...ARNS, "--issuer", issuer];
      const { code, stdout, stderr } = await setup(program, home, args);
      const file = `Would write to ${home}/${CONFIG}:\n`;
      assert.deepEqual([code, stderr], [0, file]);
      assert.deepEqual(filesOf(home), {});
      await setup(program, home, args.toSpliced(1, 1));
      assert.equal(stdout, filesOf(home)[CONFIG]);
      Deno.removeSync(`${home}/.aws`, { recursive: true });
    }
    putFiles(home, { [CONFIG]: "[profile dev]\nrole_arn = x\n" });
    const { code, stdout } = await setup(program, home, ["dev", "--dry-run", ...ARNS]);
    assert.deepEqual([code, stdout], [8, ""]);
  });

  test("names the file in the command to try, where the SDKs do not read it anyway", async ({ home }) => {
    for (
      const [path, before] of [
        ["~/my files/aws.ini", `AWS_CONFIG_FILE='${home}/my files/aws.ini' `],
        ["keys/credentials", `AWS_SHARED_CREDENTIALS_FILE=${home}/keys/credentials `],
        [`~/${CREDENTIALS}`, ""],
      ] as const
    ) {
      const { code, stderr } = await setup(program, home, ["dev", ...ARNS, "--path", path]);
      assert.equal(code, 0, stderr);
      assert.ok(stderr.endsWith(` Try: ${before}aws s3 ls --profile dev\n`), stderr);
      Deno.removeSync(path.startsWith("~") ? `${home}${path.slice(1)}` : `${home}/${path}`);
    }
  });

  test("puts what no quoting keeps into keys, and takes old keys away", async ({ home }) => {
    const before = "# mine\n[profile a]\nx = 1\n[profile dev]\noutput = json\n\n; end";
    putFiles(home, { [CONFIG]: before });
    const policies = ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"];
    const first = [
      ...["dev", ...ARNS, "--issuer", `${HOSTILE};x`, "--port", "1", "--port=8091", "--verbose"],
      ...policies.map((arn) => `--policy-arn=${arn}`),
      ...["--browser", "my browser", "--no-strict-duration"],
    ];
    const seen = await setup(program, home, first);
    assert.equal(seen.code, 0, seen.stderr);
    const text = filesOf(home)[CONFIG];
    assert.deepEqual(argumentsIn(text), ["--browser", "my browser", "--profile", "dev"]);
    const [line] = /credential_process.*\n/.exec(text ?? "") ?? [];
    const keys = [
      `stssamldriver_role_arn = ${DEFAULT_ROLE}`,
      `stssamldriver_saml_provider_arn = ${DEFAULT_PROVIDER}`,
      "stssamldriver_strict_duration = false",
      `stssamldriver_policy_arn = ${policies.join(" ")}`,
      `stssamldriver_start_url = ${HOSTILE};x`,
      "stssamldriver_port = 8091",
      "stssamldriver_verbose = true",
      "stssamldriver_cache = true",
    ];
    const wanted = before.replace("json\n", `json\n${line}${keys.join("\n")}\n`);
    assert.equal(text, wanted);

    // As an earlier version wrote it.
    putFiles(home, { [CONFIG]: wanted.replace("_start_url", "_issuer") });
    assert.equal((await setup(program, home, first)).code, 0);
    assert.deepEqual(filesOf(home)[CONFIG]?.split("\n").toSorted(), wanted.split("\n").toSorted());

    assert.equal((await setup(program, home, ["dev", ...ARNS])).code, 0);
    const then = filesOf(home)[CONFIG];
    assert.deepEqual(argumentsIn(then), [...ARNS, "--cache"]);
    const [short] = /credential_process.*\n/.exec(then ?? "") ?? [];
    assert.equal(then, before.replace("json\n", `json\n${short}`), "no old key is left");
  });

  test("makes file names mean the same in every folder", async ({ home }) => {
    putFiles(home, { "sub/my policy.json": "{}", "sub/names": "111122223333 dev\n" });
    const flags = ["--policy-file", "my policy.json", "--account-names", "names"];
    const { code, stderr } = await setup(program, home, ["dev", ...ARNS, ...flags], `${home}/sub`);
    assert.equal(code, 0, stderr);
    assert.deepEqual(argumentsIn(filesOf(home)[CONFIG]).slice(4), [
      ...["--policy-file", `${home}/sub/my policy.json`, "--cache"],
    ], "names of accounts are for choosing");
  });

  // The AWS CLI then read no profile of the file at all.
  test("refuses letters that the AWS CLI would reject the file for, and warns of them elsewhere", async ({ home }) => {
    putFiles(home, { "사용자/policy.json": "{}" });
    const args = ["setup", "dev", ...ARNS, "--policy-file", `${home}/사용자/policy.json`];
    const run = (env: Readonly<Record<string, string>>, more: readonly string[] = []) =>
      runDriver([...args, ...more], { program, home, env });
    const before = filesOf(home);
    for (
      const env of [{ LC_ALL: "ko_KR.CP949" }, {
        LC_ALL: "",
        LC_CTYPE: "zh_CN.GBK",
        LANG: "C.UTF-8",
      }]
    ) {
      for (const more of [[], ["--dry-run"]]) {
        const refused = await run(env, more);
        assert.equal(refused.code, 2);
        assert.match(
          refused.stderr,
          /사용자.*AWS CLI.*(?:ko_KR\.CP949|zh_CN\.GBK)[^]*plain letters/,
        );
        assert.deepEqual(filesOf(home), before);
      }
    }
    const { code, stderr } = await run({ LC_ALL: "C.UTF-8" });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /사용자.*outside ASCII.*AWS CLI/);
    assert.ok(argumentsIn(filesOf(home)[CONFIG]).includes(`${home}/사용자/policy.json`));
  });

  test("--replace removes what would fight, and nothing else", async ({ home }) => {
    const text = "[profile dev]\nrole_arn = x\n# why\nregion = eu-west-1\naws_access_key_id = y\n";
    putFiles(home, { [CONFIG]: text });
    const { code, stderr } = await setup(program, home, ["dev", "--replace", ...ARNS]);
    assert.equal(code, 0, stderr);
    assert.match(
      filesOf(home)[CONFIG] ?? "",
      /^\[profile dev\]\n# why\nregion = eu-west-1\ncredential_process = .*\n$/,
    );
  });

  test("refuses what it cannot write, and opens no browser for it", async () => {
    await someAtATime(REFUSALS, 4, async ({ name, files = {}, args, code = 8, says }) => {
      await using stage = setStage();
      putFiles(stage.home, files);
      const browser = recordingProgram(stage.home);
      const given = [
        "--timeout=9s",
        ...(args.includes("--browser") ? args : [...args, "--browser", browser.path]),
      ];
      const before = filesOf(stage.home);
      const ended = await setup(program, stage.home, given);
      assertFailed(ended, { code, says: says.replaceAll("HOME/", `${stage.home}/`) });
      assert.deepEqual(filesOf(stage.home), before, name);
      assert.doesNotMatch(ended.stderr, /AKIASECRET/);
      assert.equal(browser.runs(), "", name);
    });
  });
}

interface Consumer {
  readonly peer: PeerName;
  readonly program: () => Program;
  readonly args: (stage: Stage) => readonly string[];
  /** The access key, or the ARN, that it got. */
  readonly prints: (stdout: string, stage: Stage) => readonly [got: unknown, wanted: unknown];
}

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const CONSUMERS: readonly Consumer[] = [
  {
    peer: "awscli",
    program: () => ({ name: "aws", command: [pathOf("awscli")] }),
    args: (
      { sts },
    ) => ["sts", "get-caller-identity", "--profile", "dev", "--endpoint-url", sts.url],
    prints: (stdout, { sts }) => [JSON.parse(stdout).Arn, sts.handedOut[0]?.arn],
  },
  {
    peer: "boto3",
    program: () => ({ name: "boto3", command: [pathOf("boto3")] }),
    args: () => [
      "-c",
      "import boto3; print(boto3.Session(profile_name='dev').get_credentials().access_key)",
    ],
    prints: (stdout, { sts }) => [stdout.trim(), sts.handedOut[0]?.accessKeyId],
  },
  {
    peer: "js-sdk",
    program: () => ({
      name: "fromProcess",
      command: [Deno.execPath(), "run", "-A", "--no-prompt", `--config=${file("../../deno.json")}`],
    }),
    args: () => [file("../peers/from_process.ts"), "dev"],
    prints: (stdout, { sts }) => [JSON.parse(stdout).accessKeyId, sts.handedOut[0]?.accessKeyId],
  },
];

const FORMS = [
  { name: "a line with hostile flags", issuer: HOSTILE, line: / --start-url / },
  { name: "keys beside a short line", issuer: `${HOSTILE};x`, line: /stssamldriver_start_url = / },
];

for (const consumer of CONSUMERS) {
  for (const form of FORMS) {
    const title = `setup: ${consumer.peer} runs ${form.name}, the executable at a hostile path`;
    peersTest([consumer.peer, "executable"], title, async () => {
      await using stage = setStage();
      const path = executableAt(`${stage.home}/my apps & 'more' $HOME 50% (x86)`);
      const program: Program = { name: "hostile", command: [path] };
      const flags = [...stage.args, "--issuer", form.issuer, "--browser", "none"];
      const set = await setup(program, stage.home, ["dev", ...flags, "--region=us-east-1"]);
      assert.equal(set.code, 0, set.stderr);
      const text = filesOf(stage.home)[CONFIG];
      assert.match(text ?? "", form.line);
      assert.equal(wordsIn(text)[0], path);

      const start = () =>
        startDriver(consumer.args(stage), {
          program: consumer.program(),
          home: stage.home,
          env: stage.env,
        });
      await using first = start();
      await postWhenListening(stage, first);
      assertGot(await endOf(first), consumer, stage);
      await using second = start();
      assertGot(await endOf(second), consumer, stage);
      assert.equal(stage.sts.handedOut.length, 1, "the second one is from the cache");

      // Only the same flags find the same session.
      const { env, home } = stage;
      const asked = [...flags, "--region=us-east-1", "--cache", "--no-interactive"];
      const { stdout, stderr } = await runDriver(asked, { program, env, home });
      assert.deepEqual(JSON.parse(stdout || "null"), productOf(stage.sts.handedOut[0]), stderr);
    });
  }
}

/** The executable under its own name in this folder; linked, since it is large. */
function executableAt(folder: string): string {
  Deno.mkdirSync(folder);
  const path = `${folder}/stssamldriver`;
  try {
    Deno.linkSync(Deno.realPathSync(pathOf("executable")), path);
  } catch {
    Deno.copyFileSync(pathOf("executable"), path);
  }
  return path;
}

async function postWhenListening({ acsUrl, idp }: Stage, running: Driver): Promise<void> {
  const listening = eventually("the driver to listen", () => answers(new URL("/", acsUrl).href));
  const failed = running.ended.then(({ stderr }) => assert.fail(stderr));
  await Promise.race([listening, failed]);
  failed.catch(() => {});
  await postToAcs(acsUrl, idp.signIn("alice").fields);
}

function assertGot(
  { code, stdout, stderr }: Awaited<ReturnType<typeof endOf>>,
  { prints }: Consumer,
  stage: Stage,
): void {
  assert.equal(code, 0, stderr);
  const [got, wanted] = prints(stdout, stage);
  assert.ok(wanted);
  assert.equal(got, wanted);
}
