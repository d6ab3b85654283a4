import assert from "node:assert/strict";
import { ExitCode } from "../../src/errors.ts";
import { cacheFolderIfAny, cacheFolderOrFail } from "../../src/credentials/cache_folder.ts";
import { userErrorOf } from "../support/checks.ts";
import { inFolder, POSIX } from "../system/files.ts";

const environment = (variables: Record<string, string>) => (name: string) => variables[name];

Deno.test("cacheFolderOrFail: without a home there is none, and it is said", () => {
  const error = userErrorOf(() => cacheFolderOrFail(environment({})));
  assert.deepEqual([error.code, error.exitCode], ["cache-homeless", ExitCode.FILE]);
  assert.match(error.hint ?? "", /Set HOME, or use --no-cache/);
  const troubles: unknown[] = [];
  const folder = cacheFolderIfAny(environment({}), (trouble) => troubles.push(trouble));
  assert.deepEqual([folder, troubles], [undefined, [error]]);
  assert.equal(cacheFolderIfAny(environment({})), undefined);
});

Deno.test({
  name:
    "cacheFolderOrFail: one that everybody may change is refused, and a person's own is taken (POSIX)",
  ignore: !POSIX,
  fn: () =>
    inFolder((folder) => {
      const env = environment({ XDG_CACHE_HOME: `${folder}/cache`, HOME: folder });
      Deno.mkdirSync(`${folder}/cache`, { mode: 0o700 });
      assert.ok(cacheFolderOrFail(env).startsWith(folder));
      assert.equal(cacheFolderIfAny(env), cacheFolderOrFail(env));
      Deno.chmodSync(`${folder}/cache`, 0o777);
      const error = userErrorOf(() => cacheFolderOrFail(env));
      assert.deepEqual([error.code, error.exitCode], ["cache-exposed", ExitCode.FILE]);
      return Promise.resolve();
    }),
});
