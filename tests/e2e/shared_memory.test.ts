/** Files in shared memory, where some keep what no disk is to have: a sign-in writes them as any others. */

import assert from "node:assert/strict";
import { filesOf, productOf } from "../support/aws_files.ts";
import { type Program, programs, runDriver } from "../support/driver.ts";
import { signInOnce } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

const SHARED_MEMORY = "/dev/shm";

function test(
  program: Program,
  title: string,
  fn: (stage: Stage, folder: string) => Promise<void>,
): void {
  Deno.test({
    name: `${program.name}: shared memory: ${title}`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using stage = setStage();
      const folder = Deno.makeTempDirSync({ dir: SHARED_MEMORY });
      try {
        await fn(stage, folder);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

for (const program of programs()) {
  for (const cache of [["--cache"], []]) {
    const title = `the cache and temporary files are there (${cache.join() || "no cache"})`;
    test(program, title, async (stage, folder) => {
      const env = { TMPDIR: folder, XDG_CACHE_HOME: folder };
      const { code, stderr } = await signInOnce(stage, { program, env, args: cache });
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /not cached/);
      if (cache.length === 0) return;
      const again = await runDriver([...stage.args, ...cache, "--no-interactive"], {
        program,
        home: stage.home,
        env: { ...stage.env, ...env },
      });
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual(JSON.parse(again.stdout), productOf(stage.sts.handedOut[0]));
    });
  }

  test(program, "a profile's file is there, by a symlink or by a flag", async (stage, folder) => {
    // The folder is nowhere in the environment.
    Deno.symlinkSync(folder, `${stage.home}/.aws`);
    for (const path of [[], ["--path", `${folder}/other`, "--file-type", "config"]]) {
      const args = ["--profile-to-update", "dev", ...path];
      const { code, stderr } = await signInOnce(stage, { program, args });
      assert.equal(code, 0, stderr);
    }
    const files = filesOf(folder);
    for (const name of ["config", "other"]) {
      assert.match(files[name] ?? "", /^\[profile dev\]\n(?:.*\n)*aws_session_token = /m, name);
    }
  });
}
