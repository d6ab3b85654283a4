/**
 * `doctor` on a machine in order, and on one with each thing wrong: what is found, and that the command that it
 * shows mends it, in a real shell.
 */

import assert from "node:assert/strict";
import { putFiles } from "../../support/aws_files.ts";
import { freePort } from "../../support/driver.ts";
import { lineOf, type Machine, startMachine } from "../../support/doctor_machine.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../../support/saml_response.ts";

const POSIX = Deno.build.os === "linux";
const ROOT = POSIX && Deno.uid() === 0;

function machineTest(name: string, fn: (machine: Machine) => Promise<void>, ignore = false): void {
  Deno.test({
    name: `doctor: ${name}`,
    ignore: ignore || !POSIX,
    fn: async () => {
      await using machine = startMachine();
      await fn(machine);
    },
  });
}

/** Something wrong, what `doctor` says of it, and how it is mended. */
interface Case {
  readonly breaks: (machine: Machine) => void | Disposable;
  readonly args?: readonly string[];
  readonly code: number;
  readonly check: string;
  readonly says: RegExp;
  /** The command that is shown; run, it leaves the machine in order. */
  readonly fix?: RegExp;
  /** What to do where there is no command. */
  readonly advice?: RegExp;
  readonly needsRoot?: boolean;
  /** Why the rest of the machine is not in order then either. */
  readonly besides?: RegExp;
}

const config = (text: string) => ({ home }: Machine) => putFiles(home, { ".aws/config": text });
const append = (file: string, text: string) => ({ home }: Machine) =>
  Deno.writeTextFileSync(`${home}/.aws/${file}`, text, { append: true });
const set = (name: string, value: string) => ({ env }: Machine) => void (env[name] = value);
const chmod = (path: string, mode: number) => ({ home }: Machine) =>
  Deno.chmodSync(`${home}/${path}`, mode);

const NOBODY = 65_534;

