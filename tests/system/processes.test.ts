import assert from "node:assert/strict";
import {
  holdersInLsof,
  inodesIn,
  parentNames,
  pidsInNetstat,
  portHolders,
  type ProcessWorld,
} from "../../src/system/processes.ts";
import { peerTest } from "../support/peers.ts";
import { freePort } from "../support/driver.ts";

/** A world in which nothing can be seen but what a test says. */
function world(seen: {
  readonly os: ProcessWorld["os"];
  readonly links?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly output?: ProcessWorld["output"];
}): ProcessWorld {
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
    names: () => {
      throw new Deno.errors.NotFound();
    },
    output: seen.output ?? (() => Promise.reject(new Deno.errors.NotFound())),
  };
}

const POWERSHELL_MODULES =
  "C:\\Users\\jo\\Documents\\WindowsPowerShell\\Modules;C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules";
const EVERYBODYS_MODULES = "C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules";

const CASES: readonly (readonly [string, ProcessWorld, readonly string[]])[] = [
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
      output: () => Promise.resolve("-zsh\n"),
    }),
    ["-zsh"],
  ],
  [
    "on macOS nothing of a parent that ended",
    world({ os: "darwin", output: () => Promise.resolve("") }),
    [],
  ],
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
  Deno.test(`parentNames: ${title}`, async () => {
    assert.deepEqual(await parentNames(facts), expected);
  });
}

Deno.test("parentNames: macOS' ps is asked for the parent, without a heading", async () => {
  const asked: string[][] = [];
  await parentNames(world({
    os: "darwin",
    output: (command, args) => {
      asked.push([command, ...args]);
      return Promise.resolve("");
    },
  }));
  assert.deepEqual(asked, [["ps", "-o", "comm=", "-p", "42"]]);
});

const REAL = [["bash", ["-c"]], ["zsh", ["-f", "-c"]], ["dash", ["-c"]], ["fish", ["-c"]]] as const;

for (const [shell, args] of REAL) {
  peerTest(shell, `parentNames: ${shell} is seen by what it starts`, async (path) => {
    const module = new URL("../../src/system/processes.ts", import.meta.url).href;
    const code = `import { parentNames } from ${JSON.stringify(module)};
      console.log((await parentNames()).join("\\n"));`;
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
  fn: async () => assert.ok((await parentNames()).length > 0),
});

Deno.test({
  name: "portHolders: this process, on each of its addresses",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    for (const hostname of ["127.0.0.1", "::1"]) {
      const port = freePort();
      assert.deepEqual(await portHolders(port), []);
      using _listener = Deno.listen({ hostname, port });
      const [holder, ...others] = await portHolders(port);
      assert.equal(holder?.pid, Deno.pid);
      assert.notEqual(holder?.name, "");
      assert.deepEqual(others, []);
    }
  },
});

const TABLE = [
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
  "   0: 0100007F:1F9A 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1",
  "   1: 0100007F:1F9A 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1",
  "   2: 0100007F:1F9B 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4713 1",
].join("\n");

Deno.test("inodesIn: only sockets that listen, on this port alone", () => {
  assert.deepEqual(inodesIn(TABLE, 8090), ["4711"]);
  assert.deepEqual(inodesIn(TABLE, 8092), []);
  assert.deepEqual(inodesIn("", 8090), []);
});

Deno.test("holdersInLsof: a process and its name, with or without the lines of its files", () => {
  assert.deepEqual(holdersInLsof("p12\ncnode\nf20\nf21\np345\ncGoogle Chrome\nf3\n"), [
    { pid: 12, name: "node" },
    { pid: 345, name: "Google Chrome" },
  ]);
  assert.deepEqual(holdersInLsof(""), []);
});

const NETSTAT = [
  "Aktive Verbindungen",
  "  Proto  Lokale Adresse         Remoteadresse          Status           PID",
  "  TCP    127.0.0.1:8090         0.0.0.0:0              ABHÖREN          4711",
  "  TCP    127.0.0.1:8090         127.0.0.1:50000        HERGESTELLT      4712",
  "  TCP    127.0.0.1:80900        0.0.0.0:0              ABHÖREN          4713",
  "  TCP    [::1]:8090             [::]:0                 ABHÖREN          4714",
  "  UDP    0.0.0.0:8090           *:*                                     4715",
].join("\r\n");

Deno.test("pidsInNetstat: both addresses, in any language", () => {
  assert.deepEqual(pidsInNetstat(NETSTAT, 8090), [4711, 4714]);
});

function printing(os: ProcessWorld["os"], outputs: Readonly<Record<string, string>>): ProcessWorld {
  const output: ProcessWorld["output"] = (command, args) => {
    const text = outputs[[command, ...args].join(" ")];
    return text === undefined
      ? Promise.reject(new Error("no such program"))
      : Promise.resolve(text);
  };
  return world({ os, output });
}

Deno.test("portHolders: by lsof on macOS, by netstat and tasklist on Windows, by nothing without them", async () => {
  const lsof = { "lsof -nP -iTCP:8090 -sTCP:LISTEN -Fpc": "p12\ncnode\n" };
  assert.deepEqual(await portHolders(8090, printing("darwin", lsof)), [{ pid: 12, name: "node" }]);
  const windows = {
    "netstat.exe -ano": NETSTAT,
    "tasklist.exe /FI PID eq 4711 /FO CSV /NH": '"node.exe","4711","Console","1","50 K"\r\n',
    "tasklist.exe /FI PID eq 4714 /FO CSV /NH": "INFO: No tasks\r\n",
  };
  assert.deepEqual(await portHolders(8090, printing("windows", windows)), [
    { pid: 4711, name: "node.exe" },
    { pid: 4714, name: "a program" },
  ]);
  for (const os of ["linux", "darwin", "windows"] as const) {
    assert.deepEqual(await portHolders(8090, printing(os, {})), []);
  }
});
