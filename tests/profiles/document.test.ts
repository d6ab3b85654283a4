import assert from "node:assert/strict";
import { parseDocument } from "../../src/profiles/document.ts";
import { diagnose, refusals, remarksOn, sayLines } from "../../src/profiles/diagnose.ts";
import {
  headerProfile,
  hiddenProfiles,
  isPortableHeader,
  profileNames,
} from "../../src/profiles/names.ts";
import { readProfile } from "../../src/profiles/read.ts";
import { isSpace, lineEnding } from "../../src/profiles/white_space.ts";

const EVERY_KIND = [
  "; a comment\n",
  "\n",
  "[profile x] # ours\r\n",
  "  Region = eu-west-1 # home\n",
  "    more\r\n",
  "s3 =\n",
  "\t# indented comment\n",
  "  Addressing_Style=path\n",
  "[profile y]\n",
  "role_arn: no\n",
  "word",
];

Deno.test("parseDocument: says what every line is", () => {
  const doc = parseDocument(EVERY_KIND.join(""), { file: "~/.aws/config" });
  assert.equal(doc.file, "~/.aws/config");
  assert.deepEqual(
    doc.lines.map(({ number, start: _, ...line }) => [number, line]),
    [
      [1, { kind: "comment", raw: EVERY_KIND[0] }],
      [2, { kind: "blank", raw: EVERY_KIND[1] }],
      [3, { kind: "header", raw: EVERY_KIND[2], content: "profile x", clean: true }],
      [4, { kind: "property", raw: EVERY_KIND[3], key: "region", value: "eu-west-1", indent: 2 }],
      [5, { kind: "continuation", raw: EVERY_KIND[4], text: "more" }],
      [6, { kind: "property", raw: EVERY_KIND[5], key: "s3", value: "", indent: 0 }],
      [7, { kind: "comment", raw: EVERY_KIND[6] }],
      [8, { kind: "sub-property", raw: EVERY_KIND[7], key: "addressing_style", value: "path" }],
      [9, { kind: "header", raw: EVERY_KIND[8], content: "profile y", clean: true }],
      [10, {
        kind: "invalid",
        raw: EVERY_KIND[9],
        reason: "has a colon instead of an equals sign",
        pythonReads: true,
      }],
      [11, {
        kind: "invalid",
        raw: EVERY_KIND[10],
        reason: "is neither a section nor a property: it has no equals sign",
        pythonReads: false,
      }],
    ],
  );
  assert.deepEqual(
    doc.sections.map(({ index, lines }) => [index, lines]),
    [[0, doc.lines.slice(2, 8)], [1, doc.lines.slice(8)]],
  );
  assert.equal(doc.text, EVERY_KIND.join(""));
});

Deno.test("parseDocument: the kinds of lines, and what is wrong with those that are invalid", () => {
  const table: readonly (readonly [text: string, kinds: string])[] = [
    ["", ""],
    ["\n[x]\n", "blank header"],
    ["# c\na = 1\n", "comment invalid: comes before the first section"],
    ["[x]\n[y\n", "header invalid: starts with a bracket but is not a section"],
    ["[x]\n[]\n", "header invalid: starts with a bracket but is not a section"],
    ["[x]\n= 1\n", "header invalid: has no name before the equals sign"],
    ["[x]\n: x\n", "header invalid: has no name before the equals sign"],
    ["[x]\n: x = 1\n", "header invalid: has no name before the equals sign"],
    ["[x]\na: x\n", "header invalid: has a colon instead of an equals sign"],
    ["[x]\na\n", "header invalid: is neither a section nor a property: it has no equals sign"],
    [
      "[x]\na =\n  b\n",
      'header property invalid: follows the empty value on line 2 but is not "name = value"',
    ],
    // What nobody reads leaves an indented line to the property above it.
    [
      "[x]\na =\nword\n  b = 1\n",
      "header property invalid: is neither a section nor a property: it has no equals sign sub-property",
    ],
    ["[x]\na: 1\n  b = 1\n", "header invalid: has a colon instead of an equals sign continuation"],
  ];
  for (const [text, kinds] of table) {
    const found = parseDocument(text).lines.map((line) =>
      line.kind === "invalid" ? `invalid: ${line.reason}` : line.kind
    );
    assert.equal(found.join(" "), kinds, JSON.stringify(text));
  }
});

