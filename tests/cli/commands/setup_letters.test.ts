/** `setup` from a path outside ASCII on Windows, where nobody but the reader knows its code page. */

import assert from "node:assert/strict";
import { run } from "../../../src/cli/program.ts";
import { fakeDeps } from "../../support/fakes.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../../support/saml_response.ts";
import { inFolder, POSIX } from "../../system/files.ts";

const ARGS = ["setup", "dev", "--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];

/** Runs setup with a person who answers so; `undefined` is nobody. */
async function setup(config: string, answer: string | undefined) {
  let asked = "";
  const deps = fakeDeps({ env: { AWS_CONFIG_FILE: config } });
  const code = await run(ARGS, {
    ...deps,
    os: "windows",
    self: ["C:\\Users\\José\\stssamldriver.exe"],
    openDialog: () =>
      Promise.resolve(
        answer === undefined ? undefined : {
          write: (text) => void (asked += text),
          readLine: () => Promise.resolve(answer),
          [Symbol.dispose]: () => {},
        },
      ),
  });
  return { code, asked, err: deps.err() };
}

Deno.test({
  name: "setup on Windows asks about letters outside ASCII, and writes them after a yes only",
  ignore: !POSIX,
  fn: () =>
    inFolder(async (folder) => {
      const config = `${folder}/config`;
      for (const answer of [undefined, "", "n"]) {
        const { code, asked, err } = await setup(config, answer);
        assert.equal(code, 2, err);
        assert.equal(/José.*code page.*\[y\/N\]/.test(asked), answer !== undefined);
        assert.match(err, /José.*code page[^]*path of plain letters/);
        assert.deepEqual([...Deno.readDirSync(folder)], []);
      }
      const { code, err } = await setup(config, "y");
      assert.equal(code, 0, err);
      assert.match(Deno.readTextFileSync(config), /José\\stssamldriver\.exe --role-arn/);
    }),
});
