/**
 * Shell code that sets and unsets environment variables, for every shell that `env --shell` supports; and
 * a guess at the caller's shell. Everything here is pure.
 *
 * Whatever a value contains, a child process gets exactly that value, byte for byte. If a shell's format
 * cannot guarantee that, the value is refused: the error names the variable and never shows the value.
 *
 * | shell | how the caller uses it |
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
  /** Names and their new values, in printing order. */
  readonly set: readonly (readonly [name: string, value: string])[];
  /** Names that must not exist afterwards. */
  readonly unset: readonly string[];
}

/** The facts about the process that started this one. */
export interface CallerFacts {
  /** The value of `SHELL`: the user's login shell, which may not be the caller. */
  readonly shellVar?: string | undefined;
  /** The parent's names, the most useful first; each may have a folder, `.exe` or a login shell's dash. */
  readonly parentNames?: readonly string[];
  /** `Deno.build.os`. */
  readonly os: string;
}

/** Prints one shell's code; `set` throws a {@linkcode Refusal} for a value that the shell cannot hold. */
interface Printer {
  readonly set: (name: string, value: string) => string;
  readonly unset: (name: string) => string;
  readonly lineEnd: string;
}

/** The reason why a value cannot be printed; becomes part of a UserError that names the variable. */
class Refusal extends Error {}

/**
 * Prints the code that makes `changes` in `shell`, ending with a line break; empty without changes.
 *
 * @throws {UserError} when a value cannot be written so that the shell reads exactly that value: NUL for
 * all shells, line breaks and a few more for cmd and dotenv. It never repeats the value.
 * @throws {TypeError} when a name is not a valid variable name
 */
