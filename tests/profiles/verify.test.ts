import assert from "node:assert/strict";
import { type Change, type Difference, findDifference } from "../../src/profiles/verify.ts";

const NONE = new Set<string>();
const set = (key: string): Change => ({
  content: "x",
  set: new Map([[key, "new"]]),
  removed: NONE,
});

interface Case {
  readonly says: string;
  readonly before: string;
  readonly after: string;
  readonly changes?: readonly Change[];
  readonly found: Difference | undefined;
}

const CASES: readonly Case[] = [
  { says: "nothing changes", before: "[x]\na = 1\n", after: "[x]\na = 1\n", found: undefined },
  {
    says: "a value that was meant",
    before: "[x]\na = 1\n",
    after: "[x]\na = new\n",
    changes: [set("a")],
    found: undefined,
  },
  {
    says: "another value than was meant",
    before: "[x]\na = 1\n",
    after: "[x]\na = newer\n",
    changes: [set("a")],
    found: { sdk: "Python", key: "a", line: 2 },
  },
  {
    says: "a value that only JavaScript reads otherwise",
    before: "[x]\na = 1\n",
    after: "[x]\nA = new\n",
    changes: [set("a")],
    found: { sdk: "JavaScript", key: "a", line: 2 },
  },
  {
    says: "another property that is lost",
    before: "[x]\na = 1\nb = 2\n",
    after: "[x]\na = new\n",
    changes: [set("a")],
    found: { sdk: "Python", key: undefined, line: 3 },
  },
  {
    says: "another property that appears",
    before: "[x]\na = 1\n",
    after: "[x]\na = 1\nb = 2\n",
    found: { sdk: "Python", key: undefined, line: undefined },
  },
  {
    says: "a removed property that is still there",
    before: "[x]\na = 1\n",
    after: "[x]\na = 1\n",
    changes: [{ content: "x", set: new Map(), removed: new Set(["a"]) }],
    found: { sdk: "Python", key: "a", line: 2 },
  },
  {
    says: "a section that is gone as a whole",
    before: "[x]\na = 1\n[y]\nb = 2\n",
    after: "[y]\nb = 2\n",
    changes: [{ content: "x", set: new Map(), removed: "all" }],
    found: undefined,
  },
  {
    says: "a section that is still there; none of its properties is named",
    before: "[x]\na = 1\n[y]\nb = 2\n",
    after: "[x]\na = 1\n[y]\nb = 2\n",
    changes: [{ content: "x", set: new Map(), removed: "all" }],
    found: { sdk: "Python", key: undefined, line: 2 },
  },
  {
    says: "Python would reject the file, though the properties are the same",
    before: "[x]\na = 1\n",
    after: "[x]\na = 1\n[x]\n",
    found: { sdk: "Python", key: undefined, line: undefined },
  },
  {
    says: "Python rejected the file before",
    before: "[x]\na = 1\n[x]\nb = 1\n",
    after: "[x]\na = new\n[x]\nb = 1\n",
    changes: [set("a")],
    found: undefined,
  },
  {
    says: "JavaScript would reject the file",
    before: "[x]\na = 1\n",
    after: "[x]\na = 1\n[__proto__]\n",
    found: { sdk: "JavaScript", key: undefined, line: undefined },
  },
];

for (const { says, before, after, changes = [], found } of CASES) {
  Deno.test(`findDifference: ${says}`, () => {
    assert.deepEqual(findDifference({ before, after }, changes), found);
  });
}
