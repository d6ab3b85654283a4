/** The streams of this process, as far as one can look at them from within. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { STDERR, STDOUT } from "../../src/system/process.ts";

Deno.test("STDOUT, STDERR: whether a person or a program reads them", () => {
  assert.equal(STDOUT.isTerminal, Deno.stdout.isTerminal());
  assert.equal(STDERR.isTerminal, Deno.stderr.isTerminal());
  assert.ok(!(STDOUT.isTerminal && STDOUT.isPipe));
});

Deno.test("STDOUT: a short text and a long one arrive whole and in order", async () => {
  const child = fileURLToPath(new URL("streams_child.ts", import.meta.url));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-config", child],
    stdin: "null",
  }).output();
  assert.equal(new TextDecoder().decode(stdout), `short\n${"x".repeat(100_000)}\n`);
  assert.equal(new TextDecoder().decode(stderr).trim(), "true");
});
