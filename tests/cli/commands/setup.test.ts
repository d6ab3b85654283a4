/** `setup`, in one process: what it asks, what it writes, and what is there afterwards. */

import assert from "node:assert/strict";
import type { Deps } from "../../../src/deps.ts";
import { ExitCode } from "../../../src/errors.ts";
import { readAssertion } from "../../../src/saml/reader.ts";
import { type Machine, onMachine } from "../../support/machine.ts";
import { ACS, assertionOf, pairOf } from "../../support/offers.ts";
import { openPicker } from "../../support/tab.ts";
import { read } from "../../system/files.ts";

const { role, provider } = pairOf("111122223333/Dev");
const LINE = `--role-arn ${role.text} --saml-provider-arn ${provider.text}`;

/** Runs it with a person who answers so, line by line, and signs in where that is asked for. */
async function setup(
  machine: Machine,
  args: readonly string[],
  { answers = [], fromHere = false, env = {} }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly answers?: readonly string[];
    /** Whether the browser is at our start address first. */
    readonly fromHere?: boolean;
  } = {},
) {
  let asked = "";
  const left = [...answers];
  const openDialog: Deps["openDialog"] = () =>
    Promise.resolve({
      write: (text) => void (asked += text),
      readLine: () => Promise.resolve(left.shift()),
      [Symbol.dispose]: () => {},
    });
  const opened = Promise.withResolvers<string>();
  const { code, deps } = await machine.run(["setup", ...args], {
    env,
    loadReader: () => Promise.resolve(readAssertion),
    openBrowser: (url) => {
      opened.resolve(url);
      return Promise.resolve({ opened: true, by: "fake-browser" });
    },
    deps: answers.length > 0 ? { openDialog } : {},
    signIn: async ({ world }) => {
      const start = fromHere ? await opened.promise : undefined;
      const tab = await openPicker(world.send, ACS, assertionOf(["111122223333/Dev"]), start);
      await tab.choose("Use role");
    },
  });
  return { code, asked, left, out: deps.out(), err: deps.err() };
}

const START = "https://idp.example/start";

const configOf = ({ home }: Machine) => `${home}/.aws/config`;

Deno.test("setup: asks for name and start URL, signs in, writes the profile and keeps the session", () =>
  onMachine(async (machine) => {
    const answers = ["", START, ""];
    const { code, asked, err } = await setup(machine, [], { answers, fromHere: true });
    assert.equal(code, 0, err);
    assert.match(asked, /^Profile name \[dev\]: Start URL \[none\]: Press Enter to sign in/);
    assert.match(
      err,
      /Profile +dev in .*config\n.*Start URL +https:\/\/idp.*\n.*Role +the one you/,
    );
    assert.match(err, /Profile "dev" is ready\. Try: aws s3 ls --profile dev/);
    const line = `credential_process = stssamldriver ${LINE} --start-url ${START} --cache`;
    assert.ok(
      read(configOf(machine)).startsWith(`[profile dev]\n${line}`),
      read(configOf(machine)),
    );
    const profile = await machine.run(["--profile", "dev", "--no-interactive", "--cache"]);
    assert.equal(profile.code, 0, "its first use finds the session in the cache");
  }));

Deno.test("setup: offers another name and the same start URL once there is a profile", () =>
  onMachine(async (machine) => {
    await setup(machine, [], { answers: ["", START, ""], fromHere: true });
    const { code, asked, err } = await setup(machine, [], {
      answers: ["", "", ""],
      fromHere: true,
    });
    assert.equal(code, 0, err);
    assert.match(asked, /Profile name \[aws\]: /);
    assert.match(asked, /or none \[https:\/\/idp\.example\/start, from profile dev\]/);
    assert.match(read(configOf(machine)), /\[profile aws\]\n.*https:\/\/idp\.example\/start/);
  }));

