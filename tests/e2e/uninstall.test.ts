/** `uninstall` names the profiles that would dangle, deletes the cache and nothing else. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { programs, runDriver, temporaryHome } from "../support/driver.ts";

const CONFIG = `[default]
region = eu-west-1

[profile dev]
credential_process = /opt/stssamldriver --profile dev

[profile other]
credential_process = /opt/other-driver --name stssamldriver

[profile "two words"]
credential_process = "/opt/my tools/stssamldriver" credentials
`;

const CREDENTIALS = `[keys]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE

[old]
credential_process = stssamldriver
`;

for (const program of programs()) {
  Deno.test(`${program.name}: uninstall: names profiles of both files, and deletes the cache alone`, async () => {
    using home = temporaryHome();
    const [aws, cache] = [`${home.path}/.aws`, `${home.path}/cache`];
    const env = { XDG_CACHE_HOME: cache };
    await Deno.mkdir(aws);
    await Deno.mkdir(`${cache}/stssamldriver/sessions`, { recursive: true });
    await Deno.writeTextFile(`${cache}/stssamldriver/sessions/${"0".repeat(32)}.json`, "{}");
    await Deno.writeTextFile(`${cache}/another`, "");
    await Deno.writeTextFile(`${aws}/config`, CONFIG);
    await Deno.writeTextFile(`${aws}/credentials`, CREDENTIALS);
    const last = program.name === "executable"
      ? `To finish, delete the program:\n  rm ${program.command.at(-1)}\n`
      : "It runs from its sources: there is no executable to delete\n";
    const named =
      `These profiles run stssamldriver and stop working without it. Remove them, or their
credential_process line:
  dev, two words in ${aws}/config
  old in ${aws}/credentials
`;
    for (
      const { args, says, left } of [
        { args: ["--dry-run"], says: `Would delete the cache, ${cache}/stssamldriver`, left: true },
        { args: [], says: `Deleted the cache, ${cache}/stssamldriver`, left: false },
        { args: [], says: "There is no cache to delete", left: false },
      ]
    ) {
      const ended = await runDriver(["uninstall", ...args], { program, home: home.path, env });
      assert.deepEqual(ended, { code: 0, stdout: `${named}${says}\n${last}`, stderr: "" });
      assert.equal(existsSync(`${cache}/stssamldriver`), left);
      assert.ok(existsSync(`${cache}/another`));
    }
    assert.equal(await Deno.readTextFile(`${aws}/config`), CONFIG);
    assert.equal(await Deno.readTextFile(`${aws}/credentials`), CREDENTIALS);
  });

  Deno.test(`${program.name}: uninstall: a home without profiles, and a file that cannot be read`, async () => {
    using home = temporaryHome();
    const first = await runDriver(["uninstall"], { program, home: home.path });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^No profile runs stssamldriver\nThere is no cache to delete\n/);
    await Deno.mkdir(`${home.path}/.aws/config`, { recursive: true });
    const second = await runDriver(["uninstall"], { program, home: home.path });
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stderr, /Cannot show profiles: .*config/);
  });
}
