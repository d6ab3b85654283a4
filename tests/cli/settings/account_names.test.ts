import assert from "node:assert/strict";
import { parseAccountNames } from "../../../src/cli/settings/named_files.ts";

const ONE = "111122223333";
const TWO = "444455556666";

Deno.test("parseAccountNames: JSON, and lines as people write them", () => {
  const table: readonly [text: string, names: Record<string, string>][] = [
    ["", {}],
    ["\n# nothing\n\n", {}],
    ["{}", {}],
    [`{"${ONE}": " prod ", "${TWO}": "Entwicklung ü"}`, { [ONE]: "prod", [TWO]: "Entwicklung ü" }],
    [`\ufeff  \n{"${ONE}":"x"}`, { [ONE]: "x" }],
    [`${ONE} prod\n${TWO}\tdev\n`, { [ONE]: "prod", [TWO]: "dev" }],
    [`${ONE}=a = b\r\n  ${TWO} : c, d  \r\n`, { [ONE]: "a = b", [TWO]: "c, d" }],
    [`\ufeff"${ONE}","Prod (EU)"\n# ${TWO} x`, { [ONE]: "Prod (EU)" }],
    [`${ONE} first\n${ONE} last`, { [ONE]: "last" }],
    [`{"__proto__":"x"}`.replace("__proto__", ONE), { [ONE]: "x" }],
  ];
  for (const [text, names] of table) {
    assert.deepEqual(Object.fromEntries(parseAccountNames(text)), names, JSON.stringify(text));
  }
});

// One pattern for a whole line took hours for these.
Deno.test("parseAccountNames: a long line takes as long as it is", () => {
  const blanks = " ".repeat(1_000_000);
  assert.equal(parseAccountNames(`${ONE} a${blanks}b`).get(ONE), `a${blanks}b`);
  assert.throws(() => parseAccountNames(`${ONE}${blanks},`), { message: /^line 1 / });
});

Deno.test("parseAccountNames: says which line or account is wrong", () => {
  const table: readonly [text: string, says: RegExp][] = [
    ["prod", /^line 1 is not a 12-digit account number with a name$/],
    [`${ONE} a\n\n11112222333 b`, /^line 3 is not a 12-digit account/],
    [`${ONE}`, /^line 1 /],
    [`${ONE}x y`, /^line 1 /],
    [`${ONE}1 y`, /^line 1 /],
    [
      `{"${ONE}": 1}`,
      new RegExp(`^"${ONE}" must be a 12-digit account number with a name`),
    ],
    [`{"prod": "${ONE}"}`, /^"prod" must be a 12-digit account number/],
    [`{"__proto__": "x"}`, /^"__proto__" must be/],
    [`{"${ONE}":`, /JSON/],
    [`["x"]`, /^line 1 /],
  ];
  for (const [text, says] of table) {
    assert.throws(() => parseAccountNames(text), { message: says }, JSON.stringify(text));
  }
});
