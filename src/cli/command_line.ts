/**
 * A command of this program in a form that can be copied into a shell; pure.
 *
 * @module
 */

import type { RawFlags } from "./options.ts";

/** The words as one line, quoted for a POSIX shell where that is needed. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
  ).join(" ");
}

/** Flags as they were typed, as words. */
export function typedWords(flags: RawFlags): readonly string[] {
  return Object.entries(flags).flatMap(([name, texts]) =>
    (texts ?? []).map((text) => text === "true" ? `--${name}` : `--${name}=${text}`)
  );
}
