/**
 * Commands in a form that can be copied into the person's shell.
 *
 * @module
 */

import type { Deps } from "../deps.ts";
import { windowsShell } from "../system/processes.ts";
import type { RawFlags } from "./options.ts";

/** The surroundings that decide how a line is quoted. */
export type LineDeps = Pick<Deps, "os" | "env">;

/**
 * The words as one line, quoted where that is needed: for a POSIX shell; on Windows for cmd or PowerShell,
 * whichever started this program.
 */
export function shellLine(words: readonly string[], deps: LineDeps): string {
  switch (shellOf(deps)) {
    case "posix":
      return words.map(posixWord).join(" ");
    case "cmd":
      return words.map((word) => windowsWord(word, '"')).join(" ");
    case "powershell": {
      const [program = "", ...args] = words.map((word) => windowsWord(word, "'"));
      // What begins with a quote is a text there, and not a command.
      return [...program.startsWith("'") ? ["&"] : [], program, ...args].join(" ");
    }
  }
}

/** The line that sets a variable for another line. */
export function withVariable(name: string, value: string, line: string, deps: LineDeps): string {
  switch (shellOf(deps)) {
    case "posix":
      return `${name}=${value === "" ? "" : posixWord(value)} ${line}`;
    case "cmd":
      return `set "${name}=${value}" & ${line}`;
    case "powershell":
      return `$env:${name}='${value.replaceAll("'", "''")}'; ${line}`;
  }
}

/** The line that unsets a variable in the shell itself. */
export function withoutVariable(name: string, deps: LineDeps): string {
  switch (shellOf(deps)) {
    case "posix":
      return `unset ${name}`;
    case "cmd":
      return `set ${name}=`;
    case "powershell":
      return `Remove-Item Env:${name}`;
  }
}

function shellOf({ os, env }: LineDeps): "posix" | "cmd" | "powershell" {
  if (os !== "windows") return "posix";
  const shell = windowsShell(env) ?? "powershell";
  // Git Bash and its like name theirs by its path.
  return shell === "cmd" || shell === "powershell" ? shell : "posix";
}

function posixWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Both shells read a doubled quote as one. */
function windowsWord(word: string, quote: string): string {
  return /^[\w+=:./\\-]+$/.test(word)
    ? word
    : quote + word.replaceAll(quote, quote + quote) + quote;
}

/** The surroundings that decide how this program is named. */
export type ProgramDeps = Pick<Deps, "self" | "env" | "os" | "realPath">;

/** The words that start this program: its name alone where PATH leads to it. */
export function programWords({ self, env, os, realPath }: ProgramDeps): readonly string[] {
  const [path = "", ...others] = self;
  if (others.length > 0) return self;
  const name = path.split(os === "windows" ? "\\" : "/").at(-1) ?? path;
  const found = programFiles(name, { env, os }).some((file) => realPath(file) === realPath(path));
  return found ? [name] : self;
}

/** The files that a program can be: itself where it is a path, else one in each folder of PATH. */
export function programFiles(
  program: string,
  { os, env }: { readonly os: string; readonly env: Deps["env"] },
): readonly string[] {
  if (/[\\/]/.test(program)) return [program];
  const [slash, colon] = os === "windows" ? ["\\", ";"] : ["/", ":"];
  return (env("PATH") ?? "").split(colon).filter((folder) => folder !== "")
    .map((folder) => folder + slash + program);
}

/** Flags as they were typed, as words. */
export function typedWords(flags: RawFlags): readonly string[] {
  return Object.entries(flags).flatMap(([name, texts]) =>
    (texts ?? []).map((text) => text === "true" ? `--${name}` : `--${name}=${text}`)
  );
}
