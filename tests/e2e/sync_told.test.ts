/** What `sync` asks and tells: which profiles go, what cannot be read, which region, why STS refused. */

import assert from "node:assert/strict";
import { filesOf, putFiles } from "../support/aws_files.ts";
import { programs } from "../support/driver.ts";
import { commandDriver, cookieOf, runCommand } from "../support/offering.ts";
import { endOf, headingOf, post, soon } from "../support/sign_ins.ts";
import { wordsOf } from "../support/page_text.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { posixTest } from "../support/windows.ts";

const MARK = "# made by stssamldriver sync for https://idp.example/saml";
const PROCESS = ["sync", "--process"];

function offer(name: string, { account = "111122223333", partition = "aws", idp = "Idp" } = {}) {
  return {
    role: `arn:${partition}:iam::${account}:role/${name}`,
    provider: `arn:${partition}:iam::${account}:saml-provider/${idp}`,
  };
}

function configOf(stage: Stage): string {
  return filesOf(stage.home)[".aws/config"] ?? "";
}

/** The words of the page that asks. */
async function questionOf(stage: Stage, words: readonly string[], roles: readonly unknown[]) {
  await using driver = commandDriver(stage, words, { program: programs()[0] });
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  const { fields } = stage.idp.signIn("alice", { roles: roles as never });
  const posted = await post(stage, fields);
  const way = new URL(posted.headers.get("location") ?? "", stage.acsUrl);
  const page = await fetch(way, { headers: { cookie: cookieOf(posted) } });
  return (await page.text()).replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}

const gone = Array.from(
  { length: 22 },
  (_, index) => `[profile gone${index}]\n${MARK}\nregion = x\n`,
);

// Wine keeps the connections of a program that was killed, and the next post would go there.
posixTest("sync --prune: the question names how many profiles go, and which", async () => {
  await using stage = setStage();
  putFiles(stage.home, { ".aws/config": gone.join("") + `[profile mine]\nregion = x\n` });
  const prune = await questionOf(stage, [...PROCESS, "--prune"], [offer("Dev")]);
  assert.equal(headingOf(prune), "Write 1 profile?");
  assert.match(prune, /<dt>Removes<\/dt>/);
  assert.match(prune, />Write 1 profile, remove 22</);
  assert.match(
    wordsOf(prune),
    /22 profiles no longer in your sign-in: "gone0", .*"gone19" and 2 more/,
  );
  assert.doesNotMatch(prune, /mine/);
  assert.doesNotMatch(await questionOf(stage, PROCESS, [offer("Dev")]), /Removes/);
});

Deno.test("sync: the question tells what cannot be read, and then of nothing that is removed", async () => {
  await using stage = setStage();
  putFiles(stage.home, { ".aws/config": gone[0] ?? "" });
  const question = await questionOf(stage, [...PROCESS, "--prune"], [offer("Dev"), "arn:nonsense"]);
  assert.match(question, /Cannot read the Role value "arn:nonsense"/);
  assert.doesNotMatch(question, /Removes/);
});

// Names that clash were told after the yes. Any page can post such an assertion: the wait goes on.
const CLASHES = [
  ["one role by two providers", ["sync"], [offer("Dev"), offer("Dev", { idp: "Idp2" })]],
  ["one role by two providers", PROCESS, [offer("Dev"), offer("Dev", { idp: "Idp2" })]],
  ["one role by two providers", ["sync", "--dry-run"], [
    offer("Dev"),
    offer("Dev", { idp: "Idp2" }),
  ]],
  [
    "two roles of a name",
    [...PROCESS, "--prune", "--name-template", "{role}"],
    [offer("Dev"), offer("Dev", { account: "444455556666" })],
  ],
] as const;
for (const [name, words, roles] of CLASHES) {
  Deno.test(`${words.join(" ")}: ${name} is told with the offer, before anything is asked`, async () => {
    await using stage = setStage();
    await using driver = commandDriver(stage, [...words, "--timeout", "2s"], {
      program: programs()[0],
    });
    await soon("the driver to listen", driver.waitFor("Waiting on"));
    const page = await post(stage, stage.idp.signIn("alice", { roles }).fields);
    assert.equal(page.status, 400);
    assert.match(wordsOf(page.text), /Both .*role\/Dev.* would be written to profile/);
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /--name-template/);
    assert.equal(stage.sts.calls.length, 0);
  });
}

// Keycloak sends the roles of its realm along: --prune never pruned any more (aws-runas#47).
Deno.test("sync --prune: values that are no ARNs stop nothing, and are told once", async () => {
  await using stage = setStage();
  putFiles(stage.home, { ".aws/config": gone[0] ?? "" });
  const { code, stderr } = await runCommand(stage, [...PROCESS, "--prune"], {
    program: programs()[0],
    changes: { roles: [offer("Dev"), "offline_access", "uma_authorization"] },
  });
  assert.equal(code, 0, stderr);
  assert.equal(stderr.match(/offline_access/g)?.length, 1);
  assert.doesNotMatch(configOf(stage), /gone0/);
  assert.match(configOf(stage), /\[profile 111122223333-Dev\]/);
});

