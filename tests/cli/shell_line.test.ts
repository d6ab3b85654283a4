import assert from "node:assert/strict";
import {
  type LineDeps,
  programWords,
  shellLine,
  typedWords,
  withoutVariable,
  withVariable,
} from "../../src/cli/shell_line.ts";
import { peerTest } from "../support/peers.ts";

const POSIX: LineDeps = { os: "linux", env: () => undefined };

/** Windows, with the variables of a shell there. */
function windows(variables: Readonly<Record<string, string>> = {}): LineDeps {
  return { os: "windows", env: (name) => variables[name] };
}

const CMD = windows({ PROMPT: "$P$G" });
const POWERSHELL = windows({ PSModulePath: "C:\\Users\\me\\Documents\\PowerShell\\Modules;C:\\x" });
const GIT_BASH = windows({ MSYSTEM: "MINGW64", SHELL: "/usr/bin/bash" });

const WORDS: readonly string[] = [
  "plain",
  "--a=b,c:/d@e%f+g",
  "",
  "two words",
  "it's",
  "'",
  "$(id)`id`$HOME",
  'a"b',
  "back\\slash",
  "*?[x]",
  "~/x",
  "a\nb",
  "#x",
  "!x",
  "ü€😀",
  "-",
];

peerTest("bash", "shellLine: a shell reads the words as they were", async (bash) => {
  const { stdout } = await new Deno.Command(bash, {
    args: ["-c", `printf '%s\\0' ${shellLine(WORDS, POSIX)}`],
  }).output();
  assert.deepEqual(new TextDecoder().decode(stdout).split("\0").slice(0, -1), WORDS);
});

Deno.test("shellLine: what needs no quotes has none", () => {
  assert.equal(
    shellLine(["aws", "--role=arn:aws:iam::1:role/a"], POSIX),
    "aws --role=arn:aws:iam::1:role/a",
  );
});

Deno.test("withoutVariable: unsets it in the shell itself", () => {
  assert.equal(withoutVariable("A_B", POSIX), "unset A_B");
  assert.equal(withoutVariable("A_B", GIT_BASH), "unset A_B");
  assert.equal(withoutVariable("A_B", CMD), "set A_B=");
  assert.equal(withoutVariable("A_B", POWERSHELL), "Remove-Item Env:A_B");
});

Deno.test("typedWords: each flag as it was typed, switches without a value", () => {
  assert.deepEqual(
    typedWords({ "cache": ["true"], "account": ["1", "2"], "start-url": undefined, "idp": [] }),
    ["--cache", "--account=1", "--account=2"],
  );
  assert.deepEqual(typedWords({ "cache": ["false"] }), ["--cache=false"]);
});

Deno.test("programWords: the name alone where PATH leads to this very program", () => {
  const real: Record<string, string> = { "/usr/bin/stssamldriver": "/opt/stssamldriver" };
  const words = (PATH: string | undefined, self: readonly string[]) =>
    programWords({
      self,
      os: "linux",
      env: (name) => name === "PATH" ? PATH : undefined,
      realPath: (path) => real[path] ?? path,
    });
  const own = ["/opt/stssamldriver"];
  const sources = ["/bin/deno", "run", "main.ts"];
  const table: readonly [path: string | undefined, self: readonly string[], wanted: unknown][] = [
    ["/bin:/opt", own, ["stssamldriver"]],
    ["/bin:/usr/bin", own, ["stssamldriver"]],
    ["/bin", own, own],
    ["", own, own],
    [undefined, own, own],
    ["/bin", sources, sources],
  ];
  for (const [path, self, wanted] of table) assert.deepEqual(words(path, self), wanted, path);
});

const BLANK = [
  "C:\\My Tools\\stssamldriver.exe",
  "env",
  "--start-url=https://idp.example/?a=1&b=2",
];
const LINES: readonly (readonly [string, LineDeps, string, string])[] = [
  [
    "cmd",
    CMD,
    `"C:\\My Tools\\stssamldriver.exe" env "--start-url=https://idp.example/?a=1&b=2"`,
    `set "AWS_PROFILE=a b" & aws`,
  ],
  [
    "PowerShell",
    POWERSHELL,
    `& 'C:\\My Tools\\stssamldriver.exe' env '--start-url=https://idp.example/?a=1&b=2'`,
    `$env:AWS_PROFILE='a b'; aws`,
  ],
  [
    "a shell that nobody can tell",
    windows(),
    `& 'C:\\My Tools\\stssamldriver.exe' env '--start-url=https://idp.example/?a=1&b=2'`,
    `$env:AWS_PROFILE='a b'; aws`,
  ],
  [
    "Git Bash",
    GIT_BASH,
    `'C:\\My Tools\\stssamldriver.exe' env '--start-url=https://idp.example/?a=1&b=2'`,
    `AWS_PROFILE='a b' aws`,
  ],
  [
    "a POSIX shell",
    POSIX,
    `'C:\\My Tools\\stssamldriver.exe' env '--start-url=https://idp.example/?a=1&b=2'`,
    `AWS_PROFILE='a b' aws`,
  ],
];
for (const [name, deps, line, variable] of LINES) {
  Deno.test(`shellLine, withVariable: as ${name} takes them`, () => {
    assert.equal(shellLine(BLANK, deps), line);
    assert.equal(withVariable("AWS_PROFILE", "a b", "aws", deps), variable);
    const plain = ["C:\\Tools\\stssamldriver.exe", "status"];
    if (deps.os === "windows" && deps !== GIT_BASH) {
      assert.equal(shellLine(plain, deps), plain.join(" "));
    }
  });
}

Deno.test("shellLine: what PowerShell and cmd would read otherwise", () => {
  assert.equal(
    shellLine(["x", "it's", "$home", "a,b", ""], POWERSHELL),
    "x 'it''s' '$home' 'a,b' ''",
  );
  assert.equal(shellLine(["x", 'a"b', "a&b", ""], CMD), `x "a""b" "a&b" ""`);
});

Deno.test("withVariable: an empty one", () => {
  assert.equal(withVariable("A", "", "x", POSIX), "A= x");
  assert.equal(withVariable("A", "", "x", CMD), `set "A=" & x`);
  assert.equal(withVariable("A", "", "x", POWERSHELL), `$env:A=''; x`);
});
