import assert from "node:assert/strict";
import { ExitCode } from "../../src/errors.ts";
import { FIGHTS_WITH_KEYS } from "../../src/profiles/conflicts.ts";
import { parseDocument } from "../../src/profiles/document.ts";
import { editProfile } from "../../src/profiles/edit.ts";
import { checkProfileName, checkValue } from "../../src/profiles/names.ts";
import { type Edit, edited, R, refusal } from "./edits.ts";

interface Refused {
  readonly says: string;
  readonly before: string;
  readonly edit?: Edit;
  readonly code: keyof typeof HINTS;
  readonly message: RegExp;
}

const HINTS = {
  "file-not-editable": /^Fix the file by hand and try again; nothing was changed$/,
  "profile-ambiguous":
    /^Keep only one section, with the header \[(?:profile x|default)\]$|^Write each property there as "name = value" and each section as "\[\u2026\]", not indented$/,
  "profile-conflict":
    /^Use another profile name, or --replace to remove the settings that conflict$/,
};

const X = "[profile x]\nregion = a\n";

const REFUSED: readonly Refused[] = [
  {
    says: "the same section twice",
    before: `${X}[profile y]\n${X}`,
    code: "file-not-editable",
    message: /lines 1 and 4 start the same section, /,
  },
  {
    says: "another section twice",
    before: `${X}[y]\n[y]\n`,
    code: "file-not-editable",
    message: /lines 3 and 4 /,
  },
  {
    says: "the same key twice",
    before: `${X}a = 1\nRegion = SECRET\n`,
    code: "file-not-editable",
    message: /lines 2 and 4 set the same property, /,
  },
  {
    says: "a key once more with a colon",
    before: `${X}region: SECRET\n`,
    code: "file-not-editable",
    message: /lines 2 and 3 /,
  },
  {
    says: "a line that no SDK reads",
    before: `${X}SECRET\n`,
    code: "file-not-editable",
    message: /line 3 is neither/,
  },
  {
    says: "a property before the first section",
    before: `SECRET = 1\n${X}`,
    code: "file-not-editable",
    message: /line 1 comes before the first section/,
  },
  {
    says: "an unclosed header",
    before: `${X}[profile y\n`,
    code: "file-not-editable",
    message: /line 3 starts with a bracket/,
  },
  {
    says: "a word under an empty value",
    before: `${X}s3 =\n  SECRET\n`,
    code: "file-not-editable",
    message: /line 4 follows the empty value on line 3/,
  },
  {
    says: "a carriage return inside a line",
    before: `${X}a = 1\rb = 2\n`,
    code: "file-not-editable",
    message: /line 3 contains a carriage return/,
  },
  {
    says: "a section that JavaScript chokes on",
    before: `${X}[__proto__]\n`,
    code: "file-not-editable",
    message: /line 3 .*JavaScript/,
  },
  {
    says: "two sections in different words",
    before: `${X}[profile 'x']\n`,
    code: "profile-ambiguous",
    message: /profile "x" in the config file: it starts more than once, on lines 1 and 3$/,
  },
  {
    says: "both default sections",
    before: "[default]\n[profile default]\n",
    edit: { ...R, name: "default" },
    code: "profile-ambiguous",
    message: /on lines 1 and 2$/,
  },
  {
    says: "a header that only some SDKs read",
    before: "[profile  x]\n",
    code: "profile-ambiguous",
    message: /line 1 starts it in a way/,
  },
  {
    says: "an indented header, which JavaScript alone sees",
    before: "[profile y]\na = 1\n  [profile x]\nregion = a\n",
    code: "profile-ambiguous",
    message: /line 3 starts it in a way/,
  },
  {
    says: "an indented header before another",
    before: "[profile y]\na = 1\n  [profile x]\n[profile x]\nregion = a\n",
    code: "profile-ambiguous",
    message: /it starts more than once, on lines 3 and 4$/,
  },
  {
    says: "a header that JavaScript does not see",
    before: "[profile x]# c\nregion = a\n",
    code: "profile-ambiguous",
    message: /JavaScript SDKs would then misread region,/,
  },
  {
    says: "a header that JavaScript does not see, above what is new",
    before: "[profile w]\n\n[profile x]# c\nb = 1\n",
    code: "profile-ambiguous",
    message: /JavaScript SDKs would then misread region, because of line 3 or the lines around it$/,
  },
  {
    says: "a continuation line that JavaScript takes for the key",
    before: `${X}a = 1\n  region = SECRET\n`,
    code: "profile-ambiguous",
    message: /JavaScript SDKs would then misread region, .* line 4/,
  },
  {
    says: "the same, when the value is there already",
    before: `[profile x]\nregion = r\na = 1\n  region = SECRET\n`,
    code: "profile-ambiguous",
    message: /line 4/,
  },
  {
    says: "a key that JavaScript takes for a sub-property",
    before: "[profile x]\n  s3 =\n    a = 1\n  region = a\n",
    code: "profile-ambiguous",
    message: /JavaScript/,
  },
  {
    says: "what fights, without replace",
    before: `${X}role_arn = SECRET\nsso_region = SECRET\n`,
    edit: { ...R, fights: FIGHTS_WITH_KEYS },
    code: "profile-conflict",
    message: /it has role_arn on line 3 and sso_region on line 4/,
  },
];

for (const { says, before, edit = R, code, message } of REFUSED) {
  Deno.test(`editProfile: refuses ${says}`, () => {
    const error = refusal(() => edited(before, edit));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.match(error.hint ?? "", HINTS[code]);
    assert.equal(error.exitCode, ExitCode.FILE);
  });
}

