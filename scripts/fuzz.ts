/**
 * Fuzzes every reader of what others write: a million inputs for each that only computes, 50,000 for each socket.
 *
 *   deno task fuzz [--target NAME] [--seed TEXT] [--runs N] [--seconds N] [--at N] [--write]
 *
 *   --target   only those whose names begin so: saml, aws/sts; repeatable
 *   --seed     the seed of all inputs, which is printed; a random one by default
 *   --runs     so many inputs for each
 *   --seconds  at most so long for each
 *   --at       only the input of this number, of a failure that was printed
 *   --write    puts the counts of each, once it is done, into its row of docs/security.md
 *
 * Ctrl-C ends it; what has been read by then counts. The exit code is 1 when an input broke a promise.
 * `tests/fuzz/fuzz.test.ts` has the short form.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { fuzz, report, type Tally, type Target } from "../tests/fuzz/fuzz.ts";
import { TARGETS } from "../tests/fuzz/targets.ts";
import { mergedTable, PROOF, writePlaces } from "./places.ts";

/** The long inputs, in characters, and how many each target has. */
const LONG = { size: 5_000_000, most: 150 };

const { values } = parseArgs({
  args: [...Deno.args],
  options: {
    target: { type: "string", multiple: true, default: [""] },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
    runs: { type: "string" },
    seconds: { type: "string" },
    at: { type: "string" },
    write: { type: "boolean" },
  },
});
const { seed, target: names } = values;
const at = values.at === undefined ? undefined : Number(values.at);
const targets = TARGETS.filter(({ name }) => names.some((each) => name.startsWith(each)));
if (targets.length === 0) {
  console.error(`No target begins with ${names.join(" or ")}`);
  Deno.exit(2);
}
if (values.write && at !== undefined) {
  console.error("Cannot use --write with --at: one input is no run");
  Deno.exit(2);
}
const interrupted = new AbortController();
Deno.addSignalListener("SIGINT", () => interrupted.abort());
console.log(`seed ${seed}\n`);
const columns = ["inputs", "taken", "refused", "outcomes", "failed", "slowest", "seconds"];
console.log(row("target", columns));
let failed = false;
for (const target of targets) {
  if (interrupted.signal.aborted) break;
  const tally = await fuzz(target, {
    seed,
    from: at ?? 0,
    runs: at === undefined ? Number(values.runs ?? (target.socket ? 50_000 : 1_000_000)) : 1,
    long: at === undefined ? LONG : undefined,
    seconds: values.seconds === undefined ? undefined : Number(values.seconds),
    signal: interrupted.signal,
  });
  failed ||= tally.failures.length > 0;
  print(target, tally);
  if (values.write) write(target, tally);
}
Deno.exit(interrupted.signal.aborted ? 130 : failed ? 1 : 0);

function print(target: Target, tally: Tally): void {
  const { inputs, taken, refusals, outcomes, failures, slowest, seconds } = tally;
  const refused = inputs - taken - failures.length;
  const counts = [inputs, taken, refused, outcomes.size, failures.length].map(String);
  const times = [`${Math.round(slowest.ms)} ms`, seconds.toFixed(0)];
  console.log(row(target.name, [...counts, ...times]));
  if (slowest.ms > 2000) console.log(`  slowest: input ${slowest.origin}`);
  // STS's own codes are without end.
  const codes = [...refusals].toSorted(([, a], [, b]) => b - a);
  for (const [code, count] of codes.slice(0, 12)) {
    console.log(row(`  ${code}`, ["", "", `${count}`]));
  }
  if (codes.length > 12) console.log(`  and ${codes.length - 12} more codes`);
  for (const failure of failures) console.log(report(target, failure));
}

function write({ name }: Target, { inputs, taken, failures, seconds }: Tally): void {
  const counts = [inputs, taken, inputs - taken - failures.length, failures.length, seconds]
    .map((count) => Math.round(count).toLocaleString("en"));
  const head = ["target", "inputs", "taken", "refused", "failed", "seconds", "seed"];
  const table = { head, rows: [[name, ...counts, seed]], numbers: true } as const;
  writePlaces(PROOF, { fuzz: mergedTable(table, TARGETS.map((each) => each.name)) });
}

function row(first: string, others: readonly string[]): string {
  return `${first.padEnd(34)}${others.map((each) => each.padStart(10)).join("")}`.trimEnd();
}
