/** Many profiles of one file: which are written, which go, and what stays to the byte. */

import assert from "node:assert/strict";
import { refuseAllShadowed } from "../../src/delivery/other_file.ts";
import { type Synced, syncedText } from "../../src/delivery/synced.ts";
import { ExitCode } from "../../src/errors.ts";
import { userErrorOf } from "../support/checks.ts";

const MARK = "# made by stssamldriver sync for https://idp.example";
const OTHER = "# made by stssamldriver sync for https://other.example";

function synced(
  profiles: Readonly<Record<string, Readonly<Record<string, string>>>>,
  different: Partial<Synced> = {},
): Synced {
  return {
    file: {
      path: "/home/a/.aws/credentials",
      kind: "credentials",
      description: "the file of a test",
    },
    mark: MARK,
    writes: "keys",
    profiles: new Map(Object.entries(profiles)),
    newRegions: new Map(),
    kept: new Set(),
    prune: false,
    replace: false,
    ...different,
  };
}

const KEYS = { aws_access_key_id: "ID", aws_secret_access_key: "SECRET" };
const LINES = "aws_access_key_id = ID\naws_secret_access_key = SECRET\n";

Deno.test("syncedText: new profiles are marked, and nothing else changes", () => {
  const before = "# hers\r\n[own]\r\nregion=x";
  const { text, pruned } = syncedText(before, synced({ a: KEYS, b: KEYS }));
  assert.ok(text.startsWith(before));
  const rest = text.slice(before.length).replaceAll("\r\n", "\n");
  for (const name of ["a", "b"]) assert.ok(rest.includes(`[${name}]\n${MARK}\n${LINES}`), rest);
  assert.deepEqual(pruned, []);
});

Deno.test("syncedText: no file yet, and nothing to write is nothing", () => {
  assert.equal(syncedText(undefined, synced({ a: KEYS })).text, `[a]\n${MARK}\n${LINES}`);
  assert.equal(syncedText(undefined, synced({})).text, "");
});

Deno.test("syncedText: the same again is the same text", () => {
  const { text } = syncedText("[own]\nregion = x\n", synced({ a: KEYS, b: KEYS }));
  assert.equal(syncedText(text, synced({ a: KEYS, b: KEYS })).text, text);
});

Deno.test("syncedText: a new profile gets its region, one that is there keeps its own", () => {
  const newRegions = new Map([["a", "us-east-1"], ["b", "cn-north-1"]]);
  const before = `[a]\n${MARK}\nregion = eu-west-1\n`;
  const { text } = syncedText(before, synced({ a: KEYS, b: KEYS }, { newRegions }));
  assert.deepEqual([...text.matchAll(/region = (\S+)/g)].map(([, region]) => region), [
    "eu-west-1",
    "cn-north-1",
  ]);
  const named = synced({ a: { region: "us-west-2", ...KEYS } }, { newRegions });
  assert.match(syncedText(before, named).text, /region = us-west-2/);
});

// As prepareProfile: what an older tool left beside the keys must not outlive them.
Deno.test("syncedText: the token's old name and the account are kept in step where they stand", () => {
  const set = { ...KEYS, aws_security_token: "NEW", aws_account_id: "111122223333" };
  const before = `[a]\n${MARK}\naws_security_token = old\naws_account_id = 999999999999\n`;
  const { text } = syncedText(before, synced({ a: set, b: set }));
  const step = "aws_security_token = NEW\naws_account_id = 111122223333\n";
  assert.equal(text, `[a]\n${MARK}\n${step}${LINES}\n[b]\n${MARK}\n${LINES}`);
});

const FOREIGN: readonly (readonly [string, string, maker?: string])[] = [
  ["without a mark", "[a]\nregion = x\n"],
  [
    "with another IdP's mark",
    `[a]\n${OTHER}\nregion = x\n`,
    "created by the sync for https://other.example",
  ],
  [
    "with another IdP's mark only",
    `[a]\n${OTHER}`,
    "created by the sync for https://other.example",
  ],
  ["without anything", "[a]"],
  ["with the mark on another profile", `[a]\nregion = x\n\n[b]\n${MARK}\nregion = x\n`],
  ["with the mark after its properties", `[a]\nregion = x\n${MARK}\n`],
];
for (const [name, before, maker = "not created by sync"] of FOREIGN) {
  Deno.test(`syncedText: a profile ${name} is nobody's to write`, () => {
    const error = userErrorOf(() => syncedText(before, synced({ a: KEYS })));
    assert.equal(error.exitCode, ExitCode.FILE);
    assert.equal(error.code, "profile-not-ours");
    assert.equal(
      error.message,
      `Cannot overwrite profile "a" in /home/a/.aws/credentials: ${maker}`,
    );
    const { text } = syncedText(before, synced({ a: KEYS }, { replace: true }));
    assert.match(text, /SECRET/);
    // What --replace wrote over once stayed a stranger's: the next sync refused its own profile.
    assert.ok(text.startsWith(`[a]\n${MARK}\n`), text);
    assert.doesNotMatch(text, /other\.example/);
    const again = syncedText(text, synced({ a: KEYS }, { replace: true }));
    assert.equal(again.text, text);
    assert.ok(syncedText(text, synced({}, { prune: true })).pruned.includes("a"));
  });
}

