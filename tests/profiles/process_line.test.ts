/**
 * Lines for `credential_process`: how they look, and the documented rules of the readers that are not
 * here. What is here reads them in process_line_peers.test.ts.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { readByGo1 } from "../../src/profiles/go1.ts";
import { misreadBy, processLine, splitProcessLine } from "../../src/profiles/process_line.ts";
import {
  anyWords,
  RUNS,
  UNIX,
  WINDOWS,
  windowsArgv,
  windowsWords,
  type Words,
} from "./process_lines.ts";

const raw = String.raw;

for (const [os, table] of [["linux", UNIX], ["windows", WINDOWS]] as const) {
  Deno.test(`processLine quotes no more than it must, or refuses, on ${os}`, () => {
    for (const [words, line] of table) {
      assert.equal(processLine(words, os), line, JSON.stringify(words).slice(0, 99));
      if (line !== undefined) assert.deepEqual(splitProcessLine(line, os), words);
    }
  });
}

Deno.test("splitProcessLine reads what people write", () => {
  const cases: readonly (readonly [os: string, line: string, words: Words])[] = [
    ["linux", ` x  'a b'\t"c \\"d\\" \\\\ \\e"f\\ g `, ["x", "a b", 'c "d" \\ \\ef g']],
    ["darwin", "x a~b c#d e! !f g=h ^ %1% ''", [
      "x",
      "a~b",
      "c#d",
      "e!",
      "!f",
      "g=h",
      "^",
      "%1%",
      "",
    ]],
    ["windows", raw`"C:\a b\x"  a\\b "c\\" d\"e f"g h"i 50% it's`, [
      raw`C:\a b\x`,
      raw`a\\b`,
      "c\\",
      'd"e',
      "fg hi",
      "50%",
      "it's",
    ]],
    ["linux", "x! y", ["x!", "y"]],
    ["linux", "x a= ''~", ["x", "a=", "~"]],
    ["windows", 'x\t"a & b" "" (c)', ["x", "a & b", "", "(c)"]],
  ];
  for (const [os, line, words] of cases) assert.deepEqual(splitProcessLine(line, os), words, line);
});

Deno.test("splitProcessLine gives nothing for lines that not all read the same", () => {
  const lines = {
    linux: [
      ...["", "  ", "x 'a", 'x "a', "x \\", "x $A", 'x "$A"', 'x "\\$A"', "x `id`", 'x "`id`"'],
      ...[
        "x|y",
        "x&",
        "x;y",
        "x >y",
        "x <y",
        "(x)",
        "x a*",
        "x a?",
        "x [a]",
        "x {a,b}",
        "x #a",
        "x\ny",
      ],
      ...["~/x", "x ~", "x a=~", "x a:~", "A=b x", " A+=b x", "! x"],
    ],
    windows: [
      ...[
        "",
        " ",
        'x "a',
        "x %A%",
        "x %PATH%",
        'x "%A%"',
        "x&y",
        "x a|b",
        "x >a",
        "x ^a",
        'x "a\\"b&c"',
      ],
      ...['x "a""b"', '"C:\\a\\" y', 'C:"\\a b\\x"', '"a"b', "@x", "a=b x", "x\0"],
    ],
  };
  for (const [os, all] of Object.entries(lines)) {
    for (const line of all) assert.equal(splitProcessLine(line, os), undefined, `${os}: ${line}`);
  }
});

Deno.test("processLine on Unix survives .NET's own escaping, and we split it the same", () => {
  fc.assert(
    fc.property(anyWords, (words) => {
      const line = processLine(words, "linux");
      if (line === undefined) return;
      assert.deepEqual(splitProcessLine(line, "linux"), words);
      assert.deepEqual(
        windowsArgv(`x -c "${line.replace(/[\\"]/g, (c) => c === '"' ? '\\"' : "\\\\")}"`),
        ["x", "-c", line],
      );
    }),
    { numRuns: RUNS },
  );
});

/**
 * The words that a program gets which cmd starts; a string says why none is. The rules are those of `cmd /?` with
 * the delayed expansion that a registry key can switch on.
 */
