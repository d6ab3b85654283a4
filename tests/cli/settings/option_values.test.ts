import assert from "node:assert/strict";
import { isBlockedPort } from "../../../src/cli/settings/option_values.ts";

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
  name: "isBlockedPort: those that fetch refuses, and no others where people listen",
  // Elsewhere this address does not answer, or is slow to refuse; the table is the same everywhere.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    // Above 10,000 are the tests' own drivers.
    const ports = [...Array.from({ length: 9999 }, (_, index) => index + 1), 10_080];
    const wrong: number[] = [];
    for (let start = 0; start < ports.length; start += 200) {
      await Promise.all(
        ports.slice(start, start + 200).map(async (port) => {
          if (await isRefused(port) !== isBlockedPort(port)) wrong.push(port);
        }),
      );
    }
    assert.deepEqual(wrong, []);
    assert.equal(isBlockedPort(8090), false);
  },
});
