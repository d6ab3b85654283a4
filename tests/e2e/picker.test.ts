/** A sign-in without ARNs: the person picks on the page, and the next time it is known what they took. */

import assert from "node:assert/strict";
import { filesOf, productOf } from "../support/aws_files.ts";
import { programs, runDriver } from "../support/driver.ts";
import { decryptionKey } from "../support/keys.ts";
import { commandDriver, pickerOf, runCommand } from "../support/offering.ts";
import { assertFailed, assertFree, detailOf, endOf, post, soon } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";
import { posixTest } from "../support/windows.ts";

for (const program of programs()) {
  Deno.test(`${program.name}: what is picked is what comes out`, async () => {
    await using stage = setStage();
    await using driver = commandDriver(stage, ["credentials"], { program });
    const tab = await pickerOf(stage, driver, "bob");
    assert.equal(stage.sts.calls.length, 0);
    const page = await tab.choose("team/platform/ Admin");
    assert.equal(page.heading, "Signed in to AWS");
    const { code, stdout, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), productOf(stage.sts.handedOut[0]));
    assert.ok(stage.sts.handedOut[0]?.arn.includes(":assumed-role/Admin/"));
    assertFree(stage.port);
  });

  Deno.test(`${program.name}: Cancel on the page is exit code 130, and nothing on stdout`, async () => {
    await using stage = setStage();
    await using driver = commandDriver(stage, ["credentials"], { program });
    const page = await (await pickerOf(stage, driver, "bob")).cancel();
    assert.equal(page.heading, "Canceled");
    assertFailed(await endOf(driver), { code: 130, says: "Canceled in the browser" });
    assert.equal(stage.sts.calls.length, 0);
    assertFree(stage.port);
  });
}

Deno.test("picker: the role taken last comes first the next time, without a cache of sessions too", async () => {
  await using stage = setStage();
  for (const [name, first] of [["Audit", "Dev"], ["ReadOnly", "Audit last time"]] as const) {
    await using driver = commandDriver(stage, ["credentials"]);
    const tab = await pickerOf(stage, driver, "bob");
    assert.equal(tab.roles[0]?.name, first);
    await tab.choose(name);
    assert.equal((await endOf(driver)).code, 0);
  }
  // Other settings, other memories.
  await using driver = commandDriver(stage, ["credentials", "--duration-seconds", "1800"]);
  assert.equal((await pickerOf(stage, driver, "bob")).roles[0]?.name, "Dev");
});

/** They allow what his IdP asks for. */
const ROLES_OF_BOB = { maxSessionDuration: 7200 };

const ROLELESS: readonly (readonly [string, readonly string[]])[] = [
  ["nothing", []],
  ["the provider", ["--saml-provider-arn", "arn:aws:iam::777788889999:saml-provider/Idp"]],
  ["the role", ["--role-arn", "arn:aws:iam::777788889999:role/Audit"]],
];
for (const [name, args] of ROLELESS) {
  Deno.test(`picker: with --cache and ${name} named, the second call asks nobody`, async () => {
    await using stage = setStage(ROLES_OF_BOB);
    const words = ["credentials", "--cache", ...args];
    await using driver = commandDriver(stage, words);
    if (args.length === 0) await (await pickerOf(stage, driver, "bob")).choose("Audit");
    else {
      await soon("the driver to listen", driver.waitFor("Waiting on"));
      assert.equal((await post(stage, stage.idp.signIn("bob").fields)).status, 200);
    }
    const first = await endOf(driver);
    assert.equal(first.code, 0, first.stderr);
    const second = await soon(
      "the second",
      runDriver([...words, "--no-interactive", "--port", String(stage.port)], {
        home: stage.home,
        env: stage.env,
      }),
    );
    assert.equal(second.code, 0, second.stderr);
    assert.equal(second.stdout, first.stdout);
    assert.equal(stage.sts.calls.length, 1);
  });
}

