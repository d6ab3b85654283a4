/** What the quick pass says, held against the lines themselves. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { codeUnits } from "../../src/profiles/codes.ts";
import { refusals } from "../../src/profiles/diagnose.ts";
import { type Document, lineAt, parseDocument, preamble } from "../../src/profiles/document.ts";
import { profileSections, sectionsOf } from "../../src/profiles/names.ts";
import { findSections, type Outline } from "../../src/profiles/outline.ts";
import type { Section } from "../../src/profiles/section.ts";
import { NAMES, tidyText, wildText } from "./arbitraries.ts";

const RUNS = Number(Deno.env.get("FUZZ_RUNS") ?? 500);
const anyText = fc.oneof(wildText, tidyText.map(({ text }) => text));

/** The same document, but nothing is taken for granted. */
function distrusted(doc: Document): Document {
  const sections = [...doc.sections].map((section) => ({
    ...spreadSection(section),
    plain: false,
  }));
  return { ...doc, sections, plainStart: false, distinct: false };
}

/** An outline as plain objects, to compare. */
function spread(outline: Outline) {
  return {
    ...outline,
    sections: [...outline.sections].map(spreadSection),
    odd: outline.odd.map(spreadSection),
    bracketed: outline.bracketed.map(spreadSection),
  };
}

function spreadSection(section: Section): Section {
  const { index, first, end, start, stop, content, clean, plain, lines } = section;
  return { index, first, end, start, stop, content, clean, plain, lines };
}

Deno.test("parseDocument: any text: sections begin and end where the lines say", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const doc = parseDocument(text);
      assert.equal(doc.lineCount, doc.lines.length);
      const headers = doc.lines.filter((line) => line.kind === "header");
      assert.deepEqual(
        [...doc.sections].map(({ start, content, clean }) => ({ start, content, clean })),
        headers.map(({ start, content, clean }) => ({ start, content, clean })),
      );
      assert.deepEqual([...doc.sections].map(({ index }) => index), [...headers.keys()]);
      assert.deepEqual(
        [...doc.sections].map(({ stop }) => stop),
        [
          ...headers.slice(1).map(({ start }) => start),
          ...headers.slice(0, 1).map(() => text.length),
        ],
      );
      // Read one by one, the parts have the lines that the whole has.
      assert.deepEqual(
        [...preamble(doc), ...[...doc.sections].flatMap(({ lines }) => lines)],
        doc.lines,
      );
      for (const { first, end, lines } of doc.sections) {
        assert.deepEqual(doc.lines.slice(first, end), lines);
      }
      for (let index = -1; index <= doc.lineCount; index++) {
        assert.deepEqual(lineAt(doc, index), doc.lines[index]);
      }
      for (const line of doc.lines) {
        if (line.kind !== "continuation" || !line.text.startsWith("[")) continue;
        assert.ok(doc.bracketed.some(({ lines }) => lines.some((one) => one.start === line.start)));
      }
    }),
    { numRuns: RUNS },
  );
});

Deno.test("findSections: any text: finds the same in whatever blocks", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 0, max: 30 }), (text, block) => {
      assert.deepEqual(spread(findSections(text, block)), spread(findSections(text)));
    }),
    { numRuns: RUNS },
  );
});

Deno.test("refusals: any text: what was taken for plain has none", () => {
  let plain = 0;
  fc.assert(
    fc.property(anyText, (text) => {
      const doc = parseDocument(text);
      plain += [...doc.sections].filter((section) => section.plain).length;
      assert.deepEqual(refusals(doc), refusals(distrusted(doc)));
      for (const { lines } of [...doc.sections].filter((section) => section.plain)) {
        assert.ok(lines.every((line) => line.kind !== "invalid"));
      }
    }),
    { numRuns: RUNS },
  );
  // A pass that never knows would be right too.
  assert.ok(plain > RUNS / 2, `only ${plain} sections were plain`);
});

Deno.test("sectionsOf: any text: finds what profileSections() finds", () => {
  fc.assert(
    fc.property(anyText, fc.boolean(), (text, many) => {
      const doc = parseDocument(text);
      const names = many ? [...NAMES, "z", "a.b/c@d", "a b", "none"] : ["x", "default"];
      for (const kind of ["config", "credentials"] as const) {
        const all = profileSections(doc, kind);
        const wanted = new Map([...all].filter(([name]) => names.includes(name)));
        assert.deepEqual(sectionsOf(doc, kind, names), wanted);
      }
    }),
    { numRuns: RUNS },
  );
});

Deno.test("sectionsOf: however a header is written, a name is found in it as profileSections() finds it", () => {
  const name = "default";
  const spelled = [
    ...["default", "default ", " default", "\tdefault", '"default"', "'default'", "abcdefg", "x"],
    ...[
      "profile default",
      "profile  default",
      "profile\tdefault",
      'profile "default"',
      "profile.default",
    ],
    ...[
      "profile default ",
      "profile 'default'",
      "profile.default ",
      "profile",
      "profile ",
      "services default",
    ],
    ...[
      "abcdefg ",
      "abcdefg x",
      "\u00a0default",
      "default\u00a0",
      "d\u00e9fault",
      "default;",
      "default#",
    ],
  ];
  for (const content of spelled) {
    const doc = parseDocument(`[first]\na = 1\n[${content}]\na = 1\n[last]\n`);
    for (const kind of ["config", "credentials"] as const) {
      for (const wanted of [name, "abcdefg", "x"]) {
        assert.deepEqual(
          sectionsOf(doc, kind, [wanted]).get(wanted),
          profileSections(doc, kind).get(wanted),
          `[${content}] of the ${kind} file, ${wanted}`,
        );
      }
    }
  }
});

