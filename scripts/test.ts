/**
 * Runs the tests, four files at a time: most of a test's time goes by waiting. Each file has a process of its
 * own, since tests of one process share its environment, so that Deno's own --parallel is not for them.
 *
 *   deno task test [FILES] [ARGUMENTS OF deno test]
 *   deno task test:executable [FILES] [ARGUMENTS OF deno test]
 *
 * Types are not checked here: `deno task ok` does that once for all files.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { startFetching } from "./packages.ts";
import { testFiles } from "./test_files.ts";
import { testsIn } from "./unit_tests.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What starts the driver as a program, and takes longest: begun last, it would keep the others waiting. */
const DRIVER_FOLDERS: readonly string[] = ["tests/e2e", "tests/peers"];

Deno.chdir(ROOT);
const executable = Deno.args[0] === "--executable";
const args = Deno.args.slice(executable ? 1 : 0);
const named = args.filter((arg) => arg.endsWith(".test.ts"));
const first = DRIVER_FOLDERS.flatMap(testsIn);
const all = executable ? first : [...new Set([...first, ...testsIn("tests")])];
const files = named.length > 0 ? named : all;
const fetched = await startFetching()?.status;
if (fetched?.success === false) Deno.exit(1);
const failed = await testFiles(files, {
  args: args.filter((arg) => !named.includes(arg)),
  env: executable ? { TEST_FORMS: "executable" } : {},
});
Deno.exit(failed ? 1 : 0);
