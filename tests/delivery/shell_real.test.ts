import assert from "node:assert/strict";
import { type Shell, shellCode } from "../../src/delivery/shell.ts";
import { peerTest } from "../support/peers.ts";
import { changesOf, HOSTILE, named, printable, UNSET } from "../support/shell_values.ts";

interface Run {
  readonly args: (codeFile: string) => readonly string[];
  readonly values?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Lets a real shell take the code and shows what a child of that shell then has. */
async function environmentAfter(
  program: string,
  shell: Shell,
  run: Run,
): Promise<{ readonly variables: ReadonlyMap<string, string>; readonly stderr: string }> {
  const home = await Deno.makeTempDir();
  try {
    const file = `${home}/code with blanks`;
    await Deno.writeTextFile(file, shellCode(shell, changesOf(run.values ?? printable(shell))));
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: [...run.args(file)],
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: home,
        LC_ALL: "C.UTF-8",
        AWS_PROFILE: "old",
        ...run.env,
      },
      stdin: "null",
    }).output();
    const text = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
    const said = text.decode(stderr);
    assert.equal(code, 0, said);
    const variables = new Map(
      text.decode(stdout).split("\0").filter((entry) => entry !== "").map((entry) => {
        const at = entry.indexOf("=");
        return [entry.slice(0, at), entry.slice(at + 1)] as const;
      }),
    );
    return { variables, stderr: said };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function assertDelivered(
  variables: ReadonlyMap<string, string>,
  values: readonly string[],
): void {
  for (const [name, value] of named(values)) assert.equal(variables.get(name), value);
  for (const name of UNSET) assert.equal(variables.has(name), false, `${name} must be gone`);
}

// `$?` after the eval is the status of the last statement: a caller may well ask for it.
const POSIX_CODE = 'set -eu; eval "$(cat "$0")"; test $? = 0; exec env -0';

const REAL_SHELLS = [
  ["bash", "bash", ["-c", POSIX_CODE]],
  ["bash", "bash", ["--posix", "-c", POSIX_CODE]],
  ["dash", "sh", ["-c", POSIX_CODE]],
  ["busybox", "sh", ["sh", "-c", POSIX_CODE]],
  ["ksh", "sh", ["-c", POSIX_CODE]],
  ["mksh", "sh", ["-c", POSIX_CODE]],
  ["zsh", "zsh", ["-f", "-c", POSIX_CODE]],
  ["zsh", "zsh", ["-f", "-o", "RC_QUOTES", "-c", POSIX_CODE]],
  ["zsh", "zsh", ["--emulate", "sh", "-f", "-c", POSIX_CODE]],
  ["fish", "fish", ["-c", "cat $argv[1] | source; or exit 3; env -0"]],
  // Without the pipe, eval gets the lines as words and joins them with blanks.
  ["fish", "fish", ["-c", "eval (cat $argv[1]); or exit 3; env -0"]],
] as const;

for (const [name, shell, args] of REAL_SHELLS) {
  const how = args.filter((arg) => arg !== "-c").join(" ").slice(0, 50);
  peerTest(name, `shellCode: ${name} delivers every value byte for byte (${how})`, async (path) => {
    assert.equal(printable(shell).length, HOSTILE.length, "nothing of this is refused");
    for (const locale of ["C.UTF-8", "C"]) {
      const { variables, stderr } = await environmentAfter(path, shell, {
        args: (file) => [...args, file],
        env: { LC_ALL: locale },
      });
      assertDelivered(variables, HOSTILE);
      assert.equal(stderr, "");
    }
  });
}

for (const name of ["bash", "dash", "zsh", "busybox", "ksh", "mksh"] as const) {
  peerTest(name, `shellCode: ${name} survives an eval without double quotes`, async (path) => {
    const values = ["IQoJb3JpZ2luX2VjE+/abc==", "2026-01-02T03:04:05Z"];
    const shell = name === "bash" || name === "zsh" ? name : "sh";
    const { variables } = await environmentAfter(path, shell, {
      values,
      args: (file) => [
        ...(name === "busybox" ? ["sh"] : []),
        "-c",
        'cd "$(dirname "$0")" && eval $(cat ./code*) && exec env -0',
        file,
      ],
    });
    assertDelivered(variables, values);
  });
}

peerTest(
  "fish",
  "shellCode: a universal variable of fish is kept, and said to be there",
  async (path) => {
    const { variables, stderr } = await environmentAfter(path, "fish", {
      values: ["x"],
      args: (file) => [
        "-c",
        "set -eg AWS_PROFILE; set -Ux AWS_PROFILE mine; cat $argv[1] | source; env -0",
        file,
      ],
    });
    assert.equal(variables.get("AWS_PROFILE"), "mine");
    assert.equal(variables.get("V_0"), "x");
    assert.match(
      stderr,
      /^AWS_PROFILE is still set as a universal variable; to remove it, run: set -eU AWS_PROFILE$/m,
    );
  },
);

peerTest("nushell", "shellCode: nushell delivers every value byte for byte", async (path) => {
  const { variables } = await environmentAfter(path, "nushell", {
    args: (file) => [
      "--no-config-file",
      "-c",
      `open --raw '${file}' | from json | load-env; ^env -0`,
    ],
  });
  assertDelivered(variables, HOSTILE);
});

peerTest("powershell", "shellCode: powershell delivers every value byte for byte", async (path) => {
  const { variables } = await environmentAfter(path, "powershell", {
    args: (file) => [
      "-NoProfile",
      "-NonInteractive",
      "-Command",
      `$ErrorActionPreference = 'Stop'; Get-Content '${file}' | Invoke-Expression; env -0`,
    ],
  });
  assertDelivered(variables, HOSTILE);
});

const DOTENV = printable("dotenv");

peerTest("dash", "shellCode: dotenv is read by a shell's dot as it was written", async (path) => {
  const { variables } = await environmentAfter(path, "dotenv", {
    env: { AWS_PROFILE: "stays" },
    args: (file) => ["-c", 'set -a; . "$0"; exec env -0', file],
  });
  for (const [name, value] of named(DOTENV)) assert.equal(variables.get(name), value);
});

peerTest("node", "shellCode: dotenv is read by node --env-file as it was written", async (path) => {
  const { variables } = await environmentAfter(path, "dotenv", {
    args: (file) => [
      `--env-file=${file}`,
      "-e",
      "for (const [k, v] of Object.entries(process.env)) process.stdout.write(`${k}=${v}\\0`)",
    ],
  });
  for (const [name, value] of named(DOTENV)) assert.equal(variables.get(name), value);
});

Deno.test("shellCode: dotenv is read by deno --env-file as it was written", async () => {
  const { variables } = await environmentAfter(Deno.execPath(), "dotenv", {
    args: (file) => [
      "eval",
      `--env-file=${file}`,
      "for (const [k, v] of Object.entries(Deno.env.toObject())) await Deno.stdout.write(" +
      "new TextEncoder().encode(`${k}=${v}\\0`))",
    ],
  });
  for (const [name, value] of named(DOTENV)) assert.equal(variables.get(name), value);
});

peerTest(
  "python-dotenv",
  "shellCode: dotenv is read by python-dotenv as it was written",
  async (path) => {
    const { variables } = await environmentAfter(path, "dotenv", {
      args: (file) => [
        "-c",
        "import sys, dotenv\n" +
        "for k, v in dotenv.dotenv_values(sys.argv[1]).items(): print(k, v, sep='=', end='\\0')",
        file,
      ],
    });
    for (const [name, value] of named(DOTENV)) assert.equal(variables.get(name), value);
  },
);
