import assert from "node:assert/strict";
import { parentNames, type ParentWorld } from "../../src/system/parent_shell.ts";
import { peerTest } from "../support/peers.ts";

/** A world in which nothing can be seen but what a test says. */
function world(seen: {
  readonly os: ParentWorld["os"];
  readonly links?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly output?: ParentWorld["output"];
}): ParentWorld {
  const read = (from: Readonly<Record<string, string>> = {}) => (path: string) => {
    const found = from[path];
    if (found === undefined) throw new Deno.errors.PermissionDenied(path);
    return found;
  };
  return {
    os: seen.os,
    ppid: 42,
    env: (name) => seen.env?.[name],
    readLink: read(seen.links),
    readTextFile: read(seen.files),
    output: seen.output ?? (() => {
      throw new Deno.errors.NotFound();
    }),
  };
}

const POWERSHELL_MODULES =
  "C:\\Users\\jo\\Documents\\WindowsPowerShell\\Modules;C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules";
const EVERYBODYS_MODULES = "C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules";

const CASES: readonly (readonly [string, ParentWorld, readonly string[]])[] = [
  [
    "on Linux the executable and then the name it goes by",
    world({
      os: "linux",
      links: { "/proc/42/exe": "/usr/bin/bash" },
      files: { "/proc/42/comm": "deploy.sh\n" },
    }),
    ["/usr/bin/bash", "deploy.sh"],
  ],
  [
    "an executable that was replaced since",
    world({ os: "linux", links: { "/proc/42/exe": "/usr/bin/zsh (deleted)" } }),
    ["/usr/bin/zsh"],
  ],
  [
    "another user's parent has a name only",
    world({ os: "linux", files: { "/proc/42/comm": "sudo\n" } }),
    ["sudo"],
  ],
  ["without /proc nothing", world({ os: "linux" }), []],
  [
    "on macOS what ps says",
    world({
      os: "darwin",
      output: () => "-zsh\n",
    }),
    ["-zsh"],
  ],
  ["on macOS nothing of a parent that ended", world({ os: "darwin", output: () => "" }), []],
  ["on macOS nothing without ps", world({ os: "darwin" }), []],
  [
    "on Windows PowerShell's own modules",
    world({ os: "windows", env: { PSModulePath: POWERSHELL_MODULES } }),
    ["powershell"],
  ],
  [
    "on Windows the prompt of cmd",
    world({ os: "windows", env: { PSModulePath: EVERYBODYS_MODULES, PROMPT: "$P$G" } }),
    ["cmd"],
  ],
  [
    "on Windows one in the other tells nothing",
    world({ os: "windows", env: { PSModulePath: POWERSHELL_MODULES, PROMPT: "$P$G" } }),
    [],
  ],
  [
    "on Windows Git Bash",
    world({
      os: "windows",
      env: { MSYSTEM: "MINGW64", SHELL: "/usr/bin/bash", PSModulePath: POWERSHELL_MODULES },
    }),
    ["/usr/bin/bash"],
  ],
];

for (const [title, facts, expected] of CASES) {
  Deno.test(`parentNames: ${title}`, () => assert.deepEqual(parentNames(facts), expected));
}

Deno.test("parentNames: macOS' ps is asked for the parent, without a heading", () => {
  const asked: string[][] = [];
  parentNames(world({
    os: "darwin",
    output: (command, args) => {
      asked.push([command, ...args]);
      return "";
    },
  }));
  assert.deepEqual(asked, [["ps", "-o", "comm=", "-p", "42"]]);
});

const REAL = [["bash", ["-c"]], ["zsh", ["-f", "-c"]], ["dash", ["-c"]], ["fish", ["-c"]]] as const;

for (const [shell, args] of REAL) {
  peerTest(shell, `parentNames: ${shell} is seen by what it starts`, async (path) => {
    const module = new URL("../../src/system/parent_shell.ts", import.meta.url).href;
    const code = `import { parentNames } from ${JSON.stringify(module)};
      console.log(parentNames().join("\\n"));`;
    const { stdout } = await new Deno.Command(path, {
      // Two commands, so that the shell does not become the one that it is given.
      args: [...args, '"$DENO" eval --no-check "$CODE"; true'],
      env: { DENO: Deno.execPath(), CODE: code, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const names = new TextDecoder().decode(stdout).trim().split("\n");
    assert.equal(names[0]?.split("/").at(-1), shell);
    assert.equal(names[1], shell);
  });
}

Deno.test({
  name: "parentNames: of this process, as the system knows it",
  ignore: Deno.build.os === "windows",
  fn: () => assert.ok(parentNames().length > 0),
});
