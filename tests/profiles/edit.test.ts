import assert from "node:assert/strict";
import { FIGHTS_WITH_KEYS } from "../../src/profiles/conflicts.ts";
import { parseDocument } from "../../src/profiles/document.ts";
import { editProfiles, markedProfiles, removeProfiles } from "../../src/profiles/edit.ts";
import { applyPatches, comparePatches, lineEndingAt } from "../../src/profiles/patch.ts";
import { type Edit, edited, R, refusal } from "./edits.ts";

interface Case {
  readonly says: string;
  readonly before: string;
  readonly edit: Edit;
  readonly after: string;
}

const CASES: readonly Case[] = [
  {
    says: "a value",
    before: "[profile x]\nregion = a\nb = 1\n",
    edit: R,
    after: "[profile x]\nregion = r\nb = 1\n",
  },
  {
    says: "the line keeps its indentation, the blanks around the equals sign and its ending",
    before: "[profile x]\r\n\tregion\t=a\r\n\tb = 1\n",
    edit: R,
    after: "[profile x]\r\n\tregion\t=r\r\n\tb = 1\n",
  },
  {
    says: "a key gets the spelling that JavaScript reads",
    before: "[profile x]\nRegion = a\n",
    edit: R,
    after: "[profile x]\nregion = r\n",
  },
  {
    says: "a key with the value already, but not in the spelling that JavaScript reads",
    before: "[profile x]\nREGION = r\n",
    edit: R,
    after: "[profile x]\nregion = r\n",
  },
  {
    says: "several blanks around the equals sign",
    before: "[profile x]\nregion \t = \t a b\n",
    edit: R,
    after: "[profile x]\nregion \t = \t r\n",
  },
  {
    says: "a comment in the place of a value moves above",
    before: "[profile x]\nregion= #\thome \t\r\nb = 1\n",
    edit: R,
    after: "[profile x]\n#\thome\r\nregion=r\r\nb = 1\n",
  },
  {
    says: "a comment behind the value ends as its line does, whatever the others do",
    before: "[profile x]\nregion = a # home\r\nb = 1\nc = 1\n",
    edit: R,
    after: "[profile x]\n# home\r\nregion = r\r\nb = 1\nc = 1\n",
  },
  {
    says: "a new property ends as the line above, whatever the others do",
    before: "[profile x]\nb = 1\r\n\n\n[profile y]\n",
    edit: R,
    after: "[profile x]\nb = 1\r\nregion = r\r\n\n\n[profile y]\n",
  },
  {
    says: "what continues a line that only Python reads is not the value's",
    before: "[profile x]\nregion = a\nb: 1\n  c\n",
    edit: R,
    after: "[profile x]\nregion = r\nb: 1\n  c\n",
  },
  {
    says: "a new property behind what only Python reads",
    before: "[profile x]\nb: 1\n  c\n",
    edit: R,
    after: "[profile x]\nb: 1\n  c\nregion = r\n",
  },
  {
    says: "a removed property with a dot and capitals in its name",
    before: "[profile x]\nMy.Expires = 1\nb = 1\n",
    edit: { remove: ["my.expires"] },
    after: "[profile x]\nb = 1\n",
  },
  {
    says: "what is only kept in step, where it is there",
    before: "[profile x]\naccount = 1\n",
    edit: { set: { region: "r", account: "2", token: "t" }, onlyWhereThere: /^(?:account|token)$/ },
    after: "[profile x]\naccount = 2\nregion = r\n",
  },
  {
    says: "what is only kept in step is in no new section",
    before: "",
    edit: { set: { region: "r", account: "2" }, onlyWhereThere: /^account$/ },
    after: "[profile x]\nregion = r\n",
  },
  {
    says: "a comment behind the value moves above, where Python does not take it for the value",
    before: "[profile x]\r\n  region = a # home\r\n",
    edit: R,
    after: "[profile x]\r\n# home\r\n  region = r\r\n",
  },
  {
    says: "a value that is there already, but for Python, which reads the comment too",
    before: "[profile x]\nregion = r # home\n",
    edit: R,
    after: "[profile x]\n# home\nregion = r\n",
  },
  {
    says: "a value that is there already",
    before: "[profile x]\nregion=r  \n",
    edit: R,
    after: "[profile x]\nregion=r  \n",
  },
  {
    says: "an empty value",
    before: "[profile x]\nregion =\n",
    edit: R,
    after: "[profile x]\nregion = r\n",
  },
  {
    says: "continuation lines go with the value",
    before: "[profile x]\nregion = a\n  b\n  # stays\n  c\nd = 1\n",
    edit: R,
    after: "[profile x]\nregion = r\n  # stays\nd = 1\n",
  },
  {
    says: "sub-properties go with the value",
    before: "[profile x]\nregion =\n  b = 1\n\nd = 1\n",
    edit: R,
    after: "[profile x]\nregion = r\n\nd = 1\n",
  },
  {
    says: "a new property goes behind the last",
    before: "[profile x]\nb = 1\n\n# y\n[profile y]\n",
    edit: R,
    after: "[profile x]\nb = 1\nregion = r\n\n# y\n[profile y]\n",
  },
  {
    says: "a new property of an empty section",
    before: "[profile x]\n\n[profile y]\n",
    edit: R,
    after: "[profile x]\nregion = r\n\n[profile y]\n",
  },
  {
    says: "a new property is indented as the last",
    before: "[profile x]\n  b = 1\n",
    edit: R,
    after: "[profile x]\n  b = 1\n  region = r\n",
  },
  {
    says: "a new property is not indented under an empty value",
    before: "[profile x]\n  s3 =\n    b = 1\n",
    edit: R,
    after: "[profile x]\n  s3 =\n    b = 1\nregion = r\n",
  },
  {
    says: "a missing last newline is completed as the file does it",
    before: "[profile x]\r\nb = 1",
    edit: R,
    after: "[profile x]\r\nb = 1\r\nregion = r\r\n",
  },
  {
    says: "a last line without newline stays without",
    before: "[profile x]\nregion = a",
    edit: R,
    after: "[profile x]\nregion = r",
  },
  {
    says: "a removed property",
    before: "[profile x]\na = 1\nb = 2\n  c\n# d\ne = 3\n",
    edit: { remove: ["b", "none"] },
    after: "[profile x]\na = 1\n# d\ne = 3\n",
  },
  {
    says: "several at once, new ones in their order",
    before: "[profile x]\na = 1\nb = 2\n",
    edit: { set: { z: "1", b: "3", y: "2" }, remove: ["a", "b"] },
    after: "[profile x]\nb = 3\nz = 1\ny = 2\n",
  },
  {
    says: "the last property removed and another added at an unended line",
    before: "[profile x]\na = 1",
    edit: { set: { b: "2" }, remove: ["a"] },
    after: "[profile x]\nb = 2\n",
  },
  {
    says: "a new section in an empty file",
    before: "",
    edit: R,
    after: "[profile x]\nregion = r\n",
  },
  {
    says: "a new section behind a byte order mark",
    before: "\uFEFF",
    edit: R,
    after: "\uFEFF[profile x]\nregion = r\n",
  },
  {
    says: "a new section gets one blank line before it",
    before: "[profile y]\n",
    edit: R,
    after: "[profile y]\n\n[profile x]\nregion = r\n",
  },
  {
    says: "a new section gets no second blank line",
    before: "[profile y]\n \n",
    edit: R,
    after: "[profile y]\n \n[profile x]\nregion = r\n",
  },
  {
    says: "a new section in the file's line ends",
    before: "# c\r\n[profile y]",
    edit: R,
    after: "# c\r\n[profile y]\r\n\r\n[profile x]\r\nregion = r\r\n",
  },
  {
    says: "a new section with a mark",
    before: "",
    edit: { ...R, mark: "# ours" },
    after: "[profile x]\n# ours\nregion = r\n",
  },
  {
    says: "a new default section of config",
    before: "",
    edit: { ...R, name: "default" },
    after: "[default]\nregion = r\n",
  },
  {
    says: "a new section of credentials",
    before: "[profile x]\na = 1\n",
    edit: { ...R, kind: "credentials" },
    after: "[profile x]\na = 1\n\n[x]\nregion = r\n",
  },
  {
    says: "[profile default] where it is there",
    before: "[profile default]\n",
    edit: { ...R, name: "default" },
    after: "[profile default]\nregion = r\n",
  },
  {
    says: "a section in quotes",
    before: "[profile 'x']\n",
    edit: R,
    after: "[profile 'x']\nregion = r\n",
  },
  { says: "no section for removals alone", before: "", edit: { remove: ["a"] }, after: "" },
  {
    says: "what fights, with replace",
    before: "[profile x]\nsso_session = s\nrole_arn = a\nb = 1\n",
    edit: { ...R, fights: FIGHTS_WITH_KEYS, replace: true },
    after: "[profile x]\nb = 1\nregion = r\n",
  },
  {
    says: "a process over another, since it is the one that is set",
    before: "[profile x]\ncredential_process = a\n",
    edit: { set: { credential_process: "b" }, fights: FIGHTS_WITH_KEYS },
    after: "[profile x]\ncredential_process = b\n",
  },
  {
    says: "a section among headers that not all SDKs see",
    before: "[profile w]# c\na = 1\n[profile x]\na = 2\n[profile y] # [z]\na = 3\n",
    edit: R,
    after: "[profile w]# c\na = 1\n[profile x]\na = 2\nregion = r\n[profile y] # [z]\na = 3\n",
  },
];

