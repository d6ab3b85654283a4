import assert from "node:assert/strict";
import { ExitCode } from "../../src/errors.ts";
import {
  cacheFolderIfAny,
  cacheFolderOrFail,
  type FolderInfo,
  folderRisk,
  type FolderWorld,
  systemFileRisk,
} from "../../src/system/folder_trust.ts";
import { userErrorOf } from "../support/checks.ts";
import { inFolder, POSIX } from "./files.ts";

const US = 1000;

/** A tree of folders by path: owner, mode, and the group where it is not the owner's own. */
type Tree = Readonly<Record<string, readonly [uid: number, mode: number, gid?: number]>>;

const HOME: Tree = { "/": [0, 0o755], "/home": [0, 0o755], "/home/us": [US, 0o750] };

function world(tree: Tree, changes: Partial<FolderWorld> = {}): FolderWorld {
  const infoOf = (path: string): FolderInfo => {
    const [uid, mode, gid = uid] = tree[path] ?? [];
    if (uid === undefined || mode === undefined) throw new Deno.errors.NotFound(path);
    return { isDirectory: true, uid, gid: gid ?? uid, mode };
  };
  const realPath = (path: string) => {
    infoOf(path);
    return path;
  };
  return { uid: US, stat: infoOf, realPath, ...changes };
}

const CACHE = "/home/us/.cache";

const CASES: readonly [name: string, path: string, tree: Tree, risk: RegExp | undefined][] = [
  ["one of our own in a home of our own", CACHE, { ...HOME, [CACHE]: [US, 0o700] }, undefined],
  ["one that is not there yet", `${CACHE}/a/b`, HOME, undefined],
  ["one that its own group, which has no other members, may write", CACHE, {
    ...HOME,
    [CACHE]: [US, 0o775],
  }, undefined],
  ["one that another group may write", CACHE, { ...HOME, [CACHE]: [US, 0o770, 50] }, /group$/],
  ["one that everybody may write", CACHE, { ...HOME, [CACHE]: [US, 0o777] }, /every user$/],
  ["one that everybody may write, sticky or not", CACHE, {
    ...HOME,
    [CACHE]: [US, 0o1777],
  }, /every user$/],
  ["one of another user", CACHE, { ...HOME, [CACHE]: [1001, 0o700] }, /belongs to another user$/],
  ["root's", CACHE, { ...HOME, [CACHE]: [0, 0o755] }, /belongs to another user$/],
  ["ours below a folder of another user", CACHE, {
    ...HOME,
    "/home/us": [1001, 0o755],
    [CACHE]: [US, 0o700],
  }, /^\/home\/us belongs to another user$/],
  ["ours below a folder that everybody may write", CACHE, {
    ...HOME,
    "/home": [0, 0o777],
    [CACHE]: [US, 0o700],
  }, /^\/home can be written by every user$/],
  ["ours in a sticky folder, as /tmp is", "/tmp/us", {
    "/": [0, 0o755],
    "/tmp": [0, 0o1777],
    "/tmp/us": [US, 0o700],
  }, undefined],
  ["one that would be made below a sticky folder of everybody", "/tmp/us", {
    "/": [0, 0o755],
    "/tmp": [0, 0o1777],
  }, undefined],
];

