/**
 * Words and lines that the tests of process_line.ts share.
 *
 * @module
 */

import fc from "fast-check";
import { processLine } from "../../src/profiles/process_line.ts";
import { HOSTILE } from "../support/shell_values.ts";

/** The runs of each property: FUZZ_RUNS, or 500. */
export const RUNS = Number(Deno.env.get("FUZZ_RUNS") ?? 500);
const raw = String.raw;
/** A program and its arguments. */
export type Words = readonly string[];
/** Words, and the line for them if there is one. */
export type Case = readonly [words: Words, line: string | undefined];

/** Each with its line on Unix. */
export const UNIX: readonly Case[] = [
  [["/opt/x", "--role-arn", "arn:aws:a+b=c,d@e%_.-"], "/opt/x --role-arn arn:aws:a+b=c,d@e%_.-"],
  [["/opt/my apps/x", "--profile", "y"], '/"opt/my apps/x" --profile y'],
  // Only the whole word is a shell's.
  [["iffy", "y"], "iffy y"],
  [["undo", "y"], "undo y"],
  [["if", "y"], 'i"f" y'],
  [
    ["x", "", "it's", "*?[a]{b}", "~", "!x", "a|b>c&(e)"],
    `x "" "it's" "*?[a]{b}" "~" "!x" "a|b>c&(e)"`,
  ],
  [["x", "$HOME", "`id`", 'say "hi"', "é🔑"], `x '$HOME' '\`id\`' 'say "hi"' "é🔑"`],
  [["x", "a\\", raw`\\b\$c`], raw`x "a\\" "\\\\""b\\"'$c'`],
  [["x", "it's $5"], `x 'it'"'s "'$5'`],
  [["x", "a #b # c", "#d", "e#f"], 'x "a ""#b ""# c" "#d" "e#f"'],
  [["a=b", "=c"], 'a"=b" "=c"'],
  [["ab=c", "a b"], 'a"b=c" "a b"'],
  [["-x", "y"], '"-x" y'],
  [["if", "time"], 'i"f" time'],
  [["/opt/$x/y", "it's"], `/'opt/$x/y' "it's"`],
  [["./a b", "a b"], '."/a b" "a b"'],
  // What Go's SDK before version 2 would cut or refuse without quotes.
  [
    ["/x", "a=,b", ",", "-5", "-p", "--", ".5", "12b3", "x=e5"],
    '/x "a=,b" "," "-5" -p -- ".5" "12b3" "x=e5"',
  ],
  // PHP would take the first and the last quote away.
  [["/opt/my apps/x", "a b"], '/"opt/my apps/x" "a b"'],
  [["é x", "a b"], undefined],
  [["x", "a;b"], undefined],
  [["x", "a\nb"], undefined],
  [["x", "a\0b"], undefined],
  [["x", "\ud800"], undefined],
  [["x", "a".repeat(131_000)], undefined],
  [["", "x"], undefined],
  [[], undefined],
];

/** Each with its line on Windows. */
export const WINDOWS: readonly Case[] = [
  [
    [raw`C:\b\x.exe`, "https://idp/é?a=$b#c,~*", raw`C:\d`],
    raw`C:\b\x.exe https://idp/é?a=$b#c,~* C:\d`,
  ],
  [[raw`C:\Program Files\x.exe`, "--profile", "y"], raw`"C:\Program Files\x.exe" --profile y`],
  [
    [raw`\\h\x.exe`, "a b", "", "c&d^(e)|<f>", "g\\", "#h"],
    raw`\\h\x.exe "a b" "" "c&d^(e)|<f>" "g\\" "#h"`,
  ],
  [["x.exe", "a #b\\"], raw`x.exe "a "#"b\\"`],
  [["x.exe", "a #"], 'x.exe "a "#'],
  [["x.exe", raw`a b\\` + "\\"], raw`x.exe "a b\\\\\\"`],
  // Nothing follows, so PHP would take the quotes away.
  [[raw`C:\Program Files\x.exe`], undefined],
  // cmd would take the first and the last quote away.
  [[raw`C:\Program Files\x.exe`, "a b"], undefined],
  [[raw`C:\Program Files (x86)\x.exe`, "y"], undefined],
  [[raw`C:\a&b\x.exe`, "y"], undefined],
  [[raw`&\a b\x.exe`, "y"], undefined],
  [["-a b.exe", "y"], undefined],
  [["C:\\a b\\", "y"], undefined],
  [["C:/b/x.exe", "y"], undefined],
  [[raw`C:\a,b.exe`, "y"], undefined],
  [["x.exe", 'a"b'], undefined],
  [["x.exe", "a%b"], undefined],
  [["x.exe", "a!b"], undefined],
  [["x.exe", "a;b"], undefined],
  [["x.exe", "a\rb"], undefined],
  [["x.exe", "a".repeat(8000)], undefined],
];

const character = fc.constantFrom(
  ..."'\"\\$`!%\t ;&|#~*-a1é=()<>?[]{}^,/:@+.\n🔑\u00a0\u3000\u2019",
);
const argument = fc.oneof(
  fc.string({ unit: character, maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(..."'\"\\$ #a"), maxLength: 8 }),
  fc.constantFrom(...HOSTILE),
);
/** Any words, hostile ones above all. */
export const anyWords = fc.array(argument, { maxLength: 5 });
/** Words of which most can be kept on Windows. */
export const windowsWords = fc.tuple(
  fc.oneof(argument, fc.constantFrom("x", raw`C:\b\x.exe`, raw`C:\Program Files\x.exe`)),
  fc.array(fc.string({ unit: fc.constantFrom(..."\\ #&^a1()-é,=|\t"), maxLength: 6 }), {
    maxLength: 4,
  }),
).map(([program, args]) => [program, ...args]);
/** Lines as nobody should write them. */
export const anyLine = fc.string({ unit: fc.constantFrom(..."'\"\\$ ~#*=a1\t&%!"), maxLength: 12 });

/** Words that processLine keeps, with their lines: the tables, hostile arguments, and FUZZ_RUNS more. */
export function sampleLines(
  os: string,
  words: fc.Arbitrary<string[]>,
): { words: Words; line: string }[] {
  const table = (os === "windows" ? WINDOWS : UNIX).map(([words]) => words);
  const each = HOSTILE.map((value): Words => ["x", value]);
  return [...table, ...each, ...fc.sample(words, RUNS)].flatMap((words) => {
    const line = processLine(words, os);
    return line === undefined ? [] : [{ words, line }];
  });
}

/**
 * The words of a command line on Windows:
 * https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw
 */
export function windowsArgv(line: string): string[] {
  const [, quoted, bare = "", rest = ""] = /^(?:"([^"]*)"?|([^ \t]*))(.*)$/s.exec(line) ?? [];
  const words = [quoted ?? bare];
  let [word, inside]: [string | undefined, boolean] = [undefined, false];
  for (let at = 0; at <= rest.length; at++) {
    const [, slashes = "", quote] = /^(\\*)("?)/.exec(rest.slice(at)) ?? [];
    if (quote === '"') {
      at += slashes.length;
      word = (word ?? "") + "\\".repeat(slashes.length >> 1);
      if (slashes.length % 2 === 1) word += '"';
      else if (inside && rest[at + 1] === '"') word += rest[++at];
      else inside = !inside;
    } else if (at === rest.length || (!inside && /[ \t]/.test(rest.charAt(at)))) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + rest.charAt(at);
  }
  return words;
}
