/** `sync`, in one process: what it writes for whom, and what it only says. */

import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../../src/errors.ts";
import { readAssertion } from "../../../src/saml/reader.ts";
import { exchangedFake, NOON } from "../../support/fakes.ts";
import { type MachineOptions, onMachine, post } from "../../support/machine.ts";
import { ACS, assertionOf, pairOf } from "../../support/offers.ts";
import { openPicker } from "../../support/tab.ts";
import { read } from "../../system/files.ts";

const OFFERED: MachineOptions = {
  loadReader: () => Promise.resolve(readAssertion),
  signIn: post(assertionOf(["111122223333/Dev", "111122223333/Admin"])),
};
const PROVIDER = ["--saml-provider-arn", pairOf("111122223333/Dev").provider.text];

Deno.test("sync: a profile with keys for every role, and until when they are good", () =>
  onMachine(async (machine) => {
    const { code, deps } = await machine.run(["sync", ...PROVIDER], OFFERED);
    assert.equal(code, 0, deps.err());
    const path = `${machine.home}/.aws/config`;
    assert.ok(deps.err().includes(`2 profiles written to ${path}`), deps.err());
    assert.match(deps.err(), /They expire at /);
    const headers = read(path).match(/^\[.*\]$/gm);
    assert.equal(headers?.length, 2);
    assert.equal(read(path).match(/^aws_access_key_id = ASIAFAKE$/gm)?.length, 2);
  }));

Deno.test("sync: a role that STS refuses is told, the others are written", () =>
  onMachine(async (machine) => {
    let asked = 0;
    const refused = new UserError("sts-refused", "STS refused the role", {
      exitCode: ExitCode.REFUSED,
      hint: "Ask for it.",
    });
    const sts = () => {
      if (asked++ === 0) throw refused;
      return exchangedFake();
    };
    const { code, deps } = await machine.run(["sync", ...PROVIDER], { ...OFFERED, sts });
    assert.equal(code, ExitCode.REFUSED);
    assert.match(deps.err(), /1 profile written to /);
    assert.match(deps.err(), /STS refused the role/);
    assert.equal(read(`${machine.home}/.aws/config`).match(/^\[/gm)?.length, 1);
  }));

Deno.test("sync: --dry-run lists the profiles and what it would remove, and asks STS for nothing", () =>
  onMachine(async (machine) => {
    await machine.run(["sync", ...PROVIDER], OFFERED);
    const path = `${machine.home}/.aws/config`;
    const before = read(path);
    const signIn = post(assertionOf(["111122223333/Dev"]));
    const args = ["sync", ...PROVIDER, "--dry-run", "--prune"];
    const { code, deps } = await machine.run(args, { ...OFFERED, signIn });
    assert.equal(code, 0, deps.err());
    assert.match(deps.out(), /^PROFILE +ROLE\n\S+ +arn:aws:iam::111122223333:role\/Dev\n$/);
    assert.match(deps.err(), /Would remove profile ".*Admin"/);
    assert.deepEqual(deps.world.exchanges.all, []);
    assert.equal(read(path), before);
    const lines = await machine.run(["sync", "--dry-run", "--process"], OFFERED);
    assert.equal(lines.code, 0, lines.deps.err());
  }));

Deno.test("sync: what --prune would remove is shown, and goes after a yes", () =>
  onMachine(async (machine) => {
    await machine.run(["sync", ...PROVIDER], OFFERED);
    const posted = assertionOf(["111122223333/Dev"]);
    let page = "";
    const signIn: MachineOptions["signIn"] = async ({ world }) => {
      const tab = await openPicker(world.send, ACS, posted);
      page = tab.page.text;
      await tab.submit({ token: tab.token, confirm: "" });
    };
    const args = ["sync", ...PROVIDER, "--prune"];
    const { code, deps } = await machine.run(args, { ...OFFERED, signIn });
    assert.equal(code, 0, deps.err());
    assert.match(page, /1 profile no longer in your [^]*&#34;111122223333-Admin&#34;/);
    assert.match(deps.err(), /1 profile written to .*, 1 removed/);
    assert.equal(read(`${machine.home}/.aws/config`).match(/^\[/gm)?.length, 1);
  }));

Deno.test("sync: --process writes lines that start the driver, after a yes, and asks STS for nothing", () =>
  onMachine(async (machine) => {
    let page = "";
    const signIn: MachineOptions["signIn"] = async ({ world }) => {
      const tab = await openPicker(world.send, ACS, assertionOf(["111122223333/Dev"]));
      page = tab.page.text;
      await tab.submit({ token: tab.token, confirm: "" });
    };
    const files = { names: "111122223333 Research\n" };
    const args = ["sync", "--process", "--account-names", "names", "--region", "eu-west-1"];
    const { code, deps } = await machine.run(args, { ...OFFERED, files, signIn });
    assert.equal(code, 0, deps.err());
    assert.match(page, /Write 1 profile\?[^]*111122223333 \(Research\)/);
    assert.deepEqual(deps.world.exchanges.all, []);
    const text = read(`${machine.home}/.aws/config`);
    assert.match(text, /\nregion = eu-west-1\n/);
    assert.match(text, /\ncredential_process = stssamldriver .*role\/Dev/);
  }));

Deno.test("sync: another person than last time is asked first", () =>
  onMachine(async (machine) => {
    await machine.run(["sync", ...PROVIDER], OFFERED);
    let page = "";
    const signIn: MachineOptions["signIn"] = async ({ world }) => {
      const bob = assertionOf(["111122223333/Dev"], { roleSessionName: "bob@example.com" });
      const tab = await openPicker(world.send, ACS, bob);
      page = tab.page.text;
      await tab.submit({ token: tab.token, confirm: "" });
    };
    const { code } = await machine.run(["sync", ...PROVIDER], { ...OFFERED, signIn });
    assert.equal(code, 0);
    assert.match(
      page,
      /alice@example\.com[^]*bob@example\.com|bob@example\.com[^]*alice@example\.com/,
    );
  }));

Deno.test("sync: where STS refuses all, nothing is written", () =>
  onMachine(async (machine) => {
    const sts = () => {
      throw new UserError("sts-refused", "STS refused the role", {
        exitCode: ExitCode.REFUSED,
        hint: "Ask for it.",
      });
    };
    const { code } = await machine.run(["sync", ...PROVIDER], { ...OFFERED, sts });
    assert.equal(code, ExitCode.REFUSED);
    assert.deepEqual([...Deno.readDirSync(machine.home)], []);
  }));

Deno.test("sync: of sessions that end apart, the end of the first is told, and a terminal shows how far it is", () =>
  onMachine(async (machine) => {
    let asked = 0;
    const sts = () => exchangedFake(NOON + 1_800_000 * asked++);
    const { code, deps } = await machine.run(["sync", ...PROVIDER], {
      ...OFFERED,
      sts,
      terminal: true,
    });
    assert.equal(code, 0);
    assert.match(deps.shown(), /The first expires at /);
  }));

Deno.test("sync: a file that SDKs cannot read is told before somebody signs in", () =>
  onMachine(async (machine) => {
    Deno.mkdirSync(`${machine.home}/.aws`);
    const fixture = "../../fixtures/shared_files/12-empty-subproperty.config";
    Deno.copyFileSync(new URL(fixture, import.meta.url), `${machine.home}/.aws/config`);
    const { deps } = await machine.run(["sync", ...PROVIDER], OFFERED);
    assert.match(deps.err(), /^Warning: Line 3 of .*config makes SDKs/m);
  }));
