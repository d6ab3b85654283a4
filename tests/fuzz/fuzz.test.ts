/**
 * A hundred hostile inputs for everything that reads what others write; `deno task fuzz` has millions.
 * FUZZ_SEED repeats what failed.
 */

import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import { NEEDS_PYTHON } from "./expat.ts";
import { fuzz, inputAt, report, type Target } from "./fuzz.ts";
import { TARGETS } from "./targets.ts";

const SEED = Deno.env.get("FUZZ_SEED") ?? "1";

/** A few that are long, though not so long that what takes the square of it takes its time. */
const LONG = { size: 3000, most: 20 };

for (const target of TARGETS) {
  const { name, socket, shortRuns = 100 } = target;
  Deno.test(`fuzz: ${name}${name === "saml/xml" ? NEEDS_PYTHON : ""}`, async () => {
    const tally = await fuzz(target, {
      seed: SEED,
      runs: shortRuns,
      long: socket ? undefined : LONG,
    });
    const { failures, outcomes, inputs } = tally;
    assert.equal(failures.map((each) => report(target, each)).join("\n"), "", `seed ${SEED}`);
    assert.ok(inputs > shortRuns);
    // Who refuses everything keeps every promise.
    assert.ok(outcomes.size > 1, `only ${[...outcomes]}`);
  });
}

/** A target that reads digits, and has what a test is about besides. */
function digits(read: (input: string) => void, more: Partial<Target> = {}): Target {
  return {
    name: "digits",
    material: () => ({ corpus: ["12345"], words: ["1", "x"] }),
    open: () => ({
      read: (input) => {
        read(input);
        return ["taken", input];
      },
    }),
    ...more,
  };
}

const OPTIONS = { seed: "a", runs: 300 };

function userError(message: string, exitCode: ExitCode = ExitCode.USAGE): UserError {
  return new UserError("code", message, { exitCode });
}

for (
  const [what, error] of [
    ["a TypeError", new TypeError("x")],
    ["a plain Error", new Error("x")],
    ["a RangeError", new RangeError("Maximum call stack size exceeded")],
    ["what is no error", "x"],
    ["a fault", userError("x", ExitCode.FAULT)],
    ["a message that drives the terminal", userError("a\x1b[2J")],
    ["a message in two lines", userError("a\nb")],
    ["a broken promise", new assert.AssertionError({ message: "x" })],
  ] as const
) {
  Deno.test(`fuzz: ${what} is a failure, and its input is shortened and made again`, async () => {
    const target = digits((input) => {
      if (input.includes("x")) throw error;
    });
    const { failures: [failure], inputs } = await fuzz(target, OPTIONS);
    assert.ok(failure !== undefined && inputs > 1);
    assert.equal(failure.input, "x");
    const material = target.material();
    const again = inputAt(target, { material, seed: "a", index: Number(failure.origin) });
    assert.ok(again.includes("x"));
    assert.match(report(target, failure), /^FAILED digits, input \d+: .*\n?/);
  });
}

Deno.test("fuzz: refusals are counted by code, and tell no secret", async () => {
  const refusing = (message: string) =>
    digits((input) => {
      if (input.length % 2 === 0) throw userError(message);
      if (input.length % 3 === 0) throw new Error("no digit");
    }, { plainErrors: true });
  const tally = await fuzz(refusing("No"), OPTIONS);
  assert.deepEqual(tally.failures, []);
  assert.deepEqual([...tally.refusals.keys()].toSorted(), ["code", "error"]);
  const refused = tally.refusals.values().reduce((sum, count) => sum + count, 0);
  assert.equal(tally.taken + refused, tally.inputs);
  const open = refusing("It has SECRET in it").open;
  const telling = digits(() => {}, {
    open: async () => ({ ...await open(), secretsOf: () => ["SECRET"] }),
  });
  assert.match(String((await fuzz(telling, OPTIONS)).failures[0]?.error), /tells a secret/);
});

Deno.test("fuzz: a reader that remembers the input before it reads differently", async () => {
  let last = "";
  const target = digits(() => {}, {
    open: () => ({
      read: (input) => {
        const before = last;
        last = input;
        return ["taken", before];
      },
    }),
  });
  assert.match(String((await fuzz(target, OPTIONS)).failures[0]?.error), /reads differently/);
});

Deno.test("fuzz: what was found is always read, and the same seed makes the same inputs", async () => {
  const read: string[][] = [];
  for (const seed of ["a", "a", "b"]) {
    const inputs: string[] = [];
    await fuzz(digits((input) => void inputs.push(input), { found: ["found"] }), {
      ...OPTIONS,
      seed,
    });
    assert.equal(inputs[0], "found");
    read.push(inputs);
  }
  assert.deepEqual(read[0], read[1]);
  assert.notDeepEqual(read[0], read[2]);
  assert.ok(new Set(read[0]).size > 200, "inputs differ");
});

Deno.test("fuzz: a signal ends it, also where nothing is waited for; what was read counts", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort());
  const { signal } = controller;
  const { inputs, failures } = await fuzz(digits(() => {}), { seed: "a", runs: 1e9, signal });
  assert.ok(inputs > 1000, `${inputs}`);
  assert.deepEqual(failures, []);
});