Deno.test("parseDocument: takes a byte order mark for a part of the first line", () => {
  const [first] = parseDocument("\uFEFF[default]\n").lines;
  assert.deepEqual(first, {
    kind: "header",
    number: 1,
    raw: "\uFEFF[default]\n",
    start: 0,
    content: "default",
    clean: true,
  });
});

Deno.test("parseDocument: a header is clean only where every SDK begins the same section", () => {
  const table: readonly (readonly [string, boolean])[] = [
    ["[x]", true],
    ["[x]  ", true],
    ["[x] # c", true],
    ["[x]  # c", true],
    ["[x]\t; c", true],
    ["[x]# c", false],
    ["[x] # [c]", false],
    ["[x] c", false],
    [" [x]", false],
    ["[x # y]", false],
  ];
  for (const [text, clean] of table) {
    const [line] = parseDocument(text).lines;
    assert.equal(line?.kind === "header" && line.clean, clean, text);
  }
});

Deno.test("lineEnding: whatever ends the line, and nothing before it", () => {
  const table: readonly (readonly [string, string])[] = [
    ["a\n", "\n"],
    ["a\r\n", "\r\n"],
    ["a\r\r\n", "\r\r\n"],
    ["a\rb\n", "\n"],
    ["a", ""],
    ["", ""],
  ];
  for (const [raw, ending] of table) assert.equal(lineEnding(raw), ending, JSON.stringify(raw));
});

Deno.test("isSpace: is what Python takes for white space, not JavaScript", () => {
  for (const char of "\t\n\v\f\r\x1c\x1f \x85\u00a0\u2003\u2028\u3000") {
    assert.ok(isSpace(char.charCodeAt(0)), JSON.stringify(char));
  }
  for (const char of "a_\x00\x1b\x7f\uFEFF\u200b") {
    assert.ok(!isSpace(char.charCodeAt(0)), JSON.stringify(char));
  }
});

Deno.test("readProfile: says where everything stands", () => {
  const text = "[profile x]\na = 1\n\n[profile x]\nA = 2\n  more\ns3 =\n  b = 3\n";
  const profile = readProfile(parseDocument(text), "config", "x");
  assert.deepEqual(profile?.lines, [1, 4]);
  assert.deepEqual([...profile?.properties.values() ?? []], [
    { key: "a", value: "2\nmore", line: 5, sub: new Map() },
    { key: "s3", value: "", line: 7, sub: new Map([["b", "3"]]) },
  ]);
  assert.equal(readProfile(parseDocument(text), "config", "y"), undefined);
  const spaced = "[ default ]\na = 1\n[default]\nb = 2\n";
  assert.deepEqual(
    [...readProfile(parseDocument(spaced), "config", "default")?.properties.keys() ?? []],
    ["a", "b"],
    "neither has the prefix",
  );
});

Deno.test("profileNames: lists each profile once, by the file's kind", () => {
  const text =
    "[default]\n[profile x]\n[profile default]\n[sso-session s]\n[y]\n[profile 'a b']\n[x]\n";
  assert.deepEqual(profileNames(parseDocument(text), "config"), ["default", "x"]);
  assert.deepEqual(profileNames(parseDocument(text), "credentials"), ["default", "y", "x"]);
});

