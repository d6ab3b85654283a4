import assert from "node:assert/strict";
import fc from "fast-check";
import { fieldsIn, responseOf } from "../../../src/sign_in/listener/form.ts";

const RUNS = { numRuns: Number(Deno.env.get("FUZZ_RUNS") ?? 500) };

const PIECES = [
  ..."&=+%;? ab",
  "%20",
  "%2B",
  "%00",
  "%zz",
  "%C3%A4",
  "%C3",
  "%ED%A0%80",
  "%EF%BB%BF",
  "\ufeff",
  "\u00e4",
  "\u{1f600}",
  "SAMLResponse",
];

Deno.test("fieldsIn: finds what URLSearchParams finds, whatever is posted", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 20 }), (pieces) => {
      const text = pieces.join("");
      // A question mark at the beginning is URLs' own: the text is never asked for as one.
      if (text.startsWith("?")) return;
      assert.deepEqual(fieldsIn(text), [...new URLSearchParams(text)]);
    }),
    RUNS,
  );
});

Deno.test("responseOf: the one field that is not blank", () => {
  const cases: readonly (readonly [text: string, found: string | number])[] = [
    ["a=b&SAMLResponse=x&RelayState=y", "x"],
    ["SAMLResponse=+x", " x"],
    ["", 400],
    ["SAMLResponse", 400],
    ["SAMLResponse=+%0a", 400],
    ["SAMLResponse=x&SAMLResponse=", 400],
    ["samlresponse=x", 400],
  ];
  for (const [text, wanted] of cases) {
    for (const form of [fieldsIn(text), new URLSearchParams(text)]) {
      const found = responseOf(form);
      assert.equal(typeof found === "string" ? found : found[0], wanted, text);
    }
  }
});
