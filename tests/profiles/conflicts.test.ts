import assert from "node:assert/strict";
import { ExitCode } from "../../src/errors.ts";
import {
  FIGHTS_WITH_KEYS,
  FIGHTS_WITH_PROCESS,
  findProperties,
  overruledRegion,
  refuseShadowed,
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
    ];
  for (const [kind, writes, text, message] of table) {
    const run = () =>
      refuseShadowed(parseDocument(text, { file: "/other" }), { kind, writes, name: "x" });
    if (message === undefined) run();
    else {
      const error = refusal(run);
      assert.match(error.message, message);
      assert.equal(error.exitCode, ExitCode.FILE);
      assert.match(
        error.hint ?? "",
        /^Remove (?:it|them) from profile "x" in that file, or use another profile name$/,
      );
    }
  }
});

Deno.test("overruledRegion: only another region of the same profile in the credentials file", () => {
  const table: readonly (readonly [FileKind, string, string | undefined])[] = [
    ["config", "[x]\n# why\nRegion = b # c\n", "region on line 3 of /other"],
    ["config", "[x]\nregion = a\n", undefined],
    ["config", "[y]\nregion = b\n", undefined],
    ["config", "[profile x]\nregion = b\n", undefined],
    ["credentials", "[profile x]\nregion = b\n", undefined],
  ];
  for (const [kind, text, by] of table) {
    const other = parseDocument(text, { file: "/other" });
    const said = overruledRegion(other, { kind, name: "x", region: "a" });
    assert.equal(said, by && `Region a of profile "x" is overridden by ${by}`, text);
  }
});
