import assert from "node:assert/strict";
import { ExitCode } from "../../src/errors.ts";
import {
  FIGHTS_WITH_KEYS,
  FIGHTS_WITH_PROCESS,
  findProperties,
  IN_STEP_WITH_KEYS,
  overruledRegion,
  refuseShadowed,
  STATIC_KEYS,
  type Writing,
} from "../../src/profiles/conflicts.ts";
import { parseDocument } from "../../src/profiles/document.ts";
import type { FileKind } from "../../src/profiles/names.ts";
import { refusal } from "./edits.ts";

Deno.test("findProperties: finds what fights, by name and line", () => {
  const text =
    "[profile x]\nSSO_Session = s\nregion = a\ncredential_process = p\naws_access_key_id = k\n";
  const find = (keys: RegExp) =>
    findProperties(parseDocument(text), { kind: "config", name: "x", keys }).map(({ key, line }) =>
      `${key}:${line}`
    );
  assert.deepEqual(find(FIGHTS_WITH_KEYS), ["sso_session:2", "credential_process:4"]);
  assert.deepEqual(find(FIGHTS_WITH_PROCESS), ["sso_session:2", "aws_access_key_id:5"]);
});

Deno.test("findProperties: in the order of the file, also where the last of two sections has the value", () => {
  const text = "[x]\nrole_arn = a\nsso_region = b\n[x]\nrole_arn = c\n";
  const found = findProperties(parseDocument(text), {
    kind: "credentials",
    name: "x",
    keys: FIGHTS_WITH_KEYS,
  });
  assert.deepEqual(found, [{ key: "sso_region", line: 3 }, { key: "role_arn", line: 5 }]);
});

Deno.test("a key that only has another's name in it is none of these", () => {
  const table: readonly (readonly [keys: RegExp, key: string])[] = [
    [FIGHTS_WITH_KEYS, "role_arn"],
    [FIGHTS_WITH_PROCESS, "role_arn"],
    [STATIC_KEYS, "aws_access_key_id"],
    [IN_STEP_WITH_KEYS, "aws_account_id"],
  ];
  for (const [keys, key] of table) {
    const found = [key, `my_${key}`, `${key}_old`].filter((each) => keys.test(each));
    assert.deepEqual(found, [key], keys.source);
  }
});

Deno.test("refuseShadowed: refuses what would win from the other file, naming file and line", () => {
  const keys = "aws_access_key_id = SECRET\naws_session_token = SECRET\n";
  const table:
    readonly (readonly [Writing["kind"], Writing["writes"], string, RegExp | undefined])[] = [
      [
        "config",
        "keys",
        `[x]\n${keys}`,
        /aws_access_key_id on line 2 and aws_session_token on line 3 of \/other /,
      ],
      ["config", "process", `[x]\n${keys}`, /aws_access_key_id/],
      ["config", "keys", "[x]\nregion = a\n", undefined],
      ["config", "keys", `[y]\n${keys}`, undefined],
      // These keys are weaker than those of the credentials file.
      ["credentials", "keys", `[profile x]\n${keys}`, undefined],
      ["credentials", "keys", "[profile x]\nrole_arn = SECRET\n", /role_arn on line 2 of \/other /],
      ["credentials", "keys", "[x]\nrole_arn = SECRET\n", undefined],
      // A process is read from both files too, and the credentials file wins.
      [
        "config",
        "process",
        "[x]\ncredential_process = SECRET\nstssamldriver_port = 1\n",
        /: credential_process on line 2 and stssamldriver_port on line 3 of \/other would override it$/,
      ],
      [
        "credentials",
        "process",
        "[profile x]\ncredential_process = SECRET\nstssamldriver_port = 1\n",
        /: it would override credential_process on line 2 and stssamldriver_port on line 3 of \/other$/,
      ],
      [
        "credentials",
        "process",
        "[profile x]\ncredential_process = SECRET\nrole_arn = SECRET\n",
        /: role_arn on line 3 of \/other would override it$/,
      ],
      ["credentials", "process", "[profile x]\nregion = x\n", undefined],
      ["config", "process", "[x]\nregion = x\n[y]\ncredential_process = SECRET\n", undefined],
      ["config", "keys", "[x]\nstssamldriver_port = 1\n", undefined],
      [
        "config",
        "process",
        "[x]\nmy_credential_process = p\ncredential_process_old = p\nx_stssamldriver_port = 1\n",
        undefined,
      ],
    ];
  for (const [kind, writes, text, message] of table) {
    const run = () =>
      refuseShadowed(parseDocument(text, { file: "/other" }), { kind, writes, name: "x" });
    if (message === undefined) run();
    else {
      const error = refusal(run);
      assert.match(error.message, message);
      assert.equal(error.code, "profile-shadowed");
      assert.equal(error.exitCode, ExitCode.FILE);
      const which = / and /.test(error.message) ? "them" : "it";
      assert.equal(
        error.hint,
        `Remove ${which} from profile "x" in that file, or use another profile name`,
      );
    }
  }
});

Deno.test("refuseShadowed, overruledRegion: a file that is not known by name is named by its kind", () => {
  const shadowed = (kind: FileKind, text: string) =>
    refusal(() => refuseShadowed(parseDocument(text), { kind, writes: "keys", name: "x" })).message;
  assert.match(shadowed("config", "[x]\nrole_arn = r\n"), / of the credentials file would /);
  assert.match(
    shadowed("credentials", "[profile x]\nrole_arn = r\n"),
    / of the config file would /,
  );
  const said = overruledRegion(parseDocument("[x]\nregion = b\n"), {
    kind: "config",
    name: "x",
    region: "a",
  });
  assert.match(said ?? "", /by region on line 2 of the credentials file$/);
});

Deno.test("overruledRegion: only another region of the same profile in the credentials file", () => {
  const table: readonly (readonly [FileKind, string, string | undefined])[] = [
    ["config", "[x]\n# why\nRegion = b # c\n", "region on line 3 of /other"],
    ["config", "[x]\nregion = a\n", undefined],
    ["config", "[y]\nregion = b\n", undefined],
    ["config", "[profile x]\nregion = b\n", undefined],
    ["credentials", "[profile x]\nregion = b\n", undefined],
    ["credentials", "[x]\nregion = b\n", undefined],
  ];
  for (const [kind, text, by] of table) {
    const other = parseDocument(text, { file: "/other" });
    const said = overruledRegion(other, { kind, name: "x", region: "a" });
    assert.equal(said, by && `Region a of profile "x" is overridden by ${by}`, text);
  }
});
