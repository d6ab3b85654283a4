/**
 * Attacks the driver, or breaks what is around it: tests of their own, whose results are shown.
 *
 *   deno task attacks [--write]
 *   deno task faults [--write]
 *
 * `--write` puts what became of each test into docs/security.md. The exit code is that of the tests.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { PROOF, type Table, tableText, writePlaces } from "./places.ts";
import { type TestResult, testResults } from "./test_results.ts";

interface Kind {
  /** Beginnings of the names of test files. */
  readonly tests: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What stands before the names of all its tests. */
  readonly prefix: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  attacks: { tests: ["e2e/attacks"], env: {}, prefix: "attack: " },
  faults: {
    tests: ["e2e/faults", "e2e/soak", "e2e/secrets_commands", "aws/bad_network"],
    env: { FAULTS: "all" },
    prefix: "",
  },
};

const { values, positionals: [name = ""] } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { write: { type: "boolean" } },
});
const kind = KINDS[name];
if (kind === undefined) {
  console.error(`Cannot run "${name}": there are ${Object.keys(KINDS).join(" and ")}`);
  Deno.exit(2);
}
const { output, code } = await run(kind);
if (values.write) {
  writePlaces(PROOF, { [name]: () => tableText(tableOf(testResults(output), kind)) });
}
Deno.exit(code);

function filesOf({ tests }: Kind): readonly string[] {
  return tests.flatMap((each) => {
    const folder = `tests/${each.split("/")[0]}`;
    return [...Deno.readDirSync(folder)].map((entry) => `${folder}/${entry.name}`).toSorted()
      .filter((path) => path.startsWith(`tests/${each}`) && path.endsWith(".test.ts"));
  });
}

/** Runs its tests one after the other, and prints what they print. */
async function run(kind: Kind): Promise<{ readonly output: string; readonly code: number }> {
  const options = ["--allow-all", "--no-check", "--sanitize-ops", "--sanitize-resources"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...options, ...filesOf(kind)],
    env: { ...kind.env, NO_COLOR: "1" },
    stdout: "piped",
  }).spawn();
  const [shown, kept] = child.stdout.tee();
  const printing = shown.pipeTo(Deno.stdout.writable, { preventClose: true });
  const [output, { code }] = await Promise.all([new Response(kept).text(), child.status, printing]);
  return { output, code };
}

function tableOf(results: readonly TestResult[], { prefix }: Kind): Table {
  const counts = results.some(({ said }) => said.length > 0);
  const head = ["test", ...counts ? ["counts"] : [], "result"];
  const rows = results.map(({ name, said, outcome }) => [
    name.startsWith(prefix) ? name.slice(prefix.length) : name,
    // The last line sums up.
    ...counts ? [said.at(-1) ?? ""] : [],
    outcome,
  ]);
  return { head, rows };
}
