/** The file cannot be written after all, when STS has answered: nothing is lost, and exit 8 either way. */

import assert from "node:assert/strict";
import { localTime } from "../../src/text.ts";
import { type Files, filesOf, productOf, putFiles } from "../support/aws_files.ts";
import { type Driver, driverEnv, programs, startDriver } from "../support/driver.ts";
import { CAN_MOUNT, LINUX_ROOT, mounted, unmount } from "../support/mounts.ts";
import { peersTest } from "../support/peers_together.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { detailOf, endOf, headingOf, post, someAtATime, soon } from "../support/sign_ins.ts";
import { openPicker, overNetwork } from "../support/tab.ts";
import { setStage, type Stage } from "../support/stage.ts";

const CONFIG = ".aws/config";
const FOLDER = `Cannot use "HOME/${CONFIG}": it is a folder, not a regular file`;

/** Puts a folder in the place of the file. */
function putFolder(home: string): void {
  Deno.removeSync(`${home}/${CONFIG}`);
  Deno.mkdirSync(`${home}/${CONFIG}`);
}

interface Case {
  readonly name: string;
  readonly files?: Files;
  /** In the place of the stage's own arguments. */
  readonly all?: (stage: Stage) => readonly string[];
  readonly args?: readonly string[];
  readonly env?: (stage: Stage) => Readonly<Record<string, string>>;
  /** Between the listening and the posting. */
  readonly meanwhile?: (home: string) => void;
  readonly says?: string;
  /** What the command that prints it must have. */
  readonly command?: RegExp;
  /** Clicks in the picker. */
  readonly picks?: boolean;
  /** Signs in by a process of its own. */
  readonly flown?: boolean;
}

const CASES: readonly Case[] = [
  { name: "a folder in the file's place" },
  {
    name: "a line that fights, written meanwhile",
    meanwhile: (home) =>
      Deno.writeTextFileSync(`${home}/${CONFIG}`, "[profile dev]\ncredential_process = x\n"),
    says: `Cannot write profile "dev" in HOME/${CONFIG}: it has credential_process on line 2, ` +
      "and SDKs disagree on which setting wins",
  },
  {
    name: "a file broken meanwhile",
    meanwhile: (home) => Deno.writeTextFileSync(`${home}/${CONFIG}`, "[a]\n[a]\n"),
    says: `Cannot change HOME/${CONFIG}: lines 1 and 2 start the same section, which makes ` +
      "Python SDKs reject the file",
  },
  { name: "keep, in so many words", args: ["--on-write-failure=keep", "--replace"] },
  { name: "with a cache", args: ["--cache"], flown: true },
  { name: "without a cache", args: ["--no-cache"] },
  {
    name: "the region of the profile itself",
    files: { [CONFIG]: "[profile dev]\nregion = eu-west-2\n" },
    command: / --region=eu-west-2/,
  },
  {
    name: "a profile without a region, beside AWS_PROFILE",
    files: { [CONFIG]: "[profile dev]\n[profile x]\nregion = eu-west-2\n", x: "" },
    env: () => ({ AWS_PROFILE: "x", AWS_CONFIG_FILE: "~/other" }),
    meanwhile: (home) => Deno.mkdirSync(`${home}/other`),
    says: FOLDER.replace(CONFIG, "other"),
  },
  {
    name: "everything by variables",
    all: () => [],
    env: ({ port }) => ({
      STSSAMLDRIVER_ROLE_ARN: DEFAULT_ROLE,
      STSSAMLDRIVER_SAML_PROVIDER_ARN: DEFAULT_PROVIDER,
      STSSAMLDRIVER_PORT: String(port),
      STSSAMLDRIVER_PROFILE_TO_UPDATE: "dev",
      STSSAMLDRIVER_DURATION_SECONDS: "1800",
    }),
  },
  {
    name: "by the flags of a profile",
    files: {
      [CONFIG]: "[profile dev]\n",
      ".aws/credentials": "[src]\nstssamldriver_duration_seconds = 1800\nregion = eu-west-1\n",
    },
    args: ["--profile", "src"],
    command: / --region=eu-west-1 --duration-seconds=1800$/,
  },
  {
    name: "a role that was picked in the browser",
    all: ({ port }) => ["--port", String(port), "--profile-to-update", "dev"],
    picks: true,
    command: / --role-arn=\S+:role\/Dev/,
  },
  {
    name: "hostile values",
    files: { [CONFIG]: "", "my 'policy' $x.json": '{"Version":"2012-10-17","Statement":[]}' },
    args: [
      "--issuer",
      `https://idp.example/s?a=1&b=%20'"$HOME\`id\`;(x)*!\\`,
      "--policy-file",
      "~/my 'policy' $x.json",
      "--policy-arn",
      "arn:aws:iam::aws:policy/ReadOnlyAccess",
      "--policy-arn=arn:aws:iam::aws:policy/B",
      "--idp",
      "https://idp.example/saml",
      "--verbose",
      "--timeout=1m",
    ],
  },
];

