/** `--profile NAME`: unset flags come from the driver's own line, and from keys, of that profile. */

import assert from "node:assert/strict";
import {
  type Files,
  filesOf,
  productOf,
  putFiles,
  recordingProgram,
} from "../support/aws_files.ts";
import { programs, runDriver, startDriver } from "../support/driver.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { assertFailed, endOf, post, someAtATime, soon } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

const CONFIG = ".aws/config";
const ARNS = `--role-arn ${DEFAULT_ROLE} --saml-provider-arn ${DEFAULT_PROVIDER}`;
const ARN_KEYS = `stssamldriver_role_arn = ${DEFAULT_ROLE}\n` +
  `stssamldriver_saml_provider_arn = ${DEFAULT_PROVIDER}\n`;

/** A config file with one profile whose line this is, and more of it. */
const line = (words: string, more = ""): Files => ({
  [CONFIG]: `[profile dev]\ncredential_process = ${words}\n${more}`,
});

interface Case {
  readonly name: string;
  /** PORT, SPY and HOME stand for themselves. */
  readonly files: Files;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** In all that is said. */
  readonly says?: readonly (string | RegExp)[];
  readonly silent?: RegExp;
  readonly duration?: string;
}

const ignored = (flag: string) =>
  `Ignored --${flag} in profile "dev": it is not read from profiles\n`;

