/** Files that an attribute protects from their owner, and from root. */

import assert from "node:assert/strict";
import { attributeHint, permissionHint } from "../../src/system/file_trouble.ts";
import { checkWritable, transformFile } from "../../src/system/transform_file.ts";
import { userErrorFrom } from "../support/checks.ts";
import { inFolder, POSIX } from "./files.ts";

/** Sets or removes an attribute; false where there is no right to, or the file system has none. */
function chattr(change: string, path: string): boolean {
  try {
    return new Deno.Command("chattr", { args: [change, path], stderr: "null" }).outputSync()
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const CAN = Deno.build.os === "linux" && hasAttributes();
function hasAttributes(): boolean {
  const path = Deno.makeTempFileSync();
  const can = chattr("+i", path);
  if (can) chattr("-i", path);
  Deno.removeSync(path);
  return can;
}

Deno.test({
  name: `transformFile: an immutable file or folder is named with what removes the attribute${
    CAN ? "" : " (skipped: no right to chattr +i)"
  }`,
  ignore: !CAN,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/file`;
      Deno.writeTextFileSync(path, "old");
      for (const [attribute, on] of [["i", path], ["a", path], ["i", folder]] as const) {
        assert.ok(chattr(`+${attribute}`, on));
        try {
          for (const action of [checkWritable(path), transformFile(path, () => "new")]) {
            const error = await userErrorFrom(action);
            assert.equal(error.exitCode, 8);
            const hint = error.hint ?? "";
            assert.match(hint, /lsattr.*chattr -/);
            assert.ok(hint.includes(`"${on}"`), hint);
            assert.doesNotMatch(hint, /chmod/);
          }
        } finally {
          chattr(`-${attribute}`, on);
        }
        assert.equal(Deno.readTextFileSync(path), "old");
        assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["file"]);
      }
    }),
});

Deno.test({
  name: "permissionHint: chmod only where the mode is the reason",
  ignore: !POSIX,
  fn: () => {
    const uid = Deno.uid();
    assert.match(permissionHint("/f", { uid, mode: 0o400 }, "EACCES"), /^chmod u\+rw "\/f"$/);
    assert.match(permissionHint("/f", { uid, mode: 0o600 }, "EACCES"), /getfacl.*SELinux/);
    assert.match(permissionHint("/f", { uid: 12345, mode: 0o600 }, "EACCES"), /ID 12345/);
    assert.equal(permissionHint("/f", { uid, mode: 0o400 }, "EPERM"), attributeHint("/f"));
    assert.match(attributeHint("/f", "darwin"), /ls -ldO "\/f".*chflags/);
    assert.match(attributeHint("/f", "linux"), /lsattr -d "\/f".*chattr/);
  },
});
