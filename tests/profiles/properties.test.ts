/**
 * Any text, any edit. FUZZ_RUNS says how many of each, 500 unless set.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { UserError } from "../../src/errors.ts";
import { parseDocument } from "../../src/profiles/document.ts";
import { readAsJavaScript } from "../../src/profiles/dialects.ts";
import { editProfile, type KindedEdit, removeProfiles } from "../../src/profiles/edit.ts";
import { edit, NAMES, readableText, wildCase, wildText } from "./arbitraries.ts";
import { checkOutside, extraLines, linesOf, withoutMark } from "./outside.ts";
import {
  HAS_BOTOCORE,
  NEEDS_BOTOCORE,
  type Profiles,
  readWithBotocore,
  readWithSmithy,
} from "./readers.ts";

const RUNS = Number(Deno.env.get("FUZZ_RUNS") ?? 500);

function withEdit(before: Profiles, { name, set, remove }: KindedEdit): Profiles {
  if (before === "refused") return before;
  const named = new Set([...Object.keys(set ?? {}), ...remove ?? []]);
  const kept = Object.entries(before[name] ?? {}).filter(([key]) =>
    !named.has(key.toLowerCase()) && !named.has(key.toLowerCase().split(".")[0] ?? "")
  );
  return { ...before, [name]: { ...Object.fromEntries(kept), ...set } };
}

/** The profiles that have properties: JavaScript does not see the others. */
function withoutEmpty(profiles: Profiles): Profiles {
  if (profiles === "refused") return profiles;
  return Object.fromEntries(
    Object.entries(profiles).filter(([, section]) => Object.keys(section).length > 0),
  );
}

/** The text after an edit; undefined where it was refused as a person can mend it. */
function tryEdit(text: string, edit: KindedEdit): string | undefined {
  try {
    return editProfile(parseDocument(text), edit);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

interface Edited {
  readonly before: string;
  readonly after: string;
  readonly edit: KindedEdit;
}

/** Botocore's answers are compared for all cases at once: a process for each would take hours. */
async function checkWithBotocore(cases: readonly Edited[]): Promise<number> {
  const read = await readWithBotocore(
    // It refuses every file with a byte order mark: what it would read without is compared.
    cases.flatMap((
      { before, after, edit: { kind } },
    ) => [{ kind, text: withoutMark(before) }, { kind, text: withoutMark(after) }]),
  );
  let readable = 0;
  for (const [index, { before, after, edit }] of cases.entries()) {
    const old = read[2 * index] ?? "refused";
    if (old !== "refused") readable++;
    const wanted = withoutEmpty(withEdit(old, edit));
    assert.deepEqual(
      withoutEmpty(read[2 * index + 1] ?? "refused"),
      wanted,
      JSON.stringify({ before, after, edit }),
    );
  }
  return readable;
}

Deno.test("parseDocument: any text: the lines are the text, the sections are the lines from each header", () => {
  fc.assert(
    fc.property(fc.oneof(wildText, readableText.map(({ text }) => text)), (text) => {
      const { lines, sections } = parseDocument(text);
      assert.equal(lines.map(({ raw }) => raw).join(""), text);
      for (const [index, { number, raw, start }] of lines.entries()) {
        assert.equal(number, index + 1);
        assert.ok(text.startsWith(raw, start));
      }
      const headers = lines.filter((line) => line.kind === "header");
      assert.deepEqual(sections.map(({ header }) => header), headers);
      assert.deepEqual(sections.map(({ index }) => index), [...headers.keys()]);
      assert.deepEqual(
        sections.flatMap((section) => section.lines),
        headers[0] === undefined ? [] : lines.slice(headers[0].number - 1),
      );
      for (const { header, lines: [first, ...others] } of sections) {
        assert.equal(first, header);
        assert.ok(others.every(({ kind }) => kind !== "header"));
      }
    }),
    { numRuns: RUNS },
  );
});

Deno.test("readAsJavaScript: reads any text as @smithy/core does", async () => {
  await fc.assert(
    fc.asyncProperty(wildText, async (text) => {
      const reading = readAsJavaScript(text);
      const ours: Record<string, Record<string, string>> = {};
      if (reading.refusedAt === undefined) {
        for (const [name, section] of reading.sections) {
          if (/^(?:profile|sso-session|services)\./.test(name)) continue;
          ours[name] = Object.fromEntries([...section].map(([key, { value }]) => [key, value]));
        }
      }
      assert.deepEqual(ours, await readWithSmithy({ kind: "credentials", text }));
    }),
    { numRuns: RUNS },
  );
});

for (
  const { says, cases, refusable } of [
    { says: "any text, any edit", cases: wildCase, refusable: true },
    { says: "readable text, any edit, never refused", cases: readableText, refusable: false },
  ]
) {
  const edited: Edited[] = [];

  Deno.test(`editProfile: ${says}: all else stays, JavaScript reads old and new`, async () => {
    await fc.assert(
      fc.asyncProperty(cases, edit, async ({ kind, text }, what) => {
        const edit = { kind, ...what };
        const after = refusable ? tryEdit(text, edit) : editProfile(parseDocument(text), edit);
        if (after === undefined) return;
        edited.push({ before: text, after, edit });
        checkOutside(text, after, edit);
        const wanted = withEdit(await readWithSmithy({ kind, text }), edit);
        assert.deepEqual(
          withoutEmpty(await readWithSmithy({ kind, text: after })),
          withoutEmpty(wanted),
        );
        assert.equal(
          editProfile(parseDocument(after), edit),
          after,
          "the second time nothing changes",
        );
      }),
      { numRuns: RUNS },
    );
    // A refusal of everything would pass otherwise.
    assert.ok(edited.length > RUNS / 5, `only ${edited.length} of ${RUNS} edits were made`);
  });

  Deno.test({
    name: `editProfile: ${says}: botocore reads old and new${NEEDS_BOTOCORE}`,
    ignore: !HAS_BOTOCORE,
    fn: async () => {
      const readable = await checkWithBotocore(edited);
      assert.ok(
        readable > edited.length / 2,
        `botocore reads only ${readable} of ${edited.length}`,
      );
    },
  });
}

Deno.test("removeProfiles: any readable text: undoes an added section, and takes nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(readableText, fc.constantFrom(...NAMES), async ({ kind, text }, name) => {
      const mark = "# ours";
      const added = editProfile(parseDocument(text), {
        kind,
        name: "new-one",
        set: { a: "1" },
        mark,
      });
      const ended = text === "" || text.endsWith("\n")
        ? text
        : text + (text.includes("\r\n") ? "\r\n" : "\n");
      const removed = removeProfiles(parseDocument(added), kind, { names: ["new-one"], mark });
      assert.equal(removed.trimEnd(), ended.trimEnd());

      const after = removeProfiles(parseDocument(text), kind, { names: [name] });
      const before = await readWithSmithy({ kind, text });
      const { [name]: _gone, ...wanted } = before === "refused" ? {} : before;
      assert.deepEqual(await readWithSmithy({ kind, text: after }), wanted);
      assert.ok(extraLines(linesOf(after), linesOf(text)) !== undefined, "a line was made up");
    }),
    { numRuns: RUNS },
  );
});
