/**
 * The runner of the tests: whatever becomes of a file, it is counted.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { temporaryHome } from "../support/driver.ts";

const RUNNER = new URL("../../scripts/test_files.ts", import.meta.url).href;
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

const PASSING = `Deno.test("one", () => {});\nDeno.test.ignore("two", () => {});\n`;

for (
  const { what, text, sum, trouble } of [
    { what: "passes", text: PASSING, sum: "ok | 2 passed | 0 failed | 2 ignored" },
    {
      what: "fails",
      text: `Deno.test("bad", () => { throw new Error("so it is"); });`,
      sum: "FAILED | 1 passed | 1 failed | 1 ignored",
      trouble: "1 failed",
    },
    {
      what: "is killed",
      text: `Deno.test("ends", () => Deno.kill(Deno.pid, "SIGKILL"));`,
      sum: "FAILED | 1 passed | 1 failed | 1 ignored",
      trouble: "no summary, SIGKILL",
    },
    {
      what: "is killed when all its tests have passed",
      text:
        `${PASSING}globalThis.addEventListener("unload", () => Deno.kill(Deno.pid, "SIGKILL"));`,
      sum: "FAILED | 1 passed | 1 failed | 1 ignored",
      trouble: "no summary, SIGKILL",
    },
    {
      what: "does not end",
      text: `Deno.test("waits", () => new Promise(() => setInterval(() => {}, 1000)));`,
      sum: "FAILED | 1 passed | 1 failed | 1 ignored",
      trouble: "no summary, ended after 8 s",
    },
    {
      what: "cannot be loaded",
      text: `import "./nowhere.ts";`,
      sum: "FAILED | 1 passed | 1 failed | 1 ignored",
      trouble: "no summary, exit code 1",
    },
  ]
) {
  const patienceMs = what === "does not end" ? 8000 : 60_000;
  Deno.test(`testFiles: a file that ${what}, beside one that passes`, async () => {
    using folder = temporaryHome();
    const files = ["a", "b"].map((name) => `${folder.path}/${name}.test.ts`);
    await Deno.writeTextFile(files[0] ?? "", PASSING);
    await Deno.writeTextFile(files[1] ?? "", text);
    const program = `${folder.path}/run.ts`;
    await Deno.writeTextFile(
      program,
      `import { testFiles } from "${RUNNER}";\nDeno.exit(await testFiles(Deno.args, { patienceMs: ${patienceMs} }) ? 1 : 0);\n`,
    );
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", `--config=${CONFIG}`, program, ...files],
      cwd: folder.path,
      stdin: "null",
    }).output();
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    assert.equal(lines.at(-1), sum);
    assert.equal(code, trouble === undefined ? 0 : 1);
    const failures = lines.filter((line) => line.startsWith("FAILED /"));
    assert.deepEqual(failures, trouble === undefined ? [] : [`FAILED ${files[1]}: ${trouble}`]);
  });
}