Deno.test("findSections: rare letters and blanks are not overlooked", () => {
  const table: readonly (readonly [text: string, sections: number, plain: boolean])[] = [
    ["[x]\na = 1\n", 1, true],
    ["[x]\na =\n  b = 1\n", 1, true],
    ["[x]\na = 1\n  b\n", 1, true],
    ["[x]\na: 1\n", 1, false],
    ["[x]\n\u00c9 = 1\n\u00e9 = 2\n", 1, false],
    // The Kelvin sign is a k in lower case.
    ["[x]\n\u212a = 1\nk = 2\n", 1, false],
    ["[x]\na =\u00a0\n  b\n", 1, false],
    ["[x]\na = # c\n  b\n", 1, false],
    ["[x]\na =\n  b = 1\x1c2\n", 1, false],
    ["[x]\na =\n  b = 1\u20282\n", 1, false],
    ["[x]\n\u00a0[y]\n\u2003[z]\n\x1c[a]\n", 4, true],
    ["\uFEFF[x]\n", 1, true],
    ["[x]\n[y", 1, false],
    ["[x]\n[]", 1, false],
    ["[x]\n[y]", 2, true],
    ["[x]\na", 1, false],
    ["[x]\na =", 1, true],
    ["[x]\na =\n  b", 1, false],
    ["[x]\na =\n  b =", 1, true],
    ["[x]\n\uFEFF[y]\n", 1, false],
    ["[x]\n\x7f[y]\n", 1, false],
  ];
  for (const [text, sections, plain] of table) {
    for (const block of [0, 1, 100]) {
      const found = [...findSections(text, block).sections];
      assert.equal(found.length, sections, JSON.stringify(text));
      assert.equal(found.every((section) => section.plain), plain, JSON.stringify(text));
    }
    assert.deepEqual(
      parseDocument(text).lines.filter(({ kind }) => kind === "header").length,
      sections,
    );
  }
});

// Names are read four letters at once where that is sure, else one by one: both must find the same one.
Deno.test("findSections: a name given twice is found, wherever it is cut and however it is written", () => {
  const pairs = (name: string) => [
    [`${name} = 1`, `${name}=2`],
    [`${name}=1`, `${name.toUpperCase()}\t= 2`],
    // The first of these is read the other way.
    [`  ${name} = 1`, `${name} = 2`],
    [`${name} = 1`, `${name.slice(0, 1)} ${name.slice(1)} = 2`],
  ];
  for (let length = 1; length <= 13; length++) {
    for (const name of ["abcdefghijklm", "a8b9c@d_e-f%g", "ABCDEFGHIJKLM", "_`{|}~!\"$&'()"]) {
      const first = name.slice(0, length);
      for (const lines of pairs(first)) {
        const text = `[x]\n${lines.join("\n\n")}\n`;
        for (const block of [0, 1, 7, 100]) {
          assert.equal(findSections(text, block).plain, false, JSON.stringify([text, block]));
        }
      }
      for (const other of [`${first}z`, `z${first}`, first.slice(1), `${first.slice(0, -1)}z`]) {
        if (other === "") continue;
        const text = `[x]\n${first} = 1\n${other} = 1\n`;
        assert.equal(findSections(text).plain, true, JSON.stringify(text));
      }
    }
  }
});

Deno.test("findSections: headers are distinct unless Python may see one twice", () => {
  for (const [text, distinct] of [["[x]\n[y]\n", true], ["[x]]\n[x] ]\n", false]] as const) {
    assert.equal(parseDocument(text).distinct, distinct);
  }
  assert.equal(refusals(parseDocument("[x] a]\n[x] a]\n"))[0]?.lines.join(), "1,2");
});

Deno.test("parseDocument: a file as the tools write it is plain throughout", () => {
  const keys = [
    ...["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_account_id"],
    ...["ca_bundle", "cli_auto_prompt", "cli_binary_format", "cli_history", "cli_pager"],
    ...["credential_process", "credential_source", "defaults_mode", "duration_seconds"],
    ...["endpoint_url", "external_id", "max_attempts", "metadata_service_num_attempts"],
    ...["mfa_serial", "output", "parameter_validation", "region", "retry_mode", "role_arn"],
    ...["role_session_name", "services", "source_profile", "sso_account_id", "sso_region"],
    ...["sso_registration_scopes", "sso_role_name", "sso_session", "sso_start_url"],
    ...["sts_regional_endpoints", "use_dualstack_endpoint", "use_fips_endpoint"],
    ...["web_identity_token_file", "x_principal_arn", "x_security_token_expires"],
  ];
  for (const eol of ["\n", "\r\n"]) {
    for (const indent of ["", "  "]) {
      const section = keys.map((key) => `${indent}${key} = 1${eol}`).join("");
      const text = `# ours${eol}${eol}[default]${eol}${section}${eol}[profile x]${eol}${section}`;
      const { sections, plainStart, distinct } = parseDocument(text);
      assert.deepEqual([...sections].map(({ plain }) => plain), [true, true]);
      assert.deepEqual([plainStart, distinct], [true, true]);
    }
  }
});

Deno.test("codeUnits: are those of the text, whether there is room or not", () => {
  for (const text of ["", "a", "abc", "abcdefgh", "é", "abé", "🔑", "\ud800", "x\uFEFF"]) {
    for (const room of [0, 3, 100]) {
      assert.deepEqual(
        Array.from(codeUnits(text, new Uint8Array(room))),
        Array.from({ length: text.length }, (_, index) => text.charCodeAt(index)),
      );
    }
  }
});
