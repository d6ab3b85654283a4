/** Lines for which a strict SDK reads nothing of a file: what is said of them, and what these SDKs do. */

import assert from "node:assert/strict";
import { remarksOn } from "../../src/profiles/diagnose.ts";
import { parseDocument } from "../../src/profiles/document.ts";
import type { FileKind } from "../../src/profiles/names.ts";
import { refusedLines } from "../../src/profiles/strict.ts";
import { type PeerName, peerTest } from "../support/peers.ts";
import { KEY_READERS } from "./key_readers.ts";

const KEYS = "aws_access_key_id = KEY\naws_secret_access_key = s\n";

type Sdks = "" | "C" | "Go" | "PHP" | "C Go" | "C PHP" | "Go PHP";

/**
 * What stands in another profile, behind a property; the last line is the one that is refused, but that one
 * SDK may refuse the line above it.
 */
type Case = readonly [lines: string, sdks: Sdks, above?: "Go" | "PHP"];

const CASES: readonly Case[] = [
  ["a = b", ""],
  ["s3 =\n  a = b", ""],
  ["s3 =\n = value", "C PHP"],
  ["s3 =\n  # no comment to C", "C"],
  [" = value", "Go PHP"],
  ["a b! = c\n  d = e", "C PHP", "PHP"],
  ["[web2]\n  # indented", "C"],
  ["  # c (x)", "PHP"],
  ["# c (x!)", ""],
  ["  ; c (x)", ""],
  ["a = (b) {c} !d", ""],
  ["a(b) = c", "PHP"],
  ["a[b] = c", "Go"],
  ["yes = 1", "PHP"],
  ["\tnull = 1", "PHP"],
  ["yes_no = none", ""],
  ['a = "b', "Go"],
  ['a = "b" "c', "Go"],
  ['a = "b" c', ""],
  ["a = ,b", "Go"],
  ["a = b,c", ""],
  ["a = # todo", "Go"],
  ["a = -5", "Go"],
  ["a = b # -5", ""],
  ["[web2] # c", ""],
  ["[x]]", "Go"],
  // What C takes for a name, for an empty value, and for a profile.
  ["a\uFEFFb = c\n  d = e", "C"],
  ["a#b = c\n  d = e", "C"],
  ["s3 =\n# c\n  a = b", ""],
  ["a = b\n# c\n  word", ""],
  ["s3 =\n  abcd = b", ""],
  ["s3 =\n = value=x", "C PHP"],
  ["a =\n  \n  b = c", ""],
  ["a = # c\n  word", "C Go", "Go"],
  ["a = b # c\n  word", ""],
  ["[web2 # c]", "C Go"],
  ["[web2#c]", "C"],
  ["[web2 x]\na = b\n  c = d", "C"],
  ["[!web2]\na = b\n  c = d", "C"],
  ["[web2 ]\na = b\n  c = d", ""],
  ["[default]\na = b\n  c = d", ""],
  ["[ default ]\na = b\n  c = d", ""],
  ["[default x]\na = b\n  c = d", "C"],
  // What PHP takes for a name.
  ["a[b]c = d", "Go PHP"],
  ["a[b]=c", "Go"],
  ["a[bc] = d", "Go"],
  [" = [a]", "Go PHP"],
  [" = a ;b", "Go PHP"],
  ["[x] = d", "Go PHP"],
  ["[x] ;= d", ""],
  ["yes=1", "PHP"],
  // What older Go takes for white space, for a number, and for the rest of a header's line.
  ["V = b", ""],
  ["a = \v-5", "Go"],
  ["a = -x1f", "Go"],
  ["a = 12b11", "Go"],
  ["a = 12x11", "Go"],
  ["a = 12x1f", "Go"],
  ["[x] c", ""],
  ["[x] c =", ""],
  ["[x] c d = e f g", ""],
  ["[x] c = ,d", "Go"],
  ["[x] c = #d", "Go"],
  ["[x][y]", ""],
  ["[[x]", "Go"],
];

const OF_KIND: Readonly<Record<FileKind, readonly Case[]>> = {
  config: [
    ["[plugins]\n  a = b", "C"],
    ["[ web3]\na = b\n  c = d", "C"],
    ["[profile  web3]\na = b\n  c = d", ""],
    ["[ profile web3]\na = b\n  c = d", ""],
    ["[myprofile web3]\na = b\n  c = d", "C"],
    ["[my profile web3]\na = b\n  c = d", "C"],
    ["[sso-session s]\na = b\n  c = d", ""],
    ["[services s]\na = b\n  c = d", ""],
  ],
  credentials: [
    ["[ web3]\na = b\n  c = d", ""],
    ["[profile web3]\na = b\n  c = d", "C"],
  ],
};

