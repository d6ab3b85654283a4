import assert from "node:assert/strict";
import { propertyOf } from "../../src/profiles/configured.ts";
import type { FileKind } from "../../src/profiles/names.ts";

Deno.test("propertyOf: the first file with a value that is not empty wins, and is named", () => {
  const table:
    readonly (readonly [says: string, config: string, credentials: string, found: unknown])[] = [
      ["neither has the profile", "[profile y]\nregion = a\n", "", undefined],
      ["neither has the property", "[profile x]\n", "[x]\noutput = json\n", undefined],
      ["the config file", "[profile x]\nregion = a\n", "", { value: "a", path: "/config" }],
      ["the credentials file", "", "[x]\nregion = b\n", { value: "b", path: "/credentials" }],
      ["both", "[profile x]\nregion = a\n", "[x]\nregion = b\n", { value: "a", path: "/config" }],
      ["an empty value", "[profile x]\nregion = # c\n", "[x]\nregion = b\n", {
        value: "b",
        path: "/credentials",
      }],
    ];
  for (const [says, config, credentials, found] of table) {
    const files = [["config", config], ["credentials", credentials]] satisfies [FileKind, string][];
    assert.deepEqual(
      propertyOf("region", "x", files.map(([kind, text]) => ({ path: `/${kind}`, kind, text }))),
      found,
      says,
    );
  }
});
