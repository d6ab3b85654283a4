/**
 * A question that is open: asked in the tab that has just brought an assertion, before that is used. The
 * usual one is whether the assertion is the person's own.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { Resource } from "./listener/acs.ts";
import type { Reply } from "./listener/answers.ts";
import type { End, Next, Question } from "./next.ts";
import type { Page } from "./pages/page.ts";
import { overPage } from "./pages/pages.ts";
import { gonePage } from "./pages/question.ts";

/** The conversation as its open question sees it. */
interface QuestionHost {
  /** The cookie of the browser that may answer. */
  readonly cookie: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly isOver: () => boolean;
  /** The path where a tab can start again; `undefined` when the person starts at the IdP. */
  readonly startPath: string | undefined;
  /** Told when a tab that the person sees has the page; any other one could be posted all the time. */
  readonly opened: () => void;
  /** Acts on what the work returns; work with the same key is done once. */
  readonly use: (key: string, work: () => Next | Promise<Next>) => Promise<Reply>;
}

/** One page that is waiting for its answer. Its token belongs to one assertion and works once. */
export class OpenQuestion implements Resource {
  readonly path: string;
  readonly #token = crypto.randomUUID();
  readonly #host: QuestionHost;
  /** Dropped with its assertion when there is nothing to answer any more. */
  #question: Question | undefined;
  #gone: "replaced" | "taken" | undefined;
  #taken: { readonly form: string; readonly reply: Promise<Reply> } | undefined;

  constructor(question: Question, host: QuestionHost) {
    this.#question = question;
    this.#host = host;
    this.path = `/${question.path}/${this.#token}`;
  }

  /** Asked for while there is something to answer. */
  get cookie(): string | undefined {
    return this.#question === undefined || this.#host.isOver() ? undefined : this.#host.cookie;
  }

  /** Gives way to the page of a newer sign-in; returns whether this one was still open. */
  replace(): boolean {
    const open = "read" in this.#open();
    this.#close("replaced");
    return open;
  }

  get(): Page {
    const question = this.#open();
    if (!("read" in question)) return question;
    const { read } = question;
    this.#host.opened();
    return question.page({
      token: this.#token,
      action: this.path,
      remainingMs: read.redeemableUntil - this.#host.now(),
      clock: read.clock,
      startPath: this.#host.startPath,
    });
  }

  async post(form: URLSearchParams): Promise<Reply> {
    // The address is the token already; a form without it is not of this page.
    if (form.get("token") !== this.#token) return gonePage("replaced");
    // Also when the time is over: the person may want to stop rather than sign in again.
    if (form.has("cancel") && this.#question !== undefined && !this.#host.isOver()) {
      const next = this.#question.cancel?.() ?? cancelled();
      this.#close("taken");
      return await this.#host.use(`cancel ${this.#token}`, () => next);
    }
    // The second half of a double click takes the first one's place in the tab, and gets its answer.
    if (this.#taken?.form === form.toString()) return await this.#taken.reply;
    const question = this.#open();
    if (!("read" in question)) return question;
    const answer = question.answer(form);
    if (answer === undefined) return { redirect: this.path };
    const key = `${answer.choice} ${question.read.posted.base64.reveal()}`;
    this.#close("taken");
    this.#taken = { form: form.toString(), reply: this.#host.use(key, answer.use) };
    return await this.#taken.reply;
  }

  #close(gone: "replaced" | "taken"): void {
    this.#gone ??= gone;
    this.#question = undefined;
  }

  /** The question, or the page that says why there is none. */
  #open(): Question | Page {
    const question = this.#question;
    const { isOver, now, startPath } = this.#host;
    if (this.#gone !== undefined || question === undefined) {
      return gonePage(this.#gone ?? "replaced", startPath);
    }
    if (isOver()) return overPage();
    return now() < question.read.redeemableUntil
      ? question
      : gonePage("expired", startPath, question.read.clock);
  }
}

/** Ends the conversation as the person wants it. */
export function cancelled(): Extract<End, { readonly kind: "failed" }> & {
  readonly error: UserError;
  readonly page: Page;
} {
  const error = new UserError("cancelled", "Canceled in the browser", {
    exitCode: ExitCode.INTERRUPTED,
  });
  return { kind: "failed", error, page: gonePage("cancelled") };
}
