import assert from "node:assert/strict";
import { parseDocument } from "../../src/profiles/document.ts";
import { DIALECTS } from "../../src/profiles/dialects.ts";
import { diagnose, refusals } from "../../src/profiles/diagnose.ts";
import { readProfile } from "../../src/profiles/read.ts";
import { type Case, CASES, type Values } from "./grammar_cases.ts";
import {
  HAS_BOTOCORE,
  NEEDS_BOTOCORE,
  type Profiles,
  readWithBotocore,
  readWithSmithy,
} from "./readers.ts";

function readOurs({ text, kind = "config", name = "x" }: Case): Values | undefined {
  const profile = readProfile(parseDocument(text), kind, name);
  if (profile === undefined) return undefined;
  const values: Values = {};
  for (const { key, value, sub } of profile.properties.values()) {
    values[key] = value;
    for (const [inner, text] of sub) values[`${key}.${inner}`] = text;
  }
  return values;
}

function expected(differing: Values | "none" | "refused" | undefined, ours: Values | undefined) {
  return differing ?? ours ?? "none";
}

function pick(profiles: Profiles, name = "x"): Values | "none" | "refused" {
  return profiles === "refused" ? "refused" : profiles[name] ?? "none";
}

for (const entry of CASES) {
  Deno.test(`readProfile: ${entry.says}`, async () => {
    assert.deepEqual(readOurs(entry), entry.ours);
    const smithy = await readWithSmithy({ text: entry.text, kind: entry.kind ?? "config" });
    assert.deepEqual(pick(smithy, entry.name), expected(entry.smithy, entry.ours), "JavaScript");
  });
}

Deno.test({
  name: `readProfile: botocore reads the table of cases as it says${NEEDS_BOTOCORE}`,
  ignore: !HAS_BOTOCORE,
  fn: async (t) => {
    const answers = await readWithBotocore(
      CASES.map(({ text, kind = "config" }) => ({ text, kind })),
    );
    for (const [index, entry] of CASES.entries()) {
      await t.step(entry.says, () => {
        const found = pick(answers[index] ?? "refused", entry.name);
        assert.deepEqual(found, expected(entry.botocore, entry.ours));
      });
    }
  },
});

Deno.test("refusals, diagnose: say something wherever the table's readers differ", () => {
  // JavaScript not reading empty values is no harm, and a key's capitals are fixed by the edit.
  const harmless =
    /may be empty|case-insensitive|under an empty value|not with Python$|a part of the name/;
  for (const { says, text, kind = "config", name = "x", smithy, botocore } of CASES) {
    if (smithy === undefined && botocore === undefined || harmless.test(says)) continue;
    const document = parseDocument(text);
    const problems = [...refusals(document), ...diagnose(document, kind, [name])];
    assert.notDeepEqual(problems, [], says);
  }
});

Deno.test("refusals: are there for every file of the table that Python refuses, but for a byte order mark", () => {
  for (const { says, text, botocore } of CASES) {
    if (botocore !== "refused" || says.includes("byte order mark")) continue;
    assert.notDeepEqual(refusals(parseDocument(text)), [], says);
  }
});

Deno.test("DIALECTS: there is one for Python and one for JavaScript", () => {
  assert.deepEqual(DIALECTS.map(({ sdk }) => sdk), ["Python", "JavaScript"]);
});
