/** `setup` without a role: one sign-in, whose session the written line finds; and what keeps it from that. */

import assert from "node:assert/strict";
import { filesOf, productOf, putFiles, recordingProgram } from "../support/aws_files.ts";
import { type Ended, type Program, programs, runDriver } from "../support/driver.ts";
import { commandDriver } from "../support/offering.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE, type ResponseOptions } from "../support/saml_response.ts";
import { detailOf, endOf, headingOf, post, soon } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { openPicker, overNetwork } from "../support/tab.ts";

const CONFIG = ".aws/config";
const NAMED = ["--saml-provider-arn", DEFAULT_PROVIDER];

/** What a setup is run with, beside the stage. */
interface Setup {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: Program;
  readonly changes?: ResponseOptions;
}

/** Runs `setup dev` and signs alice in, whose one role she confirms where nothing names its account. */
async function setup(stage: Stage, { args = [], env, program, changes }: Setup = {}) {
  await using driver = commandDriver(stage, ["setup", "dev", ...args], {
    program,
    ...(env && { env }),
  });
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  const { fields } = stage.idp.signIn("alice", changes);
  const named = args.some((arg) => /^--(role|saml-provider)-arn$/.test(arg));
  const start = /https?:\S+\/start\/[\w-]+/.exec(driver.said())?.[0];
  const picker = () => openPicker(overNetwork, stage.acsUrl, fields[0]?.[1] ?? "", start);
  const page = named ? await post(stage, fields) : await (await picker()).choose("Use role");
  return { ...await endOf(driver), page };
}

function configOf(stage: Stage): string {
  return filesOf(stage.home)[CONFIG] ?? "";
}

/** Runs the line that setup wrote, as an SDK does. */
async function runLine(stage: Stage, env: Readonly<Record<string, string>> = {}, more = "") {
  const line = /^credential_process = (.*)$/m.exec(configOf(stage))?.[1];
  assert.ok(line, configOf(stage));
  return await soon(
    "the line",
    runDriver(["-c", line + more], {
      program: { name: "sh", command: ["/bin/sh"] },
      home: stage.home,
      env: { ...stage.env, ...env },
    }),
  );
}

function assertProduct(stage: Stage, { code, stdout, stderr }: Ended): void {
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), productOf(stage.sts.handedOut[0]));
}

interface Kept extends Setup {
  readonly name: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** Whatever shapes the session, the written line looks for the very same. */
const KEPT: readonly Kept[] = [
  { name: "a line" },
  { name: "a named region", args: ["--region", "eu-west-1"] },
  {
    name: "a policy, a duration, a filter",
    args: [
      ...["--policy-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess", "--duration-seconds", "1800"],
      ...["--role-filter", "Dev", "--account", "111122223333"],
    ],
  },
  { name: "a provider", args: NAMED },
  { name: "variables", env: { STSSAMLDRIVER_DURATION_SECONDS: "1800", AWS_REGION: "eu-west-1" } },
  {
    name: "another profile's region",
    env: { AWS_PROFILE: "prod" },
    files: { [CONFIG]: "[profile prod]\nregion = eu-north-1\n" },
  },
];

for (const program of programs()) {
  for (const { name, files = {}, ...given } of KEPT) {
    for (const form of ["", ";x"]) {
      const title = `${name}${form === "" ? "" : ", in keys beside a short line"}`;
      Deno.test({
        name: `${program.name}: setup keeps its session where its line finds it: ${title}`,
        ignore: Deno.build.os === "windows",
        fn: async () => {
          await using stage = setStage();
          putFiles(stage.home, files);
          const browser = recordingProgram(stage.home, "browser");
          const env = { BROWSER: browser.path, ...given.env };
          const issuer = ["--issuer", `${stage.idp.startUrl}${form}`];
          const args = [...issuer, ...given.args ?? []];
          const { code, stderr, page } = await setup(stage, { ...given, args, env, program });
          assert.equal(code, 0, stderr);
          assert.equal(headingOf(page.text), "Profile dev is ready");
          assert.equal(/ --profile dev$/m.test(configOf(stage)), form !== "", configOf(stage));
          assert.match(
            stderr,
            /\nProfile "dev" is ready\. Try: aws s3 ls --profile dev\n$/,
          );
          assertProduct(stage, await runLine(stage, env, " --no-interactive"));
          assertProduct(stage, await runLine(stage, env));
          assert.equal(stage.sts.calls.length, 1);
          assert.equal(browser.runs().trimEnd().split("\n").length, 1, browser.runs());
        },
      });
    }
  }
}

Deno.test("setup: a role that STS refuses is not written; the page and the terminal say why", async () => {
  await using stage = setStage();
  stage.sts.behave({ kind: "error", code: "AccessDenied", times: Infinity });
  const { code, stdout, stderr, page } = await setup(stage);
  assert.equal(code, 6, stderr);
  assert.equal(stdout, "");
  assert.deepEqual(filesOf(stage.home), {});
  assert.match(stderr, /^stssamldriver: .*AccessDenied/m);
  assert.match(stderr, /"Federated": "arn:aws:iam::111122223333:saml-provider\/Idp"/);
  assert.equal(headingOf(page.text), "AWS denied access to that role");
  assert.match(detailOf(page.text), /AccessDenied/);
  assert.doesNotMatch(stderr, /is ready|administrator for two/);
});

// What any web page can post: an assertion that nobody signed, of a role of its own choice. Nobody confirms
// a role of an account that was named, so STS must have seen it before anything is written.
for (
  const named of [
    NAMED,
    ["--role-arn", "arn:aws:iam::111122223333:role/AttackersChoice"],
  ]
) {
  Deno.test(`setup ${named[0]}: a forged assertion writes nothing, and the wait goes on`, async () => {
    await using stage = setStage();
    await using driver = commandDriver(stage, ["setup", "dev", ...named]);
    await soon("the driver to listen", driver.waitFor("Waiting on"));
    const role = "arn:aws:iam::111122223333:role/AttackersChoice";
    const offer = { role, provider: DEFAULT_PROVIDER };
    const forged = await post(
      stage,
      stage.idp.signIn("alice", { sign: "none", roles: [offer] }).fields,
    );
    assert.equal(forged.status, 400, headingOf(forged.text));
    assert.deepEqual(filesOf(stage.home), {});
    if (named !== NAMED) return;
    const page = await post(stage, stage.idp.signIn("alice").fields);
    assert.equal(headingOf(page.text), "Profile dev is ready");
    assert.equal((await endOf(driver)).code, 0);
    assert.ok(configOf(stage).includes(`--role-arn ${DEFAULT_ROLE} `), configOf(stage));
  });
}

Deno.test("setup: what the cache cannot keep is said, and the profile is written all the same", async () => {
  await using stage = setStage();
  // No folder can be made there.
  putFiles(stage.home, { cache: "" });
  const env = { XDG_CACHE_HOME: `${stage.home}/cache` };
  const { code, stderr } = await setup(stage, { env });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^Warning: The session is not cached: /m);
  assert.match(stderr, /\nProfile "dev" is ready\. /);
  assert.match(configOf(stage), / --cache$/m);
});

