/**
 * What is read from files of the person, and a line of a command that is split: shared AWS files, sessions in the
 * cache, names for accounts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseAccountNames } from "../../src/cli/settings/named_files.ts";
import { parseSession, type Session, sessionText } from "../../src/credentials/cache.ts";
import { FIGHTS_WITH_KEYS, findShadow } from "../../src/profiles/conflicts.ts";
import { remarksOn } from "../../src/profiles/diagnose.ts";
import { parseDocument } from "../../src/profiles/document.ts";
import { editProfile, markedProfiles, removeProfiles } from "../../src/profiles/edit.ts";
import { profileNames } from "../../src/profiles/names.ts";
import { processLine, splitProcessLine } from "../../src/profiles/process_line.ts";
import { readProfile } from "../../src/profiles/read.ts";
import { refusedLines } from "../../src/profiles/strict.ts";
import { checkOutside } from "../profiles/outside.ts";
import { exchangedFake, NOON } from "../support/fakes.ts";
import { FIXTURE_SECRET_MARKER } from "../support/sts.ts";
import type { Subject, Target } from "./fuzz.ts";
import type { Material } from "./mutate.ts";

/** A value that no message may tell. */
const SECRET = `${FIXTURE_SECRET_MARKER}/+abc==`;

const SHARED_FILES = new URL("../fixtures/shared_files/", import.meta.url);

function sharedFiles(): Material {
  const corpus = [
    "[default]\nregion = eu-west-1\noutput=json\n\n[profile x]\nregion = us-east-1\n",
    `[x]\naws_access_key_id = ASIA1\naws_secret_access_key = ${SECRET}\naws_session_token=${SECRET}\n`,
    `; note\r\n[profile x]\r\n  region = a ; c\r\n  s3 =\r\n    addressing_style = path\r\n[y]\r\na=1\r\n`,
    "\ufeff[profile x]\ncredential_process = /opt/x --role-arn 'a b' \\\n  --port 1\n# stssamldriver\n",
    "[profile x]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n[profile x]\nregion=b\n",
    "[sso-session x]\nsso_region = a\n[services s]\nsts =\n  endpoint_url = http://x\n[ profile x ]\n",
    ...[...Deno.readDirSync(SHARED_FILES)].map(({ name }) => name).toSorted()
      .map((name) => Deno.readTextFileSync(new URL(name, SHARED_FILES))),
  ];
  const words = [
    ...["[x]", "[profile x]", "[default]", "[profile default]", "[", "]", "=", " = ", "\n", "\r\n"],
    ...["#", " # ", ";", " ;", "  ", "\t", "region", "aws_access_key_id", "aws_session_token"],
    ...[
      "credential_process",
      "role_arn",
      "s3 =\n  a = b",
      "x",
      "y",
      ":",
      "'",
      '"',
      "\\",
      "profile ",
    ],
    ...[
      "__proto__",
      "constructor",
      "[__proto__]",
      "[profile 'x']",
      "\u2028",
      "\x0b",
      "\x1c",
      SECRET,
    ],
  ];
  return { corpus, words };
}

const EDITS = [
  { set: { region: "NEW", aws_access_key_id: "NEW" } },
  { set: {}, remove: ["region", "s3"] },
  {
    set: { aws_access_key_id: "A", aws_secret_access_key: "b/+", aws_session_token: "c==" },
    fights: FIGHTS_WITH_KEYS,
    replace: true,
  },
  { set: { credential_process: "/opt/x --port 1" }, mark: "# ours" },
] as const;

function openEdit(): Subject {
  return {
    secretsOf: () => [FIXTURE_SECRET_MARKER],
    read: (text) => {
      // Which edit of which file is the text's own.
      const number = text.length % 8;
      const kind = number < 4 ? "config" as const : "credentials" as const;
      const what = EDITS[number % 4] ?? EDITS[0];
      const edit = { kind, name: "x", ...what };
      const after = editProfile(parseDocument(text), edit);
      if (!("fights" in edit)) checkOutside(text, after, edit);
      const again = editProfile(parseDocument(after), edit);
      assert.equal(again, after, "the second time nothing changes");
      const read = readProfile(parseDocument(after), kind, "x")?.properties;
      for (const [key, value] of Object.entries(edit.set)) {
        assert.equal(read?.get(key)?.value, value, `${key} is not what was set`);
      }
      return [after === text ? "as it was" : `edit ${number}`, after];
    },
  };
}

function openDocument(): Subject {
  return {
    secretsOf: () => [FIXTURE_SECRET_MARKER],
    read: (text) => {
      const document = parseDocument(text);
      assert.equal(document.lines.map(({ raw }) => raw).join(""), text);
      const said: string[] = [];
      for (const kind of ["config", "credentials"] as const) {
        const names = profileNames(document, kind);
        for (const name of [...names, "x"].slice(0, 5)) readProfile(document, kind, name);
        refusedLines(document, kind);
        said.push(...remarksOn(document, kind, ["x"]));
        const shadow = findShadow(document, { kind, name: "x", writes: "keys" });
        if (shadow !== undefined) said.push(shadow.reason);
        markedProfiles(document, kind, "# ours");
      }
      for (const each of said) assert.ok(!each.includes(FIXTURE_SECRET_MARKER), "tells a secret");
      const removed = removeProfiles(document, "config", { names: ["x"] });
      return [`${said.length} remarks, ${removed === text ? "nothing" : "x"} removed`, said];
    },
  };
}

