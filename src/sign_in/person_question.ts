/**
 * The question whether somebody else signs in than last time with the same settings: a true assertion may be a
 * colleague's, whose page brought it here.
 *
 * @module
 */

import { foreign } from "../text.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { Next, Question } from "./next.ts";
import { confirmation } from "./question.ts";

/** Says who signed in last time, as a sentence without its final period. */
export function lastTimeSentence(last: string | undefined): string {
  return `Last time it was ${foreign(last ?? "", 80)}`;
}

/** Makes the question. */
export function personQuestion(
  read: ReadAssertion,
  { last, asker, facts = [] }: {
    readonly last: string | undefined;
    readonly asker: string | undefined;
    /** What is at stake, as label and value. */
    readonly facts?: readonly (readonly [string, string])[];
  },
  use: () => Promise<Next>,
): Question {
  const question = read.person === undefined
    ? "Use this encrypted sign-in?"
    : `Sign in as ${foreign(read.person, 80)}?`;
  const before = lastTimeSentence(last);
  const asked = { question, yes: "Continue", facts, remarks: [before], asker };
  return {
    ...confirmation(read, asked, use),
    announced: `${question} ${before}. Confirm it in the browser`,
  };
}