// Where one sign-in serves every caller, each assertion once had a picker of its own.
Deno.test("picker: with --cache, too, a newer sign-in takes the place of an older one, and that is told", async () => {
  await using stage = setStage(ROLES_OF_BOB);
  await using driver = commandDriver(stage, ["env", "--shell", "bash", "--cache"]);
  const older = await pickerOf(stage, driver, "bob");
  assert.match(older.page.text, /For <code>env<\/code> in your terminal/);
  await soon(
    "the offer",
    driver.waitFor("Choose one of 5 roles in your browser"),
  );
  const newer = await pickerOf(stage, driver, "bob");
  assert.match((await older.choose("Audit")).heading, /newer sign-in replaced this page/);
  await soon(
    "the word",
    driver.waitFor("A newer sign-in took the place of the page that was open"),
  );
  assert.equal(stage.sts.calls.length, 0);
  assert.equal((await newer.choose("Audit")).heading, "Signed in to AWS");
  const { code, stderr } = await endOf(driver);
  assert.equal(code, 0, stderr);
  assert.equal(stage.sts.calls.length, 1);
});

// Wine keeps the connections of a program that was killed, and the next post would go there.
posixTest(
  "picker: an encrypted assertion without both ARNs is refused, and the page says what it takes",
  async () => {
    await using stage = setStage({ decryptionKeyPem: decryptionKey().privateKeyPem });
    for (const args of [[], stage.args.slice(0, 2), stage.args.slice(2, 4)]) {
      await using driver = commandDriver(stage, ["credentials", ...args]);
      await soon("the driver to listen", driver.waitFor("Waiting on"));
      const { fields } = stage.idp.signIn("alice", { encryptTo: decryptionKey() });
      const page = await post(stage, fields);
      assert.equal(page.status, 400);
      assert.match(page.text, /Pass both --role-arn and --saml-provider-arn/);
      driver.kill("SIGTERM");
      await endOf(driver);
    }
    const both = await runCommand(stage, ["credentials", ...stage.args.slice(0, 4)], {
      changes: { encryptTo: decryptionKey() },
    });
    assert.equal(both.code, 0, both.stderr);
  },
);

Deno.test("picker: a timeout shorter than the choosing does not cut it off", async () => {
  await using stage = setStage();
  await using driver = commandDriver(stage, ["credentials", "--timeout", "3s"]);
  const tab = await pickerOf(stage, driver, "bob");
  await new Promise((resolve) => setTimeout(resolve, 3200));
  assert.equal((await tab.choose("Audit")).heading, "Signed in to AWS");
  assert.equal((await endOf(driver)).code, 0);
});

Deno.test("setup without ARNs signs in, lets the person pick, and writes what was picked", async () => {
  await using stage = setStage(ROLES_OF_BOB);
  await using driver = commandDriver(stage, ["setup", "audit", "--region", "eu-west-1"]);
  const tab = await pickerOf(stage, driver, "bob");
  assert.match(tab.page.text, /For profile <code>audit<\/code>/);
  const page = await tab.choose("Audit");
  assert.equal(page.heading, "Profile audit is ready");
  assert.match(page.text, /<pre>aws s3 ls <code>--profile<\/code> audit<\/pre>/);
  const { code, stdout, stderr } = await endOf(driver);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "");
  const config = filesOf(stage.home)[".aws/config"] ?? "";
  assert.match(config, /^\[profile audit\]\ncredential_process = /);
  assert.match(config, /--role-arn arn:aws:iam::777788889999:role\/Audit /);
  assert.match(config, /--saml-provider-arn arn:aws:iam::777788889999:saml-provider\/Idp /);
  assert.match(config, /\nregion = eu-west-1\n/);
  assert.equal(stage.sts.calls.length, 1);
});

Deno.test("setup without ARNs: even an only role is confirmed; Cancel writes nothing", async () => {
  await using stage = setStage();
  await using driver = commandDriver(stage, ["setup", "dev"]);
  const tab = await pickerOf(stage, driver, "alice");
  assert.equal(tab.page.heading, "Use this role?");
  await tab.cancel();
  assert.equal((await endOf(driver)).code, 130);
  assert.deepEqual(filesOf(stage.home), {});
});

// The file was fine before the sign-in and is not when it is over.
Deno.test("setup without ARNs: what cannot be written after all is on the page, and ends it with 8", async () => {
  await using stage = setStage();
  await using driver = commandDriver(stage, ["setup", "dev"]);
  const tab = await pickerOf(stage, driver, "alice");
  Deno.mkdirSync(`${stage.home}/.aws`, { recursive: true });
  Deno.writeTextFileSync(`${stage.home}/.aws/config`, "[profile dev]\naws_access_key_id = X\n");
  const page = await tab.choose("Use role");
  const { code, stderr } = await endOf(driver);
  assert.equal(code, 8, stderr);
  assert.ok(stderr.includes(detailOf(page.text)));
});