export function shellCode(shell: Shell, changes: VariableChanges): string {
  for (const name of [...changes.set.map(([name]) => name), ...changes.unset]) {
    // Names come from this program, never from outside: an invalid one would be a bug.
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

/** Refuses what no environment can hold, whatever the shell. */
function checkEverywhere(shell: Shell, name: string, value: string): void {
  if (value.includes("\0")) throw refusal(shell, name, "its value contains a NUL character");
  // UTF-8 cannot encode half a surrogate pair: a replacement character would be delivered.
  if (!value.isWellFormed()) throw refusal(shell, name, "its value is not valid Unicode");
}

function refusal(shell: Shell, name: string, why: string): UserError {
  return new UserError("value-not-printable", `Cannot write ${name} for ${shell}: ${why}`, {
    exitCode: ExitCode.USAGE,
    hint: "Use stssamldriver exec -- CMD, which needs no quoting, or another --shell.",
  });
}

/** bash, zsh, dash, busybox: between single quotes, only the single quote is special. */
const posix: Printer = {
  set: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}';`,
  // The semicolons keep `eval $(…)`, without double quotes, from joining the statements.
  unset: (name) => `unset ${name};`,
  lineEnd: "\n",
};

/**
 * fish. Between single quotes, only `\'` and `\\` are escapes. Line breaks are outside of them, so that
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
  // Only the global variable: a universal one is stored on disk for every other fish, so removing it is the
  // user's decision. But it is reported, and the `if` leaves the status 0 when there is none.
  unset: (name) =>
    `set -eg ${name}; if set -qUx ${name}; echo '${name} is still set as a universal variable; ` +
    `to remove it, run: set -eU ${name}' >&2; end;`,
  lineEnd: "\n",
};

/**
 * PowerShell, including Windows's own 5.1. It decodes a program's output with the console's code page and
 * passes it to Invoke-Expression line by line: so everything that is not printable ASCII is written as a
 * number, which also covers the four curly quotes that PowerShell treats as single quotes.
 */
const powershell: Printer = {
  set: (name, value) => {
    const parts = value.replaceAll("'", "''").replace(
      /[^ -~]/g,
      // The type of the sum is the type of its left side, and that is always a string here.
      (unit) => `'+[char]0x${unit.charCodeAt(0).toString(16).toUpperCase()}+'`,
    );
    return `$env:${name} = '${parts}'`;
  },
  unset: (name) => `$env:${name} = $null`,
  lineEnd: "\n",
};

/** The longest line that cmd accepts: https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation */
const CMD_LINE_LIMIT = 8191;

/**
 * cmd, in the form `set "NAME=value"`. The line is read in one of two ways: `for /f` runs it without
 * expanding `%`, a batch file expands it, and with delayed expansion on (`cmd /v:on`) both expand `!`. There
 * is no way to write `%` or `!` that is always right, so they are refused; no AWS credential has them.
 */
const cmd: Printer = {
  set: (name, value) => {
    if (value === "") throw new Refusal("cmd has no empty variables");
    if (/[\r\n]/.test(value)) throw new Refusal("cmd does not support line breaks in values");
    // deno-lint-ignore no-control-regex -- Ctrl-Z ends a batch file, others edit the line.
    if (/[\x01-\x08\x0b-\x1f\x7f]/.test(value)) {
      throw new Refusal("its value contains control characters");
    }
    if (/[%!]/.test(value)) {
      throw new Refusal("its value contains % or !, which cmd may expand");
    }
    // deno-lint-ignore no-control-regex -- all but ASCII.
    if (/[^\x00-\x7f]/.test(value)) {
      throw new Refusal(
        "its value is not ASCII, and cmd would decode it with the console's code page",
      );
    }
    // `set` reads up to the last quote of the line, so quotes in the value are preserved. But each one
    // turns quoting off or on for what follows, and these would end the statement where it is off.
    if (value.split('"').some((part, index) => index % 2 === 1 && /[&|<>^()]/.test(part))) {
      throw new Refusal("cmd would run the part of its value after a double quote");
    }
    const line = `set "${name}=${value}"`;
    if (line.length > CMD_LINE_LIMIT) {
      throw new Refusal(
        `its line would be longer than the ${CMD_LINE_LIMIT} characters that cmd allows`,
      );
    }
    return line;
  },
  unset: (name) => `set "${name}="`,
  lineEnd: "\r\n",
};

/**
 * A `.env` file. There is no standard; what is printed here is read the same way by Node, Deno,
 * python-dotenv and a shell's `.`, and a value that they read differently is refused. Values like AWS's are
 * not quoted, because `docker run --env-file` makes quotes part of them.
 */
const dotenv: Printer = {
  set: (name, value) => {
    if (/^[A-Za-z0-9_.:/+=@,-]*$/.test(value)) return `${name}=${value}`;
    if (value.includes("\r")) throw new Refusal("readers of .env files drop carriage returns");
    if (value.includes("${")) throw new Refusal("some readers of .env files expand ${…}");
    // Some readers unescape these even between single quotes, some do not.
    if (!/'|\\\\|\\$/.test(value)) return `${name}='${value}'`;
    if (!/["\\$`]/.test(value)) return `${name}="${value}"`;
    throw new Refusal("readers of .env files disagree on its quotes and backslashes");
  },
  // Such a file cannot unset a variable, and NAME= would set it to an empty value.
  unset: () => "",
  lineEnd: "\n",
};

/**
 * Nushell does not run text as code. It loads a record with `load-env`, where null hides the variable from
 * child processes; direnv passes its changes like this as well.
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

/** Names of programs and the shell for each; any other is not a shell that we know. */
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

/** Shells that understand none of our formats: better to ask than to print the wrong code. */
const UNSUPPORTED = new Set(["csh", "tcsh", "elvish", "xonsh", "rc", "es", "ion"]);

/**
 * Guesses the shell that will read the code: the parent process if that is a shell, else the login shell,
 * else the system's usual one. `undefined` for a shell that we have no printer for; then `--shell` is
 * needed.
 */
export function guessShell({ shellVar, parentNames = [], os }: CallerFacts): Shell | undefined {
  for (const program of [...parentNames, shellVar].map(programName)) {
    const shell = BY_PROGRAM.get(program);
    if (shell !== undefined) return shell;
    if (UNSUPPORTED.has(program)) return undefined;
  }
  // The parent is make, npm, an editor, or unknown. An unknown SHELL is no reason to guess another one.
  if (programName(shellVar) !== "") return undefined;
  return os === "windows" ? "powershell" : "sh";
}

/** `-/usr/bin/zsh` and `C:\…\pwsh.EXE` → `zsh` and `pwsh`. */
function programName(value: string | undefined): string {
  const last = (value ?? "").trim().split(/[/\\]/).at(-1) ?? "";
  return last.toLowerCase().replace(/^-/, "").replace(/\.exe$/, "");
}
