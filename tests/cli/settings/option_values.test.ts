import assert from "node:assert/strict";
import { isOptionName, OPTIONS } from "../../../src/cli/options.ts";
import { BLOCKED_PORTS } from "../../../src/cli/settings/option_values.ts";

/**
 * Whether Deno's fetch refuses, which implements the same specification and says so before it connects. The
 * address is this machine, where hardly anybody listens.
 */
async function isRefused(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.77.0.1:${port}/`);
    await answer.body?.cancel();
    return false;
  } catch (error) {
    return error instanceof TypeError && /are blocked$/.test(error.message);
  }
}

Deno.test({
  name: "BLOCKED_PORTS: those that fetch refuses, and no others where people listen",
  // Elsewhere this address does not answer, or is slow to refuse; the table is the same everywhere.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    // Above 10,000 are the tests' own drivers.
    const ports = [...Array.from({ length: 9999 }, (_, index) => index + 1), 10_080];
    const wrong: number[] = [];
    for (let start = 0; start < ports.length; start += 200) {
      await Promise.all(
        ports.slice(start, start + 200).map(async (port) => {
          if (await isRefused(port) !== BLOCKED_PORTS.has(port)) wrong.push(port);
        }),
      );
    }
    assert.deepEqual(wrong, []);
    assert.equal(BLOCKED_PORTS.has(8090), false);
  },
});

const REFUSED: readonly (readonly [option: string, texts: readonly string[], why: RegExp])[] = [
  ["account", ["12"], /12-digit account number/],
  ["acs-index", ["65536"], /whole number from 0 to 65535/],
  ["acs-index", ["-1"], /whole number from 0 to 65535/],
  ["acs-index", ["1.5"], /whole number from 0 to 65535/],
  ["cache", ["maybe"], /1, true, 0 or false/],
];
for (const [option, texts, why] of REFUSED) {
  Deno.test(`OPTIONS: --${option} does not take ${JSON.stringify(texts)}`, () => {
    assert.ok(isOptionName(option));
    assert.throws(() => OPTIONS[option].read(texts), why);
  });
}

Deno.test("OPTIONS: --timeout is in seconds, unless it says minutes or hours", () => {
  for (
    const [text, ms] of [["5", 5000], ["5s", 5000], ["2m", 120_000], ["1h", 3_600_000]] as const
  ) {
    assert.deepEqual(OPTIONS.timeout.read([text]), { ms });
  }
});
