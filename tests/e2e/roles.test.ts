/** `roles`: the list of what an assertion offers, as a table and as JSON; STS is never asked. */

import assert from "node:assert/strict";
import { putFiles } from "../support/aws_files.ts";
import { programs } from "../support/driver.ts";
import { decryptionKey } from "../support/keys.ts";
import { commandDriver, runCommand } from "../support/offering.ts";
import { wordsOf } from "../support/page_text.ts";
import { assertFailed, detailOf, endOf, headingOf, post, soon } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

const BOB = [
  "ACCOUNT       ROLE                 PROVIDER",
  "111122223333  Dev                  Idp",
  "111122223333  ReadOnly             Idp",
  "444455556666  team/platform/Admin  Idp",
  "444455556666  ReadOnly             Idp",
  "777788889999  Audit                Idp",
  "",
].join("\n");

for (const program of programs()) {
  Deno.test(`${program.name}: roles prints a table and nothing else on stdout`, async () => {
    await using stage = setStage();
    const { code, stdout, stderr, page } = await runCommand(stage, ["roles"], {
      program,
      user: "bob",
    });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, BOB);
    assert.equal(headingOf(page.text), "Signed in");
    assert.match(page.text, /5 roles listed in the terminal/);
    assert.equal(stage.sts.calls.length, 0);
  });
}