Deno.test("setup --no-cache: no session is kept, and the line keeps none", async () => {
  await using stage = setStage();
  const { code, stderr } = await setup(stage, { args: ["--no-cache"] });
  assert.equal(code, 0, stderr);
  assert.equal(stage.sts.calls.length, 1, "STS has accepted the role");
  assert.doesNotMatch(configOf(stage), /--cache/);
  assert.equal((await runLine(stage, {}, " --cache --no-interactive")).code, 9);
});

Deno.test("setup --dry-run: what is picked is shown, STS is not asked, nothing is written or kept", async () => {
  await using stage = setStage();
  const { code, stdout, stderr, page } = await setup(stage, { args: ["--dry-run"] });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\[profile dev\]\ncredential_process = .* --role-arn .*:role\/Dev /);
  assert.match(page.text, /Nothing was written/);
  assert.doesNotMatch(stderr, /is ready|Try:/);
  assert.equal(stage.sts.calls.length, 0);
  assert.deepEqual(filesOf(stage.home), {});
});

Deno.test("setup: where the assertion never comes, the error says what to ask the administrator for", async () => {
  for (
    const [args, wanted] of [
      [[], ["of the IAM role that I use:", "arn:aws:iam::ACCOUNT:saml-provider/PROVIDER"]],
      [["--role-arn", DEFAULT_ROLE], [
        `of ${DEFAULT_ROLE}:`,
        "arn:aws:iam::111122223333:saml-provider/PROVIDER",
      ]],
    ] as const
  ) {
    await using stage = setStage();
    await using driver = commandDriver(stage, ["setup", "dev", "--timeout", "1s", ...args]);
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 4, stderr);
    assert.match(stderr, /^If the AWS console opens instead, press Ctrl-C: setup then shows /m);
    for (const text of [...wanted, `"SAML:aud": "${stage.acsUrl}"`]) {
      assert.ok(stderr.includes(text), `${text} in ${stderr}`);
    }
    assert.deepEqual(filesOf(stage.home), {});
  }
});

Deno.test("setup: an IdP that has posted knows the address; its administrator is not asked for it", async () => {
  await using stage = setStage();
  await using driver = commandDriver(stage, ["setup", "dev", "--timeout", "1s"]);
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  await post(stage, [["SAMLResponse", "AAAA"]]);
  const { code, stderr } = await endOf(driver);
  assert.equal(code, 5, stderr);
  assert.doesNotMatch(stderr, /Send this to your administrator/);
});

peersTest(["awscli"], "setup, then the AWS CLI: one sign-in, one tab, one exchange", async () => {
  await using stage = setStage();
  const browser = recordingProgram(stage.home, "browser");
  const env = { BROWSER: browser.path };
  const args = ["--issuer", stage.idp.startUrl, "--region", "us-east-1"];
  const { code, stderr } = await setup(stage, { args, env });
  assert.equal(code, 0, stderr);
  const words = ["sts", "get-caller-identity", "--profile", "dev", "--endpoint-url", stage.sts.url];
  const asked = await soon(
    "the AWS CLI",
    runDriver(words, {
      program: { name: "aws", command: [pathOf("awscli")] },
      home: stage.home,
      env: { ...stage.env, ...env },
    }),
  );
  assert.equal(asked.code, 0, asked.stderr);
  assert.equal(JSON.parse(asked.stdout).Arn, stage.sts.handedOut[0]?.arn);
  assert.equal(stage.sts.handedOut.length, 1);
  assert.equal(browser.runs().trimEnd().split("\n").length, 1, browser.runs());
});
