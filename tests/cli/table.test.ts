import assert from "node:assert/strict";
import { table } from "../../src/cli/table.ts";

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