Deno.test("headerProfile: a name is found however its header is written", () => {
  const table: readonly (readonly [content: string, ...names: readonly (string | undefined)[]])[] =
    [
      ["default", "default", "default"],
      ["default ", "default", "default"],
      [" default", "default", "default"],
      ["\tdefault", "default", "default"],
      ["\u00a0default", "default", "default"],
      ['"default"', undefined, '"default"'],
      ["x", undefined, "x"],
      ["profile x", "x", undefined],
      ["profile  x", "x", undefined],
      ["profile\tx", "x", undefined],
      ["profile x ", "x", undefined],
      ['profile "x"', "x", undefined],
      ["profile 'a b'", "a b", undefined],
      ["profile.x", "x", "profile.x"],
      ["profile.x ", "x", "profile.x"],
      ["profile", undefined, "profile"],
      ["profile ", undefined, "profile"],
      ["services x", undefined, "services x"],
      ["my profile x", undefined, "my profile x"],
      ['profile "x" y', '"x" y', undefined],
      ["d\u00e9fault", undefined, "d\u00e9fault"],
      ["default;", undefined, "default;"],
    ];
  for (const [content, config, credentials] of table) {
    assert.equal(headerProfile("config", content), config, `[${content}] of config`);
    assert.equal(headerProfile("credentials", content), credentials, `[${content}] of credentials`);
  }
});

Deno.test("isPortableHeader: what every SDK takes for the same profile, by the file's kind", () => {
  const table: readonly (readonly [content: string, config: boolean, credentials: boolean])[] = [
    ["default", true, true],
    ["x", false, true],
    ["profile x", true, false],
    ["profile\tx", true, false],
    ["profile  x", false, false],
    ["profile x y", false, false],
    ["my profile x", false, false],
    ["profile 'x'", true, false],
    ['profile "x"', true, false],
    ["profile 'x\"", false, false],
    ["profile x'", false, false],
    [" x", false, false],
    ["x ", false, false],
  ];
  for (const [content, config, credentials] of table) {
    assert.equal(isPortableHeader("config", content), config, `[${content}] of config`);
    assert.equal(isPortableHeader("credentials", content), credentials, `[${content}]`);
  }
});

Deno.test("hiddenProfiles: the indented lines at which JavaScript alone begins a profile", () => {
  const text = [
    "[default]",
    "a = 1",
    "  [profile x]",
    "  b [profile y]",
    "  [profile z",
    "  more",
    "  [services s]",
    "[profile w]",
    "a = 1",
    "  [profile x] # c",
    "# [profile v]",
    "",
  ].join("\n");
  assert.deepEqual([...hiddenProfiles(parseDocument(text), "config")], [["x", [3, 10]]]);
  const credentials = text.replaceAll("profile ", "");
  assert.deepEqual([...hiddenProfiles(parseDocument(credentials), "credentials")], [
    ["x", [3, 10]],
    ["services s", [7]],
  ]);
});

Deno.test("refusals, diagnose: name the lines, sorted, and never a value", () => {
  const text = [
    "[profile x]",
    "a = SECRET # c",
    "A = SECRET",
    "SECRET",
    "[profile  y]",
    "[profile x]",
    "b: SECRET",
    "[profile 'x']",
    "c = 1\rd = SECRET",
    "",
  ].join("\n");
  const document = parseDocument(text);
  const refused = refusals(document);
  assert.deepEqual(refused.map(({ lines }) => lines), [[2, 3], [4], [1, 6], [9]]);
  const problems = diagnose(document, "config", ["x", "y"]);
  assert.deepEqual(problems.map(({ lines }) => lines), [[1, 6, 8], [2], [5], [7]]);
  assert.ok(!JSON.stringify([...refused, ...problems]).includes("SECRET"));
  assert.deepEqual(diagnose(parseDocument("# c\n[default]\na = 1\n"), "config", ["default"]), []);
});