const CASES: readonly Case[] = [
  {
    name: "from the line",
    files: line(`/opt/stssamldriver ${ARNS} --port PORT --duration-seconds=1800`),
    duration: "1800",
    silent: /not taken/,
  },
  {
    name: "a line with a Windows name, quotes and a command's name",
    files: line(`"/my apps/STSSAMLDriver.EXE" credentials ${ARNS} '--port' "PORT" --cache`),
    args: ["--no-cache"],
  },
  {
    name: "from keys",
    files: {
      [CONFIG]: `[profile dev]\n${ARN_KEYS}stssamldriver_port = PORT\n` +
        "STSSAMLDRIVER_duration_seconds=1800\nstssamldriver_strict_duration = true\n",
    },
    duration: "1800",
  },
  {
    name: "from the line and keys, the line first",
    files: line(
      `stssamldriver ${ARNS} --port PORT --duration-seconds 1800`,
      "stssamldriver_duration_seconds = 2700\nstssamldriver_account = 111122223333 444455556666\n",
    ),
    duration: "1800",
  },
  {
    name: "keys in the credentials file win over the config file",
    files: {
      ...line(`stssamldriver ${ARNS} --port PORT`, "stssamldriver_duration_seconds = 1800\n"),
      ".aws/credentials": "[dev]\nstssamldriver_duration_seconds = 2700\n",
    },
    duration: "2700",
  },
  {
    name: "flags win over variables, and over the profile",
    files: line(`stssamldriver ${ARNS} --port PORT --duration-seconds 1800`),
    args: ["--duration-seconds", "900"],
    env: { STSSAMLDRIVER_DURATION_SECONDS: "2700" },
    duration: "900",
  },
  {
    name: "variables win over the profile",
    files: line(`stssamldriver ${ARNS} --port PORT --duration-seconds 1800`),
    env: { STSSAMLDRIVER_DURATION_SECONDS: "2700" },
    duration: "2700",
  },
  {
    name: "--profile by its variable, of default",
    files: {
      [CONFIG]: `[default]\ncredential_process = stssamldriver ${ARNS} --port PORT\n` +
        "[profile dev]\nstssamldriver_port = 1\n",
    },
    args: ["--profile", "default"],
    env: { STSSAMLDRIVER_PROFILE: "dev" },
  },
  {
    name: "the profile's region",
    files: line(`stssamldriver ${ARNS} --port PORT`, "region = eu-central-1\n"),
    says: ["Requesting credentials from STS (eu-central-1)"],
  },
  {
    name: "a variable's region over the profile's",
    files: line(`stssamldriver ${ARNS} --port PORT`, "region = eu-central-1\n"),
    env: { AWS_DEFAULT_REGION: "eu-west-3", AWS_PROFILE: "other" },
    says: ["Requesting credentials from STS (eu-west-3)"],
  },
  {
    name: "the line's --region over its profile's",
    files: line(`stssamldriver ${ARNS} --port PORT --region eu-west-1`, "region = eu-west-2\n"),
    says: ["Requesting credentials from STS (eu-west-1)"],
  },
  {
    name: "what a profile must not decide, in the line",
    files: line(
      `stssamldriver ${ARNS} --port PORT --browser SPY --path HOME/x --profile-to-update p ` +
        "--profile other --issuer https://idp.example/start",
    ),
    env: { BROWSER: "none" },
    says: ["browser", "path", "profile-to-update", "profile"].map(ignored),
  },
  {
    name: "what a profile must not decide, in keys",
    files: {
      [CONFIG]:
        `[profile dev]\n${ARN_KEYS}stssamldriver_port = PORT\nstssamldriver_browser = SPY\n` +
        "stssamldriver_path = HOME/x\nstssamldriver_profile_to_update = p\n" +
        "stssamldriver_profile = other\nstssamldriver_issuer = https://idp.example/start\n",
    },
    env: { BROWSER: "none" },
    says: ["browser", "path", "profile-to-update", "profile"].map(ignored),
  },
  {
    name: "a line that names its own profile, as setup writes it",
    files: line("stssamldriver --profile dev", `${ARN_KEYS}stssamldriver_port = PORT\n`),
    silent: /not taken/,
  },
  {
    name: "how much is said",
    files: line(`stssamldriver ${ARNS} --port PORT --verbose --log-format json`),
    says: [/^\{"time":"[^"]+","event":"listening"/m],
  },
  {
    name: "another program's line is neither taken nor run",
    files: line(`SPY --port 1 ${ARNS.replaceAll("Dev", "Other")}`),
    args: [...ARNS.split(" "), "--port", "PORT"],
  },
  {
    name: "a line that a shell would run something for, of another program",
    files: line(`sh -c 'SPY; stssamldriver --port 1' $(SPY)`),
    args: [...ARNS.split(" "), "--port", "PORT"],
  },
];

interface Refusal {
  readonly name: string;
  readonly files?: Files;
  readonly args?: readonly string[];
  readonly code?: number;
  readonly says: string;
  readonly hint?: RegExp;
}

const CHILD = "[profile dev]\nrole_arn = arn:aws:iam::444455556666:role/Deploy\n" +
  "source_profile = base\n[profile base]\ncredential_process = stssamldriver --cache\n";

const REFUSALS: readonly Refusal[] = [
  // Another role's keys in another account were delivered, and nothing was said.
  ...[["env"], ["exec", "--", "true"], ["console"], ["login"], []].map((command) => ({
    name: `${command[0] ?? "the bare command"} for a profile of another role than ours`,
    files: { [CONFIG]: CHILD },
    args: [...command.slice(0, 1), "--profile", "dev", ...command.slice(1)],
    says:
      'Cannot use profile "dev": its credentials do not come from stssamldriver; another role is ' +
      "assumed for it (role_arn)",
    hint: /AWS_PROFILE=dev/,
  })),
  {
    name: "a key that names the host of the console's sign-in",
    files: {
      [CONFIG]: `[profile dev]\n${ARN_KEYS}stssamldriver_signin_url = https://evil.example\n`,
    },
    args: ["console", "--profile", "dev"],
    says:
      'Cannot use stssamldriver_signin_url of profile "dev": it names a file or an address, which ' +
      "keys of a profile must not",
    hint: /Use --signin-url, or put it in the credential_process line of the profile/,
  },
  {
    name: "a key that names a file",
    files: { [CONFIG]: `[profile dev]\n${ARN_KEYS}stssamldriver_policy_file = HOME/.netrc\n` },
    says:
      'Cannot use stssamldriver_policy_file of profile "dev": it names a file or an address, which ' +
      "keys of a profile must not",
  },
  {
    name: "no such profile",
    files: line("stssamldriver"),
    args: ["--profile", "Dev"],
    says: 'There is no profile "Dev" in the shared AWS files',
    hint: /use --profile-to-update$/m,
  },
  {
    name: "no files, and the ARNs that the Python original took with it",
    args: [...ARNS.split(" "), "--profile", "dev"],
    says: 'There is no profile "dev" in the shared AWS files',
    hint: /use --profile-to-update$/m,
  },
  {
    name: "a section of the same name that is no profile",
    files: { [CONFIG]: "[dev]\nregion = eu-west-1\n" },
    says: 'There is no profile "dev" in the shared AWS files',
  },
  {
    name: "an unknown flag in the line",
    files: line("stssamldriver --role x"),
    says:
      'Cannot use the credential_process of profile "dev": Unknown flag --role: flags cannot be ' +
      "abbreviated",
  },
  {
    name: "a word in the line",
    files: line("stssamldriver extra"),
    says: 'Cannot use the credential_process of profile "dev": Unexpected argument "extra"',
  },
  ...["$(SPY)", "`SPY`", "https://x?a=1&b=2", "a;SPY", "'open", "$HOME", "> HOME/x"].map((
    text,
  ) => ({
    name: `the driver's own line with ${text}`,
    files: line(`/opt/stssamldriver ${ARNS} --issuer ${text}`),
    says: 'Cannot use the credential_process of profile "dev": shells and SDKs would not all ' +
      "split it into the same words",
  })),
  {
    name: "a value in the line",
    files: line("stssamldriver --port 0"),
    says: 'Cannot use port 0 of profile "dev": must be a whole number from 1 to 65535',
  },
  {
    name: "a value in a key",
    files: { [CONFIG]: "[profile dev]\nstssamldriver_verbose = perhaps\n" },
    says: 'Cannot use verbose perhaps of profile "dev": must be 1, true, 0 or false',
  },
  {
    name: "a region that is none",
    files: line(`stssamldriver ${ARNS}`, "region = mars\n"),
    says:
      'Cannot use region of profile "dev", "mars": not a region; expected a name like us-east-1',
  },
  {
    name: "a folder",
    files: { [`${CONFIG}/x`]: "" },
    code: 8,
    says: `Cannot use "HOME/${CONFIG}": it is a folder, not a regular file`,
  },
];

for (const program of programs()) {
  Deno.test({
    name: `${program.name}: --profile takes unset flags from a profile, and runs nothing of it`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await someAtATime(CASES, 4, async (it) => {
        await using stage = setStage();
        const { home, port } = stage;
        const spy = recordingProgram(home);
        const filled = (text: string) =>
          text.replaceAll("PORT", String(port)).replaceAll("SPY", spy.path)
            .replaceAll("HOME/", `${home}/`);
        putFiles(
          home,
          Object.fromEntries(Object.entries(it.files).map(([path, text]) => [path, filled(text)])),
        );
        const before = filesOf(home);
        const args = ["--profile=dev", ...(it.args ?? []).map(filled)];
        const env = { ...stage.env, BROWSER: "none", ...it.env };
        await using driver = startDriver(args, { program, home, env });
        await soon(it.name, driver.waitFor(`http://localhost:${port}/saml`));
        const page = await post(stage, stage.idp.signIn("alice").fields);
        const { code, stdout, stderr } = await endOf(driver);
        assert.deepEqual([code, page.status], [0, 200], `${it.name}: ${stderr}`);
        assert.deepEqual(JSON.parse(stdout), productOf(stage.sts.handedOut[0]), it.name);
        for (const says of it.says ?? []) {
          const said = typeof says === "string" ? stderr.includes(says) : says.test(stderr);
          assert.ok(said, `${it.name}: ${says} in ${stderr}`);
        }
        if (it.silent) assert.doesNotMatch(stderr, it.silent, `${it.name}: ${stderr}`);
        const asked = stage.sts.calls[0]?.parameters.get("DurationSeconds");
        assert.equal(asked, it.duration ?? "3600", it.name);
        assert.equal(spy.runs(), "", `${it.name}: nothing of a profile is run`);
        assert.deepEqual(filesOf(home), before, `${it.name}: nothing is written`);
      });
    },
  });

  Deno.test({
    name: `${program.name}: --profile with what cannot be taken is refused, and runs nothing`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await someAtATime(REFUSALS, 4, async ({ name, files = {}, args, code = 2, says, hint }) => {
        await using stage = setStage();
        const { home } = stage;
        const spy = recordingProgram(home);
        const filled = Object.entries(files).map(([path, text]) => [
          path,
          text.replaceAll("SPY", spy.path).replaceAll("HOME/", `${home}/`),
        ]);
        putFiles(home, Object.fromEntries(filled));
        const before = filesOf(home);
        const ended = await runDriver(args ?? ["--profile", "dev"], { program, home });
        try {
          assertFailed(ended, { code, says: says.replaceAll("HOME/", `${home}/`) });
          if (hint) assert.match(ended.stderr, hint);
          assert.equal(spy.runs(), "");
          assert.deepEqual(filesOf(home), before);
        } catch (error) {
          throw new Error(name, { cause: error });
        }
      });
    },
  });
}
