/**
 * What `completions` does, and `__complete`, which its scripts run at every Tab.
 *
 * @module
 */

import { usageError } from "../arguments.ts";
import type { CommandRun } from "../command.ts";
import { complete } from "../completion/complete.ts";
import { known } from "../completion/known.ts";
import { COMPLETIONS } from "../completion/shells.ts";
import type { Known } from "../settings/option_values.ts";

/** Prints the script of a shell. */
export const runCompletions: CommandRun = async ({ words: [shell = ""], print }) => {
  const completion = COMPLETIONS.get(shell);
  if (completion === undefined) {
    throw usageError(
      "completions-shell",
      `There is no completion for "${shell}"`,
      `There is one for ${[...COMPLETIONS.keys()].join(", ")}`,
    );
  }
  await print(completion.script);
};

/** Prints the answer for a shell; whatever goes wrong, nothing is said in the middle of somebody's line. */
export const runComplete: CommandRun = async ({ words, commands, print }, deps) => {
  const [shell = "", ...asked] = words;
  const facts = { commands, known: (kind: Known) => known(kind, deps) };
  const completion = COMPLETIONS.get(shell);
  try {
    const text = completion?.answer(asked, (before, word) => complete(before, word, facts));
    if (text !== undefined) await print(text);
  } catch {
    // Nothing to offer.
  }
};
