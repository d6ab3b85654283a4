/** Many processes that write their own profiles into one file at the same time. */

import assert from "node:assert/strict";
import { parseDocument } from "../../src/profiles/document.ts";
import { profileNames } from "../../src/profiles/names.ts";
import { readProfile } from "../../src/profiles/read.ts";
import { putFiles } from "../support/aws_files.ts";
import { programs, runDriver } from "../support/driver.ts";
import { FAKE_SECRETS } from "../support/fakes.ts";
import { roleKept } from "../support/kept_session.ts";
import { isKeptLock, TESTS_WINDOWS } from "../support/windows.ts";
import { names } from "../system/files.ts";

const HERS = "# mine\r\n[profile hers]\r\nregion = eu-west-1 # why\r\n[default]\r\noutput=json";
/** Under Wine each is three processes more. */
const PROCESSES = TESTS_WINDOWS ? 20 : 50;

for (const program of programs()) {
  Deno.test(`${program.name}: ${PROCESSES} drivers write as many profiles into one file at once`, async () => {
    const { args, env, stored } = roleKept();
    await stored;
    const home = env["HOME"] ?? "";
    try {
      putFiles(home, { "shared/config": HERS });
      const wanted = Array.from({ length: PROCESSES }, (_, index) => `p${index}`);
      const ends = await Promise.all(
        wanted.map((name) =>
          runDriver([...args, "--cache", "--no-interactive", "--profile-to-update", name], {
            program,
            home,
            env: { ...env, AWS_CONFIG_FILE: `${home}/shared/config` },
          })
        ),
      );
      for (const { code, stdout, stderr } of ends) {
        assert.deepEqual([code, stdout], [0, ""], stderr);
      }
      const text = Deno.readTextFileSync(`${home}/shared/config`);
      assert.ok(text.startsWith(HERS), "what was there stays, byte for byte");
      const document = parseDocument(text);
      assert.deepEqual(
        profileNames(document, "config").toSorted(),
        ["default", "hers", ...wanted].toSorted(),
      );
      for (const name of wanted) {
        const keys = readProfile(document, "config", name)?.properties;
        assert.deepEqual([...keys?.keys() ?? []], [
          ...["region", "aws_access_key_id", "aws_secret_access_key", "aws_session_token"],
          "x_security_token_expires",
        ], name);
        for (const key of ["aws_secret_access_key", "aws_session_token"]) {
          assert.ok(FAKE_SECRETS.includes(keys?.get(key)?.value ?? ""), `${key} of ${name}`);
        }
      }
      const left = names(`${home}/shared`).filter((name) => !isKeptLock(name));
      assert.deepEqual(left, ["config"], "no lock and no copy is left");
    } finally {
      Deno.removeSync(home, { recursive: true });
    }
  });
}
