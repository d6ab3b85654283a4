/**
 * What `completions` does.
 *
 * @module
 */

import type { CommandRun } from "../command.ts";
import { usageError } from "../arguments.ts";
import { BASH_SCRIPT } from "../completion/bash.ts";
import { FISH_SCRIPT } from "../completion/fish.ts";
import { POWERSHELL_SCRIPT } from "../completion/powershell.ts";
import { ZSH_SCRIPT } from "../completion/zsh.ts";

/** The scripts by the names of their shells. */
export const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ["bash", BASH_SCRIPT],
  ["zsh", ZSH_SCRIPT],
  ["fish", FISH_SCRIPT],
  ["powershell", POWERSHELL_SCRIPT],
]);

/** Prints the script of a shell. */
export const runCompletions: CommandRun = async ({ words: [shell = ""], print }) => {
  const script = SCRIPTS.get(shell);
  if (script === undefined) {
    throw usageError(
      "completions-shell",
      `There is no completion for "${shell}"`,
      `There is one for ${[...SCRIPTS.keys()].join(", ")}`,
    );
  }
  await print(script);
};