const CASES: Readonly<Record<string, Case>> = {
  "a stranger on the port": {
    breaks: ({ port }) => {
      const script = `Deno.listen({ hostname: "::1", port: ${port} }); console.log("ready")`;
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          "eval",
          "--no-config",
          `${script}; await new Promise(() => setInterval(() => {}, 9e5))`,
        ],
        stdout: "piped",
        stdin: "null",
      }).spawn();
      return strangerOf(child);
    },
    code: 3,
    check: "port",
    says: /^Port \d+ is in use: another program is listening on \[::1\]:\d+ \(deno, process \d+\)$/,
    fix: /^kill \d+$/,
  },
  "a config file that others can write": {
    breaks: chmod(".aws/config", 0o666),
    code: 8,
    check: "files",
    says: /^~\/\.aws\/config can be written by every user$/,
    fix: /^chmod 600 ~\/\.aws\/config$/,
  },
  "keys that others can read": {
    breaks: chmod(".aws/credentials", 0o644),
    code: 0,
    check: "files",
    says: /^Other users of this machine can read ~\/\.aws\/credentials$/,
    fix: /^chmod 600 ~\/\.aws\/credentials$/,
  },
  "a folder of the files that others can write": {
    breaks: chmod(".aws", 0o777),
    code: 8,
    check: "files",
    says: /^~\/\.aws, with your shared AWS files, can be written by every user$/,
    fix: /^chmod go-w ~\/\.aws$/,
  },
  "a file of somebody else": {
    breaks: ({ home }) => Deno.chownSync(`${home}/.aws/config`, NOBODY, NOBODY),
    needsRoot: true,
    code: 0,
    check: "files",
    says: /^~\/\.aws\/config belongs to another user$/,
    fix: /^sudo chown 0 ~\/\.aws\/config$/,
  },
  "keys beside the line of a profile": {
    breaks: append("config", "aws_access_key_id = AKIA\naws_secret_access_key = fakeSecret\n"),
    code: 8,
    check: "files",
    says:
      /^Profile "dev" of ~\/\.aws\/config has aws_access_key_id on line 4 and aws_secret_access_key on line 5 beside its credential_process on line 3$/,
    fix: /^stssamldriver setup dev --cache --role-arn=\S+ --saml-provider-arn=\S+ --replace$/,
  },
  "a line whose driver is gone": {
    breaks: config(
      `[profile dev]\ncredential_process = ${
        lineOf("/opt/old/stssamldriver")
      } --duration-seconds 7200\n`,
    ),
    code: 8,
    check: "lines",
    says: /^\/opt\/old\/stssamldriver cannot be run, which profile "dev" needs$/,
    fix: /^stssamldriver setup dev --cache .* --duration-seconds=7200$/,
  },
  "two lines whose driver is gone, one in the credentials file": {
    breaks: (machine) => {
      config(`[profile dev]\ncredential_process = ${lineOf("/opt/old/stssamldriver")}\n`)(machine);
      append("credentials", `[two]\ncredential_process = ${lineOf("/opt/old/stssamldriver")}\n`)(
        machine,
      );
    },
    code: 8,
    check: "lines",
    says: /^\/opt\/old\/stssamldriver cannot be run, which profiles "dev", "two" need$/,
    fix: /^stssamldriver setup dev .*\nstssamldriver setup two .* --path=~\/\.aws\/credentials$/,
  },
  "many lines whose driver is gone": {
    breaks: ({ home }) =>
      putFiles(home, {
        ".aws/config": Array.from({ length: 6 }, (_, index) =>
          `[profile p${index}]\ncredential_process = ${lineOf(`${home}/old/stssamldriver`)}\n`)
          .join(""),
      }),
    code: 8,
    check: "lines",
    says: /^~\/old\/stssamldriver cannot be run, which profiles "p0", .*"p4" and 1 more need$/,
    fix: /^mkdir -p ~\/old && ln -sf ~\/bin\/stssamldriver ~\/old\/stssamldriver$/,
  },
  "a line of a driver that may not be run": {
    breaks: (machine) => {
      putFiles(machine.home, { "old/stssamldriver": "" });
      config(
        `[profile dev]\ncredential_process = ${lineOf(`${machine.home}/old/stssamldriver`)}\n`,
      )(
        machine,
      );
    },
    code: 8,
    check: "lines",
    says: /^~\/old\/stssamldriver cannot be run, /,
    fix: /^stssamldriver setup dev /,
  },
  "a machine's file that is not believed": {
    breaks: (machine) => void (machine.machineFile = { risk: "/etc can be written by every user" }),
    code: 2,
    check: "machine-file",
    says: /^Cannot use \/etc\/\S+: \/etc can be written by every user$/,
    advice: /must belong to root/,
  },
  "a machine's file with a typo": {
    breaks: (machine) => void (machine.machineFile = { text: "[required]\ncahce = false\n" }),
    code: 2,
    check: "machine-file",
    says: /^Unknown setting "cahce" in line 2 of /,
    advice: /^Did you mean cache\?$/,
  },
  "a variable of this program": {
    breaks: set("STSSAMLDRIVER_DURATION_SECONDS", "60"),
    code: 2,
    check: "settings",
    says: /^Cannot use STSSAMLDRIVER_DURATION_SECONDS=60: STS takes 900 to 43200 seconds/,
    fix: /^unset STSSAMLDRIVER_DURATION_SECONDS$/,
  },
  "a region that is none": {
    breaks: set("AWS_REGION", "Ireland"),
    code: 2,
    check: "settings",
    says: /^Cannot use AWS_REGION, "Ireland": not a region/,
    fix: /^unset AWS_REGION$/,
  },
  "an endpoint that is none": {
    breaks: (machine) => {
      machine.env["AWS_ENDPOINT_URL"] = machine.sts.url;
      set("AWS_ENDPOINT_URL_STS", "sts.example")(machine);
    },
    code: 2,
    check: "settings",
    says: /^Cannot use the STS endpoint: AWS_ENDPOINT_URL_STS is not a URL$/,
    fix: /^unset AWS_ENDPOINT_URL_STS$/,
  },
  "CAs that are gone": {
    breaks: set("AWS_CA_BUNDLE", "/etc/gone.pem"),
    code: 2,
    check: "sts",
    says: /^Cannot use AWS_CA_BUNDLE=\/etc\/gone\.pem: the file does not exist$/,
    fix: /^unset AWS_CA_BUNDLE$/,
  },
  "a clock that is behind": {
    breaks: (machine) => void (machine.skewMs = 60_000),
    code: 0,
    check: "clock",
    says: /^The clock is (5\d|60|61) seconds behind AWS's$/,
    fix: /^sudo timedatectl set-ntp true$/,
  },
  "a clock that AWS refuses": {
    breaks: (machine) => void (machine.skewMs = -600_000),
    code: 6,
    check: "clock",
    says: /^The clock is 10 minutes ahead of AWS's$/,
    fix: /^sudo timedatectl set-ntp true$/,
  },
  "a cache folder that others can write": {
    breaks: ({ home }) => {
      Deno.mkdirSync(`${home}/.cache/stssamldriver`, { recursive: true });
      Deno.chmodSync(`${home}/.cache/stssamldriver`, 0o777);
    },
    code: 8,
    check: "cache",
    says: /^Cannot use the cache folder: ~\/\.cache\/stssamldriver can be written by every user$/,
    fix: /^chmod go-w ~\/\.cache\/stssamldriver$/,
  },
  "a cache folder of somebody else": {
    breaks: ({ home }) => {
      Deno.mkdirSync(`${home}/.cache/stssamldriver`, { recursive: true });
      Deno.chownSync(`${home}/.cache/stssamldriver`, NOBODY, NOBODY);
    },
    needsRoot: true,
    code: 8,
    check: "cache",
    says: /^Cannot use the cache folder: ~\/\.cache\/stssamldriver belongs to another user$/,
    fix: /^sudo chown -R 0 ~\/\.cache\/stssamldriver$/,
  },
  "a session that others can read": {
    breaks: ({ home }) => {
      const path = `.cache/stssamldriver/sessions/${"a".repeat(32)}.json`;
      putFiles(home, { [path]: "{}" });
      Deno.chmodSync(`${home}/${path}`, 0o644);
    },
    code: 0,
    check: "cache",
    says: /^1 cached session is open to other users$/,
    fix: /^rm ~\/\.cache\/stssamldriver\/sessions\/a{32}\.json$/,
  },
  "a profile twice": {
    breaks: append("config", "[profile dev]\nregion = us-east-1\n"),
    code: 8,
    check: "files",
    says: /^Lines 1 and 4 of ~\/\.aws\/config start the same section, which makes Python SDKs/,
    advice: /^Keep one of them/,
    besides: /region/,
  },
  "a property twice": {
    breaks: append("config", "region = us-east-1\n"),
    code: 8,
    check: "files",
    says: /^Lines 2 and 4 of ~\/\.aws\/config set the same property/,
    advice: /^Keep one of them/,
  },
  "a file that is no text": {
    breaks: ({ home }) => Deno.writeFileSync(`${home}/.aws/config`, Uint8Array.of(0x5b, 0xff)),
    code: 8,
    check: "files",
    says: /^Cannot use "~\/\.aws\/config": it is not UTF-8 text$/,
    advice: /^Save it as UTF-8/,
  },
  "a byte order mark": {
    breaks: config(`\ufeff[profile dev]\ncredential_process = stssamldriver --cache\n`),
    code: 0,
    check: "files",
    says: /^Line 1 of ~\/\.aws\/config starts with a byte order mark/,
    advice: /^Correct the line/,
  },
  "keys of the same profile in the other file": {
    breaks: append("credentials", "[dev]\naws_access_key_id = AKIA\n"),
    code: 8,
    check: "files",
    says:
      /^Profile "dev" of ~\/\.aws\/config is not alone: aws_access_key_id on line 5 of ~\/\.aws\/credentials would override it$/,
    advice: /^Remove aws_access_key_id on line 5 of ~\/\.aws\/credentials\.$/,
  },
  "another region in the other file": {
    breaks: append("credentials", "[dev]\nregion = us-east-1\n"),
    code: 0,
    check: "files",
    says: /^Region eu-west-1 of profile "dev" is overridden by region on line 5 of/,
    advice: /^Remove one of the two/,
  },
  "a gone driver with a flag that setup does not take": {
    breaks: config(
      `[profile dev]\ncredential_process = ${lineOf("/opt/old/stssamldriver")} --no-interactive\n`,
    ),
    code: 8,
    check: "lines",
    says: /^\/opt\/old\/stssamldriver cannot be run/,
    advice: /^Change line 2 of ~\/\.aws\/config, so that it runs ~\/bin\/stssamldriver\.$/,
  },
  "an unknown flag in a line": {
    breaks: ({ home, driver }) =>
      putFiles(home, {
        ".aws/config": `[profile dev]\ncredential_process = ${driver} --role ${DEFAULT_ROLE}\n`,
      }),
    code: 2,
    check: "lines",
    says: /^Cannot use the credential_process of profile "dev": Unknown flag --role/,
    advice: /^Use --role-arn or --role-filter$/,
  },
  "a profile that is not there": {
    breaks: ({ env }) => {
      // With both of them, setup need not sign in.
      env["STSSAMLDRIVER_ROLE_ARN"] = DEFAULT_ROLE;
      env["STSSAMLDRIVER_SAML_PROVIDER_ARN"] = DEFAULT_PROVIDER;
    },
    args: ["--profile", "nobody"],
    code: 2,
    check: "settings",
    says: /^There is no profile "nobody" in the shared AWS files$/,
    fix: /^stssamldriver setup nobody$/,
  },
  "a role that is none, beside a profile": {
    breaks: set("STSSAMLDRIVER_ROLE_ARN", "Dev"),
    args: ["--profile", "dev"],
    code: 2,
    check: "settings",
    says: /^Cannot use STSSAMLDRIVER_ROLE_ARN=Dev: /,
    fix: /^unset STSSAMLDRIVER_ROLE_ARN$/,
  },
  "a profile of another program": {
    breaks: append("config", "[profile other]\ncredential_process = other-program\n"),
    args: ["--profile", "other"],
    code: 2,
    check: "settings",
    says: /^Cannot use profile "other": its credentials do not come from stssamldriver/,
    advice: /^Run the command itself with AWS_PROFILE=other/,
  },
  "a profile that assumes another role": {
    breaks: append("config", `[profile up]\nrole_arn = ${DEFAULT_ROLE}\nsource_profile = dev\n`),
    args: ["--profile", "up"],
    code: 2,
    check: "settings",
    says: /another role is assumed for it \(role_arn\)$/,
    advice: /AWS_PROFILE=up/,
  },
  "a misspelled setting of a profile": {
    breaks: append("config", "stssamldriver_duration_second = 7200\n"),
    args: ["--profile", "dev"],
    code: 0,
    check: "settings",
    says:
      /^Unknown setting stssamldriver_duration_second .*did you mean stssamldriver_duration_seconds/,
    advice: /^Correct its name/,
  },
  "a role and a provider of two accounts": {
    breaks: append(
      "config",
      `[profile two]\ncredential_process = stssamldriver --role-arn ${DEFAULT_ROLE} ` +
        "--saml-provider-arn arn:aws:iam::444455556666:saml-provider/Idp\n",
    ),
    args: ["--profile", "two"],
    code: 2,
    check: "settings",
    says: /^--role-arn and --saml-provider-arn do not match/,
    advice: /^Both must be in the same account$/,
  },
  "a region of another partition": {
    breaks: set("AWS_REGION", "cn-north-1"),
    args: ["--profile", "dev"],
    code: 0,
    check: "settings",
    says: /^AWS_REGION does not apply: region cn-north-1 is in partition aws-cn/,
    advice: /^Use --region/,
  },
  "a program that is no browser": {
    breaks: set("BROWSER", "/opt/gone/browser"),
    code: 0,
    check: "browser",
    says: /^No browser can be opened: not found: \/opt\/gone\/browser$/,
    advice: /--browser/,
  },
  "no display": {
    breaks: ({ env }) => void delete env["BROWSER"],
    code: 0,
    check: "browser",
    says: /^No browser can be opened: there is no display /,
    advice: /--paste/,
  },
  "SSH": {
    breaks: set("SSH_CONNECTION", "203.0.113.5 5000 198.51.100.7 22"),
    code: 0,
    check: "browser",
    says: /^You work over SSH, /,
    advice: /^ {2}ssh -N -L \d+:localhost:\d+ \w+@198\.51\.100\.7$/m,
  },
  "a container": {
    breaks: ({ env }) => {
      delete env["DISTROBOX_ENTER_PATH"];
      env["container"] = "podman";
    },
    code: 0,
    check: "browser",
    says: /^You work in a container, /,
    advice: /--network host/,
  },
};