function throughCmd(text: string, options: { program: string; s?: boolean }): string[] | string {
  const inner = /^[^"]*"([^"]*)"[^"]*$/.exec(text)?.[1] ?? "";
  const left = !options.s && inner === options.program && / /.test(inner) &&
    !/[&<>()@^|]/.test(inner);
  const line = left || !text.startsWith('"') ? text : text.replace(/^"(.*)"/s, "$1");
  const outside = line.replace(/"[^"]*(?:"|$)/g, "");
  if (/[&|<>^()]/.test(outside)) return "an operator outside quotes";
  if (/[%!]/.test(line)) return "a variable";
  const name = (/^(?:"[^"]*"|[^" \t,;=/])*/.exec(line)?.[0] ?? "").replaceAll('"', "");
  return name === options.program ? windowsArgv(line) : `another program: ${name}`;
}

/** Go's syscall.EscapeArg; Rust's standard library does the same. */
function escapedByGo(line: string): string {
  const escaped = line.replace(/(\\*)"/g, '$1$1\\"');
  return /[ \t]/.test(line) ? `"${escaped.replace(/\\+$/, "$&$&")}"` : escaped;
}

Deno.test("processLine on Windows survives cmd, however an SDK starts it, and the C runtime", () => {
  let quoted = 0;
  fc.assert(
    fc.property(fc.oneof(windowsWords, anyWords), (words) => {
      const line = processLine(words, "windows");
      if (line === undefined) return;
      const [program = ""] = words;
      if (line.includes('"')) quoted++;
      assert.deepEqual(splitProcessLine(line, "windows"), words);
      assert.deepEqual(windowsArgv(line), words, "Python, and .NET without cmd");
      assert.deepEqual(throughCmd(line, { program }), words, ".NET and C++");
      assert.deepEqual(throughCmd(`"${line}"`, { program, s: true }), words, "JavaScript and PHP");
      const java = /[ \t]/.test(line) && !/^".*"$/s.test(line) ? `"${line}"` : line;
      assert.deepEqual(throughCmd(java, { program }), words, "Java");
      if (misreadBy(line, "windows").length > 0) return;
      assert.deepEqual(throughCmd(escapedByGo(line), { program }), words, "Go and Rust");
    }),
    { numRuns: RUNS },
  );
  assert.ok(quoted > RUNS / 20, `only ${quoted} lines with quotes`);
});

Deno.test("processLine gives nothing for a line that is longer than the system takes", () => {
  // Linux counts bytes, Windows letters.
  for (
    const [os, most, letter] of [["linux", 131_000, "a"], ["windows", 8000, "a"], [
      "windows",
      8000,
      "\u00e9",
    ]] as const
  ) {
    const line = (length: number) => processLine(["x", letter.repeat(length - 2)], os)?.length;
    assert.deepEqual([line(most), line(most + 1)], [most, undefined], `${os} ${letter}`);
  }
  assert.equal(processLine(["x", "\u00e9".repeat(70_000)], "linux"), undefined);
});

Deno.test("misreadBy names Go and Rust for quotes on Windows, which they escape", () => {
  const line = '"C:\\a b\\x.exe" y';
  assert.deepEqual(misreadBy(line, "windows"), ["Go", "Rust"]);
  assert.equal(typeof throughCmd(escapedByGo(line), { program: "C:\\a b\\x.exe" }), "string");
  assert.deepEqual(misreadBy("C:\\x.exe y", "windows"), []);
});

/** Each with what version 1 of Go's SDK reads, as its own parser did; null where it refused the file. */
const GO_1: readonly (readonly [value: string, read: string | null])[] = [
  ["/x --a=b arn:aws:iam::1:role/x [c] 'd' \"e f\" g#h;i", "same"],
  ['"/o p/x" y', "/o p/x"],
  ["/x a #b", "/x a"],
  ["/x a=#b", "/x a="],
  ["/x 'a'#b", "same"],
  ['/x "a"#b', '/x "a"'],
  ['/x "a ""#b"', "same"],
  ["/x '$a ''#b'", "same"],
  ["/x 1\t#", "/x 1\t"],
  ["/x 1a\t#", "same"],
  ["/x 0x1f\t#", "/x 0x1f\t"],
  ["/x 0x11\t#", "/x 0x11\t"],
  ["/x 12x1f", null],
  ["/x true#", "/x true"],
  ['/x a"b', "same"],
  ['/x "a', null],
  ['/x "a\\\\"', null],
  ['/x "a\\" b"', "same"],
  ["/x -5", null],
  ["/x -x1", null],
  ["/x -5a --5 -- -p 5 0x1 1.5 1e-5", "same"],
  ["/x a=.5", null],
  ["/x 12b1", null],
];

Deno.test("misreadBy names Go where version 1 of its SDK reads another value", () => {
  for (const [value, read] of GO_1) {
    assert.equal(readByGo1(value) ?? null, read === "same" ? value : read, value);
    assert.equal(misreadBy(value, "linux").length, read === "same" ? 0 : 1, value);
  }
  assert.deepEqual([",b", "", "#b", "  a  "].map(readByGo1), [undefined, "", "", "a"]);
  // A comma outside quotes ends a value, and all of it is lost.
  assert.notEqual(readByGo1("/x a=,b"), "/x a=,b");
  for (const [[program = ""], line] of UNIX) {
    if (line !== undefined && program.includes("my apps")) {
      assert.deepEqual(misreadBy(line, "linux"), [], line);
    }
  }
});

// To look at the end of the word for each of its letters took hours.
Deno.test("splitProcessLine: a long word takes as long as it is", () => {
  const word = "a~".repeat(150_000);
  assert.deepEqual(splitProcessLine(`/x ${word}`, "linux"), ["/x", word]);
  for (const before of ["=", ":", "'='", '":"', "\\=", "'='''"]) {
    assert.equal(splitProcessLine(`/x a${before}~`, "linux"), undefined, before);
  }
});
