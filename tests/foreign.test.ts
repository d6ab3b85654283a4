import assert from "node:assert/strict";
import { foreign, printableJson } from "../src/foreign.ts";

Deno.test("foreign: words of others stay on one line and drive no terminal", () => {
  for (
    const [text, expected] of [
      ["fine as it is", "fine as it is"],
      ["  a\r\n  hint of our own?\t ", "a hint of our own?"],
      ["\x1b[2J\x1b]0;title\x07gone", "[2J ]0;title gone"],
      ["C1 \x9b2J", "C1 2J"],
      ["abc\u202Edcba", "abc dcba"],
      ["line\u2028paragraph\u2029", "line paragraph"],
      ["\ud800 alone", "alone"],
      ["Größe, 東京", "Größe, 東京"],
      ["", ""],
    ] as const
  ) assert.equal(foreign(text), expected);
});

Deno.test("foreign: long text is cut, and a long run of blanks costs nothing", () => {
  assert.equal(foreign("x".repeat(201)), "x".repeat(200) + "…");
  assert.equal(foreign("x".repeat(200)), "x".repeat(200));
  assert.equal(foreign("abcdef", 3), "abc…");
  const start = performance.now();
  assert.equal(foreign(`a${" ".repeat(1_000_000)}b`), "a b");
  assert.ok(performance.now() - start < 2000);
});

Deno.test("attack: JSON with others' text in it cannot control the terminal, and means the same", () => {
  const value = { issuer: "a\u009b2J\u202eb\u2028c\u0007\n" };
  for (const indent of [undefined, 2]) {
    const json = printableJson(value, indent);
    assert.doesNotMatch(json.replaceAll("\n", ""), /[\p{Cc}\u2028\u202e]/u);
    assert.deepEqual(JSON.parse(json), value);
  }
});
