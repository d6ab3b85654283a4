/**
 * The next step of a conversation, as whoever uses an assertion says it. Only the conversation acts on
 * it, and drops it when it is over by then.
 *
 * @module
 */

import type { UserError } from "../errors.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { Secret } from "../secret.ts";
import type { Page } from "./pages/page.ts";
import type { QuestionFrame } from "./pages/question.ts";

/** An end of a conversation. */
export type End =
  /** It ends well. */
  | { readonly kind: "done"; readonly page: Page }
  /** It ends well, once the tab has gone on to the console; the URL is a secret until then. */
  | { readonly kind: "console"; readonly login: Secret }
  /** It ends with an error, whose own page is the default. */
  | { readonly kind: "failed"; readonly error: unknown; readonly page?: Page };

/** The step after an assertion was used, or a question answered. */
export type Next =
  | End
  /** The assertion could not be used, and the wait goes on: for so long at most, or as long as was set. */
  | {
    readonly kind: "refused";
    readonly error: UserError;
    readonly atMostMs?: number | undefined;
  }
  /** The person is asked something in the same tab. */
  | { readonly kind: "ask"; readonly question: Question }
  /** Credentials are on their way: from now on nothing but this work may end it. */
  | { readonly kind: "deliver"; readonly work: () => Promise<End> };

/** A question about one assertion. */
export interface Question {
  readonly read: ReadAssertion;
  /** The first part of its page's address. */
  readonly path: "choose" | "confirm";
  /** The question for the terminal, as a sentence without its final period. */
  readonly announced: string;
  readonly page: (frame: QuestionFrame) => Page;
  /** Reads the answer in a form of the page; without one, `undefined`, the page is shown again. */
  readonly answer: (form: URLSearchParams) => Answer | undefined;
  /** The meaning of Cancel; without one, the conversation fails as cancelled. */
  readonly cancel?: (() => Next) | undefined;
}

/** One answer to a question. */
export interface Answer {
  /** Names what was chosen: the same choice by the same assertion is used once. */
  readonly choice: string;
  readonly use: () => Next | Promise<Next>;
}
