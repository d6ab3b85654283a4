/**
 * The names of the supported shells; in a file of their own, since every start reads them.
 *
 * @module
 */

/** The values of `--shell`. */
export const SHELLS = [
  "bash",
  "zsh",
  "sh",
  "fish",
  "powershell",
  "cmd",
  "nushell",
  "dotenv",
] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = (typeof SHELLS)[number];
