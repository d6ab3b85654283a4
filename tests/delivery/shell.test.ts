import assert from "node:assert/strict";
import { parseEnv } from "node:util";
import { guessShell, type Shell, shellCode, SHELLS } from "../../src/delivery/shell.ts";
import { UserError } from "../../src/errors.ts";
import { changesOf, HOSTILE, named, printable, UNSET } from "../support/shell_values.ts";

Deno.test("shellCode: sh, bash and zsh read the same, a statement a line, each with its end", () => {
  const changes = { set: [["A", "it's"], ["B", "$x"]], unset: ["C", "D"] } as const;
  const code = "export A='it'\\''s';\nexport B='$x';\nunset C;\nunset D;\n";
  for (const shell of ["sh", "bash", "zsh"] as const) assert.equal(shellCode(shell, changes), code);
});

/** PowerShell's own rules for what is printed here: single-quoted strings, [char] numbers, sums. */
function readPowershell(line: string): readonly [string, string] {
  const assignment = /^\$env:(\w+) = ((?:'(?:[^']|'')*'|\[char\]0x[0-9A-F]+|\+)+)$/.exec(line);
  assert.ok(assignment, "one assignment of a sum in a line");
  const [, name = "", sum = ""] = assignment;
  const parts = sum.match(/'(?:[^']|'')*'|\[char\]0x[0-9A-F]+/g) ?? [];
  assert.equal(parts.join("+"), sum);
  assert.equal(parts[0]?.[0], "'", "a sum that begins with a string is a string");
  const value = parts.map((part) =>
    part.startsWith("'")
      ? part.slice(1, -1).replaceAll("''", "'")
      : String.fromCharCode(Number(part.slice("[char]".length)))
  );
  return [name, value.join("")];
}

Deno.test("shellCode: powershell's lines are ASCII and mean the values by its documented rules", () => {
  const lines = shellCode("powershell", changesOf(HOSTILE)).split("\n");
  assert.equal(lines.pop(), "");
  assert.deepEqual(lines.splice(HOSTILE.length), UNSET.map((name) => `$env:${name} = $null`));
  assert.match(lines.join(""), /^[ -~]*$/);
  assert.deepEqual(lines.map(readPowershell), named(HOSTILE));
});

Deno.test("shellCode: what powershell reads is spelled out", () => {
  const code = shellCode("powershell", { set: [["A", "it's $x\n\u2019é"]], unset: ["B"] });
  assert.equal(
    code,
    "$env:A = 'it''s $x'+[char]0xA+''+[char]0x2019+''+[char]0xE9+''\n$env:B = $null\n",
  );
});

/**
 * cmd's rules for `set "NAME=value"`: in a batch file, `%` is expanded first and then the line is split at
 * special characters outside of quotes; `for /f` does neither. Both then drop all from the last quote on.
 */
