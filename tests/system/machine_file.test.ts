import assert from "node:assert/strict";
import { descriptorRisk, readMachineFile } from "../../src/system/machine_file.ts";
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

const SYSTEM = "S-1-5-18";
const ADMINISTRATORS = "S-1-5-32-544";
const USERS = "S-1-5-32-545";
const EVERYONE = "S-1-1-0";
const CREATOR = "S-1-3-0";
const INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
const ALICE = "S-1-5-21-1004336348-1177238915-682003330-1001";

const FULL = 0x1f01ff;
const MODIFY = 0x1301bf;
const READ = 0x1200a9;

/** An entry of a list; its type is that of one that allows, and its flags none. */
type Entry = readonly [sid: string, mask: number, flags?: number, type?: number];

const ADMINS: readonly Entry[] = [[SYSTEM, FULL], [ADMINISTRATORS, FULL]];
/** What a folder that an administrator makes in ProgramData gets from there. */
const INHERITED: readonly Entry[] = [
  ...ADMINS,
  [CREATOR, FULL, 0x0b],
  [USERS, READ, 0x13],
  // Files and folders may be made in it.
  [USERS, 0x0116, 0x12],
];

function sidBytes(sid: string): number[] {
  const [revision = 0, authority = 0, ...parts] = sid.split("-").slice(1).map(Number);
  return [revision, parts.length, 0, 0, ...big(authority), ...parts.flatMap(little)];
}

function big(number: number): number[] {
  return little(number).reverse();
}

function little(number: number): number[] {
  return [...new Uint8Array(Uint32Array.of(number).buffer)];
}

/** A descriptor as Windows gives it; without a list when there are no entries. */
function descriptor(owner: string | undefined, entries: readonly Entry[] | undefined): Uint8Array {
  const sid = owner === undefined ? [] : sidBytes(owner);
  const list = entries?.flatMap(([who, mask, flags = 0, type = 0]) => {
    const entry = [...little(mask), ...sidBytes(who)];
    return [type, flags, entry.length + 4, 0, ...entry];
  }) ?? [];
  const header = [2, 0, ...little(list.length + 8).slice(0, 2), entries?.length ?? 0, 0, 0, 0];
  return Uint8Array.from([
    ...[1, 0, entries === undefined ? 0 : 4, 0x80],
    ...little(owner === undefined ? 0 : 20),
    ...little(0),
    ...little(0),
    ...little(entries === undefined ? 0 : 20 + sid.length),
    ...sid,
    ...header,
    ...list,
  ]);
}

const DESCRIPTORS: readonly [
  name: string,
  kind: "file" | "folder",
  of: Uint8Array,
  risk: RegExp | undefined,
][] = [
  ["a file of the administrators", "file", descriptor(ADMINISTRATORS, ADMINS), undefined],
  [
    "a file of SYSTEM that users read",
    "file",
    descriptor(SYSTEM, [...ADMINS, [USERS, READ]]),
    undefined,
  ],
  ["a folder of Windows", "folder", descriptor(INSTALLER, [[INSTALLER, FULL]]), undefined],
  [
    "a folder that an administrator made",
    "folder",
    descriptor(ADMINISTRATORS, INHERITED),
    undefined,
  ],
  ["a file of a user", "file", descriptor(ALICE, ADMINS), /^does not belong to the group Admin/],
  ["a folder of a user", "folder", descriptor(ALICE, INHERITED), /^does not belong to the group/],
  ["a file without an owner", "file", descriptor(undefined, ADMINS), /^does not belong to/],
  ["a file that users may change", "file", descriptor(SYSTEM, [[USERS, MODIFY]]), /by every user$/],
  [
    "a file that one user may change",
    "file",
    descriptor(SYSTEM, [[ALICE, FULL]]),
    /by S-1-5-21-\S+-1001$/,
  ],
  ["a file that users may append to", "file", descriptor(SYSTEM, [[USERS, 4]]), /by every user$/],
  [
    "a file that everyone may take",
    "file",
    descriptor(SYSTEM, [[EVERYONE, 0x80000]]),
    /by everyone$/,
  ],
  [
    "a file with all rights by one bit",
    "file",
    descriptor(SYSTEM, [[USERS, 0x10000000]]),
    /every user$/,
  ],
  [
    "a file with an entry of a condition",
    "file",
    descriptor(SYSTEM, [[USERS, 2, 0, 9]]),
    /every user$/,
  ],
  ["a file that users are denied", "file", descriptor(SYSTEM, [[USERS, FULL, 0, 1]]), undefined],
  [
    "a file with an entry of another kind",
    "file",
    descriptor(SYSTEM, [[USERS, 2, 0, 5]]),
    /cannot be read$/,
  ],
  [
    "a folder whose files users may delete",
    "folder",
    descriptor(SYSTEM, [[USERS, 0x40]]),
    /every user$/,
  ],
  ["a file without a list", "file", descriptor(SYSTEM, undefined), /written by every user$/],
  ["a file whom nobody is allowed anything", "file", descriptor(SYSTEM, []), undefined],
  [
    "a descriptor that is cut short",
    "file",
    descriptor(SYSTEM, ADMINS).slice(0, 40),
    /cannot be read$/,
  ],
  ["nothing", "file", new Uint8Array(), /cannot be read$/],
];

Deno.test("descriptorRisk: believes what only SYSTEM, Administrators and TrustedInstaller can change", () => {
  for (const [name, kind, of, risk] of DESCRIPTORS) {
    const found = descriptorRisk(of, kind);
    if (risk === undefined) assert.equal(found, undefined, name);
    else assert.match(found ?? "", risk, name);
  }
});
