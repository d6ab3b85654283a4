/**
 * Shell code that sets and unsets environment variables, for every shell that `env --shell` knows; and
 * which shell that probably is. Everything here is pure.
 *
 * Whatever a value contains, what a child process sees is that value, byte for byte. Where a shell's
 * format cannot promise that, the value is refused by the name of its variable and never shown.
 *
 * | shell | how the caller takes it |
 * |---|---|
 * | bash, zsh, sh | `eval "$(stssamldriver env …)"` |
 * | fish | `stssamldriver env … \| source` |
 * | powershell | `stssamldriver env … \| Invoke-Expression` |
 * | cmd | `for /f "delims=" %i in ('stssamldriver env …') do @%i` (`%%i` in a batch file) |
 * | nushell | `stssamldriver env … \| from json \| load-env` |
 * | dotenv | `stssamldriver env … > .env` |
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { Shell } from "./shells.ts";

export { type Shell, SHELLS } from "./shells.ts";

/** A change to an environment. */
export interface VariableChanges {
  /** Names and their new values, in the order in which they are printed. */
  readonly set: readonly (readonly [name: string, value: string])[];
  /** Names that must not be there afterwards. */
  readonly unset: readonly string[];
}

/** What is known of the process that started this one. */
export interface CallerFacts {
  /** The value of `SHELL`: the person's login shell, which need not be the one that asks. */
  readonly shellVar?: string | undefined;
  /** Names of the parent process, the most telling first; each may have a folder, `.exe`, a login shell's dash. */
  readonly parentNames?: readonly string[];
  /** `Deno.build.os`. */
  readonly os: string;
}

/** Prints one shell's code; `quote` throws a {@linkcode Refusal} for what the shell cannot hold. */
interface Printer {
  readonly set: (name: string, value: string) => string;
  readonly unset: (name: string) => string;
  readonly lineEnd: string;
}

/** Why a value cannot be printed; ends up in a UserError that names the variable. */
class Refusal extends Error {}

/**
 * The code that makes `changes` in `shell`, ending with a line break; nothing for no changes.
 *
 * @throws {UserError} when a value cannot be written so that the shell reads that value again: NUL for
 * all of them, line breaks and a few more for cmd and dotenv. It never repeats the value.
 * @throws {TypeError} when a name is no name of an environment variable
 */
export function shellCode(shell: Shell, changes: VariableChanges): string {
  for (const name of [...changes.set.map(([name]) => name), ...changes.unset]) {
    // Names come from this program, never from outside: anything else would be its own fault.
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError("Not a variable's name");
  }
  for (const [name, value] of changes.set) checkEverywhere(shell, name, value);
  if (shell === "nushell") return nushellRecord(changes);
  const printer = PRINTERS[shell];
  const lines = changes.set.map(([name, value]) => {
    try {
      return printer.set(name, value);
    } catch (error) {
      if (error instanceof Refusal) throw refusal(shell, name, error.message);
      throw error;
    }
  });
  lines.push(...changes.unset.map((name) => printer.unset(name)));
  return lines.filter((line) => line !== "").map((line) => line + printer.lineEnd).join("");
}

/** What no environment can hold, whatever the shell. */
function checkEverywhere(shell: Shell, name: string, value: string): void {
  if (value.includes("\0")) throw refusal(shell, name, "it contains NUL");
  // UTF-8 has no form for half a surrogate pair: a replacement character would be delivered.
  if (!value.isWellFormed()) throw refusal(shell, name, "it is not well-formed Unicode");
}

function refusal(shell: Shell, name: string, why: string): UserError {
  return new UserError("value-not-printable", `Cannot write ${name} for ${shell}: ${why}`, {
    exitCode: ExitCode.USAGE,
    hint: "Use stssamldriver exec -- CMD, which needs no quoting, or another --shell",
  });
}

/** bash, zsh, dash, busybox: between single quotes nothing but the single quote means anything. */
const posix: Printer = {
  set: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}';`,
  // The semicolons keep `eval $(…)`, without its double quotes, from gluing the statements together.
  unset: (name) => `unset ${name};`,
  lineEnd: "\n",
};

/**
 * fish. Between single quotes only `\'` and `\\` are escapes. Line breaks stand outside of them, so that
 * every statement is one line and `eval (…)`, which splits at line breaks, works as well.
 */