Deno.test("diagnose: says of each line how SDKs differ, and nothing where they do not", () => {
  const indented = "is indented, so some SDKs treat it as part of the line above";
  const comment = "has a comment after the value, which Python SDKs treat as part of the value";
  const inC = "is an indented comment, which SDKs written in C treat as part of the value above";
  const table: readonly (readonly [text: string, said: readonly string[]])[] = [
    ["[profile x]\na = 1\n# c # d\n\nb = 1#2;3\n", []],
    ["[profile x]\n  a = 1\n  b = 1\n", [`2 ${indented}`]],
    ["[profile x]\n# c\n\n  a = 1\n", [`4 ${indented}`]],
    ["[profile x]\na = 1 # c\n", [`2 ${comment}`]],
    ["[profile x]\na = 1\t;c\n", [`2 ${comment}`]],
    ["[profile x]\na #b = 1\n", []],
    ["[profile x]\na:b = 1\n", ["2 has a colon in its name, where Python SDKs end the name"]],
    ["[profile x]\na: 1\n", ["2 has a colon instead of an equals sign; only Python SDKs read it"]],
    ["[profile x]\nword\n", []],
    ["[profile x]\na = 1\n  # c\n", [`3 ${inC}`]],
    ["[profile x]\na = 1\n\n  # c\n", [`4 ${inC}`]],
    ["[profile x]\na = 1\n  [b\n", ["3 is indented, so only JavaScript SDKs start a section here"]],
    [
      "[profile x]\na = 1\n  b = 1\n",
      ["3 continues a value, but JavaScript SDKs read it as a property"],
    ],
    ["[profile x]\na = 1\n  more [\n", ["3 continues a value, but JavaScript SDKs ignore it"]],
    [
      "[profile x]# c\na = 1\n",
      ["1 starts a section that only some SDKs recognize, because of its spaces or comment"],
    ],
    ["[profile  x]\na = 1\n", ["1 names a profile in a way that only some SDKs understand"]],
    ["[DEFAULT]\n", ["1 starts a section whose settings Python SDKs apply to every profile"]],
  ];
  for (const [text, said] of table) {
    const found = diagnose(parseDocument(text), "config", ["x"])
      .filter(({ message }) => !message.includes("read nothing of the file"))
      .map(({ lines, message }) => `${lines.join()} ${message}`);
    assert.deepEqual(found, said, JSON.stringify(text));
  }
});

Deno.test("sayLines: up to six, and how many more", () => {
  for (
    const [count, said] of [
      [1, "line 1"],
      [2, "lines 1 and 2"],
      [6, "lines 1, 2, 3, 4, 5 and 6"],
      [7, "lines 1, 2, 3, 4, 5 and 2 more"],
    ] as const
  ) assert.equal(sayLines([...Array(count).keys()].map((index) => index + 1)), said);
});

Deno.test("remarksOn: what concerns the file and these profiles, as sentences without a value", () => {
  const text = "\uFEFF# c\n[profile x]\na = SECRET # c\n[profile y]\nb = SECRET # c\n[DEFAULT]\n" +
    "c = SECRET # c\n";
  const said = (...profiles: string[]) =>
    remarksOn(parseDocument(text, { file: "/f" }), "config", profiles);
  const ofFile = [
    "Line 1 of /f starts with a byte order mark, which makes Python and Go SDKs reject the file; save it " +
    "without one",
    "Line 6 of /f starts a section whose settings Python SDKs apply to every profile",
  ];
  assert.deepEqual(said(), ofFile);
  assert.deepEqual(
    said("x", "z"),
    ofFile.toSpliced(
      1,
      0,
      "Line 3 of /f has a comment after the value, which Python SDKs treat as part of the value",
    ),
  );
  assert.deepEqual(remarksOn(parseDocument("[x]\na = 1\n"), "credentials", ["x"]), []);
  const twice = remarksOn(parseDocument("[default]\n[profile default]\n"), "config", ["default"]);
  assert.match(twice.join(), /^Lines 1 and 2 of the config file start the same profile/);
});