function readCmd(line: string): readonly [string, string] {
  assert.doesNotMatch(line, /[%!\r\n]/, "the same in a batch file, in for /f, with cmd /v:on");
  for (const [index, part] of line.split('"').entries()) {
    if (index % 2 === 0) assert.doesNotMatch(part, /[&|<>^()]/, "no special character is exposed");
  }
  const set = /^set "(\w+)=(.*)"[^"]*$/.exec(line);
  assert.ok(set);
  return [set[1] ?? "", set[2] ?? ""];
}

Deno.test("shellCode: cmd's lines mean the values in a batch file and in for /f", () => {
  const values = printable("cmd");
  const lines = shellCode("cmd", changesOf(values)).split("\r\n");
  assert.equal(lines.pop(), "");
  assert.deepEqual(lines.splice(values.length), UNSET.map((name) => `set "${name}="`));
  assert.deepEqual(lines.map(readCmd), named(values));
  for (
    const value of ["it's", 'say "hi"', "^caret^", "a;b & c | d > e < f", "-n", "\\\\", "a=b=c"]
  ) {
    assert.ok(values.includes(value), `${value} can be written for cmd`);
  }
});

Deno.test("shellCode: cmd takes special characters outside of quotes, and a line of 8191 characters", () => {
  for (const value of ["x&y", "x".repeat(8191 - 'set "A="'.length)]) {
    const code = shellCode("cmd", { set: [["A", value]], unset: [] });
    assert.equal(code, `set "A=${value}"\r\n`);
  }
});

Deno.test("shellCode: fish escapes two characters, and breaks no line", () => {
  const code = shellCode("fish", { set: [["A", "it's \\ $x\r\n"]], unset: [] });
  assert.equal(code, "set -gx A 'it\\'s \\\\ $x'\\r''\\n'';\n");
});

const REFUSED: readonly (readonly [Shell, string, RegExp])[] = [
  ...SHELLS.map((shell) => [shell, "secret\0", /NUL/] as const),
  ...SHELLS.map((shell) => [shell, "secret\ud800", /valid Unicode/] as const),
  ["cmd", "secret\nline", /line breaks/],
  ["cmd", "secret\rline", /line breaks/],
  ["cmd", "secret\x1a", /control characters/],
  ["cmd", "secret%PATH%", /% or !/],
  ["cmd", "secret!x!", /% or !/],
  ["cmd", "secreté", /code page/],
  ["cmd", 'secret" & calc & "', /run the part of its value after a double quote/],
  ["cmd", "", /empty/],
  ["cmd", "secret" + "x".repeat(8191), /8191/],
  ["cmd", "x".repeat(8192 - 'set "AWS_SESSION_TOKEN="'.length), /8191/],
  ["dotenv", "secret\r", /carriage returns/],
  ["dotenv", "secret ${HOME}", /expand/],
  ["dotenv", `secret ' "`, /quotes and backslashes/],
  ["dotenv", "secret' $HOME", /quotes and backslashes/],
  ["dotenv", "secret\\", /quotes and backslashes/],
];

for (const [shell, value, why] of REFUSED) {
  const shown = JSON.stringify(value.slice(0, 20));
  Deno.test(`shellCode: ${shell} refuses ${shown} and does not repeat it`, () => {
    assert.throws(
      () => shellCode(shell, { set: [["GOOD", "x"], ["AWS_SESSION_TOKEN", value]], unset: [] }),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.code, "value-not-printable");
        assert.match(error.hint ?? "", /exec -- CMD.*another --shell/);
        assert.match(error.message, why);
        assert.match(error.message, /AWS_SESSION_TOKEN/);
        assert.match(error.message, new RegExp(shell));
        assert.doesNotMatch(Deno.inspect(error), /secret/);
        assert.equal(error.exitCode, 2);
        return true;
      },
    );
  });
}

const DOTENV = printable("dotenv");

Deno.test("shellCode: dotenv is read by node:util's parseEnv as it was written", () => {
  const file = shellCode("dotenv", changesOf(DOTENV));
  assert.deepEqual({ ...parseEnv(file) }, Object.fromEntries(named(DOTENV)));
  assert.ok(DOTENV.length > HOSTILE.length / 3, "most values are no trouble");
});

Deno.test("shellCode: dotenv takes no quotes for what AWS gives, and has no unset", () => {
  const code = shellCode("dotenv", {
    set: [["AWS_SESSION_TOKEN", "IQoJ/+=="], ["AWS_EXPIRATION", "2026-01-02T03:04:05Z"], ["E", ""]],
    unset: ["AWS_PROFILE"],
  });
  assert.equal(code, "AWS_SESSION_TOKEN=IQoJ/+==\nAWS_EXPIRATION=2026-01-02T03:04:05Z\nE=\n");
});

Deno.test("shellCode: dotenv quotes by the quotes that all readers read alike", () => {
  const values = { A: "a\\b c", B: "a $b", C: "it's a" };
  const code = shellCode("dotenv", { set: Object.entries(values), unset: [] });
  assert.equal(code, "A='a\\b c'\nB='a $b'\nC=\"it's a\"\n");
});

Deno.test("shellCode: nushell gets one line of JSON, with null for what must go", () => {
  const code = shellCode("nushell", { set: [["A", 'x"\n']], unset: ["B"] });
  assert.equal(code, '{"A":"x\\"\\n","B":null}\n');
});

for (const shell of SHELLS) {
  Deno.test(`shellCode: no changes are no code for ${shell}`, () => {
    assert.equal(shellCode(shell, { set: [], unset: [] }), "");
  });
  Deno.test(`shellCode: ${shell} is never given a name that could be code`, () => {
    for (const name of ["A B", "A;id", "", "1A", "A\n", "A=B"]) {
      const error = { name: "TypeError", message: "Not a variable's name" };
      assert.throws(() => shellCode(shell, { set: [[name, "x"]], unset: [] }), error);
      assert.throws(() => shellCode(shell, { set: [], unset: [name] }), error);
    }
  });
}

