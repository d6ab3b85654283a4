/** `credentials`: flags that contradict each other, refused before anybody signs in. */

import assert from "node:assert/strict";
import { run } from "../../../src/cli/program.ts";
import { fakeDeps } from "../../support/fakes.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../../support/saml_attributes.ts";

const ARNS = ["--role-arn", DEFAULT_ROLE, "--saml-provider-arn", DEFAULT_PROVIDER];

const REFUSED: readonly (readonly [
  name: string,
  args: readonly string[],
  onTerminal: boolean,
  message: string,
])[] = [
  [
    "two places for the credentials",
    ["--print", "--profile-to-update", "dev"],
    false,
    "Cannot use --print with --profile-to-update: the credentials go to that profile",
  ],
  [
    "what is about writing a profile",
    ["--replace"],
    false,
    "Cannot use --replace without --profile-to-update: it is about writing that profile",
  ],
  [
    "a file on a terminal, to which no profile is to be written",
    ["--path", "/nonexistent/credentials"],
    true,
    "Cannot use --path without --profile-to-update: it is about writing that profile",
  ],
];
for (const [name, args, onTerminal, message] of REFUSED) {
  Deno.test(`credentials: ${name} is refused: ${args.join(" ")}`, async () => {
    const deps = fakeDeps({ onTerminal });
    assert.equal(await run(["credentials", ...ARNS, ...args], deps), 2);
    assert.ok(deps.err().includes(message), deps.err());
    assert.equal(deps.out(), "");
    assert.deepEqual(deps.world.opened, []);
  });
}

// A credential_process line of AWS's own driver may have it, and is none on a terminal.
Deno.test("credentials: a --path alone is ignored where stdout is no terminal", async () => {
  const deps = fakeDeps();
  const over = run(["credentials", ...ARNS, "--path", "/nonexistent/credentials"], deps);
  await deps.world.post("good");
  assert.equal(await over, 0, deps.err());
  assert.equal(JSON.parse(deps.out()).AccessKeyId, "ASIAFAKE");
});