function strangerOf(child: Deno.ChildProcess): Disposable & { readonly ready: Promise<void> } {
  const ready = (async () => {
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
  })();
  return {
    ready,
    [Symbol.dispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // The command has ended it.
      }
    },
  };
}

machineTest("a machine in order", async (machine) => {
  const { code, stdout, stderr } = await machine.read();
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  assert.deepEqual(stdout.replaceAll(machine.home, "~").split("\n"), [
    "ok       /etc/stssamldriver/config does not exist: nothing is set for this machine",
    "ok       Settings: 1",
    `           STSSAMLDRIVER_PORT=${machine.port}`,
    `ok       Port ${machine.port} is free on 127.0.0.1 and ::1`,
    "ok       The browser is opened with a-browser",
    `ok       STS answers at 127.0.0.1:${machine.sts.port} (AWS_ENDPOINT_URL_STS), without TLS`,
    "ok       The clock agrees with AWS's to 1 second",
    "ok       ~/.aws/config: 1 profile, 1 of them with stssamldriver",
    "ok       ~/.aws/credentials: 1 profile, 0 of them with stssamldriver",
    "ok       1 profile runs a stssamldriver that is there",
    "ok       ~/.cache/stssamldriver can be used, and keeps 0 sessions",
    "",
    "Everything is in order",
    "",
  ]);
  const [call] = machine.sts.calls;
  assert.equal(call?.action, "AssumeRoleWithSAML");
  assert.equal(call?.parameters.get("SAMLAssertion"), null);
  assert.equal(call?.headers.get("authorization"), null);
});

