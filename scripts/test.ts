/**
 * Runs the tests, six files at a time: most of a test's time goes by waiting. Each file has a process of its
 * own, since tests of one process share its environment, so that Deno's own --parallel is not for them.
 *
 *   deno task test [--coverage] [FILES] [ARGUMENTS OF deno test]
 *   deno task test:peers [FILES] [ARGUMENTS OF deno test]
 *   deno task test:executable [FILES] [ARGUMENTS OF deno test]
 *   deno task coverage
 *
 * With --coverage it is an error as well when the unit tests cover less of src/ than deno.json demands; those
 * alone are what `deno task coverage` runs. Types are not checked here: `deno task ok` does that once for all files.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { startFetching } from "./packages.ts";
import { testFiles } from "./test_files.ts";
import { testsIn, unitTests } from "./unit_tests.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The flags that are not for `deno test`. */
const OWN_FLAGS: readonly string[] = ["--executable", "--peers", "--unit", "--coverage"];

Deno.chdir(ROOT);
const [executable, peers, unit, coverage] = OWN_FLAGS.map((flag) => Deno.args.includes(flag));
const args = Deno.args.filter((arg) => !OWN_FLAGS.includes(arg));
const named = args.filter((arg) => arg.endsWith(".test.ts"));
const files = named.length > 0 ? named : wantedFiles();
const fetched = await startFetching()?.status;
if (fetched?.success === false) Deno.exit(1);
const covered = coverage ? await Deno.makeTempDir() : undefined;
try {
  const units = unitTests();
  let failed = await testFiles(files, {
    args: args.filter((arg) => !named.includes(arg)),
    env: executable ? { TEST_FORMS: "executable" } : {},
    coverageOf: (file) =>
      covered !== undefined && units.includes(file)
        ? `${covered}/${units.indexOf(file)}`
        : undefined,
  });
  if (covered !== undefined && !await isCovered(covered)) failed = true;
  Deno.exitCode = failed ? 1 : 0;
} finally {
  if (covered !== undefined) await Deno.remove(covered, { recursive: true });
}
Deno.exit();

/** All files of the task, those first that take longest: begun last, they would keep the others waiting. */
function wantedFiles(): readonly string[] {
  const [endToEnd, withPeers] = [testsIn("tests/e2e"), testsIn("tests/peers")];
  if (executable) return [...endToEnd, ...withPeers];
  if (peers) return withPeers;
  if (unit) return unitTests();
  return [...new Set([...endToEnd, ...testsIn("tests")])].filter((file) =>
    !withPeers.includes(file)
  );
}

/** Prints how much of src/ was covered, and says whether that is enough. */
async function isCovered(folder: string): Promise<boolean> {
  const folders = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", `--include=^${new URL("../src/", import.meta.url)}`, ...folders],
  }).spawn().status;
  return success;
}
