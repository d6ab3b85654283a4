/**
 * A command of this program in a form that can be copied into a shell; pure.
 *
 * @module
 */

import type { Deps } from "../deps.ts";
import type { RawFlags } from "./options.ts";

/** The words as one line, quoted for a POSIX shell where that is needed. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
  ).join(" ");
}

/** The words that start this program: its name alone where PATH leads to it. */
export function programWords(
  { self, env, os, realPath }: Pick<Deps, "self" | "env" | "os" | "realPath">,
): readonly string[] {
  const [path = "", ...others] = self;
  if (others.length > 0) return self;
  const [slash, colon] = os === "windows" ? ["\\", ";"] : ["/", ":"];
  const name = path.split(slash).at(-1) ?? path;
  const folders = (env("PATH") ?? "").split(colon).filter((folder) => folder !== "");
  const found = folders.some((folder) => realPath(folder + slash + name) === realPath(path));
  return found ? [name] : self;
}

/** Flags as they were typed, as words. */
export function typedWords(flags: RawFlags): readonly string[] {
  return Object.entries(flags).flatMap(([name, texts]) =>
    (texts ?? []).map((text) => text === "true" ? `--${name}` : `--${name}=${text}`)
  );
}