for (const { says, before, edit, after } of CASES) {
  Deno.test(`editProfile: ${says}`, () => {
    assert.equal(edited(before, edit), after);
    assert.equal(edited(after, edit), after, "the second time");
  });
}

Deno.test("applyPatches: what is inserted stands before what is replaced, and belongs to the range that ends there", () => {
  const patches = [{ start: 2, end: 4, text: "X" }, { start: 2, end: 2, text: "+", eol: "\n" }]
    .sort(comparePatches);
  assert.equal(applyPatches("abcdef", patches, { start: 0, end: 6 }), "ab\n+Xef");
  assert.equal(applyPatches("abcdef", patches, { start: 0, end: 2 }), "ab\n+");
  assert.equal(applyPatches("abcdef", patches, { start: 2, end: 6 }), "Xef");
});

Deno.test("applyPatches: a line end that is missing before whole lines is completed, but not at the beginning", () => {
  const apply = (text: string, start: number) =>
    applyPatches(text, [{ start, end: start + 1, text: "X", eol: "\r\n" }], {
      start: 0,
      end: text.length,
    });
  assert.equal(apply("abc", 1), "a\r\nXc");
  assert.equal(apply("a\nc", 2), "a\nX");
  assert.equal(apply("abc", 0), "Xbc");
});

