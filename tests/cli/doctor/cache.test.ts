/** `doctor` on the cache folder of a home of its own. */

import assert from "node:assert/strict";
import { checkCache } from "../../../src/cli/doctor/cache.ts";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { SessionCache } from "../../../src/credentials/cache.ts";
import { cacheFolderOrFail } from "../../../src/system/folder_trust.ts";
import { Choices } from "../../../src/credentials/remembered.ts";
import type { Deps } from "../../../src/deps.ts";
import { ExitCode } from "../../../src/errors.ts";
import { UID } from "../../../src/system/machine.ts";
import { isThere } from "../../../src/system/paths.ts";
import { inFolder, names, POSIX } from "../../system/files.ts";
import { exchangedFake, fakeDeps, NOON } from "../../support/fakes.ts";
import { DEFAULT_ROLE } from "../../support/saml_attributes.ts";

/** Looks at the cache of a home, or of nobody's. */
function look(home: string | undefined): Promise<readonly Finding[]> {
  const fake = fakeDeps({ env: home === undefined ? {} : { HOME: home } });
  const cache: Deps["cache"] = () => {
    const folder = cacheFolderOrFail(fake.env);
    return { sessions: new SessionCache(folder, () => NOON), choices: new Choices(folder) };
  };
  return checkCache({ deps: { ...fake, cache } });
}

const folderIn = (home: string) => `${home}/.cache/stssamldriver`;

/** Keeps a session in a home; its file. */
async function keep(home: string, name: string): Promise<string> {
  const folder = `${folderIn(home)}/sessions`;
  const there = new Set(isThere(folder) ? names(folder) : []);
  const { credentials } = exchangedFake();
  const session = { credentials, roleArn: DEFAULT_ROLE, person: undefined, issued: NOON };
  await new SessionCache(folderIn(home), () => NOON).store({ name }, session);
  const [added = ""] = names(folder).filter((each) => !there.has(each));
  return `${folder}/${added}`;
}

Deno.test("checkCache: a folder that can be used says how many sessions it keeps", () =>
  inFolder(async (home) => {
    const ok = (count: string) => [{
      check: "cache",
      status: "ok",
      message: `${folderIn(home)} can be used, and keeps ${count}`,
      details: undefined,
    }];
    assert.deepEqual(await look(home), ok("0 sessions"));
    await keep(home, "one");
    assert.deepEqual(await look(home), ok("1 session"));
    assert.deepEqual(names(folderIn(home)), ["sessions"], "its lock is gone");
  }));

Deno.test("checkCache: without a home there is no folder, and nothing to repair", async () => {
  const [finding, ...others] = await look(undefined);
  assert.deepEqual(others, []);
  assert.deepEqual([finding?.status, finding?.exitCode], ["problem", ExitCode.FILE]);
  assert.equal(finding?.message, "Cannot find the cache folder: HOME is not set");
  assert.match(finding?.why ?? "", /every command that needs credentials signs in$/);
  assert.equal(finding?.fix, undefined);
});

Deno.test({
  name: "checkCache: sessions that others can read are removed by the command that is shown",
  ignore: !POSIX,
  fn: () =>
    inFolder(async (home) => {
      const one = await keep(home, "one");
      Deno.chmodSync(one, 0o644);
      const [first, ...none] = await look(home);
      assert.deepEqual(none, []);
      assert.equal(first?.status, "warning");
      assert.equal(first?.message, "1 cached session is open to other users");
      assert.match(first?.why ?? "", /not used/);
      assert.equal(first?.fix, `rm ${one}`);
      const two = await keep(home, "two");
      Deno.chmodSync(two, 0o666);
      const [both] = await look(home);
      assert.equal(both?.message, "2 cached sessions are open to other users");
      assert.deepEqual(both?.fix?.split(" ").toSorted(), ["rm", one, two].toSorted());
    }),
});

Deno.test({
  name: "checkCache: a folder that others can write is closed by the command that is shown",
  ignore: !POSIX,
  fn: () =>
    inFolder(async (home) => {
      Deno.mkdirSync(folderIn(home), { recursive: true });
      Deno.chmodSync(folderIn(home), 0o777);
      const [finding, ...others] = await look(home);
      assert.deepEqual(others, []);
      assert.equal(finding?.status, "problem");
      assert.match(
        finding?.message ?? "",
        /^Cannot use the cache folder: .* can be written by every user$/,
      );
      assert.equal(finding?.fix, `chmod go-w ${folderIn(home)}`);
    }),
});

Deno.test("checkCache: a file in the folder's place is said to be one, and nobody gives it away", () =>
  inFolder(async (home) => {
    Deno.mkdirSync(`${home}/.cache`);
    Deno.writeTextFileSync(folderIn(home), "");
    const [finding] = await look(home);
    assert.equal(finding?.status, "problem");
    assert.match(finding?.message ?? "", /is not a folder/);
    assert.equal(finding?.fix, undefined);
  }));

Deno.test({
  name: "checkCache: a folder of another user is given back by the command that is shown",
  // Only root can give one away.
  ignore: UID !== 0,
  fn: () =>
    inFolder(async (home) => {
      await keep(home, "one");
      Deno.chownSync(folderIn(home), 12345, null);
      const [finding, ...others] = await look(home);
      assert.deepEqual(others, []);
      assert.deepEqual([finding?.status, finding?.exitCode], ["problem", ExitCode.FILE]);
      assert.equal(finding?.fix, `sudo chown -R 0 ${folderIn(home)}`);
    }),
});

Deno.test("checkCache: what is no fault of the machine is thrown", async () => {
  await assert.rejects(checkCache({ deps: fakeDeps({ env: { HOME: "/" } }) }), /has no cache/);
});
