/** `sync`: one sign-in, a profile for every offered role, in one write of the file. */

import assert from "node:assert/strict";
import { putFiles } from "../support/aws_files.ts";
import { programs, runDriver } from "../support/driver.ts";
import { commandDriver, confirmed, runCommand } from "../support/offering.ts";
import { manyRoles } from "../support/saml_response.ts";
import { assertFailed, detailOf, endOf, headingOf, post, soon } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

const CREDENTIALS = ["--path", "~/.aws/credentials"];
const MARK = "# made by stssamldriver sync for https://idp.example/saml";

function fileOf(stage: Stage, path = ".aws/credentials"): string {
  try {
    return Deno.readTextFileSync(`${stage.home}/${path}`);
  } catch {
    return "";
  }
}

function sections(text: string): readonly string[] {
  return [...text.matchAll(/^\[(?:profile )?(.+)\]$/gm)].map(([, name]) => name ?? "");
}

/** Every text that a file had while `work` ran, as far as a busy reader saw them. */
async function textsWhile(path: string, work: Promise<unknown>): Promise<ReadonlySet<string>> {
  const texts = new Set<string>();
  let over = false;
  void work.finally(() => over = true);
  while (!over) {
    try {
      texts.add(Deno.readTextFileSync(path));
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return texts;
}

const nameOf = ({ role }: { readonly role: string }) =>
  role.replace(/^arn:aws:iam::(\d+):role\/(?:.*\/)?/, "$1-");

for (const program of programs()) {
  Deno.test(`${program.name}: sync writes keys for forty roles, eight at a time, all at once`, async () => {
    await using stage = setStage({ sts: { delayMs: 20 } });
    const before = "# mine\n[own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = x\n";
    putFiles(stage.home, { ".aws/credentials": before });
    const run = runCommand(stage, ["sync", ...CREDENTIALS], { program, user: "carol" });
    const texts = await textsWhile(`${stage.home}/.aws/credentials`, run);
    const { code, stdout, stderr, page } = await run;
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    assert.doesNotMatch(stderr, /\r|\[#|\d+ of 40/, "progress is for terminals");
    assert.match(stderr, /^Signed in as carol@example\.com through https:\/\/idp\.example\/saml$/m);
    assert.equal(headingOf(page.text), "Signed in to AWS");
    const text = fileOf(stage);
    assert.deepEqual(new Set([...texts, text]), new Set([before, text]), "no text in between");
    assert.ok(text.startsWith(before));
    assert.deepEqual(sections(text), ["own", ...manyRoles(40).map(nameOf)]);
    assert.equal(text.split(MARK).length - 1, 40);
    assert.equal(stage.sts.calls.length, 40);
    assert.ok(stage.sts.highWater <= 8, `${stage.sts.highWater} at once`);
    assert.ok(stage.sts.highWater >= 4, `only ${stage.sts.highWater} at once`);
    for (const { accessKeyId, secretAccessKey, sessionToken, arn } of stage.sts.handedOut) {
      const [, account, role] = /::(\d+):assumed-role\/([^/]+)\//.exec(arn) ?? [];
      const section = text.split(`[${account}-${role}]`)[1]?.split("\n[")[0] ?? "";
      for (const value of [accessKeyId, secretAccessKey, sessionToken]) {
        assert.ok(section.includes(` = ${value}\n`), `${account}-${role}`);
      }
      assert.ok(!stderr.includes(secretAccessKey) && !page.text.includes(sessionToken));
    }
    assert.equal((Deno.statSync(`${stage.home}/.aws/credentials`).mode ?? 0) & 0o777, 0o600);
  });
}

const TEMPLATES: readonly (readonly [template: string, names: readonly string[]])[] = [
  ["{account}-{role}", ["111122223333-Dev", "111122223333-ReadOnly", "444455556666-Admin"]],
  ["{accountName}/{path}", [
    "Data-lab/Dev",
    "Data-lab/ReadOnly",
    "444455556666/team/platform/Admin",
  ]],
  ["x.{partition}.{account}.{role}", [
    "x.aws.111122223333.Dev",
    "x.aws.111122223333.ReadOnly",
    "x.aws.444455556666.Admin",
  ]],
];
for (const [template, names] of TEMPLATES) {
  Deno.test(`sync --name-template ${template}`, async () => {
    await using stage = setStage();
    putFiles(stage.home, { names: "111122223333 Data lab" });
    const { code, stdout, stderr } = await runCommand(stage, [
      "sync",
      "--dry-run",
      ...["--name-template", template, "--account-names", "~/names"],
    ], { user: "bob" });
    assert.equal(code, 0, stderr);
    const [heading, ...rows] = stdout.trimEnd().split("\n").map((line) => line.split(/ +/));
    assert.deepEqual(heading, ["PROFILE", "ROLE"]);
    assert.deepEqual(rows.slice(0, 3).map(([name]) => name), names);
    assert.equal(rows[2]?.[1], "arn:aws:iam::444455556666:role/team/platform/Admin");
    assert.equal(stage.sts.calls.length, 0);
    assert.deepEqual([fileOf(stage), fileOf(stage, ".aws/config")], ["", ""], "nothing is written");
  });
}

// Where nobody is asked, the assertion is refused and the wait goes on: any page could have posted it.
for (const args of [[], ["--process"], ["--dry-run", "--timeout", "4s"]]) {
  Deno.test(`sync ${args.join(" ")}: names that collide are refused before STS is asked`, async () => {
    await using stage = setStage();
    const { code, stdout, stderr, page } = await runCommand(stage, [
      "sync",
      "--name-template",
      "{role}",
      ...args,
      ...args.includes("--timeout") ? [] : ["--timeout", "4s"],
    ], { user: "bob" });
    assertFailed({ code, stdout, stderr }, {
      code: 2,
      says: "Both arn:aws:iam::111122223333:role/ReadOnly and " +
        'arn:aws:iam::444455556666:role/ReadOnly would be written to profile "ReadOnly"',
    });
    assert.ok(stderr.includes(detailOf(page.text)));
    assert.equal(stage.sts.calls.length, 0);
    assert.equal(fileOf(stage, ".aws/config"), "");
  });

  Deno.test(`sync ${args.join(" ")}: a profile that no sync has made is refused, with --replace it is not`, async () => {
    await using stage = setStage();
    const hers = "[profile 111122223333-Dev]\noutput = json\n";
    putFiles(stage.home, { ".aws/config": hers });
    const { page: _, ...refused } = await runCommand(stage, ["sync", ...args], { user: "bob" });
    assertFailed(refused, {
      code: 8,
      says: /^Cannot overwrite profile "111122223333-Dev" in .*config/,
    });
    assert.equal(fileOf(stage, ".aws/config"), hers);
    assert.equal(stage.sts.calls.length, 0);
    const { code, stderr } = await runCommand(stage, ["sync", "--replace", ...args], {
      user: "bob",
    });
    assert.equal(code, 0, stderr);
    const text = fileOf(stage, ".aws/config");
    if (args[0] === "--dry-run") assert.equal(text, hers);
    else assert.match(text, /output = json\n/);
  });
}

Deno.test("sync: what cannot be is told before anybody signs in", async () => {
  await using stage = setStage();
  putFiles(stage.home, { broken: "[profile a]\n[profile a]\nregion = x\n" });
  for (
    const [args, code, says] of [
      [["--name-template", "{acount}"], 2, /: unknown placeholder \{acount\}$/],
      [["--path", "~/broken"], 8, /broken/],
    ] as const
  ) {
    await using driver = commandDriver(stage, ["sync", ...args]);
    assertFailed(await endOf(driver), { code, says });
  }
});

Deno.test("sync --prune removes its own that are no longer offered, not what was only filtered out", async () => {
  await using stage = setStage();
  const offer = (account: string, name: string) => ({
    role: `arn:aws:iam::${account}:role/${name}`,
    provider: `arn:aws:iam::${account}:saml-provider/Idp`,
  });
  const [dev, readOnly, audit] = [
    offer("111122223333", "Dev"),
    offer("444455556666", "ReadOnly"),
    offer("777788889999", "Audit"),
  ];
  const hers = "[111122223333-Mine]\naws_access_key_id = A\naws_secret_access_key = b\n" +
    "\n# made by stssamldriver sync for https://other.example\n[other]\nregion = x\n";
  putFiles(stage.home, { ".aws/credentials": hers });
  const sync = async (roles: readonly ReturnType<typeof offer>[], ...args: readonly string[]) => {
    const { code, stdout, stderr } = await runCommand(stage, ["sync", ...CREDENTIALS, ...args], {
      changes: { roles },
    });
    assert.equal(code, 0, stderr);
    return { stdout, stderr, names: sections(fileOf(stage)) };
  };
  const own = ["111122223333-Dev", "444455556666-ReadOnly", "777788889999-Audit"];
  const others = ["111122223333-Mine", "other"];
  assert.deepEqual((await sync([dev, readOnly, audit])).names, [...others, ...own]);
  assert.deepEqual((await sync([dev])).names, [...others, ...own], "without --prune all stay");
  const narrowed = await sync([dev, readOnly, audit], "--prune", "--role-filter", "Dev");
  assert.deepEqual(narrowed.names, [...others, ...own], "what was filtered out is still offered");
  const dry = await sync([dev, readOnly], "--prune", "--dry-run");
  assert.match(dry.stderr, /Would remove profile "777788889999-Audit"/);
  assert.deepEqual(dry.names, [...others, ...own]);
  const pruned = await sync([dev, readOnly], "--prune");
  assert.match(pruned.stderr, /2 profiles written to .*credentials, 1 removed/);
  assert.deepEqual(pruned.names, [...others, ...own.slice(0, 2)]);
  assert.ok(fileOf(stage).startsWith(hers), "what is not its own is as it was");
});

Deno.test("sync --process writes lines that sign in by themselves, and asks STS nothing", async () => {
  await using stage = setStage();
  const { code, stdout, stderr } = await runCommand(
    stage,
    ["sync", "--process", "--account", "444455556666", "--issuer", stage.idp.startUrl],
    { user: "bob" },
  );
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "");
  const text = fileOf(stage, ".aws/config");
  assert.deepEqual(sections(text), ["444455556666-Admin", "444455556666-ReadOnly"]);
  const lines = text.split("\n").filter((line) => line.startsWith("credential_process"));
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? "", /--role-arn arn:aws:iam::444455556666:role\/team\/platform\/Admin /);
  assert.match(lines[0] ?? "", /--saml-provider-arn \S+:saml-provider\/Idp/);
  assert.match(lines[0] ?? "", /--start-url/);
  assert.match(lines[0] ?? "", /--cache/);
  assert.doesNotMatch(text, /--account |role-filter|aws_access_key_id/);
  assert.equal(stage.sts.calls.length, 0);
  // From a process to keys and back: what an earlier sync wrote is its own to change.
  const keys = await runCommand(stage, ["sync", "--account", "444455556666"], { user: "bob" });
  assert.equal(keys.code, 0, keys.stderr);
  assert.doesNotMatch(fileOf(stage, ".aws/config"), /credential_process/);
});

Deno.test("sync: roles that STS refuses are told in a table, the others are written, exit 6", async () => {
  await using stage = setStage();
  stage.sts.behave({ kind: "error", code: "AccessDenied", times: 2 });
  const { code, stdout, stderr, page } = await runCommand(stage, ["sync", ...CREDENTIALS], {
    user: "bob",
  });
  assertFailed({ code, stdout, stderr }, {
    code: 6,
    says: "STS refused 2 of the roles; the others were written",
  });
  const names = sections(fileOf(stage));
  assert.equal(names.length, 3);
  const rows = stderr.split("\n").slice(
    stderr.split("\n").findIndex((each) => /PROFILE/.test(each)),
  );
  assert.match(rows[0] ?? "", /^ +PROFILE +WHY$/);
  for (const row of rows.slice(1, 3)) {
    assert.match(row, /^ {2}\d{12}-\w+ +.*AccessDenied/);
    assert.ok(!names.includes(row.trim().split(" ")[0] ?? ""));
  }
  assert.equal(page.text.split("Not written: ").length, 3);
});

Deno.test("sync: when STS refuses every role nothing is written, the tab says so, exit 6", async () => {
  await using stage = setStage();
  stage.sts.behave({ kind: "error", code: "AccessDenied", times: Infinity });
  const { code, stdout, stderr, page } = await runCommand(stage, ["sync", ...CREDENTIALS], {
    user: "bob",
  });
  const says = "STS refused every role (5); nothing was written";
  assertFailed({ code, stdout, stderr }, { code: 6, says });
  assert.equal(detailOf(page.text), says);
  assert.equal(page.status, 502);
  assert.equal(fileOf(stage), "");
});

Deno.test("sync: what an assertion does not offer is refused, and the wait goes on", async () => {
  await using stage = setStage();
  await using driver = commandDriver(stage, ["sync", "--role-filter", "Nope*"]);
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  const page = await confirmed(stage, await post(stage, stage.idp.signIn("bob").fields));
  assert.equal(detailOf(page.text), "None of the 5 available roles matches --role-filter Nope*");
  assert.match(page.text, /still waiting/);
  assert.equal(stage.sts.calls.length, 0);
});

Deno.test("sync: a region is written to new profiles, and to others only when somebody named it", async () => {
  await using stage = setStage();
  const region = () => /region = (\S+)/.exec(fileOf(stage))?.[1];
  const sync = async (...args: readonly string[]) => {
    const { code, stderr } = await runCommand(stage, ["sync", ...CREDENTIALS, ...args]);
    assert.equal(code, 0, stderr);
    return region();
  };
  assert.equal(await sync("--region", "eu-west-1"), "eu-west-1");
  assert.equal(await sync(), "eu-west-1");
  assert.equal(await sync("--region", "us-west-2"), "us-west-2");
});

Deno.test({
  name:
    "sync --process refuses letters that the AWS CLI would reject the file for, before the sign-in",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using stage = setStage();
    putFiles(stage.home, { "사용자/policy.json": "{}" });
    const args = ["sync", "--process", "--policy-file", `${stage.home}/사용자/policy.json`];
    for (const program of programs()) {
      const { home } = stage;
      const { code, stderr } = await runDriver(args, {
        program,
        home,
        env: { LC_ALL: "ko_KR.CP949" },
      });
      assert.equal(code, 2, stderr);
      assert.match(stderr, /사용자.*AWS CLI.*ko_KR\.CP949/);
    }
  },
});
