/** Session tags at the limits of STS. */

import assert from "node:assert/strict";
import { largestTags, tagFaults, tagNames } from "../../src/saml/tags.ts";
import { AWS } from "../support/saml_response.ts";

const tagged = (tags: Readonly<Record<string, string>>) => ({
  attributes: new Map(
    Object.entries(tags).map(([key, value]) => [`${AWS}PrincipalTag:${key}`, [value]]),
  ),
});

const FAULTS: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] =
  [
    ["the longest key", { ["k".repeat(128)]: "a" }, []],
    ["aws: within a key", { "my aws:x": "a" }, []],
    ["keys that differ in more than case", { Team: "a", Teams: "b" }, []],
    ["sharp s, which is two letters in capitals", { "stra\u00dfe": "a", strasse: "b" }, []],
    [
      "as many as there may be",
      Object.fromEntries(Array.from({ length: 50 }, (_, i) => [i, "a"])),
      [],
    ],
    ["signs that STS does not take", { "a*": "x", b: "x*" }, [
      'PrincipalTag "a*" has characters in its key that STS does not take (letters, digits, spaces and _.:/=+-@)',
      'PrincipalTag "b" has characters in its value that STS does not take (letters, digits, spaces and _.:/=+-@)',
    ]],
  ];
for (const [name, tags, faults] of FAULTS) {
  Deno.test(`tagFaults: ${name}`, () => assert.deepEqual(tagFaults(tagged(tags)), faults));
}

Deno.test("tagNames: all keys; nothing where there are none", () => {
  assert.deepEqual(tagNames(tagged({})), []);
  assert.deepEqual(tagNames(tagged({ Team: "a", x: "b" })), [
    'The assertion\'s session tags: PrincipalTag "Team", PrincipalTag "x".',
  ]);
});

Deno.test("largestTags: the three that take the most room, with how much", () => {
  assert.deepEqual(largestTags(tagged({ a: "", bb: "b", ccc: "ccc", dddd: "dddd" })), [
    'The largest of the assertion\'s 4 session tags: PrincipalTag "dddd" (8 characters), ' +
    'PrincipalTag "ccc" (6 characters), PrincipalTag "bb" (3 characters).',
  ]);
  const several = { attributes: new Map([[`${AWS}PrincipalTag:t`, ["a", "b"]]]) };
  assert.deepEqual(largestTags(several), [
    'The largest of the assertion\'s 1 session tag: PrincipalTag "t" (3 characters).',
  ]);
});