for (const [name, path, tree, risk] of CASES) {
  Deno.test(`folderRisk: ${name} is ${risk === undefined ? "fine" : "a risk"}`, () => {
    const found = folderRisk(path, world(tree));
    if (risk === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", risk);
  });
}

Deno.test("folderRisk: root with a user's home does not trust that user's folder", () => {
  const tree = { ...HOME, [CACHE]: [US, 0o700] } satisfies Tree;
  assert.match(folderRisk(CACHE, world(tree, { uid: 0 })) ?? "", /belongs to another user$/);
});

Deno.test("folderRisk: what a symlink leads to is judged, with the way there", () => {
  const tree: Tree = { ...HOME, "/srv": [0, 0o777], "/srv/us": [US, 0o700] };
  const realPath = (path: string) => path === CACHE ? "/srv/us" : path;
  assert.match(folderRisk(CACHE, world(tree, { realPath })) ?? "", /^\/srv can be written/);
});

Deno.test("folderRisk: a file in its place, and a way that nobody may look at", () => {
  const tree = { ...HOME, [CACHE]: [US, 0o600] } satisfies Tree;
  const stat = (path: string) => ({ ...world(tree).stat(path), isDirectory: path !== CACHE });
  assert.match(folderRisk(CACHE, world(tree, { stat })) ?? "", /is not a folder$/);
  const realPath = () => {
    throw new Deno.errors.PermissionDenied();
  };
  assert.match(folderRisk(CACHE, world(tree, { realPath })) ?? "", /cannot be found$/);
});

Deno.test("folderRisk: where users have no numbers every folder is trusted", () => {
  assert.equal(folderRisk("C:\\Users\\us", world({}, { uid: null })), undefined);
});

const FILE = "/etc/stssamldriver/config";
const SYSTEM: Tree = {
  "/": [0, 0o755],
  "/etc": [0, 0o755],
  "/etc/stssamldriver": [0, 0o755],
  [FILE]: [0, 0o644],
};

/** The same with one place changed. */
type Changed = readonly [path: string, uid: number, mode: number, gid?: number];

const SYSTEM_CASES: readonly [
  name: string,
  changed: Changed | undefined,
  os: typeof Deno.build.os,
  risk: RegExp | undefined,
][] = [
  ["root's", undefined, "linux", undefined],
  ["root's, which only root can read", [FILE, 0, 0o600], "linux", undefined],
  ["a user's", [FILE, US, 0o644], "linux", /config does not belong to root$/],
  [
    "one that everybody may write",
    [FILE, 0, 0o646],
    "linux",
    /config can be written by every user$/,
  ],
  ["one that a group may write", [FILE, 0, 0o664, 50], "linux", /config can be written by other/],
  [
    "one that the group of root may write",
    [FILE, 0, 0o664, 0],
    "linux",
    /by other users of its group$/,
  ],
  ["one in a user's folder", ["/etc/stssamldriver", US, 0o755], "linux", /driver does not belong/],
  [
    "one in a folder that everybody may write",
    ["/etc", 0, 0o777],
    "linux",
    /^\/etc can be written/,
  ],
  ["one below a sticky folder", ["/etc", 0, 0o1777], "linux", undefined],
  ["a sticky file", [FILE, 0, 0o1646], "linux", /by every user$/],
  ["one in a folder of macOS' administrators", ["/etc", 0, 0o775, 80], "darwin", undefined],
  ["one in a folder of another system's group 80", ["/etc", 0, 0o775, 80], "linux", /its group$/],
];

Deno.test("systemFileRisk: a file that nobody but root can have written is believed", () => {
  for (const [name, changed, os, risk] of SYSTEM_CASES) {
    const [path, ...info] = changed ?? ["/", 0, 0o755];
    const { stat, realPath } = world({ ...SYSTEM, [path]: info });
    const isDirectory = (each: string) => each !== FILE;
    const found = systemFileRisk(FILE, {
      os,
      realPath,
      stat: (each) => ({ ...stat(each), isDirectory: isDirectory(each) }),
    });
    if (risk === undefined) assert.equal(found, undefined, name);
    else assert.match(found ?? "", risk, name);
  }
});

Deno.test("systemFileRisk: both ends of a symlink are judged, with the ways there", () => {
  const tree: Tree = {
    ...SYSTEM,
    "/nix": [0, 0o755],
    "/nix/store": [0, 0o1775, 30_000],
    "/nix/store/c": [0, 0o444],
  };
  const leads = (to: string) => (path: string) => path === FILE ? to : path;
  const judged = (changes: Tree) =>
    systemFileRisk(FILE, {
      ...world({ ...tree, ...changes }, { realPath: leads("/nix/store/c") }),
      os: "linux",
    });
  assert.equal(judged({}), undefined);
  assert.match(judged({ "/nix": [0, 0o777] }) ?? "", /^\/nix can be written by every user$/);
  assert.match(judged({ "/etc/stssamldriver": [0, 0o777] }) ?? "", /^\/etc\/stssamldriver can be/);
  const gone = () => {
    throw new Deno.errors.NotFound("No such file (os error 2)");
  };
  const dangling = { ...world(tree, { realPath: gone }), os: "linux" } as const;
  assert.match(systemFileRisk(FILE, dangling) ?? "", /config cannot be followed: No such file$/);
});

const environment = (variables: Record<string, string>) => (name: string) => variables[name];

Deno.test("cacheFolderOrFail: without a home there is none, and it is said", () => {
  const error = userErrorOf(() => cacheFolderOrFail(environment({})));
  assert.deepEqual([error.code, error.exitCode], ["cache-homeless", ExitCode.FILE]);
  assert.match(error.hint ?? "", /Set HOME, or use --no-cache/);
  const troubles: unknown[] = [];
  const folder = cacheFolderIfAny(environment({}), (trouble) => troubles.push(trouble));
  assert.deepEqual([folder, troubles], [undefined, [error]]);
  assert.equal(cacheFolderIfAny(environment({})), undefined);
});

Deno.test({
  name:
    "cacheFolderOrFail: one that everybody may change is refused, and a person's own is taken (POSIX)",
  ignore: !POSIX,
  fn: () =>
    inFolder((folder) => {
      const env = environment({ XDG_CACHE_HOME: `${folder}/cache`, HOME: folder });
      Deno.mkdirSync(`${folder}/cache`, { mode: 0o700 });
      assert.ok(cacheFolderOrFail(env).startsWith(folder));
      assert.equal(cacheFolderIfAny(env), cacheFolderOrFail(env));
      Deno.chmodSync(`${folder}/cache`, 0o777);
      const error = userErrorOf(() => cacheFolderOrFail(env));
      assert.deepEqual([error.code, error.exitCode], ["cache-exposed", ExitCode.FILE]);
      return Promise.resolve();
    }),
});
