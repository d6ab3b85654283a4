/**
 * What an edit may not touch, found by walking the text and not by looking at the edit.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseDocument } from "../../src/profiles/document.ts";
import type { KindedEdit } from "../../src/profiles/edit.ts";
import { headerProfile } from "../../src/profiles/names.ts";
import { lineEnding } from "../../src/profiles/white_space.ts";

const BOM = "\uFEFF";

/** A text without its byte order mark. */
export function withoutMark(text: string): string {
  return text.startsWith(BOM) ? text.slice(1) : text;
}

/** The lines of a text, each with its ending. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The lines that an edit may not touch, found by walking the text and not by looking at the edit. */
function linesOutside(text: string, { kind, name, set, remove }: KindedEdit): string[] {
  const named = new Set([...Object.keys(set ?? {}), ...remove ?? []]);
  let inside = false;
  let dropping = false;
  return parseDocument(text).lines.filter((line) => {
    if (line.kind === "header") inside = headerProfile(kind, line.content) === name;
    if (line.kind === "property") dropping = inside && named.has(line.key);
    else if (line.kind === "header" || line.kind === "invalid") dropping = false;
    return !dropping || line.kind === "blank" || line.kind === "comment";
  }).map((line) => line.raw);
}

/** The lines of `many` beside those of `few`; undefined unless all of `few` are there in their order. */
export function extraLines(few: readonly string[], many: readonly string[]): string[] | undefined {
  const extra: string[] = [];
  let at = 0;
  for (const line of many) {
    if (line === few[at]) at++;
    // A last line without an ending may get one.
    else if (
      at === few.length - 1 && few[at] !== "" && line.trimEnd() === few[at]?.trimEnd() &&
      line.startsWith(few[at] ?? "")
    ) at++;
    else extra.push(line);
  }
  return at === few.length ? extra : undefined;
}

/** Fails where an edit touched a line that it may not, or made one up. */
export function checkOutside(before: string, after: string, edit: KindedEdit): void {
  assert.equal(after.startsWith(BOM), before.startsWith(BOM), "the byte order mark stays");
  const text = withoutMark(before);
  const added = extraLines(linesOutside(text, edit), linesOf(withoutMark(after)));
  assert.ok(added !== undefined, "a line outside was touched");
  for (const line of added) {
    assert.ok(isOfEdit(line, { edit, text }), `nobody asked for ${JSON.stringify(line)}`);
  }
}

/** Tells if an edit of a text may put a line. */
function isOfEdit(
  line: string,
  { edit: { name, set, mark }, text }: { readonly edit: KindedEdit; readonly text: string },
): boolean {
  const body = line.slice(0, line.length - lineEnding(line).length);
  if (body.trim() === "" || [mark, `[${name}]`, `[profile ${name}]`].includes(body)) return true;
  // Comments of what is dropped stay, elsewhere.
  if (/^\s*[#;]/.test(body) && text.includes(body.trim())) return true;
  const [, key, value] = /^\s*(\w+)\s*=\s*(.*)$/.exec(body) ?? [];
  if (key === undefined) return false;
  // A property that had its value already stands as it was.
  return set?.[key] === value || linesOf(text).some((old) => old.trimEnd() === line.trimEnd());
}