interface Unwritten {
  readonly stage: Stage;
  readonly driver: Driver;
  readonly home: string;
}

/** Starts a driver that finds everything in order, spoils it, and signs in. */
async function signInForNothing(it: Case, { stage, driver, home }: Unwritten) {
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  (it.meanwhile ?? putFolder)(home);
  const { fields } = stage.idp.signIn("alice");
  const posted = () => post(stage, fields);
  const picked = async () => {
    const base64 = fields.find(([name]) => name === "SAMLResponse")?.[1] ?? "";
    const tab = await openPicker(overNetwork, stage.acsUrl, base64);
    return await tab.submit({ token: tab.token, role: tab.roles[0]?.key ?? "" });
  };
  const page = await (it.picks ? picked() : posted());
  const says = (it.says ?? FOLDER).replaceAll("HOME/", `${home}/`);
  const ended = await endOf(driver);
  assert.equal(ended.code, 8, ended.stderr);
  assert.ok(ended.stderr.includes(`stssamldriver: ${says}\n`), ended.stderr);
  // With a cache another process signs in, and has done so well.
  assert.equal(page.status, it.flown ? 200 : 502);
  assert.equal(
    it.flown ? headingOf(page.text) : detailOf(page.text),
    it.flown ? "Signed in to AWS" : says,
  );
  assert.doesNotMatch(page.text + ended.stderr, /FixtureSecret/);
  assert.equal(stage.sts.handedOut.length, 1);
  return { ...ended, page };
}

/** The command in what was said, run by a shell. */
async function runSaid(stderr: string, env: Readonly<Record<string, string>>) {
  const [, until, command] =
    /cached until (.+) \(in [^)]+\)\. To print it:\n +(.+)\n/.exec(stderr) ?? [];
  assert.ok(until && command, stderr);
  const args = ["-c", command];
  const seen = await new Deno.Command("sh", { args, env, clearEnv: true }).output();
  const [out, err] = [seen.stdout, seen.stderr].map((each) => new TextDecoder().decode(each));
  assert.equal(seen.code, 0, `${command}\n${err}`);
  return { product: JSON.parse(out ?? ""), until, command };
}

for (const program of programs()) {
  Deno.test({
    name:
      `${program.name}: a session that cannot be written is kept, and the command that is said prints it`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await someAtATime(CASES, 4, async (it) => {
        try {
          await using stage = setStage();
          putFiles(stage.home, it.files ?? { [CONFIG]: "" });
          const options = {
            program,
            home: stage.home,
            env: { ...stage.env, BROWSER: "none", ...it.env?.(stage) },
          };
          const args = it.all?.(stage) ?? [...stage.args, "--profile-to-update=dev"];
          await using driver = startDriver([...args, ...(it.args ?? [])], options);
          const seen = await signInForNothing(it, { stage, driver, home: stage.home });
          assert.equal(seen.stdout, "");
          const [handedOut] = stage.sts.handedOut;
          const env = driverEnv(options);
          for (const _ of ["once", "and again"]) {
            const { product, until, command } = await runSaid(seen.stderr, env);
            assert.deepEqual(product, productOf(handedOut));
            const end = localTime(Date.parse(String(product.Expiration)), Date.now());
            assert.equal(until.slice(-5), end.slice(-5));
            if (it.command) assert.match(command, it.command);
          }
          assert.equal(stage.sts.calls.length, 1, "no second sign-in");
          for (const [path, text] of Object.entries(filesOf(stage.home))) {
            assert.doesNotMatch(text, /FixtureSecret/, path);
          }
        } catch (error) {
          throw new Error(it.name, { cause: error });
        }
      });
    },
  });

  Deno.test(`${program.name}: --on-write-failure print prints the session that cannot be written`, async () => {
    await using stage = setStage();
    putFiles(stage.home, { [CONFIG]: "" });
    const args = ["--profile-to-update=dev", "--on-write-failure", "print"];
    const options = { program, home: stage.home, env: { ...stage.env, BROWSER: "none" } };
    await using driver = startDriver([...stage.args, ...args], options);
    const it = { name: "print" };
    const { stdout, stderr } = await signInForNothing(it, { stage, driver, home: stage.home });
    assert.deepEqual(JSON.parse(stdout), productOf(stage.sts.handedOut[0]));
    assert.equal(stdout.split("\n").length, 2);
    assert.match(stderr, /printed instead, because of --on-write-failure print/);
    assert.doesNotMatch(stderr, /is cached/);
  });
}

