/** The reader of documents: a command line that it missed would not be run. */

import assert from "node:assert/strict";
import {
  anchorsOf,
  commandsOf,
  fencesOf,
  linksOf,
  rowsOf,
  sectionOf,
} from "../support/markdown.ts";

const FENCE = "```";

Deno.test("commandsOf: each line of a shell's block, and what stands behind $ elsewhere", () => {
  const text = `
${FENCE}sh
one   # a remark
# only a remark
two --flag \\
  'a # b' \\
  --last
${FENCE}

${FENCE}
$ three
what it prints
$ four \\
>   --more
${FENCE}

${FENCE}ini
$ none
${FENCE.slice(1)}
${FENCE}
`;
  const found = commandsOf(text).map(({ language, text, line }) => [language, text, line]);
  assert.deepEqual(found, [
    ["sh", "one", 3],
    ["sh", "two --flag 'a # b' --last", 7],
    ["sh", "three", 11],
    ["sh", "four --more", 14],
    ["sh", "none", 18],
  ]);
});

Deno.test("fencesOf: one in a list loses its indentation, and no more", () => {
  const text = `1. a\n\n   ${FENCE}json\n   {\n     "b": 1\n   }\n   ${FENCE}\n`;
  assert.deepEqual(fencesOf(text), [{ language: "json", lines: ["{", '  "b": 1', "}"], line: 4 }]);
});

Deno.test("fencesOf: a block without an end is an error", () => {
  assert.throws(() => fencesOf(`a\n${FENCE}sh\nb\n`), /line 2 is not closed/);
});

Deno.test("linksOf: links, images and references, not what stands in code", () => {
  const text =
    `[a](b.md) ![c](d.png#e) \`[f](g)\`\n${FENCE}\n[h](i)\n${FENCE}\n[j]: https://k/l_(m)\n`;
  assert.deepEqual(linksOf(text), ["b.md", "d.png#e", "https://k/l_(m)"]);
});

Deno.test("anchorsOf: as GitHub makes them", () => {
  assert.deepEqual(anchorsOf("# In the IdP\n## Why not `aws login`?\n"), [
    "in-the-idp",
    "why-not-aws-login",
  ]);
});

Deno.test("sectionOf and rowsOf: a section's tables, with bars in their cells", () => {
  const code = `${FENCE}\n# no heading\n${FENCE}\n`;
  const text =
    `## A\n| x | y |\n| - | - |\n| 1 | a\\|b |\n${code}### B\n| z |\n| - |\n| 2 |\n## C\nc\n`;
  assert.deepEqual(rowsOf(sectionOf(text, "A")), [["1", "a|b"], ["2"]]);
  assert.throws(() => sectionOf(text, "D"), /no section "D"/);
});
