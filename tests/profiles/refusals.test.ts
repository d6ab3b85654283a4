import assert from "node:assert/strict";
import { refusals } from "../../src/profiles/diagnose.ts";
import { parseDocument } from "../../src/profiles/document.ts";

/** The lines of each refusal. */
function refused(text: string): string[] {
  return refusals(parseDocument(text)).map(({ lines }) => lines.join());
}

Deno.test("refusals: rare letters and white space are not overlooked", () => {
  const table: readonly (readonly [text: string, sections: number, refused: readonly string[]])[] =
    [
      ["# c\r\n\r\n[x]\r\n  a = 1\r\n  b = 1\r\n\r\n[y]\r\na = 1\r\n", 2, []],
      ["[x]\na = 1\n", 1, []],
      ["[x]\na =\n  b = 1\n", 1, []],
      ["[x]\na = 1\n  b\n", 1, []],
      ["[x]\na: 1\n", 1, []],
      ["[x]\n\u00c9 = 1\n\u00e9 = 2\n", 1, ["2,3"]],
      // The Kelvin sign is a k in lower case.
      ["[x]\n\u212a = 1\nk = 2\n", 1, ["2,3"]],
      ["[x]\na =\u00a0\n  b\n", 1, ["3"]],
      ["[x]\na = # c\n  b\n", 1, ["3"]],
      ["[x]\na =\n  b = 1\x1c2\n", 1, ["3"]],
      ["[x]\na =\n  b = 1\u20282\n", 1, ["3"]],
      ["[x]\na =\n  b = 1\v2\n", 1, ["3"]],
      ["[x]\na =\n  b = V\n", 1, []],
      ["[x]\n\u00a0[y]\n\u2003[z]\n\x1c[a]\n", 4, []],
      ["\uFEFF[x]\n", 1, []],
      ["[x]\n[y", 1, ["2"]],
      ["[x]\n[]", 1, ["2"]],
      ["[x]\n[y]", 2, []],
      ["[x]\na", 1, ["2"]],
      ["[x]\na =", 1, []],
      ["[x]\na =\n  b", 1, ["3"]],
      ["[x]\na =\n  b =", 1, []],
      ["[x]\n\uFEFF[y]\n", 1, ["2"]],
      ["[x]\n\x7f[y]\n", 1, ["2"]],
      ["[x]\n\0 = 1\n\0=2\n", 1, ["2,3"]],
      // Python's header goes on to the last bracket.
      ["[x] a]\n[x] a]\n", 2, ["1,2"]],
      ["[x]]\n[x] ]\n", 2, []],
      ["[x]# a\n[x]# b\n", 2, ["1,2"]],
      [" [x]\n[x]\n", 2, ["1,2"]],
      ["[x]\n\ra = 1\n", 1, ["2"]],
      // In the order of the file, whoever minds.
      ["[x]\nword\n\n[__proto__]\n\nword\n", 2, ["2", "4", "6"]],
      ["[x]\r[y]\n[z]\r\r\n", 2, ["1"]],
    ];
  for (const [text, sections, lines] of table) {
    assert.equal(parseDocument(text).sections.length, sections, JSON.stringify(text));
    assert.deepEqual(refused(text), lines, JSON.stringify(text));
  }
});

Deno.test("refusals: a name given twice is found, however it is written", () => {
  for (const name of ["a", "ab", "abcdefghijklm", "a8b9c@d_e-f%g", "_`{|}~!\"$&'()"]) {
    for (
      const [first, second] of [
        [`${name} = 1`, `${name}=2`],
        [`${name}=1`, `${name.toUpperCase()}\t= 2`],
        [`  ${name} = 1`, `${name} = 2`],
        [`${name} = 1`, `${name}: 2`],
      ]
    ) {
      const text = `[x]\n${first}\n\n${second}\n`;
      assert.deepEqual(refused(text), ["2,4"], JSON.stringify(text));
    }
    for (const other of [`${name}z`, `z${name}`, `${name.slice(0, -1)}z`, `${name} ${name}`]) {
      const text = `[x]\n${name} = 1\n${other} = 1\n[y]\n${name} = 1\n`;
      assert.deepEqual(refused(text), [], JSON.stringify(text));
    }
  }
});
