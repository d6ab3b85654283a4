/** Without HOME a `~/` leads nowhere, least of all into a folder of that name. */

import assert from "node:assert/strict";
import { filesOf, productOf, putFiles } from "../support/aws_files.ts";
import { programs, runDriver, temporaryHome } from "../support/driver.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { assertFailed, signInOnce } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

const ARNS = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];

interface Case {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly says: string;
}

const CASES: readonly Case[] = [
  {
    args: ["--profile", "dev", "--no-interactive"],
    code: 2,
    says: 'There is no profile "dev" in the shared AWS files',
  },
  {
    args: ["--profile", "dev", "--no-interactive"],
    env: { AWS_CONFIG_FILE: "~/.aws/config", AWS_SHARED_CREDENTIALS_FILE: "~/.aws/credentials" },
    code: 2,
    says: 'There is no profile "dev" in the shared AWS files',
  },
  {
    args: [...ARNS, "--policy-file", "~/policy.json", "--no-interactive", "--cache"],
    code: 2,
    says: "Cannot read --policy-file ~/policy.json: no such file",
  },
  {
    args: ["setup", "dev", ...ARNS],
    code: 2,
    says: "Cannot tell where ~/.aws/config is: HOME is not set",
  },
  {
    args: ["setup", "dev", ...ARNS, "--path", "~/.aws/credentials"],
    code: 2,
    says: "Cannot tell where ~/.aws/credentials is: HOME is not set",
  },
  {
    args: ["--profile-to-update", "dev", ...ARNS, "--path", "~\\config"],
    code: 2,
    says: "Cannot tell where ~\\config is: HOME is not set",
  },
  // The credentials file in use cannot be told either; what lies in "~" here is none of it.
  {
    args: ["setup", "dev", "--dry-run", ...ARNS, "--path", "config"],
    code: 0,
    says: "",
  },
];

// A repository with a folder named "~" decided which role was asked for, in a container without HOME.
Deno.test("without HOME a folder named ~ in the current one is neither read nor written", async () => {
  for (const { args, env = {}, code, says } of CASES) {
    using home = temporaryHome();
    const keys = "aws_access_key_id = AKIATHEIRS\nstssamldriver_port = 1\n";
    putFiles(home.path, {
      "~/.aws/config": `[profile dev]\n${keys}`,
      "~/.aws/credentials": `[dev]\n${keys}`,
      "~/policy.json": "{}",
      "~\\config": "",
    });
    const before = filesOf(home.path);
    const ended = await runDriver(args, {
      cwd: home.path,
      home: "",
      env: { XDG_CACHE_HOME: `${home.path}/.cache`, ...env },
    });
    if (code === 0) assert.equal(ended.code, 0, ended.stderr);
    else assertFailed(ended, { code, says });
    assert.deepEqual(filesOf(home.path), before);
  }
});

// The SDK asked the system for the home folder when that was forbidden already: once the person had signed in.
for (const program of programs()) {
  Deno.test(`${program.name}: without HOME a sign-in goes through`, async () => {
    await using stage = setStage();
    const { code, stdout, stderr } = await signInOnce(stage, { program, env: { HOME: "" } });
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), productOf(stage.sts.handedOut[0]));
  });
}
