/** Files and edits for the property tests. */

import fc from "fast-check";

const KEYS = ["region", "aws_access_key_id", "s3", "a"];
/** The profiles that edits are about. */
export const NAMES = ["x", "y", "default"];

const eol = fc.oneof(
  { weight: 30, arbitrary: fc.constant("\n") },
  { weight: 10, arbitrary: fc.constant("\r\n") },
  { weight: 1, arbitrary: fc.constantFrom("\r\r\n", "\r", "") },
);
const blanks = fc.constantFrom("", "", "", " ", "  ", "\t", "    ");
const value = fc.oneof(
  fc.constantFrom(
    "1",
    "us-east-1",
    "ab/c+d==",
    "x y",
    "[z]",
    "é🔑",
    "a#b",
    "100%",
    "'q'",
    ":",
    "a = b",
  ),
  fc.string({ maxLength: 6 }),
).filter((text) => !/[\r\n]/.test(text));
const comment = fc.constantFrom("# note", ";note", "# [x]", "# region = no", " ; c");
const key = fc.oneof(
  fc.constantFrom(...KEYS, "Region", "b", "output"),
  fc.string({ maxLength: 3 }),
);

const cleanName = fc.constantFrom(...NAMES, "z", "a.b/c@d");
const header = fc.oneof(
  {
    weight: 5,
    arbitrary: cleanName.map((name) => name === "default" ? "[default]" : `[profile ${name}]`),
  },
  { weight: 2, arbitrary: cleanName.map((name) => `[${name}]`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "[profile 'x']",
      '[profile "a b"]',
      "[ x ]",
      "[profile  x]",
      "[profile.x]",
      "[x]# c",
      "[profile x] # [c]",
      "[profile x] y",
      "[sso-session x]",
      "[profile default]",
      "[]",
      "[x",
      "[__proto__]",
    ),
  },
);

/** Lines of every kind, in any order: mostly nonsense, near the grammar. */
const wildLine = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(blanks, header).map((parts) => parts.join("")) },
  {
    weight: 18,
    arbitrary: fc.tuple(blanks, key, fc.constantFrom("=", " = ", " =", "= ", ": "), value).map((
      parts,
    ) => parts.join("")),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(blanks, key, fc.constant(" = "), value, fc.constant(" "), comment).map((
      parts,
    ) => parts.join("")),
  },
  { weight: 1, arbitrary: fc.tuple(blanks, value).map((parts) => parts.join("")) },
  { weight: 4, arbitrary: fc.tuple(blanks, comment).map((parts) => parts.join("")) },
  { weight: 4, arbitrary: blanks },
);
/** Anything. */
export const wildText = fc.oneof(
  fc.tuple(
    fc.constantFrom("", "[x]\n", "[profile y]\n", "[default]\n", "\uFEFF"),
    fc.array(fc.tuple(wildLine, eol), { maxLength: 12 }),
  )
    .map(([mark, lines]) => mark + lines.flat().join("")),
  fc.string({ unit: "binary", maxLength: 40 }),
);

/** A section as people keep it: every SDK reads it, and no edit of it may be refused. */
const readableSection = fc.record({
  comments: fc.array(fc.constantFrom("# note", "; note", ""), { maxLength: 2 }),
  indent: fc.constantFrom("", "", "  "),
  properties: fc.uniqueArray(fc.constantFrom(...KEYS, "Output", "cli_pager", "role_arn"), {
    maxLength: 4,
  }),
  values: fc.array(
    fc.constantFrom(
      "1",
      "us-east-1",
      "a b",
      "x==",
      "a#b",
      "1 # note (keep!)",
      "\n    c = 3\n    d = 4",
    ),
    { minLength: 4, maxLength: 4 },
  ),
  equals: fc.constantFrom(" = ", "=", "\t= "),
  blank: fc.boolean(),
});
/** A file of such sections, and its kind. */
export const readableText = fc.record({
  sections: fc.array(readableSection, { maxLength: 5 }),
  names: fc.shuffledSubarray([...NAMES, "z", "a.b/c@d"], { minLength: 5 }),
  crlf: fc.boolean(),
  ended: fc.boolean(),
  kind: fc.constantFrom("config" as const, "credentials" as const),
}).map(({ sections, names, crlf, ended, kind }) => {
  const lines = sections.flatMap((section, index) => {
    const name = names[index] ?? "";
    // Sub-properties of an indented section are read differently, and refused.
    const values = section.values.map((text) =>
      section.indent === "" ? text : text.replace(/\n[^]*/, "1")
    );
    return [
      ...section.comments,
      kind === "config" && name !== "default" ? `[profile ${name}]` : `[${name}]`,
      ...section.properties.map((key, at) =>
        `${section.indent}${key}${section.equals}${values[at]}`
      ),
      ...(section.blank ? [""] : []),
    ];
  });
  let text = lines.map((line) => line + "\n").join("");
  if (!ended) text = text.replace(/\n$/, "");
  return { kind, text: crlf ? text.replaceAll("\n", "\r\n") : text };
});

/** An edit: a profile, and what it sets and removes. */
export const edit = fc.record({
  name: fc.constantFrom(...NAMES, "new-one"),
  set: fc.dictionary(
    fc.constantFrom(...KEYS),
    fc.constantFrom("NEW", "1", "us-east-1", "k/+=", "a=b:c"),
    { maxKeys: 4 },
  ),
  remove: fc.subarray([...KEYS, "output"]),
});
/** Anything, as either kind. */
export const wildCase = fc.record({
  kind: fc.constantFrom("config" as const, "credentials" as const),
  text: wildText,
});