Deno.test("editProfile: finds a key that is given twice among a hundred", () => {
  const keys = Array.from({ length: 100 }, (_, index) => `k${index} = 1\n`);
  for (const index of [0, 30, 31, 32, 33, 99]) {
    const text = `[profile x]\n${keys.join("")}k${index} = 2\n`;
    const error = refusal(() => edited(text, R));
    assert.match(error.message, new RegExp(`lines ${index + 2} and 102 `));
  }
  const once = `[profile x]\n${keys.join("")}`;
  assert.equal(edited(once, { set: { k99: "1" } }), once);
});

Deno.test("editProfile: a mark that is no comment is a fault", () => {
  for (const mark of ["ours", "role_arn = x # ours", "# ours\nrole_arn = x", ""]) {
    assert.throws(() => edited("", { ...R, mark }), {
      name: "Error",
      message: "Cannot mark a profile with text that is not a comment",
    });
  }
});

Deno.test("editProfile: names the file where it is known, and up to ten problems", () => {
  const doc = parseDocument("word\n".repeat(20), { file: "/home/me/.aws/config" });
  const error = refusal(() => editProfile(doc, { kind: "config", name: "x", ...R }));
  assert.match(error.message, /^Cannot change \/home\/me\/\.aws\/config: line 1 /);
  assert.equal(error.hint?.split("\n").length, 10);
  const two = refusal(() => edited("[x]\n[x]\nword\n", R));
  assert.match(two.message, /: lines 1 and 2 start the same section, /);
  assert.equal(
    two.hint,
    "Line 3 is neither a section nor a property: it has no equals sign\n" +
      "Fix the file by hand and try again; nothing was changed",
  );
});

Deno.test("checkProfileName: takes what every SDK reads back, refuses the rest with exit code 2", () => {
  for (
    const name of [
      "default",
      "x",
      "1",
      "a-b/c.d%e@f_g:h+i",
      "profile",
      "profilex",
      "a.profile",
      "a.profile.b",
    ]
  ) {
    checkProfileName(name);
  }
  const letters = /: it may only contain letters, digits and - \/ \. % @ _ : \+$/;
  const prefix = /: "profile" is a prefix in the config file, not part of the name$/;
  const javaScript = /: JavaScript SDKs cannot read a profile with this name$/;
  const section = /: JavaScript SDKs take it for another kind of section$/;
  const bad: readonly (readonly [name: string, reason: RegExp])[] = [
    ["", /: it is empty$/],
    ["profile x", prefix],
    ["profile\tx", prefix],
    ["DEFAULT", /: Python SDKs apply it to every profile$/],
    ["__proto__", javaScript],
    ["constructor", javaScript],
    ["profile.x", section],
    ["services.x", section],
    ["sso-session.x", section],
    ...[" ", "a b", "my profile x", "\u00e9", "a]b", "a#b", "'x'", "x\n", "x\n[y]"]
      .map((name) => [name, letters] as const),
  ];
  for (const [name, reason] of bad) {
    const error = refusal(() => edited("", { ...R, name }));
    assert.equal(error.code, "bad-profile-name", name);
    assert.equal(error.exitCode, ExitCode.USAGE);
    assert.ok(error.message.startsWith(`Cannot use ${JSON.stringify(name)} as a profile name: `));
    assert.match(error.message, reason);
  }
  assert.equal(refusal(() => checkProfileName("profile x")).hint, "Use only the name: x");
  assert.equal(refusal(() => checkProfileName("a b")).hint, undefined);
});

Deno.test("checkValue: takes what every SDK reads back, refuses the rest without echoing it", () => {
  const good = ["a", "a b", "a#b;c", "a\tb", "'a'", '"', "=", "[x]", "%(x)s", "\u00e9\u{1f511}"];
  for (const value of [...good, "a: b", "V"]) {
    checkValue("a", value);
    assert.equal(edited("", { set: { a: value } }), `[profile x]\na = ${value}\n`);
  }
  const bad: readonly (readonly [problem: string, values: readonly string[]])[] = [
    ["is empty", [""]],
    ["contains a line break", ["SECRET\nSECRET", "SECRET\rSECRET", "SECRET\r\n"]],
    [
      "contains a control character",
      [..."\0\x08\v\f\x0e\x1f\x7f\x85\u2028\u2029\uFEFF"].map((char) => `SECRET${char}SECRET`),
    ],
    ["is not valid Unicode", ["SECRET\ud800SECRET", "\udc00", "\udd11\ud83d"]],
    ["starts or ends with whitespace", [" SECRET", "SECRET ", "\u00a0SECRET", "SECRET\t", " "]],
    [
      "contains a # or ; that starts a comment",
      ["#SECRET", ";SECRET", "SECRET #SECRET", "SECRET\t;SECRET"],
    ],
  ];
  for (const [problem, values] of bad) {
    for (const value of values) {
      const error = refusal(() => edited("", { set: { a: value } }));
      assert.equal(error.code, "bad-profile-value", JSON.stringify(value));
      assert.equal(error.exitCode, ExitCode.USAGE);
      assert.equal(error.message, `Cannot write a to a profile: its value ${problem}`);
    }
  }
});

Deno.test("editProfiles: a key that this program misspells is a fault, not a refusal", () => {
  for (const key of ["Region", "a b", "a=", ""]) {
    assert.throws(() => edited("", { set: { [key]: "1" } }), {
      name: "Error",
      message: "Cannot write a property whose name is not in lower case",
    });
  }
});
