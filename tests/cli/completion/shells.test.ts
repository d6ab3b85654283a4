/** What each shell's script asks with and is told: quotes, parts of words, names that could be run. */

import assert from "node:assert/strict";
import type { Answer } from "../../../src/cli/completion/complete.ts";
import {
  answerBash,
  answerFish,
  answerPowershell,
  answerZsh,
  type Completer,
  readLine,
} from "../../../src/cli/completion/shells.ts";

const LINES: readonly {
  readonly line: string;
  readonly before: readonly string[];
  readonly last: string;
  readonly quote?: string;
  readonly isRedirected?: boolean;
}[] = [
  { line: "x", before: [], last: "x" },
  { line: "x ", before: [], last: "" },
  { line: "x env  --re", before: ["env"], last: "--re" },
  {
    line: "x a\\ b 'c d' \"e f\" g\"h 'i\"' j'k ",
    before: ["a b", "c d", "e f", `gh 'i jk`],
    last: "",
  },
  { line: "x 'a", before: [], last: "a", quote: "'" },
  { line: 'x --p="a b', before: [], last: "--p=a b", quote: '"' },
  { line: 'x "a\\"\\$\\`\\\\\\n"b', before: [], last: 'a"$`\\\\nb' },
  { line: 'x "a\\"', before: [], last: 'a"', quote: '"' },
  { line: "x a\\", before: [], last: "a" },
  { line: "x $(y) `z` ~/f", before: ["$(y)", "`z`"], last: "~/f" },
  { line: "x a >f", before: ["a"], last: "f", isRedirected: true },
  { line: "x a > ", before: ["a"], last: "", isRedirected: true },
  { line: "x a 2>>'f g", before: ["a"], last: "f g", quote: "'", isRedirected: true },
  { line: "x a >f b", before: ["a"], last: "b" },
  { line: "x a >f ", before: ["a"], last: "" },
  { line: "x 2 >f b2>&1 c", before: ["2", "b2"], last: "c" },
  { line: "x ä\t😀", before: ["ä"], last: "😀" },
];
for (const { line, before, last, quote = "", isRedirected = false } of LINES) {
  Deno.test(`readLine: ${JSON.stringify(line)}`, () => {
    const read = readLine(line);
    assert.deepEqual(
      { before: read.before, last: read.last.text, quote: read.last.quote },
      { before, last, quote },
    );
    assert.equal(read.isRedirected, isRedirected);
  });
}

const NAME = 'it\'s "$(x)" `y`;!~';

const offering = (...values: readonly string[]): Completer => () =>
  values.map((value) => ({ value, brief: `what ${value[0]} is` }));

/** What bash is told to put in the place of the last part of a line. */
function inBash(replaced: string, line: string, ...values: readonly string[]): readonly string[] {
  const [kind, ...lines] = answerBash([replaced, line], offering(...values)).trimEnd().split("\n");
  assert.equal(kind, "words");
  return lines;
}

const BASH: readonly (readonly [replaced: string, line: string, value: string, put: string])[] = [
  ["", "x ", NAME, 'it\\\'s\\ \\"\\$\\(x\\)\\"\\ \\`y\\`\\;\\!\\~'],
  ["it", "x 'it", NAME, "it'\\''s \"$(x)\" `y`;!~"],
  ["it", 'x "it', NAME, 'it\'s \\"\\$(x)\\" \\`y\\`;"\'!\'"~'],
  ["", "x ", "Größe/😀-_.%@:+=,", "Größe/😀-_.%@:+=,"],
  ["eu", "x --region=eu", "--region=eu-west-1", "eu-west-1"],
  ["", "x --region=", "--region=eu-west-1", "eu-west-1"],
  ["b", "x arn:a:b", "arn:a:bc", "bc"],
  ["@b", "x a@b", "a@bc", "@bc"],
  ["arn:a:b", "x 'arn:a:b", "arn:a:bc", "arn:a:bc"],
  ["a b", 'x --p="a b', "--p=a b c", "a b c"],
  ["a\\ b", "x a\\ b", "a b c", "a\\ b\\ c"],
  // Readline would take the last quote for the closing one.
  ["a", 'x "a', 'a"', 'a\\""'],
  ["a", "x 'a", "a'", "a'\\'''"],
  // None of the word: it is put whole.
  ["other", "x a", "ab", "ab"],
];
for (const [replaced, line, value, put] of BASH) {
  Deno.test(`answerBash: ${line} becomes ${value}`, () => {
    // An empty word becomes anything.
    const others = line.endsWith(" ") ? ["nothing"] : [];
    assert.deepEqual(inBash(replaced, line, "nothing", value), [...others, put]);
  });
}

Deno.test("answerBash: a redirection's target is a file, and its command is not asked", () => {
  const fail: Completer = () => assert.fail("asked");
  assert.equal(answerBash(["f", "x a >f"], fail), "files\n");
  assert.equal(answerBash(["f", "x a f"], () => "command"), "command\n");
  assert.equal(answerBash([], () => []), "words\n");
});

/** Answers with the words that it was asked. */
const echo: Completer = (before, word): Answer => [...before, word].map((value) => ({ value }));

Deno.test("answerZsh: up to a colon is the value, behind it what it is", () => {
  assert.equal(
    answerZsh(["env", ""], offering("a:b\\c", NAME)),
    `words\na\\:b\\\\c:what a is\n${NAME}:what i is\n`,
  );
  assert.equal(answerZsh(["env", "x y"], echo), "words\nenv\nx y\n");
  assert.equal(answerZsh(["env", ""], () => "files"), "files\n");
});

Deno.test("answerFish: the value as it is, which fish quotes, and what it is", () => {
  assert.equal(answerFish(["env", ""], offering(NAME)), `words\n${NAME}\twhat i is\n`);
  assert.equal(answerFish(["env", "x y"], echo), "words\nenv\nx y\n");
  assert.equal(answerFish([""], () => "command"), "command\n");
});

Deno.test("answerPowershell: the value quoted where that is needed, itself, and what it is", () => {
  const names = ["a:b/c@d.e", "@a", "a b", "it's $(x) `y`;", "ä", "b"];
  assert.equal(
    answerPowershell(["1", "env", ""], offering(...names)),
    [
      "words",
      "a:b/c@d.e\ta:b/c@d.e\twhat a is",
      "'@a'\t@a\twhat @ is",
      "'a b'\ta b\twhat a is",
      "'it''s $(x) `y`;'\tit's $(x) `y`;\twhat i is",
      "b\tb\twhat b is",
      "",
    ].join("\n"),
  );
  assert.equal(
    answerPowershell(["1", "env", "'a b"], offering("a bc")),
    "words\n'a bc'\ta bc\twhat a is\n",
  );
  assert.equal(answerPowershell(["0", "a"], offering("ab", "b")), "words\nab\tab\twhat a is\n");
});

Deno.test("answerPowershell: an empty word that an older PowerShell left out is there again", () => {
  const asked: (readonly string[])[] = [];
  answerPowershell(["2", "env", "--profile"], (before, word) => {
    asked.push([...before, word]);
    return [];
  });
  assert.deepEqual(asked, [["env", "--profile", ""]]);
});
