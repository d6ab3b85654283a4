/** A cache folder that others can write to is not used: what is in it may be theirs. */

import assert from "node:assert/strict";
import { productOf } from "../support/aws_files.ts";
import { assertFailed, endOf, post, stagedDriver, waitingDriver } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

const POSIX = Deno.build.os !== "windows";

function exposedFolder(home: string): string {
  const folder = `${home}/exposed`;
  Deno.mkdirSync(folder);
  // Not by mkdir, whose mode the umask would narrow.
  Deno.chmodSync(folder, 0o777);
  return folder;
}

Deno.test({
  name:
    "attack: a cache folder that every user can write to is not used, and the sign-in goes through",
  ignore: !POSIX,
  fn: async () => {
    await using stage = setStage();
    const folder = exposedFolder(stage.home);
    const env = { XDG_CACHE_HOME: folder };
    await using driver = await waitingDriver(stage, { args: ["--cache"], env });
    await post(stage, stage.idp.signIn("alice").fields);
    const { code, stdout, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), productOf(stage.sts.handedOut[0]));
    assert.match(stderr, /The session is not cached: .*can be written by every user/);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  },
});

Deno.test({
  name:
    "attack: with --no-interactive such a folder is exit code 8, and no session from it is used",
  ignore: !POSIX,
  fn: async () => {
    await using stage = setStage();
    const env = { XDG_CACHE_HOME: exposedFolder(stage.home) };
    const args = ["--cache", "--no-interactive"];
    await using driver = stagedDriver(stage, { args, env });
    assertFailed(await endOf(driver), {
      code: 8,
      says: `Cannot use the cache folder: ${env.XDG_CACHE_HOME} can be written by every user`,
    });
  },
});