// A role whose value the IdP had garbled this once was pruned.
Deno.test("sync --prune removes nothing while a Role value cannot be read, and says so", async () => {
  await using stage = setStage();
  putFiles(stage.home, { ".aws/config": gone[0] ?? "" });
  const { code, stderr } = await runCommand(stage, [...PROCESS, "--prune"], {
    program: programs()[0],
    changes: { roles: [offer("Dev"), "arn:aws:iam::111122223333:role/Ops;nonsense"] },
  });
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /Warning: Cannot read the Role value "arn:aws:iam::111122223333:role\/Ops/,
  );
  assert.match(
    stderr,
    /Warning: --prune removes nothing this time, because some roles cannot be read$/m,
  );
  assert.match(configOf(stage), /\[profile gone0\][^]*\[profile 111122223333-Dev\]/);
  const later = await runCommand(stage, [...PROCESS, "--prune"], {
    changes: { roles: [offer("Dev")] },
  });
  assert.equal(later.code, 0, later.stderr);
  assert.doesNotMatch(configOf(stage), /gone0/);
});

Deno.test("sync --process: what chose the roles is not in their lines", async () => {
  await using stage = setStage();
  putFiles(stage.home, { names: "111122223333 dev\n" });
  const choosing = [
    "--account",
    "111122223333",
    "--role-filter",
    "Dev",
    "--account-names",
    "~/names",
  ];
  const { code, stderr } = await runCommand(stage, [...PROCESS, ...choosing], { user: "bob" });
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(configOf(stage), /--account|--role-filter|account_names|names/);
});

Deno.test("setup with both ARNs: what helps to choose is not in the line", async () => {
  await using stage = setStage();
  putFiles(stage.home, { names: "111122223333 dev\n" });
  await using driver = commandDriver(stage, [
    ...["setup", "dev", ...stage.args.slice(0, 4)],
    ...["--account", "111122223333", "--role-filter", "*", "--account-names", "~/names"],
  ]);
  const { code, stderr } = await endOf(driver);
  assert.equal(code, 0, stderr);
  assert.match(configOf(stage), /--role-arn/);
  assert.doesNotMatch(configOf(stage), /--account|--role-filter|names/);
});

const TWO_PARTITIONS = [offer("Dev"), offer("Ops", { partition: "aws-cn" })];

for (const words of [["sync"], PROCESS]) {
  Deno.test(`${words.join(" ")} over two partitions: a named region is for its own, and that is said once`, async () => {
    await using stage = setStage({
      idp: { users: [{ name: "zed", about: "", response: { roles: TWO_PARTITIONS } }] },
    });
    const { code, stderr } = await runCommand(stage, [...words, "--region", "eu-west-1"], {
      user: "zed",
    });
    assert.equal(code, 0, stderr);
    const said =
      /Region eu-west-1 does not apply to all roles: those in aws-cn use cn-northwest-1/g;
    assert.equal(stderr.match(said)?.length, 1, stderr);
    const [dev = "", ops = ""] = configOf(stage).split("\n[");
    assert.match(dev, /region = eu-west-1/);
    assert.match(ops, /region = cn-northwest-1/);
    assert.doesNotMatch(ops, /eu-west-1/);
  });
}

// Each row of the table said AccessDenied, and nothing said what to do.
Deno.test("sync: below the refusals each cause is said once, with the trust policy", async () => {
  await using stage = setStage();
  stage.sts.behave({ kind: "error", code: "AccessDenied", times: Infinity });
  const { code, stderr } = await runCommand(stage, ["sync"], {
    changes: {
      roles: [
        ...["Dev", "Ops", "Audit"].map((name) => offer(name)),
        ...["2", "3", "4"].map((digit) => offer("Dev", { account: digit.repeat(12) })),
      ],
    },
  });
  assert.equal(code, 6, stderr);
  assert.equal(
    stderr.match(/A trust policy that allows this sign-in/g)?.length,
    3,
    "of four accounts three",
  );
  assert.equal(
    stderr.match(/"Federated": "arn:aws:iam::111122223333:/g)?.length,
    1,
    "once for three roles",
  );
});

// "The first of them ends at" was said of keys that all end at once.
for (const [shorter, says] of [[0, "They expire"], [1, "The first expires"]] as const) {
  Deno.test(`sync: with ${shorter} shorter session it says that ${says.toLowerCase()}`, async () => {
    await using stage = setStage({ maxSessionDuration: 7200 });
    const message =
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    if (shorter > 0) {
      stage.sts.behave({ kind: "error", code: "ValidationError", message, times: shorter });
    }
    const { code, stderr } = await runCommand(stage, ["sync", "--duration-seconds", "7200"], {
      user: "bob",
    });
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`^${says} at `, "m"));
  });
}