Deno.test("when the session cannot be kept either, both troubles are said", async () => {
  await using stage = setStage();
  putFiles(stage.home, { [CONFIG]: "", "cache-is-a-file": "" });
  const env = { XDG_CACHE_HOME: `${stage.home}/cache` };
  await using driver = startDriver([...stage.args, "--profile-to-update=dev"], {
    home: stage.home,
    env: { ...stage.env, BROWSER: "none", ...env },
  });
  const meanwhile = (home: string) => {
    putFolder(home);
    putFiles(home, { "cache/stssamldriver/sessions": "a file" });
  };
  const it = { name: "both", meanwhile };
  const { stdout, stderr } = await signInForNothing(it, { stage, driver, home: stage.home });
  assert.equal(stdout, "");
  assert.match(stderr, /The session could not be cached either: .*sessions/);
});

Deno.test({
  name: "a disk that fills up meanwhile (needs root who may mount)",
  ignore: !CAN_MOUNT,
  fn: async () => {
    await using stage = setStage();
    const disk = `${stage.home}/.aws`;
    Deno.mkdirSync(disk);
    assert.ok(mounted(["-t", "tmpfs", "-o", "size=64k", "none"], disk));
    try {
      Deno.writeTextFileSync(`${disk}/config`, "# mine\n");
      const options = { home: stage.home, env: { ...stage.env, BROWSER: "none" } };
      await using driver = startDriver([...stage.args, "--profile-to-update=dev"], options);
      const it: Case = {
        name: "disk",
        says: `Cannot change "HOME/${CONFIG}": the disk is full`,
        meanwhile: () => {
          for (const size of [60_000, 4096]) {
            try {
              Deno.writeTextFileSync(`${disk}/filler${size}`, "x".repeat(size));
            } catch {
              // Full, as wanted.
            }
          }
        },
      };
      const seen = await signInForNothing(it, { stage, driver, home: stage.home });
      const { product } = await runSaid(seen.stderr, driverEnv(options));
      assert.deepEqual(product, productOf(stage.sts.handedOut[0]));
      assert.equal(Deno.readTextFileSync(`${disk}/config`), "# mine\n");
    } finally {
      unmount(disk);
    }
  },
});

if (LINUX_ROOT) {
  peersTest(
    ["executable"],
    "as nobody: a folder made read-only meanwhile (needs root)",
    async () => {
      await using stage = setStage();
      putFiles(stage.home, { [CONFIG]: "# mine\n" });
      for (const path of ["", "/.aws", `/${CONFIG}`]) {
        Deno.chownSync(stage.home + path, 65534, 65534);
      }
      const executable = programs().at(-1);
      assert.ok(executable);
      const as = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] as const;
      const options = {
        program: { name: "nobody's", command: [...as, ...executable.command] as const },
        home: stage.home,
        env: { ...stage.env, BROWSER: "none" },
      };
      await using driver = startDriver([...stage.args, "--profile-to-update=dev"], options);
      const it: Case = {
        name: "read-only",
        meanwhile: (home) => Deno.chmodSync(`${home}/.aws`, 0o555),
        says: `Cannot change "HOME/${CONFIG}": no permission to create files in "HOME/.aws"`,
      };
      const seen = await signInForNothing(it, { stage, driver, home: stage.home });
      const nobody = seen.stderr.replace(/(To print it:\n +)/, `$1${as.join(" ")} `);
      const { product } = await runSaid(nobody, driverEnv(options));
      assert.deepEqual(product, productOf(stage.sts.handedOut[0]));
      assert.equal(Deno.readTextFileSync(`${stage.home}/${CONFIG}`), "# mine\n");
    },
  );
}
