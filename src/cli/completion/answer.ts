/**
 * The answer to a shell's script, as its lines; pure.
 *
 * @module
 */

import type { Answer, Candidate } from "./complete.ts";

/** Completes a word behind others. */
export type Completer = (before: readonly string[], word: string) => Answer;

/**
 * The lines of an answer: first `files`, `command` or `words`; behind `words`, the candidates.
 *
 * @param fields what a shell is told of a candidate, with a tab between; nothing leaves the candidate out
 */
export function answerText(
  answer: Answer,
  fields: (candidate: Candidate) => readonly string[] = () => [],
): string {
  if (typeof answer === "string") return `${answer}\n`;
  const lines = answer.map(fields).filter((each) => each.length > 0).map((each) => each.join("\t"));
  return ["words", ...lines].map((line) => `${line}\n`).join("");
}

/** The words in front of the last, and the last. */
export function lastOf(
  words: readonly string[],
): readonly [before: readonly string[], word: string] {
  return [words.slice(0, -1), words.at(-1) ?? ""];
}
