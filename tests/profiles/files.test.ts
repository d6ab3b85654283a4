import assert from "node:assert/strict";
import { chooseFile, type SharedFiles, sharedFiles } from "../../src/profiles/files.ts";
import type { FileKind } from "../../src/profiles/names.ts";
import { userErrorOf } from "../support/checks.ts";

const FILES: SharedFiles = { config: "/h/.aws/config", credentials: "/h/.aws/credentials" };
const expand = (path: string) => path.replace(/^~(?=\/)/, "/h");

Deno.test("sharedFiles: AWS' variables move the files, an empty one does not", () => {
  const table: readonly [env: Record<string, string>, files: SharedFiles][] = [
    [{}, FILES],
    [{ AWS_CONFIG_FILE: "", AWS_SHARED_CREDENTIALS_FILE: "" }, FILES],
    [{ AWS_CONFIG_FILE: "/x" }, { ...FILES, config: "/x" }],
    [{ AWS_SHARED_CREDENTIALS_FILE: "~/k" }, { ...FILES, credentials: "/h/k" }],
    [{ AWS_CONFIG_FILE: "~/x/config", AWS_CREDENTIALS_FILE: "/no" }, {
      ...FILES,
      config: "/h/x/config",
    }],
  ];
  for (const [env, files] of table) {
    assert.deepEqual(sharedFiles((name) => env[name], expand), files);
  }
});

Deno.test("chooseFile: the kind is by --file-type, the files in use, the name", () => {
  const used = "the config file in use";
  const keys = "the credentials file in use";
  const table: readonly [
    path: string | undefined,
    given: FileKind | undefined,
    kind: FileKind,
    description: string,
  ][] = [
    [undefined, undefined, "config", used],
    [undefined, "credentials", "credentials", "a credentials file according to --file-type"],
    ["/h/.aws/config", undefined, "config", used],
    ["/h/.aws/credentials", undefined, "credentials", keys],
    ["/h/.aws/credentials", "config", "config", "a config file according to --file-type"],
    ["/link-to-credentials", undefined, "credentials", keys],
    ["/x/credentials", undefined, "credentials", "a credentials file judging by its name"],
    ["/x/CREDENTIALS", undefined, "credentials", "a credentials file judging by its name"],
    ["/x/my-credential", undefined, "credentials", "a credentials file judging by its name"],
    ["C:\\x\\aws_credentials", undefined, "credentials", "a credentials file judging by its name"],
    ["credentials", undefined, "credentials", "a credentials file judging by its name"],
    ["/x/credentials.ini", undefined, "config", "a config file judging by its name"],
    ["/x/mycredentials", undefined, "config", "a config file judging by its name"],
    ["/credentials/x", undefined, "config", "a config file judging by its name"],
    ["/x/config", undefined, "config", "a config file judging by its name"],
  ];
  const real = (path: string) => path === "/link-to-credentials" ? FILES.credentials : path;
  for (const [path, given, kind, description] of table) {
    const file = chooseFile(FILES, { path, kind: given, real });
    assert.deepEqual(file, { path: path ?? FILES.config, kind, description });
  }
});

Deno.test("chooseFile: one file for both variables is a config file", () => {
  const files = { config: "/x", credentials: "/x" };
  const file = chooseFile(files, { path: "/x", kind: undefined, real: (path) => path });
  assert.equal(file.kind, "config");
});

Deno.test("chooseFile: without a home nothing is written to a folder named ~", () => {
  for (const path of ["~/.aws/config", "~\\x", undefined]) {
    const files = { ...FILES, config: "~/.aws/config" };
    const error = userErrorOf(() => chooseFile(files, { path, kind: "config", real: (it) => it }));
    assert.equal(error.exitCode, 2);
    assert.equal(
      error.message,
      `Cannot tell where ${path ?? "~/.aws/config"} is: HOME is not set`,
    );
  }
  for (const path of ["~x", "./~/x", "/~/x"]) {
    const file = chooseFile(FILES, { path, kind: undefined, real: (it) => it });
    assert.equal(file.path, path);
  }
});