const SDKS = { C: "aws-crt", Go: "rclone", PHP: "php" } as const satisfies Record<string, PeerName>;

function fileWith(kind: FileKind, lines: string): string {
  const header = (name: string) => kind === "config" ? `[profile ${name}]` : `[${name}]`;
  return `${header("other")}\nregion = x\n${
    lines.replace(/\[(.?)web2/, (_, sign) => header(`${sign}web2`).slice(0, -1))
  }\n\n` +
    `${header("web")}\n${KEYS}`;
}

const KINDS: readonly FileKind[] = ["config", "credentials"];

Deno.test("refusedLines: names the line, and the SDKs that read nothing of the file then", () => {
  for (const kind of KINDS) {
    for (const [lines, sdks, above] of [...CASES, ...OF_KIND[kind]]) {
      const found = [...refusedLines(parseDocument(fileWith(kind, lines)), kind)]
        .map(([names, at]) => [names.map((name) => name.split(" ", 1)[0]).join(" "), ...at]);
      const last = 2 + lines.split("\n").length;
      const others = sdks.split(" ").filter((sdk) => sdk !== "" && sdk !== above).join(" ");
      const wanted = [...above ? [[above, last - 1]] : [], ...others ? [[others, last]] : []];
      assert.deepEqual(found, wanted, `${kind}: ${lines}`);
    }
  }
});

Deno.test("refusedLines: at the beginning of a file C has nothing that an indented line could be part of", () => {
  for (
    const [text, line] of [["  [profile x]\n", 1], ["a = b\n  c = d\n[profile x]\n", 2]] as const
  ) {
    const found = [...refusedLines(parseDocument(text), "config")]
      .filter(([names]) => names.some((name) => name.startsWith("C "))).map(([, lines]) => lines);
    assert.deepEqual(found, [[line]], JSON.stringify(text));
  }
});

for (const [sdk, peerName] of Object.entries(SDKS)) {
  peerTest(
    peerName,
    `refusedLines: ${peerName} reads nothing then, and all otherwise`,
    async (path) => {
      const reader = KEY_READERS.find(({ peer }) => peer === peerName) ?? assert.fail();
      for (const kind of KINDS) {
        const cases = [...CASES, ...OF_KIND[kind]];
        const files = cases.map(([lines]) => ({
          kind,
          text: fileWith(kind, lines),
          names: ["web"],
        }));
        const answers = await reader.read(path, files);
        cases.forEach(([lines, sdks], at) => {
          const key = answers[at]?.["web"]?.key ?? null;
          assert.equal(key, sdks.split(" ").includes(sdk) ? null : "KEY", `${kind}: ${lines}`);
        });
      }
    },
  );
}

Deno.test("remarksOn: a line of another profile that strict SDKs refuse is said, with its file", () => {
  const said = (text: string) =>
    remarksOn(parseDocument(text, { file: "/f" }), "config", ["web"]).join("\n");
  const one = said("[profile foo]\ns3 =\n = value\n[profile web]\n");
  assert.match(one, /^Line 3 of \/f makes SDKs .*\bC\b.* and PHP read nothing of the file$/);
  assert.doesNotMatch(one, /value/);
  const many = said("[profile foo]\n" + "  yes = 1\n  # (x)\n".repeat(20));
  assert.match(many, /^Lines 2, 4, 6, 8, 10 and 15 more of \/f make SDKs .*\bC\b.* read nothing/m);
  assert.equal(said("[profile foo]\ns3 =\n  a = b\n# (note)\n[profile web]\n"), "");
  assert.match(
    said("[profile web]\nregion = a\n  # why\n"),
    /^Line 3 of \/f is an indented comment, which SDKs written in C treat as part of the value above$/,
  );
});

Deno.test("remarksOn: more refused lines than a function takes arguments are said", () => {
  const doc = parseDocument(`[profile x]\n${'a = "\n'.repeat(130_000)}`);
  assert.match(remarksOn(doc, "config", ["x"]).join("\n"), /Lines 2, 3, 4, 5, 6 and 129995 more/);
});
