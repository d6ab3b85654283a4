import assert from "node:assert/strict";
import { foreign, misspelt, nearest, printableJson, table } from "../src/text.ts";

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

Deno.test("nearest: the name with the fewest changes first", () => {
  for (
    const [typed, names, first] of [
      ["Dev", ["Ops", "Dve", "Develop"], "Dve"],
      ["Dev", ["Ops", "dev", "Deb"], "dev"],
      ["ReadOnly", ["Admin", "ReadOnlyAccess", "Readonyl"], "Readonyl"],
      ["", ["long", "a"], "a"],
      ["Dev", ["", "Devs"], "Devs"],
      ["arn:aws:iam::111122223333:role/Dev", [
        "arn:aws:iam::444455556666:role/Dev",
        "arn:aws:iam::111122223332:role/Dev",
      ], "arn:aws:iam::111122223332:role/Dev"],
    ] as const
  ) assert.equal(nearest(typed, names)[0], first, typed);
});

Deno.test("nearest: names that are equally near keep their order, and none is lost", () => {
  assert.deepEqual(nearest("x", ["b", "a", "c"]), ["b", "a", "c"]);
  assert.deepEqual(nearest("x", []), []);
  const many = Array.from({ length: 700 }, (_, index) => `Role${index}`);
  assert.deepEqual(nearest("Role42", many).toSorted(), many.toSorted());
  assert.equal(nearest("Role42", many)[0], "Role42");
});

Deno.test("nearest: as much as an assertion can hold is compared in a moment", () => {
  const names = Array.from({ length: 450 }, (_, index) => `${"p/".repeat(60)}Role${index}`);
  const start = performance.now();
  nearest("arn:aws:iam::111122223333:role/".padEnd(600, "x"), names);
  const ms = performance.now() - start;
  assert.ok(ms < 5000, `${ms} ms`);
});

Deno.test("misspelt: what is at most two letters off, the nearest first", () => {
  const names = ["port", "path", "prune", "profile", "role-arn"];
  for (
    const [typed, meant] of [
      ["prot", ["port"]],
      ["paht", ["port", "path"]],
      ["por", ["port"]],
      ["roleArn", ["role-arn"]],
      ["PORT", ["port"]],
      ["pathx", ["path"]],
      ["pote", ["port", "path"]],
      ["bogus", []],
      ["", []],
      ["x".repeat(100_000), []],
    ] as const
  ) assert.deepEqual(misspelt(typed, names), meant, typed.slice(0, 20));
});

Deno.test("table: each column is as wide as its widest cell, without blanks at the end", () => {
  assert.equal(
    table(["A", "LONG", "C"], [["wide", "x", ""], ["y", "", "z"]]),
    "A     LONG  C\nwide  x\ny           z\n",
  );
});

Deno.test("table: no rows are the heading only", () => {
  assert.equal(table(["A", "B"], []), "A  B\n");
});

Deno.test("table: a cache that was never emptied has 200,000 rows", () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [String(index), "x"]);
  const lines = table(["A", "B"], rows).split("\n");
  assert.equal(lines.length, 200_002);
  assert.equal(lines.at(-2), "199999  x");
});
