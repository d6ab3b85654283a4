/**
 * Asking the person in the tab that has just brought an assertion, before that is used.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { Place, Reply } from "./listener/acs.ts";
import type { Watch } from "./events.ts";
import type { Page } from "./pages/page.ts";
import { overPage } from "./pages/pages.ts";
import { type Asked, gonePage } from "./pages/question.ts";
import type { Talk } from "./talk.ts";

/** What asking needs of the world. */
export interface AskingWorld {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly watch: Watch;
}

/** One question about one assertion. */
export interface Question {
  readonly read: ReadAssertion;
  /** What is asked, for the terminal, as a sentence without its full stop. */
  readonly announced: string;
  readonly page: (asked: Asked) => Page;
  /** What a form of the page asks for; `undefined` for nothing, and the page is shown again. */
  readonly answer: (form: URLSearchParams) => (() => Promise<Reply>) | undefined;
}

/** How long a browser may take from the assertion to the page, milliseconds. */
const OPENING_MS = 10_000;

/** How long the wait goes on when the time to choose is over, so that the person can sign in again. */
const AGAIN_MS = 60_000;

/** The page that a conversation has asked on last. */
const asked = new WeakMap<Talk, OpenQuestion>();

/**
 * Asks; the reply leads the tab to the page. It takes the place of what the same conversation asked before.
 *
 * @param path the first part of its address
 */
export function ask(
  question: Question,
  { path, talk, world: { now, watch } }: {
    readonly path: string;
    readonly talk: Talk;
    readonly world: AskingWorld;
  },
): Reply {
  if (asked.get(talk)?.replace()) {
    watch({ kind: "notice", message: "A newer sign-in took the place of the page that was open" });
  }
  const open = new OpenQuestion(path, question, { talk, now });
  asked.set(talk, open);
  talk.serve(open.path, open.place);
  talk.notBefore(now() + OPENING_MS);
  watch({ kind: "asking", message: question.announced, until: question.read.redeemableUntil });
  return { redirect: open.path };
}

/** One page that is waiting for its answer. Its token belongs to one assertion and works once. */
class OpenQuestion {
  readonly path: string;
  readonly place: Place;
  readonly #token = crypto.randomUUID();
  readonly #talk: Talk;
  readonly #now: () => number;
  /** Dropped with its assertion when there is nothing to answer any more. */
  #question: Question | undefined;
  #gone: "replaced" | "taken" | undefined;
  #taken: { readonly form: string; readonly reply: Promise<Reply> } | undefined;

  constructor(
    path: string,
    question: Question,
    { talk, now }: { readonly talk: Talk; readonly now: () => number },
  ) {
    this.#question = question;
    this.#talk = talk;
    this.#now = now;
    this.path = `/${path}/${this.#token}`;
    this.place = { get: () => this.#page(), post: (form) => this.#answered(form) };
  }

  /** A newer sign-in has its own page now; says whether this one was still open. */
  replace(): boolean {
    const open = "read" in this.#open();
    this.#gone ??= "replaced";
    this.#question = undefined;
    return open;
  }

  #page(): Page {
    const question = this.#open();
    if (!("read" in question)) return question;
    const { read } = question;
    // Whoever reads the page must not be cut off by the time to wait for an assertion. Not before the page
    // is opened, which takes a tab that the person sees: any other page could post all the time.
    this.#talk.notBefore(read.redeemableUntil + AGAIN_MS);
    return question.page({
      token: this.#token,
      action: this.path,
      remainingMs: read.redeemableUntil - this.#now(),
      clock: read.clock,
      startPath: this.#talk.startPath,
    });
  }

  async #answered(form: URLSearchParams): Promise<Reply> {
    // The address is the token already; a form without it is not of this page.
    if (form.get("token") !== this.#token) return gonePage("replaced");
    // Also when the time is over: the person may want to stop rather than sign in again.
    if (form.has("cancel") && this.#question !== undefined && !this.#talk.over) {
      this.#gone = "taken";
      this.#question = undefined;
      this.#talk.fail(
        new UserError("cancelled", "Cancelled in the browser", { exitCode: ExitCode.INTERRUPTED }),
      );
      return gonePage("cancelled");
    }
    // The second half of a double click takes the first one's place in the tab, and gets its answer.
    if (this.#taken?.form === form.toString()) return await this.#taken.reply;
    const question = this.#open();
    if (!("read" in question)) return question;
    const use = question.answer(form);
    if (use === undefined) return this.#page();
    this.#gone = "taken";
    this.#question = undefined;
    this.#taken = { form: form.toString(), reply: use() };
    return await this.#taken.reply;
  }

  /** What is asked, or the page that says why nothing is. */
  #open(): Question | Page {
    const question = this.#question;
    if (this.#gone !== undefined || question === undefined) {
      return gonePage(this.#gone ?? "replaced", this.#talk.startPath);
    }
    if (this.#talk.over) return overPage();
    return this.#now() < question.read.redeemableUntil
      ? question
      : gonePage("expired", this.#talk.startPath, question.read.clock);
  }
}
