/**
 * A command of this program in a form that can be copied into a shell; pure.
 *
 * @module
 */

import type { RawFlags } from "./options.ts";

/**
 * The words as one line, quoted for a POSIX shell where that is needed.
 *
 * @param self the words that start this program
 */
export function commandLine(
  self: readonly string[],
  { words, flags }: { readonly words: readonly string[]; readonly flags: RawFlags },
): string {
  const typed = Object.entries(flags).flatMap(([name, texts]) =>
    (texts ?? []).map((text) => text === "true" ? `--${name}` : `--${name}=${text}`)
  );
  return [...self, ...words, ...typed].map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
