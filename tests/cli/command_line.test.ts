import assert from "node:assert/strict";
import { shellLine, typedWords } from "../../src/cli/command_line.ts";
import { peerTest } from "../support/peers.ts";

const WORDS: readonly string[] = [
  "plain",
  "--a=b,c:/d@e%f+g",
  "",
  "two words",
  "it's",
  "'",
  "$(id)`id`$HOME",
  'a"b',
  "back\\slash",
  "*?[x]",
  "~/x",
  "a\nb",
  "#x",
  "!x",
  "ü€😀",
  "-",
];

peerTest("bash", "shellLine: a shell reads the words as they were", async (bash) => {
  const { stdout } = await new Deno.Command(bash, {
    args: ["-c", `printf '%s\\0' ${shellLine(WORDS)}`],
  }).output();
  assert.deepEqual(new TextDecoder().decode(stdout).split("\0").slice(0, -1), WORDS);
});

Deno.test("shellLine: what needs no quotes has none", () => {
  assert.equal(
    shellLine(["aws", "--role=arn:aws:iam::1:role/a"]),
    "aws --role=arn:aws:iam::1:role/a",
  );
});

Deno.test("typedWords: each flag as it was typed, switches without a value", () => {
  assert.deepEqual(
    typedWords({ "cache": ["true"], "account": ["1", "2"], "issuer": undefined, "idp": [] }),
    ["--cache", "--account=1", "--account=2"],
  );
  assert.deepEqual(typedWords({ "cache": ["false"] }), ["--cache=false"]);
});