for (const [name, wrong] of Object.entries(CASES)) {
  machineTest(name, async (machine) => {
    using broken = wrong.breaks(machine) ?? { [Symbol.dispose]: () => {} };
    if ("ready" in broken) await broken.ready;
    const { code, troubles, stdout, stderr } = await machine.examine(wrong.args);
    const [found, ...others] = troubles.toSorted((a) => wrong.says.test(a.message) ? -1 : 1);
    assert.ok(found !== undefined, stdout);
    assert.equal(code, wrong.code, stderr);
    assert.equal(found.check, wrong.check);
    assert.match(found.message, wrong.says);
    assert.equal(found.status, code === 0 ? "warning" : "problem");
    assert.notEqual(found.why, undefined);
    for (const other of others) assert.match(other.message, wrong.besides ?? /^$/);
    assert.ok(!stdout.includes(machine.home), stdout);
    if (wrong.fix === undefined) {
      assert.match(found.advice ?? "", wrong.advice ?? /^$/);
      return;
    }
    assert.match(found.fix ?? "", wrong.fix);
    await machine.shell(found.fix ?? "");
    const mended = await machine.examine(wrong.args);
    assert.deepEqual(mended.troubles, []);
    assert.equal(mended.code, 0, mended.stderr);
  }, wrong.needsRoot && !ROOT);
}

