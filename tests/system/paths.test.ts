import assert from "node:assert/strict";
import {
  absolute,
  cacheFolder,
  expandHome,
  homeFolder,
  inFolder,
  isFile,
  isThere,
  machineFilePath,
  realPath,
  selfWords,
} from "../../src/system/paths.ts";
import { inFolder as withFolder, POSIX } from "./files.ts";

type Vars = Readonly<Record<string, string>>;

const env = (vars: Vars) => (name: string) => vars[name];

Deno.test("homeFolder: HOME, else USERPROFILE, else HOMEDRIVE and HOMEPATH, empty ones counting as unset", () => {
  const cases: readonly [Vars, string | undefined][] = [
    [{ HOME: "/h", USERPROFILE: "C:\\u" }, "/h"],
    [{ HOME: "", USERPROFILE: "C:\\u" }, "C:\\u"],
    [{ USERPROFILE: "C:\\u" }, "C:\\u"],
    [{ HOME: "", USERPROFILE: "" }, undefined],
    [{ USERPROFILE: "C:\\u", HOMEDRIVE: "H:", HOMEPATH: "\\" }, "C:\\u"],
    [{ HOMEDRIVE: "H:", HOMEPATH: "\\users\\a" }, "H:\\users\\a"],
    [{ HOME: "", USERPROFILE: "", HOMEDRIVE: "", HOMEPATH: "\\\\server\\a" }, "\\\\server\\a"],
    [{ HOMEPATH: "\\users\\a" }, "\\users\\a"],
    [{ HOMEDRIVE: "H:" }, undefined],
    [{ HOMEDRIVE: "H:", HOMEPATH: "a" }, undefined],
    [{ HOMEPATH: "a" }, undefined],
    [{}, undefined],
  ];
  for (const [vars, home] of cases) assert.equal(homeFolder(env(vars)), home, JSON.stringify(vars));
});

Deno.test("cacheFolder: by each system's own rules", () => {
  const cases: readonly [typeof Deno.build.os, Vars, string | undefined][] = [
    ["linux", { HOME: "/h" }, "/h/.cache/stssamldriver"],
    ["linux", { HOME: "/h", XDG_CACHE_HOME: "/x" }, "/x/stssamldriver"],
    ["linux", { XDG_CACHE_HOME: "/x" }, "/x/stssamldriver"],
    // Relative or empty, it is to be ignored.
    ["linux", { HOME: "/h", XDG_CACHE_HOME: "x" }, "/h/.cache/stssamldriver"],
    ["linux", { HOME: "/h", XDG_CACHE_HOME: "" }, "/h/.cache/stssamldriver"],
    ["linux", { XDG_CACHE_HOME: "x" }, undefined],
    ["linux", {}, undefined],
    ["darwin", { HOME: "/h" }, "/h/Library/Caches/stssamldriver"],
    ["darwin", { HOME: "/h", XDG_CACHE_HOME: "/x" }, "/x/stssamldriver"],
    ["windows", { LOCALAPPDATA: "C:\\l", USERPROFILE: "C:\\u" }, "C:\\l\\stssamldriver"],
    ["windows", { USERPROFILE: "C:\\u" }, "C:\\u\\AppData\\Local\\stssamldriver"],
    ["windows", { LOCALAPPDATA: "", USERPROFILE: "C:\\u" }, "C:\\u\\AppData\\Local\\stssamldriver"],
    ["windows", { HOMEDRIVE: "H:", HOMEPATH: "\\a" }, "H:\\a\\AppData\\Local\\stssamldriver"],
    ["windows", {}, undefined],
    ["freebsd", { HOME: "/h" }, "/h/.cache/stssamldriver"],
  ];
  for (const [os, vars, folder] of cases) {
    assert.equal(cacheFolder(env(vars), os), folder, `${os} ${JSON.stringify(vars)}`);
  }
});

