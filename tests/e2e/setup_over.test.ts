/** `setup NAME` over a profile that is there already: what it takes away, and what it must not. */

import assert from "node:assert/strict";
import { filesOf, putFiles } from "../support/aws_files.ts";
import { type Program, programs, runDriver } from "../support/driver.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { assertFailed } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

const CONFIG = ".aws/config";
const CREDENTIALS = ".aws/credentials";
const ARNS = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];

async function setup(program: Program, home: string, args: readonly string[]) {
  return await runDriver(["setup", ...args], { program, home });
}

for (const program of programs()) {
  const test = (title: string, fn: (stage: Stage) => Promise<void>) =>
    Deno.test(`${program.name}: setup ${title}`, async () => {
      await using stage = setStage();
      await fn(stage);
    });

  // What went was not said, and a key that is a slip of the pen, or somebody else's, went with it.
  test("shows what it removes, also in a dry run, and takes no key that is no option", async ({ home }) => {
    const before = "[profile dev]\nrole_arn = x\nstssamldriver_port = 1\nregion = eu-west-1\n" +
      "stssamldriver_timeuot = 9s\nstssamldriver_ = x\nsso_session = y\n";
    putFiles(home, { [CONFIG]: before });
    const gone = "Removes role_arn on line 2, stssamldriver_port on line 3 and " +
      "sso_session on line 7\n";
    for (const more of [["--dry-run"], []]) {
      const { code, stdout, stderr } = await setup(program, home, [
        ...["dev", "--replace", ...ARNS, ...more],
      ]);
      assert.equal(code, 0, stderr);
      assert.ok(stderr.includes(`\n${gone}`), stderr);
      assert.doesNotMatch(stdout, /Removes/);
      if (more.length > 0) assert.equal(filesOf(home)[CONFIG], before);
    }
    assert.match(
      filesOf(home)[CONFIG] ?? "",
      /^\[profile dev\]\nregion = eu-west-1\nstssamldriver_timeuot = 9s\nstssamldriver_ = x\ncred.*\n$/,
    );
    const again = await setup(program, home, ["dev", ...ARNS]);
    assert.doesNotMatch(again.stderr, /Removes/, "nothing more");
  });

  // saml2aws' and gsts' words about the keys that went named another account, beside a line for this one.
  test("takes away what is said of the keys that it replaces", async ({ home }) => {
    const stale = Deno.readTextFileSync(
      new URL("../fixtures/shared_files/09-stale-metadata.credentials", import.meta.url),
    );
    putFiles(home, { [CONFIG]: `${stale.replace("[dev]", "[profile dev]")}output = json\n` });
    const { code, stderr } = await setup(program, home, ["dev", "--replace", ...ARNS]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /\nRemoves .*x_principal_arn on line 5.*aws_role_arn on line 6/);
    assert.match(filesOf(home)[CONFIG] ?? "", /^\[profile dev\]\noutput = json\ncred.*\n$/);
  });

  // A profile of aws-vault or another such tool was taken over without a word.
  test("replaces another program's line only when asked, and says so", async ({ home }) => {
    for (const line of ["/opt/other --role x", "sh -c 'stssamldriver'", "other `stssamldriver`"]) {
      const before = `[profile dev]\noutput = json\ncredential_process = ${line}\n`;
      putFiles(home, { [CONFIG]: before });
      for (const more of [[], ["--dry-run"]]) {
        const ended = await setup(program, home, ["dev", ...ARNS, ...more]);
        assertFailed(ended, {
          code: 8,
          says:
            `Cannot write profile "dev" in ${home}/${CONFIG}: its credential_process on line 3 ` +
            "starts another program",
        });
        assert.match(ended.stderr, /, or --replace to overwrite it\n/);
        assert.equal(filesOf(home)[CONFIG], before);
      }
      const { code, stderr } = await setup(program, home, ["dev", "--replace", ...ARNS]);
      assert.equal(code, 0, stderr);
      assert.match(
        stderr,
        /\nReplaces credential_process on line 3, which starts another program\n/,
      );
    }
    for (const line of ["/old/stssamldriver --port 1", "stssamldriver `x`", ""]) {
      putFiles(home, { [CONFIG]: `[profile dev]\ncredential_process = ${line}\n` });
      const { code, stderr } = await setup(program, home, ["dev", ...ARNS]);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /Replaces/);
    }
  });

  test("warns of a region that the credentials file overrules", async ({ home }) => {
    putFiles(home, { [CREDENTIALS]: "[dev]\nregion = eu-north-1\n" });
    const warning =
      'Warning: Region eu-west-1 of profile "dev" is overridden by region on line 2 ' +
      `of ${home}/${CREDENTIALS}\n`;
    const args = ["dev", ...ARNS];
    const named = await setup(program, home, [...args, "--region=eu-west-1"]);
    assert.ok(named.stderr.includes(warning), named.stderr);
    const same = await setup(program, home, [...args, "--region=eu-north-1"]);
    assert.doesNotMatch(same.stderr, /Warning/);
    assert.doesNotMatch((await setup(program, home, args)).stderr, /Warning/);
  });
}
