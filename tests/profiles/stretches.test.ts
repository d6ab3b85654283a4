import assert from "node:assert/strict";
import { parseDocument } from "../../src/profiles/document.ts";
import { profileSections } from "../../src/profiles/names.ts";
import { stretches } from "../../src/profiles/stretches.ts";

/** Not every SDK takes the headers of `b` and `c` for headers. */
const TEXT = "# top\n[a]\nk = 1\n[b]# c\nk = 2\n[c] # [d]\nk = 3\n[d]\nk = 4\n[e]\nk = 5\n";

/** A part of a text by its first and last line, the changes in it, and the line that it would be named by. */
type Found = readonly [lines: string, changes: string, header: number];

/** Finds the stretches for changes: `x` is a section that changes, `-x` one that goes, `+x` one that is added. */
function found(text: string, changed: readonly string[]): Found[] {
  const doc = parseDocument(text);
  const set = new Map([["k", "v"]]);
  const touched = changed.filter((each) => !each.startsWith("+")).map((each) => {
    const name = each.replace("-", "");
    const [section = assert.fail()] = profileSections(doc, "credentials").get(name) ?? [];
    return { name, section, set, removed: each === name ? new Set<string>() : "all" as const };
  });
  const added = changed.filter((each) => each.startsWith("+"))
    .map((each) => ({ name: each.slice(1), set, mark: undefined }));
  return stretches(doc, "credentials", { touched, added }).map(
    ({ range: { start, end }, first, header, changes }) => {
      const count = (part: string) => part.split("\n").length - 1;
      assert.equal(first, count(text.slice(0, start)), "the index of the first line");
      const lines = `${first + 1}-${count(text.slice(0, end))}`;
      return [lines, changes.map(({ content }) => content).join(), header];
    },
  );
}

Deno.test("stretches: each reaches from a header to a header that every SDK takes for one", () => {
  const table: readonly (readonly [says: string, changed: readonly string[], found: Found[]])[] = [
    ["nothing", [], []],
    ["the last section", ["e"], [["10-11", "e", 10]]],
    ["one between such headers", ["d"], [["8-9", "d", 8]]],
    ["the first, with what stands before it", ["a"], [["1-7", "a", 2]]],
    ["behind and before others' headers", ["b"], [["1-7", "b", 4]]],
    ["the last of several of those", ["c"], [["1-7", "c", 6]]],
    ["what goes, with what will meet", ["-e"], [["8-11", "e", 10]]],
    ["what goes behind others' headers", ["-d"], [["1-9", "d", 8]]],
    ["the first goes", ["-a"], [["1-7", "a", 2]]],
    ["neighbors, in the order of the file", ["e", "d"], [["8-9", "d", 8], ["10-11", "e", 10]]],
    ["those that overlap are one", ["b", "a"], [["1-7", "b,a", 4]]],
    ["one that reaches farther", ["a", "-d"], [["1-9", "a,d", 2]]],
    ["one within another", ["-d", "a"], [["1-9", "d,a", 8]]],
    ["new sections, behind the last", ["+x", "+y"], [["10-11", "x,y", 11]]],
    ["new sections and the last", ["e", "+x"], [["10-11", "e,x", 10]]],
    ["new sections and another", ["d", "+x"], [["8-9", "d", 8], ["10-11", "x", 11]]],
  ];
  for (const [says, changed, expected] of table) {
    assert.deepEqual(found(TEXT, changed), expected, says);
  }
});

Deno.test("stretches: a file without sections, and one that begins and ends with others' headers", () => {
  assert.deepEqual(found("", ["+x"]), [["1-0", "x", 1]]);
  assert.deepEqual(found("# c\n\n", ["+x"]), [["1-2", "x", 2]]);
  const text = "[a]# c\n[b]# c\n";
  assert.deepEqual(found(text, ["a"]), [["1-2", "a", 1]]);
  assert.deepEqual(found(text, ["-b"]), [["1-2", "b", 2]]);
  assert.deepEqual(found(text, ["+x"]), [["1-2", "x", 2]]);
});
