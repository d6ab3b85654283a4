import assert from "node:assert/strict";
import { explainFile, refuseIrregular } from "../../src/system/file_trouble.ts";

Deno.test("explainFile: names what failed, and keeps the cause, not the system's numbers", () => {
  const cause = Object.assign(new Error("Too odd (os error 99): open '/a/b'"), { code: "EODD" });
  const error = explainFile("/a/b", cause, "read");
  assert.equal(error.message, 'Cannot read "/a/b": Too odd');
  assert.equal(error.cause, cause);
  const denied = Object.assign(new Error("no"), { code: "EACCES" });
  assert.match(explainFile("/a/b", denied, "read").message, /: no permission to read it$/);
  assert.match(
    explainFile("/a/b", denied, "change").message,
    /: no permission to create files in "\/a"$/,
  );
  assert.match(explainFile("/a/b", denied, "lock").message, /: no permission to open it/);
});

Deno.test("refuseIrregular: lets a regular file pass", () => {
  refuseIrregular("x", Deno.statSync(new URL(import.meta.url)));
  assert.throws(() => refuseIrregular("x", undefined), /it is a folder/);
});
