/** Writes a short text and a long one to stdout, and says on stderr what reads it. */

import { STDERR, STDOUT } from "../../src/system/process.ts";

await STDOUT.write("short\n");
await STDOUT.write("x".repeat(100_000) + "\n");
STDERR.write(`${STDOUT.isPipe}\n`);