Deno.test("setup: asks again after an answer that cannot be used, and takes none for an address", () =>
  onMachine(async (machine) => {
    const answers = ["my profile", "dev", "not a URL", "NONE", ""];
    const { code, asked, err, left } = await setup(machine, [], { answers });
    assert.equal(code, 0, err);
    assert.deepEqual(left, []);
    assert.match(asked, /Profile name \[dev\]: [^]*my profile[^]*Profile name \[dev\]: /);
    assert.match(asked, /Cannot use "not a URL": /);
    assert.match(err, /none: start each sign-in in your company's portal/);
  }));

Deno.test("setup: who says no, or goes, changes nothing", () =>
  onMachine(async (machine) => {
    for (const answers of [["dev", "none", "n"], ["dev", "none"], ["dev"]]) {
      const { code, err } = await setup(machine, [], { answers });
      assert.equal(code, ExitCode.INTERRUPTED, err);
      assert.deepEqual([...Deno.readDirSync(machine.home)], []);
    }
  }));

Deno.test("setup: without anybody to ask it wants a name", () =>
  onMachine(async (machine) => {
    const { code, err } = await setup(machine, []);
    assert.equal(code, ExitCode.USAGE);
    assert.match(err, /Which profile\? e\.g\. stssamldriver setup dev/);
  }));

Deno.test("setup: with both ARNs nobody signs in", () =>
  onMachine(async (machine) => {
    const args = ["dev", ...LINE.split(" "), "--region", "eu-west-1"];
    const { code, err } = await setup(machine, args);
    assert.equal(code, 0, err);
    assert.equal(machine.signIns, 0);
    assert.match(err, /Writing to .*config:\n/);
    assert.match(read(configOf(machine)), /\nregion = eu-west-1\n/);
    assert.match((await setup(machine, args)).err, /Already up to date/);
  }));

Deno.test("setup: --dry-run prints what would be written and writes nothing, with a sign-in and without", () =>
  onMachine(async (machine) => {
    for (const args of [["dev", "--dry-run"], ["dev", "--dry-run", ...LINE.split(" ")]]) {
      const { code, out, err } = await setup(machine, args);
      assert.equal(code, 0, err);
      assert.match(err, /Would write to /);
      assert.ok(out.startsWith("[profile dev]\ncredential_process = "), out);
      assert.ok(out.includes(LINE), out);
      assert.deepEqual([...Deno.readDirSync(machine.home)], []);
    }
  }));

Deno.test("setup: a profile that starts another program is overwritten with --replace only", () =>
  onMachine(async (machine) => {
    Deno.mkdirSync(`${machine.home}/.aws`);
    const before = "[profile dev]\ncredential_process = /opt/other\naws_access_key_id = x\n";
    Deno.writeTextFileSync(configOf(machine), before, { mode: 0o600 });
    const args = ["dev", ...LINE.split(" ")];
    const refused = await setup(machine, args);
    assert.equal(refused.code, ExitCode.FILE);
    assert.equal(read(configOf(machine)), before);
    const { code, err } = await setup(machine, [...args, "--replace"]);
    assert.equal(code, 0, err);
    assert.match(err, /Replaces credential_process on line 2, which starts another program/);
    assert.match(err, /Removes aws_access_key_id on line 3/);
    assert.doesNotMatch(read(configOf(machine)), /other|aws_access/);
  }));

Deno.test("setup: a region that the credentials file overrules is a warning", () =>
  onMachine(async (machine) => {
    Deno.mkdirSync(`${machine.home}/.aws`);
    Deno.writeTextFileSync(`${machine.home}/.aws/credentials`, "[dev]\nregion = eu-north-1\n");
    const { err } = await setup(machine, ["dev", ...LINE.split(" "), "--region", "eu-west-1"]);
    assert.match(
      err,
      /Warning: Region eu-west-1 of profile "dev" is overridden by region on line 2/,
    );
  }));

Deno.test("setup: a file of its own is named in the command to try", () =>
  onMachine(async (machine) => {
    const path = `${machine.home}/mine`;
    const { err } = await setup(machine, ["dev", ...LINE.split(" "), "--path", path]);
    assert.ok(err.includes(`Try: AWS_CONFIG_FILE=${path} aws s3 ls --profile dev`), err);
  }));

/** Writes the config file of a machine. */
function given({ home }: Machine, text: string): void {
  Deno.mkdirSync(`${home}/.aws`, { recursive: true });
  Deno.writeTextFileSync(`${home}/.aws/config`, text, { mode: 0o600 });
}

const OTHERS = "[profile dev]\ncredential_process = /opt/other\n";

Deno.test("setup: with a name and nobody to ask it signs in at once", () =>
  onMachine(async (machine) => {
    const { code, err } = await setup(machine, ["dev"]);
    assert.equal(code, 0, err);
    assert.match(read(configOf(machine)), /\[profile dev\]\n/);
  }));

Deno.test("setup: a line that starts another program is refused by name and line", () =>
  onMachine(async (machine) => {
    given(machine, OTHERS);
    const { code, err } = await setup(machine, ["dev", ...LINE.split(" ")]);
    assert.equal(code, ExitCode.FILE);
    assert.match(err, /its credential_process on line 2 starts another program\n.*--replace/);
  }));

Deno.test("setup: offers no name of another program's, and no start URL that cannot be read", () =>
  onMachine(async (machine) => {
    given(machine, `${OTHERS}[profile x]\ncredential_process = stssamldriver --port x\n`);
    const { code, asked, err } = await setup(machine, [], { answers: ["", "", "q"] });
    assert.equal(code, ExitCode.INTERRUPTED, err);
    assert.match(asked, /^Profile name \[aws\]: Start URL \[none\]: /);
  }));

Deno.test("setup: where its names are all in use it offers none, and says that one is updated", () =>
  onMachine(async (machine) => {
    const line = `credential_process = stssamldriver ${LINE}\n`;
    given(machine, ["dev", "aws", "saml"].map((name) => `[profile ${name}]\n${line}`).join(""));
    const { asked, err } = await setup(machine, [], { answers: ["aws", "none", "no"] });
    assert.match(asked, /^Profile name: /);
    assert.match(err, /Profile +aws in .* \(will be updated\)/);
  }));

Deno.test("setup: what variables say is not asked, and shown before it goes on", () =>
  onMachine(async (machine) => {
    const arns = {
      STSSAMLDRIVER_ROLE_ARN: role.text,
      STSSAMLDRIVER_SAML_PROVIDER_ARN: provider.text,
    };
    const table = [
      [{ STSSAMLDRIVER_SSO_URL: "https://idp.example/sso" }, "https://idp.example/sso"],
      [{ STSSAMLDRIVER_IDP_METADATA: "/m.xml" }, "the IdP of /m.xml"],
    ] as const;
    for (const [sso, shown] of table) {
      const env = { ...arns, ...sso };
      const { asked, err } = await setup(machine, [], { answers: ["dev", "n"], env });
      assert.match(asked, /^Profile name \[dev\]: Press Enter to write it, /);
      assert.ok(err.includes(`Start URL  a request to ${shown}`), err);
      assert.match(err, /Role +arn:aws:iam::111122223333:role\/Dev/);
    }
  }));

Deno.test("setup: a credentials file of its own is named in the command to try", () =>
  onMachine(async (machine) => {
    const path = `${machine.home}/credentials`;
    const { err } = await setup(machine, ["dev", ...LINE.split(" "), "--path", path]);
    assert.ok(err.includes(`Try: AWS_SHARED_CREDENTIALS_FILE=${path} aws s3 ls`), err);
  }));

Deno.test("setup: a start URL of special characters is quoted, and the session is found under it", () =>
  onMachine(async (machine) => {
    const url = "https://idp.example/start?a='\"&b=%25";
    const { code, err } = await setup(machine, ["dev", "--start-url", url], { fromHere: true });
    assert.equal(code, 0, err);
    assert.equal((await machine.run(["--profile", "dev", "--no-interactive", "--cache"])).code, 0);
  }));
