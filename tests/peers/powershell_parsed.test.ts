/** PowerShell is not to be had where CI runs; its grammar is, so that what is printed for it can be parsed. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { POWERSHELL_SCRIPT } from "../../src/cli/completion/shells.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";

const NEEDS = ["node", "tree-sitter-powershell"] as const;

/** For Node: parses what it reads, and prints what is no PowerShell. */
const PARSE = `
const [folder] = process.argv.slice(1);
const { Parser, Language } = require(folder + "/../web-tree-sitter/web-tree-sitter.cjs");
(async () => {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(folder + "/tree-sitter-powershell.wasm"));
  const errors = [];
  const visit = (node) => {
    if (node.isError || node.isMissing) errors.push(node.startPosition.row + 1 + ": " + node.text);
    node.children.forEach(visit);
  };
  visit(parser.parse(require("fs").readFileSync(0, "utf8")).rootNode);
  process.stdout.write(JSON.stringify(errors));
})();
`;

const SCRIPTS: readonly (readonly [name: string, text: string])[] = [
  ["completions powershell", POWERSHELL_SCRIPT],
  ...["install.ps1", "saml_aws_environment.ps1"].map((name) =>
    [
      name,
      Deno.readTextFileSync(fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url))),
    ] as const
  ),
];

for (const [name, text] of SCRIPTS) {
  peersTest(NEEDS, `${name}: PowerShell's grammar takes it`, async () => {
    assert.deepEqual(await parseErrors(text), []);
  });
}

peersTest(NEEDS, "PowerShell's grammar: what is no PowerShell is found", async () => {
  assert.notDeepEqual(await parseErrors("$x = @("), []);
});

async function parseErrors(text: string): Promise<readonly string[]> {
  const child = new Deno.Command(pathOf("node"), {
    // Node would compile all of the grammar a second time, for a minute, before it ends.
    args: ["--liftoff-only", "-e", PARSE, pathOf("tree-sitter-powershell")],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return JSON.parse(new TextDecoder().decode((await child.output()).stdout));
}
