import assert from "node:assert/strict";
import { mergedTable, placed } from "../../scripts/places.ts";

Deno.test("placed: a text takes the place of the last run's, and nothing else changes", () => {
  const document = "a\n<!-- t -->\n\nold\n\n<!-- /t -->\nb\n<!-- u -->\n<!-- /u -->\n";
  const once = placed(document, "t", (old) => `${old}er`);
  assert.equal(once, "a\n<!-- t -->\n\nolder\n\n<!-- /t -->\nb\n<!-- u -->\n<!-- /u -->\n");
  assert.equal(
    placed(once, "u", () => "$&"),
    "a\n<!-- t -->\n\nolder\n\n<!-- /t -->\nb\n<!-- u -->\n\n$&\n\n<!-- /u -->\n",
  );
  assert.throws(() => placed(document, "missing", String), /There is no place for missing/);
});

Deno.test("mergedTable: a run over some rows leaves the others, in their order, and drops what is gone", () => {
  const names = ["a/x", "a/y", "b"];
  const merged = (rows: readonly (readonly [string, number])[], old: string) =>
    mergedTable({ head: ["target", "inputs"], rows, numbers: true }, names)(old);
  const head = "| target | inputs |\n| --- | ---: |";
  const first = merged([["b", 1], ["a/x", 2]], "");
  assert.equal(first, `${head}\n| a/x | 2 |\n| b | 1 |`);
  // As the formatter leaves it, with a row whose target is no more.
  const formatted =
    "| target | inputs |\n| ------ | -----: |\n| a/x    |      2 |\n| b  | 1 |\n| c | 9 |";
  assert.equal(
    merged([["a/y", 3], ["b", 4]], formatted),
    `${head}\n| a/x | 2 |\n| a/y | 3 |\n| b | 4 |`,
  );
});