Deno.test("roles --json is one object with what scripts need", async () => {
  await using stage = setStage();
  const { code, stdout, stderr } = await runCommand(stage, ["roles", "--json"], { user: "bob" });
  assert.equal(code, 0, stderr);
  const {
    roles,
    sessionName,
    issuer,
    notOnOrAfter,
    sessionNotOnOrAfter,
    sessionDuration,
    ...more
  } = JSON.parse(stdout);
  assert.deepEqual(more, {});
  assert.equal(roles.length, 5);
  assert.deepEqual(roles[2], {
    account: "444455556666",
    role: "team/platform/Admin",
    roleArn: "arn:aws:iam::444455556666:role/team/platform/Admin",
    providerArn: "arn:aws:iam::444455556666:saml-provider/Idp",
  });
  assert.equal(sessionName, "bob@example.com");
  assert.equal(issuer, stage.idp.issuer);
  assert.equal(sessionDuration, "7200");
  for (const instant of [notOnOrAfter, sessionNotOnOrAfter]) {
    assert.match(instant, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(Date.parse(instant) > Date.now());
  }
  assert.equal(stage.sts.calls.length, 0);
});

const NAMES: readonly (readonly [string, string])[] = [
  ["JSON", `\uFEFF{"111122223333": "prod", "444455556666": " Data platform "}\n`],
  ["lines", "# ours\r\n111122223333 = prod\r\n\r\n444455556666,Data platform\r\n"],
];
for (const [format, text] of NAMES) {
  Deno.test(`roles: names of accounts from ${format}`, async () => {
    await using stage = setStage();
    putFiles(stage.home, { "names": text });
    const { code, stdout, stderr } = await runCommand(
      stage,
      ["roles", "--account-names", "~/names"],
      { user: "bob" },
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.split("\n").map((line) => line.slice(0, 27).trimEnd()), [
      "ACCOUNT       NAME",
      "111122223333  prod",
      "111122223333  prod",
      "444455556666  Data platform",
      "444455556666  Data platform",
      "777788889999",
      "",
    ]);
  });
}

Deno.test("roles: names that cannot be read are told before anybody signs in", async () => {
  await using stage = setStage();
  for (
    const [text, says] of [
      ["111122223333 prod\n22 dev\n", /line 2 is not a 12-digit account number with a name$/],
      ["111122223333 =\n", /line 1 is not a 12-digit account number with a name$/],
      [`{"1": "prod"}`, /"1" must be a 12-digit account number with a name$/],
      [`{"111122223333": ""}`, /with a name$/],
      [`{"111122223333": `, /^Cannot use --account-names .*names: /],
    ] as const
  ) {
    putFiles(stage.home, { "names": text });
    await using driver = commandDriver(stage, ["roles", "--account-names", "~/names"]);
    assertFailed(await endOf(driver), { code: 2, says });
  }
});

const NARROWED: readonly (readonly [args: readonly string[], roles: readonly string[]])[] = [
  [["--account", "444455556666"], ["team/platform/Admin", "ReadOnly"]],
  [["--account", "444455556666", "--account", "777788889999"], [
    "team/platform/Admin",
    "ReadOnly",
    "Audit",
  ]],
  [["--role-filter", "readonly"], ["ReadOnly", "ReadOnly"]],
  [["--role-filter", "A*"], ["team/platform/Admin", "Audit"]],
  [["--role-filter", "team/*", "--role-filter", "D?v"], ["Dev", "team/platform/Admin"]],
  [["--role-filter", "ReadOnly", "--account", "444455556666"], ["ReadOnly"]],
  [["--role-filter", "arn:aws:iam::7*"], ["Audit"]],
  [["--role-arn", "arn:aws:iam::777788889999:role/Audit"], ["Audit"]],
  [["--saml-provider-arn", "arn:aws:iam::444455556666:saml-provider/Idp"], [
    "team/platform/Admin",
    "ReadOnly",
  ]],
];
for (const [args, wanted] of NARROWED) {
  Deno.test(`roles ${args.join(" ")} narrows the list`, async () => {
    await using stage = setStage();
    const { stdout, stderr } = await runCommand(stage, ["roles", "--json", ...args], {
      user: "bob",
    });
    assert.notEqual(stdout, "", stderr);
    const names = JSON.parse(stdout).roles.map(({ role }: { role: string }) => role);
    assert.deepEqual(names, wanted);
  });
}

Deno.test("roles: patterns that match nothing say what there is, and the wait goes on", async () => {
  await using stage = setStage();
  await using driver = commandDriver(stage, [
    "roles",
    "--account",
    "444455556666",
    "--role-filter",
    "Dev*",
  ]);
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  const page = await post(stage, stage.idp.signIn("bob").fields);
  const heading = "None of the 5 available roles matches --account 444455556666 --role-filter Dev*";
  assert.equal(page.status, 400);
  assert.equal(detailOf(page.text), heading);
  assert.match(page.text, /role\/team\/platform\/Admin/);
  await soon("the words", driver.waitFor(heading));
  assert.match(page.text, /still waiting/);
});

Deno.test("roles: an assertion that is encrypted cannot be listed, with both ARNs neither", async () => {
  await using stage = setStage();
  for (const args of [[], stage.args.slice(0, 4)]) {
    await using driver = commandDriver(stage, ["roles", ...args]);
    await soon("the driver to listen", driver.waitFor("Waiting on"));
    const { fields } = stage.idp.signIn("alice", { encryptTo: decryptionKey() });
    const page = await post(stage, fields);
    assert.equal(page.status, 400);
    assert.match(detailOf(page.text), /^The assertion is encrypted, so only AWS can read/);
    driver.kill("SIGTERM");
    await endOf(driver);
  }
});

Deno.test("roles: a Role value that cannot be read is a warning beside the list", async () => {
  await using stage = setStage();
  const { code, stdout, stderr } = await runCommand(stage, ["roles"], {
    changes: {
      roles: ["arn:aws:iam::111122223333:role/Dev", ...[`${stage.args[1]},${stage.args[3]}`]],
    },
  });
  assert.equal(code, 0, stderr);
  assert.equal(stdout.split("\n").length, 3);
  assert.match(
    stderr,
    /Warning: Cannot read the Role value "arn:aws:iam::111122223333:role\/Dev"/,
  );
  // Nobody has checked the signature: whoever reads the list sees whose it is.
  assert.match(stderr, /^Signed in as alice@example\.com through https:\/\/idp\.example\/saml$/m);
});

for (const words of [["roles"], ["roles", "--json"], ["sync", "--dry-run"]]) {
  Deno.test(`attack: ${words.join(" ")}: an unsigned list of any web page is said to be unverified, and whose it is`, async () => {
    await using stage = setStage();
    const roles = [{
      role: "arn:aws:iam::666666666666:role/Evil",
      provider: "arn:aws:iam::666666666666:saml-provider/Evil",
    }];
    const changes = { roles, sign: "none" as const, roleSessionName: "mallory" };
    const { code, stderr, page } = await runCommand(stage, words, { changes });
    assert.equal(code, 0, stderr);
    const said = "AWS has not verified this list: use it only if that was your sign-in";
    assert.ok(
      stderr.includes(`Signed in as mallory through https://idp.example/saml\n${said}\n`),
      stderr,
    );
    const who = `Signed in as mallory through https://idp.example/saml. ${said}.`;
    assert.ok(wordsOf(page.text).includes(who), wordsOf(page.text));
  });
}

Deno.test("sync --process: what the person has confirmed is not said to be unverified", async () => {
  await using stage = setStage();
  const { code, stderr } = await runCommand(stage, ["sync", "--process"]);
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /not verified/);
});
