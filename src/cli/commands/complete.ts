/**
 * What `__complete` does, which the scripts of `completions` run at every Tab.
 *
 * @module
 */

import type { CommandRun } from "../command.ts";
import type { Completer } from "../completion/answer.ts";
import { answerBash } from "../completion/bash.ts";
import { complete } from "../completion/complete.ts";
import { answerFish } from "../completion/fish.ts";
import { known } from "../completion/known.ts";
import { answerPowershell } from "../completion/powershell.ts";
import { answerZsh } from "../completion/zsh.ts";
import type { Known } from "../settings/option_values.ts";

const ANSWERS: ReadonlyMap<string, (asked: readonly string[], complete: Completer) => string> =
  new Map([
    ["bash", answerBash],
    ["zsh", answerZsh],
    ["fish", answerFish],
    ["powershell", answerPowershell],
  ]);

/** Prints the answer for a shell; whatever goes wrong, nothing is said in the middle of somebody's line. */
export const runComplete: CommandRun = async ({ words, commands, print }, deps) => {
  const [shell = "", ...asked] = words;
  const facts = { commands, known: (kind: Known) => known(kind, deps) };
  try {
    const text = ANSWERS.get(shell)?.(asked, (before, word) => complete(before, word, facts));
    if (text !== undefined) await print(text);
  } catch {
    // Nothing to offer.
  }
};
