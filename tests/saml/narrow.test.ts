import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { narrow, type RoleFilter, roleFilterText } from "../../src/saml/narrow.ts";
import { offerOf, pairOf } from "../support/offers.ts";

const ROLES = [
  "111122223333/Dev",
  "111122223333/ReadOnly",
  "444455556666/team/platform/Admin",
  "444455556666/ReadOnly",
  "777788889999/a.b+c",
].map((each) => pairOf(each));

const role = parseRoleArn(offerOf("444455556666/ReadOnly").role);
const provider = parseProviderArn(offerOf("111122223333/Dev").provider);

const CASES: readonly (readonly [name: string, filter: RoleFilter, left: readonly number[]])[] = [
  ["no limits", {}, [0, 1, 2, 3, 4]],
  ["empty lists", { accounts: [], filters: [] }, [0, 1, 2, 3, 4]],
  ["a role", { role }, [3]],
  ["a provider", { provider }, [0, 1]],
  ["a role through another provider", { role, provider }, []],
  ["an account", { accounts: ["444455556666"] }, [2, 3]],
  ["several accounts", { accounts: ["444455556666", "777788889999"] }, [2, 3, 4]],
  ["a name in other capitals", { filters: ["readonly"] }, [1, 3]],
  ["a name is whole", { filters: ["Read"] }, []],
  ["a star", { filters: ["Read*"] }, [1, 3]],
  ["many stars", { filters: ["**R***y**"] }, [1, 3]],
  ["a star for nothing", { filters: ["Dev*"] }, [0]],
  ["a star over a slash", { filters: ["team*Admin"] }, [2]],
  ["the name without its path", { filters: ["Admin"] }, [2]],
  ["the name with its path", { filters: ["team/platform/Admin"] }, [2]],
  ["a mark for one sign", { filters: ["D?v"] }, [0]],
  ["not for none", { filters: ["Dev?"] }, []],
  ["a dot is a dot", { filters: ["a.b+c"] }, [4]],
  ["and no other sign", { filters: ["R.adOnly", "a.b.c"] }, []],
  ["an ARN", { filters: ["arn:aws:iam::111122223333:role/*"] }, [0, 1]],
  ["a part of an ARN", { filters: ["*:444455556666:*"] }, [2, 3]],
  // Every ARN begins with it.
  ["an A is a name's", { filters: ["A*"] }, [2, 4]],
  ["any of several filters", { filters: ["Dev", "Admin"] }, [0, 2]],
  ["filter and account", { filters: ["ReadOnly"], accounts: ["111122223333"] }, [1]],
  ["signs of patterns", { filters: ["(", "[", "\\", "^", "$", "|", "{"] }, []],
];
for (const [name, filter, left] of CASES) {
  Deno.test(`narrow: ${name}`, () => {
    assert.deepEqual(narrow(ROLES, filter), left.map((index) => ROLES[index]));
  });
}

Deno.test("roleFilterText: what was typed, in the flags' own words", () => {
  assert.equal(roleFilterText({}), "");
  assert.equal(
    roleFilterText({ role, provider, accounts: ["1", "2"], filters: ["a*"] }),
    `--role-arn ${role.text} --saml-provider-arn ${provider.text} ` +
      "--account 1 --account 2 --role-filter a*",
  );
});
