import assert from "node:assert/strict";
import { otherDocument } from "../../src/delivery/other_file.ts";
import { inFolder, POSIX } from "../system/files.ts";

Deno.test("otherDocument: the file that is not written, under its own name", () =>
  inFolder((folder) => {
    const files = { config: `${folder}/config`, credentials: `${folder}/credentials` };
    const of = (kind: "config" | "credentials", path: string) =>
      otherDocument({ file: { path, kind, description: "" }, files });
    assert.equal(of("config", files.config), undefined);
    Deno.writeTextFileSync(files.credentials, "[a]\n");
    assert.equal(of("config", files.config)?.file, files.credentials);
    assert.equal(of("config", `${folder}/third`)?.text, "[a]\n");
    assert.equal(of("credentials", files.credentials), undefined);
  }));

// Some people keep one file and make the other a link to it: its own keys were said to win over themselves.
Deno.test({
  name: "otherDocument: one file by a symlink is no other file",
  ignore: !POSIX,
  fn: () =>
    inFolder((folder) => {
      const files = { config: `${folder}/config`, credentials: `${folder}/credentials` };
      Deno.symlinkSync("config", files.credentials);
      for (const text of [undefined, "[default]\naws_access_key_id = x\n"]) {
        if (text !== undefined) Deno.writeTextFileSync(files.config, text);
        for (const path of [files.config, files.credentials]) {
          const file = { path, kind: "config", description: "" } as const;
          assert.equal(otherDocument({ file, files }), undefined);
        }
      }
      // Written is the real file, named without the link.
      Deno.mkdirSync(`${folder}/real`);
      Deno.symlinkSync("real", `${folder}/link`);
      const [path, alias] = [`${folder}/real/one`, `${folder}/link/one`];
      Deno.writeTextFileSync(path, "");
      const linked = { file: { path, kind: "config", description: "" } as const };
      assert.equal(
        otherDocument({ ...linked, files: { config: path, credentials: alias } }),
        undefined,
      );
    }),
});
