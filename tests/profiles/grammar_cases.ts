/** The grammar of the shared files as a table: what we read, and where JavaScript or Python differ. */

import type { FileKind } from "../../src/profiles/names.ts";

/** By key; sub-properties as `s3.addressing_style`. */
export type Values = Record<string, string>;

/** A text, and what each reader makes of it. */
export interface Case {
  readonly says: string;
  readonly text: string;
  /** config unless said. */
  readonly kind?: FileKind;
  /** `x` unless said. */
  readonly name?: string;
  /** What our document reads; undefined: no such profile. */
  readonly ours: Values | undefined;
  /** Where JavaScript differs. "none": no such profile. */
  readonly smithy?: Values | "none";
  /** Where Python differs. */
  readonly botocore?: Values | "none" | "refused";
}

const A = { a: "1" };
const AB = { a: "1", b: "2" };

/** The table. */
export const CASES: readonly Case[] = [
  { says: "config: a profile has the prefix", text: "[profile x]\na = 1\n", ours: A },
  { says: "config: without the prefix it is no profile", text: "[x]\na = 1\n", ours: undefined },
  { says: "config: default needs no prefix", name: "default", text: "[default]\na = 1\n", ours: A },
  {
    says: "config: default may have it",
    name: "default",
    text: "[profile default]\na = 1\n",
    ours: A,
  },
  {
    says: "config: [profile default] behind [default] wins, they do not merge",
    name: "default",
    text: "[default]\na = 0\nb = 2\n[profile default]\na = 1\n",
    ours: A,
  },
  {
    says: "config: [profile default] before [default] wins; with Python the later one",
    name: "default",
    text: "[profile default]\na = 1\n[default]\na = 0\nb = 2\n",
    ours: A,
    botocore: { a: "0", b: "2" },
  },
  {
    says: "config: an sso-session is no profile",
    text: "[sso-session x]\na = 1\n",
    ours: undefined,
  },
  { says: "config: services are no profile", text: "[services x]\na = 1\n", ours: undefined },
  { says: "credentials: the name alone", kind: "credentials", text: "[x]\na = 1\n", ours: A },
  {
    says: "credentials: the prefix hides it",
    kind: "credentials",
    text: "[profile x]\na = 1\n",
    ours: undefined,
  },
  {
    says: "credentials: with Python the prefix is a part of the name",
    kind: "credentials",
    name: "profile x",
    text: "[profile x]\na = 1\n",
    ours: undefined,
    botocore: A,
  },
  {
    says: "names: all signs that are allowed",
    name: "aZ09-/.%@_:+",
    text: "[profile aZ09-/.%@_:+]\na = 1\n",
    ours: A,
  },
  { says: "names: are case-sensitive", text: "[profile X]\na = 1\n", ours: undefined },
  { says: "names: double quotes go", text: '[profile "x"]\na = 1\n', ours: A },
  { says: "names: single quotes go", text: "[profile 'x']\na = 1\n", ours: A },
  {
    says: "names: a blank within quotes, with Python only",
    name: "a b",
    text: '[profile "a b"]\na = 1\n',
    ours: A,
    smithy: "none",
  },
  { says: "names: a tab after the prefix", text: "[profile\tx]\na = 1\n", ours: A },
  {
    says: "names: two blanks after the prefix, not with JavaScript",
    text: "[profile  x]\na = 1\n",
    ours: A,
    smithy: "none",
  },
  {
    says: "names: blanks inside the brackets, with neither",
    text: "[ profile x ]\na = 1\n",
    ours: A,
    smithy: "none",
    botocore: "none",
  },
  {
    says: "names: JavaScript reads profile.x as profile x",
    text: "[profile.x]\na = 1\n",
    ours: A,
    botocore: "none",
  },
  {
    says: "keys: are case-insensitive, not with JavaScript",
    text: "[profile x]\nA = 1\n",
    ours: A,
    smithy: { A: "1" },
  },
  { says: "keys: no blanks around the equals sign", text: "[profile x]\na=1\n", ours: A },
  {
    says: "keys: the first equals sign counts",
    text: "[profile x]\na = 1=2==\n",
    ours: { a: "1=2==" },
  },
  {
    says: "keys: a colon separates with Python only",
    text: "[profile x]\na: 1\n",
    ours: {},
    smithy: "none",
    botocore: A,
  },
  {
    says: "keys: a colon in a name ends it with Python",
    text: "[profile x]\na:b = 1\n",
    ours: { "a:b": "1" },
    botocore: { a: "b = 1" },
  },
  {
    says: "values: raw, no quotes, no escapes",
    text: '[profile x]\na = "1 %(b)s \\n"\n',
    ours: { a: '"1 %(b)s \\n"' },
  },
  { says: "values: blanks around go", text: "[profile x]\na = \t1 2 \t\n", ours: { a: "1 2" } },
  {
    says: "values: may be empty; JavaScript skips them",
    text: "[profile x]\na =\nb = 2\n",
    ours: { a: "", b: "2" },
    smithy: { b: "2" },
  },
  { says: "comments: whole lines", text: "# c\n[profile x]\n# c\n; c\na = 1\n#b = 2\n", ours: A },
  { says: "comments: indented lines", text: "[profile x]\na = 1\n  # b = 2\n", ours: A },
  {
    says: "comments: behind a value after white space; part of it with Python",
    text: "[profile x]\na = 1 # c\nb = 2\t; c\n",
    ours: AB,
    botocore: { a: "1 # c", b: "2\t; c" },
  },
  {
    says: "comments: not without white space",
    text: "[profile x]\na = 1#c\nb = 2;c\n",
    ours: { a: "1#c", b: "2;c" },
  },
  {
    says: "comments: behind the equals sign after white space",
    text: "[profile x]\na = #c\nb = 2\n",
    ours: { a: "", b: "2" },
    smithy: { b: "2" },
    botocore: { a: "#c", b: "2" },
  },
  { says: "comments: behind a header", text: "[profile x] # c\na = 1\n", ours: A },
  {
    says: "comments: right behind a header, not with JavaScript",
    text: "[profile x]# c\na = 1\n",
    ours: A,
    smithy: "none",
  },
  {
    says: "comments: with a bracket behind a header, not with Python",
    text: "[profile x] # [c]\na = 1\n",
    ours: A,
    botocore: "none",
  },
  {
    says: "continuation: a deeper line continues the value; skipped by JavaScript",
    text: "[profile x]\na = 1\n  more # c\nb = 2\n",
    ours: { a: "1\nmore # c", b: "2" },
    smithy: AB,
  },
  {
    says: "continuation: goes on behind a comment; skipped by JavaScript",
    text: "[profile x]\na = 1\n# c\n  more\n",
    ours: { a: "1\nmore" },
    smithy: A,
  },
  {
    says: "continuation: with an equals sign, JavaScript reads a property",
    text: "[profile x]\na = 1\n  b = 2\n",
    ours: { a: "1\nb = 2" },
    smithy: AB,
  },
  {
    says: "continuation: with brackets, JavaScript begins a section",
    text: "[profile x]\na = 1\n  [profile y]\nb = 2\n",
    ours: { a: "1\n[profile y]", b: "2" },
    smithy: A,
  },
  {
    says: "indentation: a whole section may be indented",
    text: "[profile x]\n  a = 1\n  b = 2\n",
    ours: AB,
  },
  { says: "indentation: headers too", text: "  [profile x]\n  a = 1\n  b = 2\n", ours: AB },
  {
    says: "indentation: less than above is a property",
    text: "[profile x]\n    a = 1\n  b = 2\n",
    ours: AB,
  },
  {
    says: "sub-properties: under an empty value",
    text: "[profile x]\ns3 =\n  c = 3\n  d = 4\na = 1\n",
    ours: { s3: "", "s3.c": "3", "s3.d": "4", a: "1" },
    smithy: { "s3.c": "3", "s3.d": "4", a: "1" },
    botocore: { "s3.c": "3", "s3.d": "4", a: "1" },
  },
  {
    says: "sub-properties: in an indented section JavaScript goes on reading them",
    text: "[profile x]\n  s3 =\n    c = 3\n  a = 1\n",
    ours: { s3: "", "s3.c": "3", a: "1" },
    smithy: { "s3.c": "3", "s3.a": "1" },
    botocore: { "s3.c": "3", a: "1" },
  },
  {
    says: "sub-properties: without an equals sign Python refuses the file",
    text: "[profile x]\na = 1\ns3 =\n  c\n",
    ours: { a: "1", s3: "" },
    smithy: A,
    botocore: "refused",
  },
  {
    says: "duplicates: sections merge; Python refuses",
    text: "[profile x]\na = 0\nb = 2\n[profile x]\na = 1\n",
    ours: AB,
    botocore: "refused",
  },
  {
    says: "duplicates: in other words Python takes the last section",
    text: "[profile x]\na = 0\nb = 2\n[profile 'x']\na = 1\n",
    ours: AB,
    botocore: A,
  },
  {
    says: "duplicates: the last key wins; Python refuses",
    text: "[profile x]\na = 0\na = 1\n",
    ours: A,
    botocore: "refused",
  },
  {
    says: "duplicates: also in other capitals",
    text: "[profile x]\na = 0\nA = 1\n",
    ours: A,
    smithy: { a: "0", A: "1" },
    botocore: "refused",
  },
  {
    says: "invalid: a word alone; Python refuses",
    text: "[profile x]\na = 1\nword\n",
    ours: A,
    botocore: "refused",
  },
  {
    says: "invalid: what continues a line with a colon is not the value's",
    text: "[profile x]\na = 1\nb: 2\n  more\n",
    ours: A,
    botocore: { a: "1", b: "2\nmore" },
  },
  {
    says: "invalid: no name; Python refuses",
    text: "[profile x]\na = 1\n= 2\n",
    ours: A,
    botocore: "refused",
  },
  {
    says: "invalid: a property before any section; Python refuses",
    text: "b = 2\n[profile x]\na = 1\n",
    ours: A,
    botocore: "refused",
  },
  {
    says: "invalid: an unclosed header; Python refuses",
    text: "[profile x]\na = 1\n[profile y\n",
    ours: A,
    botocore: "refused",
  },
  {
    says: "invalid: words behind a header, read by Python only",
    text: "[profile y]\na = 0\n[profile x] word\na = 1\n",
    ours: A,
    smithy: "none",
  },
  {
    says: "invalid: [DEFAULT] is spread by Python",
    text: "[DEFAULT]\nb = 2\n[profile x]\na = 1\n",
    ours: A,
    botocore: AB,
  },
  {
    says: "invalid: [profile __proto__], for which JavaScript refuses the file",
    text: "[profile __proto__]\nb = 2\n[profile x]\na = 1\n",
    ours: A,
    smithy: "none",
  },
  { says: "bytes: CRLF", text: "[profile x]\r\na = 1\r\nb = 2\r\n", ours: AB },
  { says: "bytes: mixed line ends", text: "[profile x]\r\na = 1\nb = 2\r\r\n", ours: AB },
  { says: "bytes: no last newline", text: "[profile x]\na = 1\nb = 2", ours: AB },
  {
    says: "bytes: a byte order mark; Python refuses",
    text: "\uFEFF[profile x]\na = 1\n",
    ours: A,
    botocore: "refused",
  },
  {
    says: "bytes: a lone carriage return ends a line with Python",
    text: "[profile x]\na = 1\rb = 2\n",
    ours: { a: "1\rb = 2" },
    botocore: AB,
  },
  { says: "bytes: beyond ASCII", text: "[profile x]\na = é→🔑\n", ours: { a: "é→🔑" } },
  { says: "bytes: a no-break space is a blank", text: "[profile x]\na =\u00a01\u00a0\n", ours: A },
  { says: "bytes: nothing", text: "", ours: undefined },
];