const GUESSES: readonly (readonly [string, Parameters<typeof guessShell>[0], Shell | undefined])[] =
  [
    [
      "the parent is a shell",
      { parentNames: ["fish"], shellVar: "/bin/bash", os: "linux" },
      "fish",
    ],
    [
      "a login shell has a dash",
      { parentNames: ["-zsh"], shellVar: undefined, os: "darwin" },
      "zsh",
    ],
    ["the parent comes with its folder", { parentNames: ["/usr/bin/dash"], os: "linux" }, "sh"],
    ["busybox is a sh", { parentNames: ["busybox"], shellVar: "/bin/ash", os: "linux" }, "sh"],
    ["pwsh on Linux", { parentNames: ["pwsh"], shellVar: "/bin/bash", os: "linux" }, "powershell"],
    [
      "Windows, capitals",
      { parentNames: ["C:\\Windows\\System32\\CMD.EXE"], os: "windows" },
      "cmd",
    ],
    ["Windows PowerShell", { parentNames: ["powershell.exe"], os: "windows" }, "powershell"],
    ["nushell", { parentNames: ["nu"], shellVar: "/bin/bash", os: "linux" }, "nushell"],
    ["Git Bash", { parentNames: [], shellVar: "/usr/bin/bash", os: "windows" }, "bash"],
    ["the parent is make", { parentNames: ["make"], shellVar: "/bin/zsh", os: "linux" }, "zsh"],
    ["no parent to be seen", { shellVar: "/opt/homebrew/bin/fish", os: "darwin" }, "fish"],
    ["nothing known", { os: "linux" }, "sh"],
    ["nothing known, empty", { parentNames: [""], shellVar: "", os: "linux" }, "sh"],
    ["nothing known on Windows", { os: "windows" }, "powershell"],
    [
      "the parent is tcsh",
      { parentNames: ["tcsh"], shellVar: "/bin/bash", os: "linux" },
      undefined,
    ],
    [
      "the login shell is tcsh",
      { parentNames: ["make"], shellVar: "/bin/tcsh", os: "linux" },
      undefined,
    ],
    ["a script of bash", { parentNames: ["/usr/bin/bash", "deploy.fish"], os: "linux" }, "bash"],
    ["an emulator", { parentNames: ["/usr/bin/qemu-x86_64", "zsh"], os: "linux" }, "zsh"],
    [
      "a python that is a xonsh",
      { parentNames: ["/usr/bin/python3.11", "xonsh"], shellVar: "/bin/bash", os: "linux" },
      undefined,
    ],
    ["blanks around a name", { parentNames: [" fish\n"], os: "linux" }, "fish"],
    ["names like shells'", { parentNames: ["z-sh", "cmd.exe.old", "fi.exesh"], os: "linux" }, "sh"],
    ["a login shell never heard of", { shellVar: "/opt/oddsh", os: "linux" }, undefined],
  ];

for (const [title, facts, expected] of GUESSES) {
  Deno.test(`guessShell: ${title}: ${expected ?? "cannot tell"}`, () => {
    assert.equal(guessShell(facts), expected);
  });
}

const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  bash: ["bash", "rbash"],
  zsh: ["zsh"],
  sh: ["sh", "dash", "ash", "busybox", "ksh", "ksh93", "mksh", "oksh", "yash"],
  fish: ["fish"],
  powershell: ["pwsh", "pwsh-preview", "powershell"],
  cmd: ["cmd"],
  nushell: ["nu"],
};
for (const [shell, programs] of Object.entries(PROGRAMS)) {
  Deno.test(`guessShell: ${programs.join(", ")}: ${shell}`, () => {
    // The system's usual one would be another.
    const os = shell === "sh" ? "windows" : "linux";
    for (const name of programs) assert.equal(guessShell({ parentNames: [name], os }), shell);
  });
}

Deno.test("guessShell: csh, tcsh, elvish, xonsh, rc, es, ion: cannot tell", () => {
  for (const name of ["csh", "tcsh", "elvish", "xonsh", "rc", "es", "ion"]) {
    assert.equal(guessShell({ parentNames: [name], os: "linux" }), undefined, name);
  }
});
