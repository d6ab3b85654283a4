/**
 * `exec` without a command line around it: runs its arguments with fake credentials, as the driver would.
 * With `WAIT=1` it says "ready" first and goes on when stdin has a line, so that a test can signal it
 * while there is no child.
 */

import { execute } from "../../src/delivery/exec.ts";
import { variablesOf } from "../../src/delivery/variables.ts";
import { UserError } from "../../src/errors.ts";
import { listenForInterrupts } from "../../src/system/process.ts";
import { runChild } from "../../src/system/run_child.ts";
import { exchangedFake } from "../support/fakes.ts";

const interrupts = listenForInterrupts();
if (Deno.env.get("WAIT") !== undefined) {
  console.error("ready");
  await Deno.stdin.read(new Uint8Array(1));
}
try {
  const changes = variablesOf(exchangedFake().credentials, { region: "eu-central-1" });
  const code = await execute(Deno.args, changes, {
    env: (name) => Deno.env.get(name),
    variableNames: () => Object.keys(Deno.env.toObject()),
    os: Deno.build.os,
    runChild: (child, environment) => runChild(child, environment, interrupts),
  });
  Deno.exit(code);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`);
  Deno.exit(error.exitCode);
}