Deno.test("lineEndingAt: of the line or the nearest above that has one", () => {
  const text = "a\nb\r\nc\nd";
  const endings = [-1, 0, 1, 2, 3, 4].map((index) => lineEndingAt(parseDocument(text), index));
  assert.deepEqual(endings, ["\n", "\n", "\r\n", "\n", "\n", "\n"]);
  assert.equal(lineEndingAt(parseDocument("a\r\nb"), 2), "\r\n");
  assert.equal(lineEndingAt(parseDocument("a"), 0), "\n");
});

Deno.test("editProfiles: changes and adds many at once, in the file's order and the edits'", () => {
  const text = "[a]\nk = 1\n[b]\nk = 1\n[c]\nk = 1\n";
  const set = { k: "2", n: "3" };
  const names = ["c", "new", "a", "newer"];
  const after = editProfiles(
    parseDocument(text),
    "credentials",
    names.map((name) => ({ name, set })),
  );
  assert.equal(
    after,
    "[a]\nk = 2\nn = 3\n[b]\nk = 1\n[c]\nk = 2\nn = 3\n\n[new]\nk = 2\nn = 3\n\n[newer]\nk = 2\nn = 3\n",
  );
  assert.throws(
    () =>
      editProfiles(parseDocument(text), "credentials", [{ name: "a", set }, { name: "a", set }]),
    { name: "Error", message: "Cannot edit a profile twice at once" },
  );
});

Deno.test("removeProfiles: takes the section and its blank lines, keeps comments that may be others'", () => {
  const mark = "# ours";
  const table: readonly (readonly [string, string])[] = [
    ["[x]\na = 1\n", ""],
    ["[y]\n\n[x]\na = 1\n", "[y]\n"],
    ["[x]\na = 1\n\n[y]\n", "[y]\n"],
    ["[w]\n\n[x]\na = 1\n\n# y\n[y]\n", "[w]\n\n# y\n[y]\n"],
    ["# mine\n[x]\n# inside\na = 1\n  b\n[y]\n", "# mine\n[y]\n"],
    ["[y]\n[x]\n# ours\n[z]\n", "[y]\n[z]\n"],
    ["[y]\n# ours\n[x]\na = 1\n[z]\n", "[y]\n# ours\n[z]\n"],
    ["\uFEFF[x]\na = 1\n[y]\n", "\uFEFF[y]\n"],
    ["[y]\n", "[y]\n"],
    ["[y]\r\n\r\n[x]\r\na = 1", "[y]\r\n"],
    ["[x]\n# hers\n[y]\n", "# hers\n[y]\n"],
    ["[x]\n# ours", ""],
  ];
  for (const [before, after] of table) {
    const removed = removeProfiles(parseDocument(before), "credentials", { names: ["x"], mark });
    assert.equal(removed, after, JSON.stringify(before));
  }
});

Deno.test("removeProfiles: refuses where a section behind would become a part of another", () => {
  const text = "[w]\na = 1\n[x]\n    a = 1\n  [y]\n  b = 2\n";
  const error = refusal(() => removeProfiles(parseDocument(text), "credentials", { names: ["x"] }));
  assert.equal(error.code, "profile-ambiguous");
  assert.equal(
    error.message,
    "Cannot change the credentials file: Python SDKs would then misread other settings, because of " +
      "line 2 or the lines around it",
  );
});