function openProcessLine(os: string): () => Subject {
  return () => ({
    read: (text) => {
      // As words that somebody wants in a line, and as a line that somebody wrote.
      const words = text.split("\n");
      const line = processLine(words, os);
      if (line !== undefined) assert.deepEqual(splitProcessLine(line, os), words);
      const split = splitProcessLine(text, os);
      const again = split && processLine(split, os);
      if (again !== undefined) assert.deepEqual(splitProcessLine(again, os), split);
      return [`${line !== undefined} ${split !== undefined} ${again !== undefined}`, [line, split]];
    },
  });
}

function processLines(): Material {
  const corpus = [
    "/opt/stssamldriver --role-arn arn:aws:iam::111122223333:role/A --cache",
    "/opt/my apps/stssamldriver\n--idp\nhttps://idp.example/a?b=c&d\n--role-filter\n*Admin",
    `"/opt/my apps/x" 'a b' "c\\"d" e\\ f`,
    `"C:\\Program Files\\x.exe" --a "b c\\\\" d`,
    "C:\\x\\y.exe\n--a\nb c\n#d",
  ];
  const words = [
    "'",
    '"',
    "\\",
    "$",
    "`",
    "\n",
    " ",
    "\t",
    "#",
    " #",
    ";",
    "%",
    "!",
    "^",
    "&",
    "|",
  ];
  return {
    corpus,
    words: [...words, '""', "''", "\\\\", "$(x)", "~", "=", "*", "{", "<", "é", "--"],
  };
}

const KEY = { role: "arn:a", provider: "arn:b", durationSeconds: 3600 };
const KEY_TEXT = JSON.stringify([["durationSeconds", 3600], ["provider", "arn:b"], [
  "role",
  "arn:a",
]]);

function entries(): Material {
  const { credentials } = exchangedFake();
  const session: Session = { credentials, roleArn: "arn:a", person: "alice", issued: NOON };
  const text = sessionText(KEY, session);
  const corpus = [text, text.replace(/\n */g, ""), sessionText(KEY, { ...session, person: "" })];
  const names = Object.keys(JSON.parse(text)).map((name) => `"${name}"`);
  const words = ['"', ":", ",", "{", "}", "[", "]", "null", "1e999", "-1", "0", "8.64e15", '""'];
  return { corpus, words: [...words, ...names, '"__proto__":{}', "\\u0000", "\\ud800", "true"] };
}

function openEntry(): Subject {
  return {
    read: (text) => {
      const session = parseSession(text, KEY_TEXT);
      if (session === undefined) return ["no entry"];
      const written = sessionText(KEY, session);
      const again = parseSession(written, KEY_TEXT);
      assert.ok(again !== undefined, "what was read cannot be written");
      assert.equal(sessionText(KEY, again), written);
      assert.equal(JSON.parse(written).key, KEY_TEXT);
      new Date(session.credentials.expiration).toISOString();
      return ["an entry", written];
    },
  };
}

function openNames(): Subject {
  return {
    read: (text) => {
      let names: ReadonlyMap<string, string>;
      try {
        names = parseAccountNames(text);
      } catch (error) {
        // What JSON is wrong with, in the language's own words.
        throw error instanceof SyntaxError ? new Error(error.message) : error;
      }
      for (const [account, name] of names) {
        assert.match(account, /^\d{12}$/);
        assert.notEqual(name.trim(), "");
      }
      return [names.size === 0 ? "no names" : "names", [...names]];
    },
  };
}

function accountNames(): Material {
  const corpus = [
    '{"111122223333": "prod", "444455556666": "dev"}',
    "# accounts\n111122223333 prod\n444455556666,dev\r\n\n'777788889999' : test\n",
    '\ufeff111122223333 = "prod"\n',
  ];
  const words = ["111122223333", ",", ":", "=", "\n", "#", '"', "{", "}", " ", "\t", "__proto__"];
  return { corpus, words: [...words, "null", "[]", "\\u001b", "\u2028"] };
}

/** The targets of `src/profiles` and `src/credentials`, and what else is a file. */
export const FILE_TARGETS: readonly Target[] = [
  { name: "profiles/document", material: sharedFiles, open: openDocument },
  {
    name: "profiles/edit",
    material: sharedFiles,
    open: openEdit,
    // More lines than a function takes arguments.
    found: [`[x]\nregion = west-1\n${"  a\n".repeat(130_000)}`],
  },
  { name: "profiles/process_line", material: processLines, open: openProcessLine("linux") },
  {
    name: "profiles/process_line windows",
    material: processLines,
    open: openProcessLine("windows"),
  },
  { name: "credentials/cache", material: entries, open: openEntry },
  {
    name: "cli/settings/account_names",
    material: accountNames,
    open: openNames,
    plainErrors: true,
  },
];
