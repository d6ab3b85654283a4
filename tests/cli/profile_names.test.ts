import assert from "node:assert/strict";
import {
  checkTemplate,
  DEFAULT_TEMPLATE,
  profileNameOf,
  profileNamesOf,
} from "../../src/cli/profile_names.ts";
import { ExitCode } from "../../src/errors.ts";
import { checkProfileName } from "../../src/profiles/names.ts";
import { userErrorOf } from "../support/checks.ts";
import { pairOf } from "../support/offers.ts";

const accountNames = new Map([["111122223333", "Prod (EU) #1"], ["444455556666", "Größe"]]);
const ADMIN = pairOf("111122223333/team/platform/Admin");

const NAMES: readonly (readonly [template: string, name: string])[] = [
  [DEFAULT_TEMPLATE, "111122223333-Admin"],
  ["{accountName}/{role}", "Prod-EU-1/Admin"],
  ["{path}", "team/platform/Admin"],
  ["{partition}.{account}", "aws.111122223333"],
  ["{role}{role}", "AdminAdmin"],
  ["a b]\n[c", "a-b-c"],
  ["{role", "-role"],
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
  });
}
