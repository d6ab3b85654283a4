import assert from "node:assert/strict";
import { readMachineFile } from "../../src/system/machine_file.ts";
import { ExitCode } from "../../src/errors.ts";
import { LINUX_ROOT } from "../support/mounts.ts";
import { NOBODY } from "../support/nobody.ts";
import { userErrorOf } from "../support/checks.ts";

const TEXT = "[required]\ncache = false\n";

/** Runs with a file as an administrator would write it, in a folder of its own below the sticky /tmp. */
function withFile(fn: (path: string, folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/config`;
    Deno.writeTextFileSync(path, TEXT, { mode: 0o644 });
    fn(path, folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** What becomes of root's file, by what is done to it first; the reason follows the path. */
const CASES: Readonly<
  Record<string, readonly [change: (path: string, folder: string) => void, risk?: RegExp]>
> = {
  "as root wrote it": [() => {}],
  "of another user": [
    (path) => Deno.chownSync(path, NOBODY, 0),
    /\/config does not belong to root$/,
  ],
  "that everybody may write": [
    (path) => Deno.chmodSync(path, 0o666),
    /\/config can be written by every user$/,
  ],
  "in a folder of another user": [
    (_, folder) => Deno.chownSync(folder, NOBODY, 0),
    /^\/[^ ]+ does not belong to root$/,
  ],
  "whose symlink leads nowhere": [
    (path) => {
      Deno.removeSync(path);
      Deno.symlinkSync("none", path);
    },
    /\/config cannot be followed: No such file or directory$/,
  ],
};

for (const [name, [change, risk]] of Object.entries(CASES)) {
  Deno.test({
    name: `readMachineFile: a file ${name} is ${risk ? "not believed" : "read"} (needs root)`,
    ignore: !LINUX_ROOT,
    fn: () =>
      withFile((path, folder) => {
        change(path, folder);
        const file = readMachineFile(path);
        if (risk === undefined) assert.deepEqual(file, { path, text: TEXT });
        else assert.match("risk" in file ? file.risk : "it was believed", risk);
      }),
  });
}

Deno.test({
  name: "readMachineFile: a user's own file is not believed (needs a user)",
  ignore: Deno.uid() === 0,
  fn: () => withFile((path) => assert.ok("risk" in readMachineFile(path))),
});

Deno.test({
  name: "readMachineFile: what cannot be read is an error of its own (needs root)",
  ignore: !LINUX_ROOT,
  fn: () =>
    withFile((path) => {
      Deno.writeFileSync(path, Uint8Array.of(0x5b, 0xff));
      const error = userErrorOf(() => readMachineFile(path));
      assert.deepEqual([error.code, error.exitCode], ["file-not-utf8", ExitCode.FILE]);
    }),
});
