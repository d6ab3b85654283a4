/** The two readers that every edit is proved with; grammar.test.ts has what the SDKs themselves read. */

import assert from "node:assert/strict";
import {
  javaScriptSection,
  readAsJavaScript,
  readAsPython,
  type Reading,
} from "../../src/profiles/dialects.ts";

/** Sections with their values, by what the SDK calls them. */
type Values = Readonly<Record<string, Readonly<Record<string, string>>>>;

function valuesOf({ sections }: Reading): Values {
  return Object.fromEntries(
    [...sections].map(([name, entries]) => [
      name,
      Object.fromEntries([...entries].map(([key, { value }]) => [key, value])),
    ]),
  );
}

type Case = readonly [text: string, values: Values, refusedAt?: number];

const PYTHON: readonly Case[] = [
  ["", {}],
  ["\uFEFF[x]\nA = 1\n", { x: { a: "1" } }],
  ["# c\n ;c\n[x]\na = b;\nc: d = e\n", { x: { a: "b;", c: "d = e" } }],
  ["[x]\r\na = 1\r\n  b\r\n\r\n  c\r\nd = 1\r\n", { x: { a: "1\nb\nc", d: "1" } }],
  ["[x]\na = 1\rb = 2\n", { x: { a: "1", b: "2" } }],
  ["  [x]\n  a = 1\n    b\n  c = 2\n", { x: { a: "1\nb", c: "2" } }],
  ["[x] ]\na = 1\n", { "x] ": { a: "1" } }],
  ["[x]\n[y = 1\n", { x: { "[y": "1" } }],
  ["[x]\n  [y]\n  a = 1\n", { x: {}, y: { a: "1" } }],
  // The first line that it refuses is named, and the rest is read.
  ["[x]\n[]\nword\na = 1\n", { x: { a: "1" } }, 2],
  ["a = 1\n[x]\nb = 1\n", { x: { b: "1" } }, 1],
  ["[x]\n\n= 1\nb = 1\n", { x: { b: "1" } }, 3],
  ["[x]\na = 1\n[y]\n[x]\nb = 1\n", { x: { a: "1", b: "1" }, y: {} }, 4],
  ["[x]\na = 1\nA = 2\n", { x: { a: "2" } }, 3],
];

const JAVASCRIPT: readonly Case[] = [
  ["", {}],
  ["[profile x]\nA = 1\n", { "profile.x": { A: "1" } }],
  ["[x]\n#a = 1\n;a = 1\na = 1 # b\nb = 1\t;b\nc = 1#2\n", { x: { a: "1", b: "1", c: "1#2" } }],
  ["[x] # c\na = 1\n[y\nb = 1\n[z]# c\nc = 1\n", { x: { a: "1", b: "1", c: "1" } }],
  ["a = 1\n[x]\nword\n= 1\nb =\nc = 1=2\n", { x: { c: "1=2" } }],
  ["[x]\ns3 =\n  a = 1\n\tb = 2\nc = 3\n  d = 4\n", {
    x: { "s3.a": "1", "s3.b": "2", c: "3", d: "4" },
  }],
  ["[x]\ns3 =\n[y]\n  a = 1\n", { y: { a: "1" } }],
  ["[plugins a]\na = 1\n[x]\nb = 1\n[x]\nb = 2\n", { x: { b: "2" } }],
  ["[x]\na = 1\n\n[__proto__]\n[profile __proto__]\n", { x: { a: "1" } }, 4],
  ["[profile __proto__]\n", {}, 1],
];

for (
  const [sdk, read, cases] of [
    ["Python", readAsPython, PYTHON],
    ["JavaScript", readAsJavaScript, JAVASCRIPT],
  ] as const
) {
  Deno.test(`DIALECTS: what ${sdk} reads, and the line for which it refuses a file`, () => {
    for (const [text, values, refusedAt] of cases) {
      const reading = read(text);
      assert.deepEqual(valuesOf(reading), values, JSON.stringify(text));
      assert.equal(reading.refusedAt, refusedAt, JSON.stringify(text));
    }
  });
}

Deno.test("DIALECTS: an entry has the line of its name", () => {
  for (const read of [readAsPython, readAsJavaScript]) {
    const { sections } = read("# c\n[x]\na = 1\n\nb = 2\n  more\nc = 3\n");
    const lines = [...sections.get("x") ?? []].map(([key, { line }]) => `${key}:${line}`);
    assert.deepEqual(lines, ["a:3", "b:5", "c:7"]);
  }
});

Deno.test("javaScriptSection: three kinds have a prefix, and other prefixes hide a section", () => {
  const table: readonly (readonly [content: string, name: string | undefined])[] = [
    ["x", "x"],
    ["profile x", "profile.x"],
    ["profile\tx", "profile.x"],
    ["profile aZ09-@+.%:/_", "profile.aZ09-@+.%:/_"],
    ["sso-session x", "sso-session.x"],
    ["services x", "services.x"],
    ["profile 'x'", "profile.x"],
    ['profile "x"', "profile.x"],
    ["plugins x", undefined],
    // What is not of that form is a name as a whole.
    ["profile  x", "profile  x"],
    ["profile x y", "profile x y"],
    ["my profile x", "my profile x"],
    ["profile 'x\"", "profile 'x\""],
    ["profile 'x' y", "profile 'x' y"],
    ["profile ,x,", "profile ,x,"],
    ["profile \u00e9", "profile \u00e9"],
  ];
  for (const [content, name] of table) assert.equal(javaScriptSection(content), name, content);
});
