import assert from "node:assert/strict";
import {
  checkTemplate,
  DEFAULT_TEMPLATE,
  profileNameOf,
  profileNamesOf,
} from "../../../src/cli/commands/profile_names.ts";
import { ExitCode } from "../../../src/errors.ts";
import { checkProfileName } from "../../../src/profiles/names.ts";
import { userErrorOf } from "../../support/checks.ts";
import { pairOf } from "../../support/offers.ts";

const accountNames = new Map([["111122223333", "Prod (EU) #1"], ["444455556666", "Größe"]]);
const ADMIN = pairOf("111122223333/team/platform/Admin");

const NAMES: readonly (readonly [template: string, name: string])[] = [
  [DEFAULT_TEMPLATE, "111122223333-Admin"],
  ["{accountName}/{role}", "Prod-EU-1/Admin"],
  ["{path}", "team/platform/Admin"],
  ["{partition}.{account}", "aws.111122223333"],
  ["{role}{role}", "AdminAdmin"],
  ["a b]\n[c", "a-b-c"],
  ["{provider}.{role}", "Idp.Admin"],
];
for (const [template, name] of NAMES) {
  Deno.test(`profileNameOf: ${JSON.stringify(template)} is ${name}`, () => {
    assert.equal(profileNameOf(ADMIN, { template, accountNames }), name);
    checkProfileName(name);
  });
}

Deno.test("profileNameOf: an account without a name is its number", () => {
  const other = pairOf("777788889999/Dev");
  assert.equal(profileNameOf(other, { template: "{accountName}", accountNames }), "777788889999");
});

// All accounts of a company with Chinese names once were "-".
Deno.test("profileNameOf: an account's name of which only dashes would be left is its number", () => {
  for (
    const [name, shown] of [["生产", "111122223333"], ["生产 开发", "111122223333"], [
      "生产 EU",
      "-EU",
    ]]
  ) {
    const names = new Map([["111122223333", name ?? ""]]);
    const naming = { template: "{accountName}", accountNames: names };
    assert.equal(profileNameOf(ADMIN, naming), shown);
  }
});

Deno.test("profileNameOf: what a role's name holds is read back by SDKs", () => {
  const odd = pairOf("111122223333/Dev,a=b+c@d.e-f_g");
  const name = profileNameOf(odd, { template: "{role}", accountNames });
  assert.equal(name, "Dev-a-b+c@d.e-f_g");
  checkProfileName(name);
});

Deno.test("checkTemplate: a place that there is not is told with those that there are", () => {
  for (const template of ["{acount}", "{}", "{constructor}", "{__proto__}", "{role}-{Role}"]) {
    const error = userErrorOf(() => checkTemplate(template));
    assert.equal(error.exitCode, ExitCode.USAGE, template);
    assert.match(
      error.hint ?? "",
      /\{account\}, \{accountName\}, \{role\}, \{path\}, \{partition\}/,
    );
  }
  for (const template of ["{role", "role}", "{{role}}", "{account}-{", "}{role}"]) {
    const error = userErrorOf(() => checkTemplate(template));
    assert.equal(error.exitCode, ExitCode.USAGE, template);
    assert.match(error.hint ?? "", /\{provider\}/);
  }
  checkTemplate(DEFAULT_TEMPLATE);
  checkTemplate("no place at all");
});

Deno.test("profileNamesOf: names each, in the order of the offer", () => {
  const roles = [pairOf("444455556666/b"), pairOf("111122223333/a")];
  assert.deepEqual(
    [...profileNamesOf(roles, { template: DEFAULT_TEMPLATE, accountNames })],
    [["444455556666-b", roles[0]], ["111122223333-a", roles[1]]],
  );
});

const COLLISIONS: readonly (readonly [string, string, ...ReturnType<typeof pairOf>[]])[] = [
  [
    "the same name in two accounts",
    "{role}",
    pairOf("111122223333/Dev"),
    pairOf("444455556666/Dev"),
  ],
  ["two paths", DEFAULT_TEMPLATE, pairOf("111122223333/a/Dev"), pairOf("111122223333/b/Dev")],
  [
    "two signs that become a dash",
    "{role}",
    pairOf("111122223333/a,b"),
    pairOf("111122223333/a=b"),
  ],
  [
    "two providers",
    DEFAULT_TEMPLATE,
    pairOf("111122223333/Dev"),
    pairOf("111122223333/Dev", "Two"),
  ],
  [
    "two partitions",
    DEFAULT_TEMPLATE,
    pairOf("111122223333/Dev"),
    pairOf("aws-cn:111122223333/Dev"),
  ],
];
for (const [name, template, ...roles] of COLLISIONS) {
  Deno.test(`profileNamesOf: ${name} are refused by both ARNs`, () => {
    const error = userErrorOf(() => profileNamesOf(roles, { template, accountNames }));
    assert.equal(error.exitCode, ExitCode.USAGE);
    for (const { role } of roles) assert.ok(error.message.includes(role.text));
    if (name !== "two providers") return;
    assert.match(error.message, /Dev through Idp and .*Dev through Two would be/);
    assert.match(error.hint ?? "", /\{provider\}.*--saml-provider-arn/s);
    assert.equal(profileNamesOf(roles, { template: "{provider}", accountNames }).size, 2);
  });
}

// A role of that name took over every command without --profile.
Deno.test("profileNamesOf: no role becomes the profile default", () => {
  const roles = [pairOf("111122223333/default")];
  const error = userErrorOf(() => profileNamesOf(roles, { template: "{role}", accountNames }));
  assert.equal(error.exitCode, ExitCode.USAGE);
  assert.match(error.message, /role\/default would be "default"/);
  assert.match(error.hint ?? "", /--name-template/);
  assert.equal(profileNamesOf(roles, { template: DEFAULT_TEMPLATE, accountNames }).size, 1);
});
