/**
 * The shells that there are printers for; apart from them, since every start reads their names.
 *
 * @module
 */

/** What `--shell` takes. */
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
