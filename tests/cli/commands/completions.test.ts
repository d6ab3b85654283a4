/** `completions`, in one process. */

import assert from "node:assert/strict";
import { run } from "../../../src/cli/program.ts";
import { COMPLETIONS } from "../../../src/cli/completion/shells.ts";
import { fakeDeps } from "../../support/fakes.ts";

Deno.test("completions: prints the script of each shell, and nothing else", async () => {
  assert.deepEqual([...COMPLETIONS.keys()], ["bash", "zsh", "fish", "powershell"]);
  for (const [shell, { script }] of COMPLETIONS) {
    const deps = fakeDeps();
    assert.equal(await run(["completions", shell], deps), 0, deps.err());
    assert.equal(deps.out(), script);
    assert.equal(deps.err(), "");
  }
});

Deno.test("completions: a shell that has none is told which have", async () => {
  const deps = fakeDeps();
  assert.equal(await run(["completions", "tcsh"], deps), 2);
  assert.equal(deps.out(), "");
  assert.match(
    deps.err(),
    /There is no completion for "tcsh".*\n.*There is one for bash, zsh, fish, powershell/,
  );
});
