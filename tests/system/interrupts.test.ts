/** The signals that end this program, sent to this process. */

import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import { listenForInterrupts } from "../../src/system/process.ts";
import { eventually } from "../support/eventually.ts";
import { POSIX } from "./files.ts";

for (
  const [signal, code, exitCode] of [
    ["SIGTERM", "terminated", ExitCode.TERMINATED],
    ["SIGHUP", "hung-up", ExitCode.TERMINATED],
  ] as const
) {
  Deno.test({
    name:
      `listenForInterrupts: ${signal} aborts with its own error, and is heard no more once released`,
    ignore: !POSIX,
    fn: async () => {
      const interrupts = listenForInterrupts();
      let heard = 0;
      const other = () => void heard++;
      Deno.addSignalListener(signal, other);
      try {
        assert.equal(interrupts.signal.aborted, false);
        Deno.kill(Deno.pid, signal);
        // Whoever started the tests may have had it ignored.
        const aborts = !interrupts.ignored.has(signal);
        await eventually(signal, () => heard === 1 || undefined);
        assert.equal(interrupts.signal.aborted, aborts);
        const { reason } = interrupts.signal;
        if (aborts) {
          assert.ok(reason instanceof UserError);
          assert.deepEqual([reason.code, reason.exitCode], [code, exitCode]);
        }
        interrupts.release();
        // With a listener of ours the second one would end the process.
        Deno.kill(Deno.pid, signal);
        await eventually(signal, () => heard === 2 || undefined);
      } finally {
        interrupts.release();
        Deno.removeSignalListener(signal, other);
      }
    },
  });
}
