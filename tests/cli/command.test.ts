import assert from "node:assert/strict";
import { programWords, shellLine, typedWords } from "../../src/cli/command.ts";
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
    typedWords({ "cache": ["true"], "account": ["1", "2"], "start-url": undefined, "idp": [] }),
    ["--cache", "--account=1", "--account=2"],
  );
  assert.deepEqual(typedWords({ "cache": ["false"] }), ["--cache=false"]);
});

Deno.test("programWords: the name alone where PATH leads to this very program", () => {
  const real: Record<string, string> = { "/usr/bin/stssamldriver": "/opt/stssamldriver" };
  const words = (PATH: string | undefined, self: readonly string[]) =>
    programWords({
      self,
      os: "linux",
      env: (name) => name === "PATH" ? PATH : undefined,
      realPath: (path) => real[path] ?? path,
    });
  const own = ["/opt/stssamldriver"];
  const sources = ["/bin/deno", "run", "main.ts"];
  const table: readonly [path: string | undefined, self: readonly string[], wanted: unknown][] = [
    ["/bin:/opt", own, ["stssamldriver"]],
    ["/bin:/usr/bin", own, ["stssamldriver"]],
    ["/bin", own, own],
    ["", own, own],
    [undefined, own, own],
    ["/bin", sources, sources],
  ];
  for (const [path, self, wanted] of table) assert.deepEqual(words(path, self), wanted, path);
});