Deno.test("expandHome: a leading ~/ is the home folder, any other ~ is a name", () => {
  const cases: readonly [path: string, expanded: string][] = [
    ["~/a", "/h/a"],
    ["~\\a", "/h\\a"],
    ["~", "/h"],
    ["~/", "/h/"],
    ["~//a", "/h//a"],
    ["~bob/a", "~bob/a"],
    ["a/~/b", "a/~/b"],
    ["/~/b", "/~/b"],
    ["", ""],
  ];
  for (const [path, expanded] of cases) {
    assert.equal(expandHome(path, env({ HOME: "/h" })), expanded, path);
  }
  assert.equal(expandHome("~/a", env({})), "~/a");
  assert.equal(expandHome("~/a", env({ HOME: "/$&$1" })), "/$&$1/a", "no pattern of replace()");
});

Deno.test("expandHome, inFolder: one separator in a path, the one that its folder has", () => {
  const windows = env({ USERPROFILE: "C:\\Users\\me" });
  assert.equal(expandHome("~/.aws/config", windows), "C:\\Users\\me\\.aws\\config");
  assert.equal(expandHome("~/a", env({ HOME: "\\\\server\\me" })), "\\\\server\\me\\a");
  assert.equal(expandHome("~/a", env({ HOME: "/odd\\name" })), "/odd\\name/a");
  assert.equal(inFolder("C:\\cache", "sessions"), "C:\\cache\\sessions");
  assert.equal(inFolder("/cache", "sessions"), "/cache/sessions");
});

Deno.test("machineFilePath: where each system keeps settings for all users", () => {
  const cases: readonly [typeof Deno.build.os, Vars, string][] = [
    ["linux", { ProgramData: "D:\\data", HOME: "/h" }, "/etc/stssamldriver/config"],
    ["darwin", {}, "/Library/Application Support/stssamldriver/config"],
    ["windows", { ProgramData: "D:\\data" }, "D:\\data\\stssamldriver\\config"],
    ["windows", {}, "C:\\ProgramData\\stssamldriver\\config"],
    // Relative, it would be in any folder that the person stands in.
    ["windows", { ProgramData: "data" }, "C:\\ProgramData\\stssamldriver\\config"],
    ["windows", { ProgramData: "" }, "C:\\ProgramData\\stssamldriver\\config"],
  ];
  for (const [os, vars, path] of cases) assert.equal(machineFilePath(env(vars), os), path);
});

Deno.test("isThere: a file, a folder and a symlink that leads nowhere are; what is not there is not", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/file`, "");
    assert.equal(isThere(folder), true);
    assert.equal(isThere(`${folder}/file`), true);
    assert.equal(isThere(`${folder}/none`), false);
    assert.equal(isThere(`${folder}/none/config`), false);
    if (Deno.build.os === "windows") return;
    Deno.symlinkSync(`${folder}/none`, `${folder}/link`);
    assert.equal(isThere(`${folder}/link`), true);
    assert.equal(isThere(`${folder}/file/config`), true, "a file in its folder's place");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("absolute: what is not absolute is in the current folder; a home folder and an address stay", () => {
  for (
    const path of ["/a", "~/a", "\\\\server\\a", "C:\\a", "https://idp.example/m", "HTTP://x"]
  ) {
    assert.equal(absolute(path), path);
  }
  const separator = Deno.build.os === "windows" ? "\\" : "/";
  for (const path of ["a/b", "~a", "http"]) {
    assert.equal(absolute(path), `${Deno.cwd()}${separator}${path}`);
  }
});

Deno.test({
  name: "realPath, isFile: a link is what it leads to; what is not there is no file and stays",
  ignore: !POSIX,
  fn: () =>
    withFolder((folder) => {
      const [file, link, gone] = [`${folder}/file`, `${folder}/link`, `${folder}/gone`];
      Deno.writeTextFileSync(file, "");
      Deno.symlinkSync("file", link);
      assert.deepEqual([link, gone].map(realPath), [file, gone]);
      assert.deepEqual([file, link, folder, gone].map(isFile), [true, true, false, false]);
    }),
});

Deno.test("selfWords: the command line that starts a program from its sources", () => {
  const [deno, ...words] = selfWords();
  assert.equal(deno, Deno.execPath());
  assert.deepEqual(words.slice(0, -1), ["run", "--allow-all", "--no-prompt"]);
  assert.ok(Deno.mainModule.endsWith(words.at(-1)?.split(/[\\/]/).at(-1) ?? "none"));
});
