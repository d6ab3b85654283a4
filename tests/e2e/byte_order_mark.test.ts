/** A byte order mark, for which the SDKs of Python and Go refuse a whole file: said before anybody signs in. */

import assert from "node:assert/strict";
import { filesOf, putFiles } from "../support/aws_files.ts";
import { runDriver, startDriver } from "../support/driver.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { signInOnce } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

const CONFIG = ".aws/config";
const TEXT = "\ufeff[profile a]\noutput = json\n";

const warning = (home: string) =>
  `Warning: Line 1 of ${home}/${CONFIG} starts with a byte order mark, which makes Python and Go SDKs ` +
  "reject the file; save it without one\n";

// The profile was written, JavaScript read it, and the AWS CLI refused the file without naming the mark.
Deno.test("--profile-to-update: warns of a byte order mark before the sign-in, and writes all the same", async () => {
  await using stage = setStage();
  putFiles(stage.home, { [CONFIG]: TEXT });
  const { code, stderr } = await signInOnce(stage, { args: ["--profile-to-update=dev"] });
  assert.equal(code, 0, stderr);
  assert.ok(stderr.includes(warning(stage.home)), stderr);
  assert.ok(stderr.indexOf("byte order mark") < stderr.indexOf("Waiting on"), stderr);
  assert.ok(filesOf(stage.home)[CONFIG]?.startsWith(TEXT));
});

Deno.test("sync: warns of a byte order mark before the sign-in", async () => {
  await using stage = setStage();
  putFiles(stage.home, { [CONFIG]: TEXT });
  await using driver = startDriver(["sync", "--port", String(stage.port)], {
    home: stage.home,
    env: { ...stage.env, BROWSER: "none" },
  });
  await driver.waitFor("Waiting on");
  assert.ok(driver.said().includes(warning(stage.home)), driver.said());
});

Deno.test("setup: warns of a byte order mark", async () => {
  await using stage = setStage();
  const { home } = stage;
  putFiles(home, { [CONFIG]: TEXT });
  const args = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];
  for (const more of [["--dry-run"], []]) {
    const { code, stderr } = await runDriver(["setup", "dev", ...args, ...more], { home });
    assert.equal(code, 0, stderr);
    assert.ok(stderr.startsWith(warning(home)), stderr);
  }
});