Deno.test("syncedText: of profiles of several makers each is told by its own", () => {
  const before = `[a]\nregion = x\n[b]\n${OTHER}\n[c]\nregion = x\n`;
  const error = userErrorOf(() => syncedText(before, synced({ a: KEYS, b: KEYS, c: KEYS })));
  assert.match(error.message, /^Cannot overwrite profile "a", "c" in .*: not created by sync$/);
  assert.match(
    error.hint ?? "",
    /^Cannot overwrite profile "b" in .*: created by the sync for https:\/\/other\.example\n/,
  );
});

Deno.test("syncedText: of many foreign profiles five are named", () => {
  const names = Array.from({ length: 7 }, (_, index) => `p${index}`);
  const before = names.map((name) => `[${name}]\nregion = x\n`).join("\n");
  const profiles = Object.fromEntries(names.map((name) => [name, KEYS]));
  const { message } = userErrorOf(() => syncedText(before, synced(profiles)));
  assert.match(message, /"p0", "p1", "p2", "p3", "p4" and 2 more in/);
});

Deno.test("syncedText: an earlier sync's keys give way to a process, and back", () => {
  const keys = syncedText(undefined, synced({ a: KEYS })).text;
  const process = synced({ a: { credential_process: "x y" } }, { writes: "process" });
  const lines = syncedText(keys, process).text;
  assert.doesNotMatch(lines, /aws_/);
  assert.match(lines, /credential_process = x y/);
  assert.doesNotMatch(syncedText(lines, synced({ a: KEYS })).text, /credential_process/);
});

Deno.test("syncedText: prune removes its own that are neither written nor kept", () => {
  const hers = "[own]\nregion = x\n\n# about other\n[other]\n" + OTHER + "\nregion = x\n";
  const before = syncedText(hers, synced({ gone: KEYS, kept: KEYS, a: KEYS })).text;
  const which = { kept: new Set(["kept"]) };
  assert.deepEqual(syncedText(before, synced({ a: KEYS }, which)).pruned, []);
  const { text, pruned } = syncedText(before, synced({ a: KEYS }, { ...which, prune: true }));
  assert.deepEqual(pruned, ["gone"]);
  assert.ok(text.startsWith(hers));
  assert.doesNotMatch(text, /\[gone\]/);
  assert.match(text, /\[kept\]/);
  assert.match(text, /\[a\]/);
});

// Whoever deleted the properties of a profile, but not its mark, lost the profile behind it.
Deno.test("syncedText: prune takes nobody's profile for its own because a mark stands above it", () => {
  const hers = "[hers]\nrole_arn = arn:aws:iam::111122223333:role/X\nsource_profile = base\n";
  const before = `[gone]\n${MARK}\n${hers}`;
  const { text, pruned } = syncedText(before, synced({}, { prune: true }));
  assert.deepEqual(pruned, ["gone"]);
  assert.equal(text, hers);
});

Deno.test("syncedText: a file that cannot be edited is refused before anything", () => {
  const error = userErrorOf(() => syncedText("[a]\n[a]\nregion = x\n", synced({})));
  assert.equal(error.exitCode, ExitCode.FILE);
  assert.match(error.message, /\/home\/a\/\.aws\/credentials/);
});

Deno.test("refuseAllShadowed: a profile that the other file would overrule is refused", () => {
  const home = Deno.makeTempDirSync();
  try {
    const files = { config: `${home}/config`, credentials: `${home}/credentials` };
    const file = { path: files.config, kind: "config", description: "the file of a test" } as const;
    const shadowed = (names: readonly string[]) =>
      refuseAllShadowed(names, { file, files, writes: "process" });
    shadowed(["a"]);
    Deno.writeTextFileSync(files.credentials, "[b]\naws_access_key_id = X\n");
    shadowed(["a"]);
    const error = userErrorOf(() => shadowed(["a", "b"]));
    assert.equal(error.exitCode, ExitCode.FILE);
    assert.match(error.message, /"?b"?/);
    assert.match(error.message + error.hint, /credentials/);
    Deno.writeTextFileSync(files.credentials, "[b]\ncredential_process = x\n");
    assert.match(userErrorOf(() => shadowed(["b"])).message, /credential_process on line 2/);
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
});

Deno.test("syncedText: what is said of old keys is kept in step with new ones, or goes with them", () => {
  const said =
    "x_principal_arn = arn:aws:sts::999988887777:assumed-role/B/bob\naws_expiration = 2022-01-01T00:00:00Z\n";
  const before = `[a]\n${MARK}\n${LINES}${said}output = json\n`;
  const expires = "2026-11-23T13:00:00Z";
  const keys = synced({ a: { ...KEYS, x_security_token_expires: expires } });
  assert.equal(
    syncedText(before, keys).text,
    `[a]\n${MARK}\n${LINES}aws_expiration = ${expires}\noutput = json\nx_security_token_expires = ${expires}\n`,
  );
  const process = synced({ a: { credential_process: "/x" } }, { writes: "process" });
  assert.equal(
    syncedText(before, process).text,
    `[a]\n${MARK}\noutput = json\ncredential_process = /x\n`,
  );
});