Deno.test("removeProfiles: takes many, and only those", () => {
  const text = "[a]\nk = 1\n\n[b]\nk = 1\n\n[c]\nk = 1\n\n[d]\nk = 1\n";
  const after = removeProfiles(parseDocument(text), "credentials", { names: ["b", "c", "none"] });
  assert.equal(after, "[a]\nk = 1\n\n[d]\nk = 1\n");
});

// The last line of a section of which only the mark was left once counted for the section behind it, a
// person's own, and sync --prune removed that.
Deno.test("markedProfiles: finds the mark right under a header, and nowhere else", () => {
  const text =
    "[a]\n# ours\nk = 1\n# ours\n[b]\n[c]\nk = 1\n# ours\n\n[d]\n; ours\n[e]\r\n  # ours\r\n";
  for (const mark of ["# ours", " # ours "]) {
    assert.deepEqual(markedProfiles(parseDocument(text), "credentials", mark), ["a", "e"]);
  }
  assert.deepEqual(markedProfiles(parseDocument("[a]\nk = 1\n"), "credentials", "# ours"), []);
  const twice = "[a]\nk = 1\n[a]\n# ours\n";
  assert.deepEqual(markedProfiles(parseDocument(twice), "credentials", "# ours"), ["a"]);
});

Deno.test("removeProfiles: the mark of the section before stays, and so does one that is not under the header", () => {
  const text = "[a]\n# ours\n[x]\n# ours\nk = 1\n# ours\n\n[b]\nk = 1\n";
  const after = removeProfiles(parseDocument(text), "credentials", {
    names: ["x"],
    mark: "# ours",
  });
  assert.equal(after, "[a]\n# ours\n# ours\n\n[b]\nk = 1\n");
});

Deno.test("editProfiles: a section that is there is marked right under its header, over another's mark", () => {
  const edit = { name: "a", set: { region: "b" }, mark: "# made by us", marksOver: "# made by " };
  for (
    const [before, after] of [
      ["[a]\r\nregion = x\r\n", "[a]\r\n# made by us\r\nregion = b\r\n"],
      ["[a]\n# made by them\nregion = x\n", "[a]\n# made by us\nregion = b\n"],
      ["[a]\n  # made by them", "[a]\n# made by us\nregion = b\n"],
      ["[a]\n# hers\n# made by us\n", "[a]\n# made by us\nregion = b\n# hers\n# made by us\n"],
      ["[a]\n# made by us\nregion = b\n", "[a]\n# made by us\nregion = b\n"],
      ["[a]", "[a]\n# made by us\nregion = b\n"],
      ["[a]\n[b]\nk = 1\n", "[a]\n# made by us\nregion = b\n[b]\nk = 1\n"],
      ["[a]\r\nregion = b\nk = 1\n", "[a]\r\n# made by us\r\nregion = b\nk = 1\n"],
    ] as const
  ) {
    assert.equal(editProfiles(parseDocument(before), "credentials", [edit]), after);
    const { mark, marksOver, ...neither } = edit;
    for (const without of [{ ...neither, mark }, { ...neither, marksOver }]) {
      const unmarked = editProfiles(parseDocument(before), "credentials", [without]);
      assert.equal(unmarked.split("# made by us").length, before.split("# made by us").length);
    }
  }
});

Deno.test("editProfiles: the cost grows with the file, not with its square", () => {
  const cost = (count: number) => {
    const names = Array.from({ length: count }, (_, index) => `p${index}`);
    const text = names.map((name) => `[${name}]\naws_access_key_id = a\nregion = b\n\n`).join("");
    const edits = names.map((name) => ({ name, set: { region: "c", aws_session_token: "d" } }));
    const began = performance.now();
    editProfiles(parseDocument(text), "credentials", edits);
    return performance.now() - began;
  };
  cost(500);
  // 16 times the file: 16 times the time, or 256 times if it were the square. Room for a busy machine.
  const [small, large] = [Math.max(cost(500), 1), cost(8000)];
  assert.ok(large < small * 80, `${small} ms, then ${large} ms`);
});

Deno.test("editProfiles: a property of more lines than a function takes arguments", () => {
  const text = `[profile x]\nregion = a\n${"  b\n".repeat(130_000)}c = 1\n`;
  assert.equal(edited(text, R), "[profile x]\nregion = r\nc = 1\n");
  assert.equal(edited(text, { set: {}, remove: ["region"] }), "[profile x]\nc = 1\n");
});