const fish: Printer = {
  set: (name, value) => {
    const quoted = value.replace(/['\\]/g, "\\$&").replaceAll("\n", "'\\n'").replaceAll(
      "\r",
      "'\\r'",
    );
    return `set -gx ${name} '${quoted}';`;
  },
  // Only the global variable: a universal one is kept on disk for every other fish, so forgetting it is
  // the person's own decision. But it is said, and the `if` leaves the status 0 where there is none.
  unset: (name) =>
    `set -eg ${name}; if set -qUx ${name}; echo '${name} is still set, as a universal variable: ` +
    `set -eU ${name} removes it' >&2; end;`,
  lineEnd: "\n",
};

/**
 * PowerShell, Windows' own 5.1 included. What a program prints is decoded with the console's code page
 * there, and handed to Invoke-Expression line by line: so all that is not printable ASCII is written as
 * a number, which also covers the four curly quotes that PowerShell takes for single ones.
 */
const powershell: Printer = {
  set: (name, value) => {
    const parts = value.replaceAll("'", "''").replace(
      /[^ -~]/g,
      // The type of the sum is that of its left side, and that is always a string here.
      (unit) => `'+[char]0x${unit.charCodeAt(0).toString(16).toUpperCase()}+'`,
    );
    return `$env:${name} = '${parts}'`;
  },
  unset: (name) => `$env:${name} = $null`,
  lineEnd: "\n",
};

/** The longest line that cmd takes: https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation */
const CMD_LINE_LIMIT = 8191;

/**
 * cmd, in the form `set "NAME=value"`. The line is read in one of two ways: `for /f` runs it without
 * expanding `%`, a batch file expands it, and with delayed expansion on (`cmd /v:on`) both expand `!`. No
 * writing of `%` or `!` is right each time, so they are refused; no AWS credential has them.
 */
const cmd: Printer = {
  set: (name, value) => {
    if (value === "") throw new Refusal("cmd has no empty variables");
    if (/[\r\n]/.test(value)) throw new Refusal("cmd has no line breaks in values");
    // deno-lint-ignore no-control-regex -- Ctrl-Z ends a batch file, others edit the line.
    if (/[\x01-\x08\x0b-\x1f\x7f]/.test(value)) throw new Refusal("it has control characters");
    if (/[%!]/.test(value)) {
      throw new Refusal("whether cmd takes % and ! literally depends on how it reads the line");
    }
    // deno-lint-ignore no-control-regex -- all but ASCII.
    if (/[^\x00-\x7f]/.test(value)) {
      throw new Refusal("what is not ASCII depends on the console's code page");
    }
    // `set` takes all up to the last quote of the line, so quotes in the value stay. But each turns
    // quoting off or on for what follows, and where it is off these would end the statement.
    if (value.split('"').some((part, index) => index % 2 === 1 && /[&|<>^()]/.test(part))) {
      throw new Refusal("after a double quote cmd would run what follows");
    }
    const line = `set "${name}=${value}"`;
    if (line.length > CMD_LINE_LIMIT) {
      throw new Refusal(`cmd's lines end after ${CMD_LINE_LIMIT} characters`);
    }
    return line;
  },
  unset: (name) => `set "${name}="`,
  lineEnd: "\r\n",
};

/**
 * A `.env` file. There is no standard; what is printed here is read alike by Node, Deno, python-dotenv
 * and a shell's `.`, and a value that they read differently is refused. Values such as AWS gives are not
 * quoted, because `docker run --env-file` takes quotes for a part of them.
 */
const dotenv: Printer = {
  set: (name, value) => {
    if (/^[A-Za-z0-9_.:/+=@,-]*$/.test(value)) return `${name}=${value}`;
    if (value.includes("\r")) throw new Refusal("readers of .env files drop carriage returns");
    if (value.includes("${")) throw new Refusal("some readers of .env files expand ${…}");
    // Some unescape these even between single quotes, some do not.
    if (!/'|\\\\|\\$/.test(value)) return `${name}='${value}'`;
    if (!/["\\$`]/.test(value)) return `${name}="${value}"`;
    throw new Refusal("readers of .env files do not agree on its quotes and backslashes");
  },
  // Such a file cannot take a variable away, and NAME= would set it, to nothing.
  unset: () => "",
  lineEnd: "\n",
};

/**
 * Nushell runs no text as code. Its way is a record for `load-env`, where null hides the variable from
 * child processes; direnv hands over its changes like this as well.
 */
function nushellRecord({ set, unset }: VariableChanges): string {
  if (set.length + unset.length === 0) return "";
  const entries = [...set, ...unset.map((name) => [name, null] as const)];
  return JSON.stringify(Object.fromEntries(entries)) + "\n";
}

const PRINTERS: Readonly<Record<Exclude<Shell, "nushell">, Printer>> = {
  bash: posix,
  zsh: posix,
  sh: posix,
  fish,
  powershell,
  cmd,
  dotenv,
};

/** Names of programs and the printer for each; what is not here is no shell that we know. */
const BY_PROGRAM: ReadonlyMap<string, Shell> = new Map<string, Shell>([
  ["bash", "bash"],
  ["rbash", "bash"],
  ["zsh", "zsh"],
  ["sh", "sh"],
  ["dash", "sh"],
  ["ash", "sh"],
  ["busybox", "sh"],
  ["ksh", "sh"],
  ["ksh93", "sh"],
  ["mksh", "sh"],
  ["oksh", "sh"],
  ["yash", "sh"],
  ["fish", "fish"],
  ["pwsh", "powershell"],
  ["pwsh-preview", "powershell"],
  ["powershell", "powershell"],
  ["cmd", "cmd"],
  ["nu", "nushell"],
]);

/** Shells that exist and take none of our formats: better asked than given the wrong code. */
const UNSUPPORTED = new Set(["csh", "tcsh", "elvish", "xonsh", "rc", "es", "ion"]);

/**
 * The shell that will probably read the code: the parent process where that is a shell, else the login
 * shell, else the system's usual one. Undefined where that is a shell we have no printer for; then only
 * `--shell` can tell.
 */
export function guessShell({ shellVar, parentNames = [], os }: CallerFacts): Shell | undefined {
  for (const program of [...parentNames, shellVar].map(programName)) {
    const shell = BY_PROGRAM.get(program);
    if (shell !== undefined) return shell;
    if (UNSUPPORTED.has(program)) return undefined;
  }
  // The parent is make, npm, an editor, or could not be seen. A SHELL that nobody here has heard of is
  // no reason to think of another one.
  if (programName(shellVar) !== "") return undefined;
  return os === "windows" ? "powershell" : "sh";
}

/** `-/usr/bin/zsh` and `C:\…\pwsh.EXE` → `zsh` and `pwsh`. */
function programName(value: string | undefined): string {
  const last = (value ?? "").trim().split(/[/\\]/).at(-1) ?? "";
  return last.toLowerCase().replace(/^-/, "").replace(/\.exe$/, "");
}
