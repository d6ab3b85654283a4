import assert from "node:assert/strict";
import { askerOf } from "../../../src/cli/settings/asker.ts";

Deno.test("askerOf: the profile where one is named, else the command", () => {
  const cases: readonly [Parameters<typeof askerOf>[0], string][] = [
    [{ name: "login", values: {}, words: [] }, "`stssamldriver` in your terminal"],
    [{ name: "env", values: {}, words: [] }, "`env` in your terminal"],
    [{ name: "exec", values: {}, words: ["aws", "--secret"] }, "`exec aws` in your terminal"],
    [{ name: "exec", values: {}, words: [] }, "`exec` in your terminal"],
    [{ name: "setup", values: {}, words: ["dev"] }, "profile `dev`"],
    [{ name: "env", values: { profile: "dev" }, words: [] }, "profile `dev`"],
    [{ name: "login", values: { "profile-to-update": "dev" }, words: [] }, "profile `dev`"],
    [{ name: "env", values: { profile: "a`b\u202e" }, words: [] }, "profile `a'b`"],
  ];
  for (const [input, asker] of cases) assert.equal(askerOf(input), asker);
});
