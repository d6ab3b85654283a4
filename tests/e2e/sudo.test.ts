/** Once with sudo, whose HOME often stays the person's: nothing becomes root's without a word. */

import assert from "node:assert/strict";
import { freePort, programs, startDriver, temporaryHome } from "../support/driver.ts";
import { LINUX_ROOT } from "../support/mounts.ts";
import { NOBODY } from "../support/nobody.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { endOf } from "../support/sign_ins.ts";

const ARNS = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];
const WARNING =
  /^Warning: Running as root in a folder of the user with ID 65534: .*\/\.aws\/config will belong to root/m;

const WAYS: Readonly<Record<string, () => readonly string[]>> = {
  "setup": () => ["setup", "dev", ...ARNS, "--start-url", "https://idp.example/"],
  "--profile-to-update": () => [
    ...["--profile-to-update", "dev", "--timeout", "1s", "--port", String(freePort()), ...ARNS],
    ...["--browser", "none"],
  ],
  "sync": () => ["sync", "--timeout", "1s", "--port", String(freePort()), "--browser", "none"],
};

for (const program of programs()) {
  for (const [way, args] of Object.entries(WAYS)) {
    Deno.test({
      name:
        `${program.name}: ${way} as root in somebody's home warns of files that become root's (needs root)`,
      ignore: !LINUX_ROOT,
      fn: async () => {
        for (const isThere of [false, true]) {
          using home = temporaryHome();
          Deno.chownSync(home.path, NOBODY, NOBODY);
          const config = `${home.path}/.aws/config`;
          if (isThere) {
            Deno.mkdirSync(`${home.path}/.aws`, { mode: 0o700 });
            Deno.writeTextFileSync(config, "", { mode: 0o600 });
            for (const path of [`${home.path}/.aws`, config]) Deno.chownSync(path, NOBODY, NOBODY);
          }
          await using driver = startDriver(args(), { program, home: home.path });
          const { stderr } = await endOf(driver);
          if (!isThere) assert.match(stderr, WARNING);
          else {
            // A file that is there stays its owner's.
            assert.doesNotMatch(stderr, /Running as root/);
            assert.equal(Deno.statSync(config).uid, NOBODY);
          }
        }
      },
    });
  }

  Deno.test({
    name: `${program.name}: logout that cannot look into the cache says so (needs root)`,
    ignore: !LINUX_ROOT,
    fn: async () => {
      using home = temporaryHome();
      Deno.chownSync(home.path, NOBODY, NOBODY);
      await using driver = startDriver(["logout", "--all"], { program, home: home.path });
      const { code, stdout, stderr } = await endOf(driver);
      assert.deepEqual([code, stdout], [8, ""]);
      assert.match(stderr, /belongs to another user/);
      assert.doesNotMatch(stderr, /Removed/);
    },
  });
}
