/** `roles`, in one process. */

import assert from "node:assert/strict";
import { NOON } from "../../support/fakes.ts";
import { readAssertion } from "../../../src/saml/reader.ts";
import { type MachineOptions, onMachine, post } from "../../support/machine.ts";
import { assertionOf, pairOf } from "../../support/offers.ts";

const OFFERED: MachineOptions = {
  loadReader: () => Promise.resolve(readAssertion),
  signIn: post(assertionOf(["111122223333/Dev", "444455556666/Admin"])),
};
const { role, provider } = pairOf("111122223333/Dev");

Deno.test("roles: a table of what is offered; on a terminal with what to do next", () =>
  onMachine(async (machine) => {
    const piped = (await machine.run(["roles"], OFFERED)).deps.out();
    assert.match(
      piped,
      /^ACCOUNT +ROLE +PROVIDER\n111122223333 +Dev +Idp\n444455556666 +Admin +Idp\n$/,
    );
    const { deps } = await machine.run(["roles"], { ...OFFERED, onTerminal: true });
    assert.ok(deps.out().startsWith(piped));
    assert.match(deps.out(), /\n {2}stssamldriver setup dev .*role\/Dev.*\n.*add --json\n$/);
  }));

Deno.test("roles: accounts have the names that a file gives them", () =>
  onMachine(async (machine) => {
    const files = { names: "111122223333 Research\n" };
    const args = ["roles", "--account-names", "names"];
    const { deps } = await machine.run(args, { ...OFFERED, files });
    assert.match(deps.out(), /^ACCOUNT +NAME .*\n111122223333 +Research +Dev/);
  }));

Deno.test("roles: --json has the ARNs and what the assertion says", () =>
  onMachine(async (machine) => {
    const { deps } = await machine.run(["roles", "--json"], { ...OFFERED, onTerminal: true });
    const { roles: [first, ...others], ...said } = JSON.parse(deps.out());
    assert.deepEqual(first, {
      account: "111122223333",
      role: "Dev",
      roleArn: role.text,
      providerArn: provider.text,
    });
    assert.equal(others.length, 1);
    assert.match(said.notOnOrAfter, /^2026-11-23T12:\d\d:\d\dZ$/);
    assert.ok(said.sessionName && said.issuer);
  }));

Deno.test("roles: a profile's flags go on to the command that makes another; nothing fits a filter of none", () =>
  onMachine(async (machine) => {
    Deno.mkdirSync(`${machine.home}/.aws`);
    const line =
      "credential_process = stssamldriver --start-url https://idp.example/ --browser none";
    Deno.writeTextFileSync(`${machine.home}/.aws/config`, `[profile dev]\n${line}\n`);
    const signIn = post(assertionOf(["111122223333/Dev"], {
      attributes: { "https://aws.amazon.com/SAML/Attributes/SessionDuration": ["7200"] },
      sessionNotOnOrAfter: NOON + 3_600_000,
    }));
    const options = { ...OFFERED, signIn, onTerminal: true };
    const { deps } = await machine.run(["roles", "--profile", "dev"], options);
    assert.match(deps.out(), /setup dev .*--start-url=https:\/\/idp\.example\//);
    const json = (await machine.run(["roles", "--json"], options)).deps.out();
    const { sessionDuration, sessionNotOnOrAfter } = JSON.parse(json);
    assert.deepEqual([sessionDuration, sessionNotOnOrAfter], ["7200", "2026-11-23T13:00:00Z"]);
  }));