machineTest("everything at once, mended command by command", async (machine) => {
  const skipped = [...Object.entries(CASES)].filter(([, { fix, args }]) =>
    fix !== undefined && !args
  );
  const together = [
    "a config file that others can write",
    "keys that others can read",
    "a folder of the files that others can write",
    "a variable of this program",
    "a clock that AWS refuses",
    "a cache folder that others can write",
  ];
  assert.ok(together.every((name) => skipped.some(([each]) => each === name)));
  for (const name of together) CASES[name]?.breaks(machine);
  const { code, troubles } = await machine.examine();
  assert.equal(troubles.length, together.length);
  // The lowest code of the problems.
  assert.equal(code, 2);
  for (const name of together) {
    const { check, says } = CASES[name] ?? {};
    const found = troubles.find(({ message }) => says?.test(message));
    assert.equal(found?.check, check, name);
  }
  const { stdout, stderr } = await machine.read();
  assert.match(stdout, /^5 problems and 1 warning found$/m);
  assert.match(stderr, /^stssamldriver: This machine is not in order: .*\(and 4 more problems\)$/m);
  for (const command of [...stdout.matchAll(/^ +Run: (.*)$/gm)].map(([, run = ""]) => run)) {
    await machine.shell(command);
  }
  assert.deepEqual((await machine.examine()).troubles, []);
});

machineTest("the machine's file is shown, and taken as a sign-in takes it", async (machine) => {
  const port = freePort();
  machine.machineFile = {
    text: "[defaults]\nstart-url = https://idp.example/start?secret=hunter2\n" +
      `[required]\nport = ${port}\n`,
  };
  const { code, stdout, stderr } = await machine.read();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^ok {7}\/etc\S+ is believed, and has 2 settings$/m);
  assert.match(stdout, /^ +\[defaults\] start-url = https:\/\/idp\.example\/start\?… \(line 2\)$/m);
  assert.ok(stdout.includes(`[required] port = ${port} (line 4)`), stdout);
  assert.match(stdout, new RegExp(`^ok {7}Port ${port} is free`, "m"));
  assert.doesNotMatch(stdout, /hunter2/);
});

machineTest("the settings of a profile are shown, without what may be secret", async (machine) => {
  append(
    "config",
    "[profile web]\ncredential_process = stssamldriver --profile web --cache\n" +
      `stssamldriver_role_arn = ${DEFAULT_ROLE}\nstssamldriver_saml_provider_arn = ${DEFAULT_PROVIDER}\n` +
      "stssamldriver_start_url = https://me:hunter2@idp.example/start?token=hunter2#hunter2\n",
  )(machine);
  const { code, stdout, stderr } = await machine.read(["--profile", "web"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^ok {7}Profile "web" can be used$/m);
  assert.match(stdout, / start-url https:\/\/idp\.example\/start\?… of profile "web"$/m);
  assert.match(stdout, new RegExp(`role-arn ${DEFAULT_ROLE} of profile "web"$`, "m"));
  assert.doesNotMatch(stdout, /hunter2/);
});
