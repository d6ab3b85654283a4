import assert from "node:assert/strict";
import { readAssertion } from "../../src/saml/reader.ts";
import { nameFault, nameRemedy } from "../../src/saml/session_name.ts";
import { userErrorOf } from "../support/checks.ts";
import { buildResponse } from "../support/saml_response.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

// "Map it to the user's email address", which it was (azure-docs#45025, phpsaml#135).
const NAMES: readonly (readonly [name: string, fault: RegExp, remedy: RegExp])[] = [
  ["miles.o'brien@example.com", /: it has "'"$/, /user name|employee ID/],
  ["alice!#@example.com", /: it has "!", "#"$/, /user name|employee ID/],
  ["j\u00fcrgen@example.com", /: it has "\u00fc"$/, /employee ID/],
  ['a"b@example.com', /: it has '"'$/, /employee ID/],
  ["Alice Smith", /: it has a space$/, /email address/],
  ["alice\u00a0smith", /: it has U\+00A0$/, /email address/],
  ["al\u200bice", /: it has U\+200B$/, /email address/],
  ["EXAMPLE\\alice", /: it has "\\"$/, /without the domain/],
  ["a/b", /: it has "\/"$/, /without the domain/],
  ["a:b;c<d>e(f)g", /: it has ":", ";", "<", ">", "\(" and 1 more/, /email address/],
  [`${"x".repeat(65)}@example.com`, /: it has 77 characters, more than 64$/, /short attribute/],
  ["x", /: it has only one character$/, /longer/],
];
for (const [name, fault, remedy] of NAMES) {
  Deno.test(`readAssertion: a RoleSessionName that AWS does not take says why: ${name.slice(0, 30)}`, () => {
    const { base64 } = buildResponse({ now: NOW, sign: "none", roleSessionName: name });
    const error = userErrorOf(() => readAssertion(base64, { idp: undefined }, NOW));
    assert.equal(error.code, "assertion-session-name");
    assert.match(error.message, fault);
    assert.match(error.hint ?? "", remedy);
    if (name.includes("@")) assert.doesNotMatch(error.hint ?? "", /email/);
  });
}

Deno.test("nameFault: what STS takes has none", () => {
  for (const name of ["al", "alice@example.com", "A+b=c,d.e@f-g_1", "x".repeat(64)]) {
    assert.equal(nameFault(name), undefined, name);
  }
});

const REMEDIES: readonly (readonly [name: string, remedy: string])[] = [
  ["x", "Map it to a longer attribute, such as the user's email address."],
  [
    "a\\b",
    "Map it to the user's name without the domain, or to the user principal name or email address.",
  ],
  [
    "a b",
    "Map it to the user's email address, the user name, the employee ID or another attribute without such characters.",
  ],
  [
    "x".repeat(65),
    "Map it to the user's email address, the user name, the employee ID or another short attribute.",
  ],
  [
    "o'b@example.com",
    "Map it to the user name, the employee ID or another attribute without such characters.",
  ],
  [
    `${"'".repeat(52)}@example.com`,
    "Map it to the user name, the employee ID or another attribute without such characters.",
  ],
];
for (const [name, remedy] of REMEDIES) {
  Deno.test(`nameRemedy: of ${JSON.stringify(name.slice(0, 20))}`, () => {
    assert.equal(nameRemedy(name), remedy);
  });
}

Deno.test("nameFault: five signs are all named", () => {
  assert.equal(nameFault("a:;<>("), 'it has ":", ";", "<", ">", "("');
  assert.equal(
    nameFault("a:;<>()"),
    'it has ":", ";", "<", ">", "(" and 1 more that it does not take',
  );
});

Deno.test("nameRemedy: two letters are long enough", () => {
  assert.doesNotMatch(nameRemedy("a "), /longer/);
  assert.match(nameRemedy("a"), /longer/);
});
