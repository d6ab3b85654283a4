/** The streams of this process, as far as one can look at them from within. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { UserError } from "../../src/errors.ts";
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

Deno.test("STDOUT, STDERR: without a reader the one is an error, and the other lets the work go on", async () => {
  const gone = () => {
    throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
  };
  const { writeSync, write } = Deno.stdout;
  const stderr = Deno.stderr.writeSync;
  const long = "x".repeat(100_000);
  try {
    Object.assign(Deno.stdout, { writeSync: gone, write: gone });
    Object.assign(Deno.stderr, { writeSync: gone });
    STDERR.write("lost");
    for (const text of ["short", long]) {
      const error = await STDOUT.write(text).then(() => assert.fail(), (error) => error);
      assert.ok(error instanceof UserError);
      assert.deepEqual([error.code, error.exitCode], ["stdout-unwritable", 8]);
      assert.match(error.message, /^Cannot write to stdout: /);
    }
  } finally {
    Object.assign(Deno.stdout, { writeSync, write });
    Object.assign(Deno.stderr, { writeSync: stderr });
  }
});
