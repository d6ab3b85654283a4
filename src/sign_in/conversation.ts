/**
 * One wait at the port: who is answered what until it is over. It takes assertions in, hands those that
 * can be used to whoever uses them, and does what they say comes next.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import type { ReadAssertion, readAssertion } from "../saml/reader.ts";
import type { BrowserOutcome } from "./browser/browser.ts";
import {
  consoleWay,
  type ConversationWorld,
  type End,
  lastPage,
  type Next,
  type Purpose,
  type Question,
} from "./next.ts";
import { Answers, type Reply } from "./listener/answers.ts";
import { noAnswer, noAssertion, originOf, Timeout, unfinished } from "./timeout.ts";
import { ListenerWarnings } from "./listener_warnings.ts";
import { ACS_PATH, acsHandler, type Resource } from "./listener/acs.ts";
import { AGAIN_PATH, clearCookie, type Start, startPath } from "./listener/start.ts";
import type { Page } from "./pages/page.ts";
import { overPage, troublePage, waitingPage } from "./pages/pages.ts";
import type { OpenQuestion } from "./open_question.ts";
import { type ConversationRequest, opensBrowser } from "./request.ts";
import { begin, type Begun, startAt } from "./idp_requests.ts";

/** The time for the last page to reach the browser, milliseconds. */
const CLOSE_GRACE_MS = 1000;

/** The time for a tab to come for where it is led, milliseconds; a browser that has much to do is slow. */
const COME_MS = 5000;

/** The rest of the wait when the time to choose is over, milliseconds, so that the person can sign in again. */
const AGAIN_MS = 60_000;

/** The time for a browser to come from the assertion to a question's page, milliseconds. */
const OPENING_MS = 10_000;

/**
 * Waits at the port until an assertion was used, the time is up or the person interrupts; not at all when
 * nobody wants one any more by the time that the port is ours. With `paste` it waits at the terminal instead.
 *
 * @throws UserError with the exit code of what ended it
 */
export async function converse(
  request: ConversationRequest,
  world: ConversationWorld,
  purpose: Purpose,
): Promise<void> {
  const begun = await begin(request, world, purpose);
  if (request.paste) return await (await import("./pasted.ts")).usePasted(request, world, begun);
  const conversation = new Conversation(request, world, begun);
  const opens = opensBrowser(request) ? await world.browserName(request.browser) : undefined;
  world.confine();
  const listener = await world.claimPort({
    listen: {
      port: request.port,
      tls: request.tls,
      handler: conversation.handle,
      ...conversation.warnings,
    },
    purpose: purpose.title,
    timeoutMs: request.timeoutMs,
    watch: world.watch,
    signal: world.signal,
  });
  try {
    if (await purpose.wanted?.() === false) return;
    await conversation.wait(opens, listener.lost);
  } finally {
    // Interrupted: nobody waits for a page.
    await listener.close(world.signal.aborted ? 0 : CLOSE_GRACE_MS);
  }
}

/** One wait at the port. */
class Conversation {
  /** The handler of the listener. */
  readonly handle: (request: Request) => Promise<Response>;
  readonly warnings: ListenerWarnings;
  readonly #request: ConversationRequest;
  readonly #world: ConversationWorld;
  readonly #purpose: Begun;
  readonly #origin: URL;
  readonly #start: Start | undefined;
  readonly #done = Promise.withResolvers<void>();
  readonly #answers = new Answers();
  readonly #resources = new Map<string, Resource>();
  /** The question that the person sees or saw last, and one whose tab has not come for it yet. */
  #question: OpenQuestion | undefined;
  #coming: OpenQuestion | undefined;
  /** Assertions in use, so that a form sent twice is used once. */
  readonly #inUse = new Map<string, Promise<Reply>>();
  readonly #timeout: Timeout;
  #reader: Promise<typeof readAssertion> | undefined;
  /** Ends it at once, set when nothing is left to do but the last page. */
  #leave: (() => void) | undefined;
  #posted = false;
  /** Set while a browser may be on its way to the start address, and once one was there. */
  #isOpening = false;
  #isOpened = false;
  #over = false;
  #lastRefusal: UserError | undefined;

  constructor(request: ConversationRequest, world: ConversationWorld, purpose: Begun) {
    this.#request = request;
    this.#world = world;
    this.#purpose = purpose;
    this.#origin = originOf(request);
    this.warnings = new ListenerWarnings(this.#origin, world.watch);
    // An assertion that came in time is seen through; using it has a deadline of its own.
    this.#timeout = new Timeout(world.now, () => this.#endIfExpired());
    const onOpened = () => this.#isOpened = true;
    this.#start = startAt(request.startUrl, purpose.requests, { watch: world.watch, onOpened });
    this.handle = acsHandler({
      origin: this.#origin,
      start: this.#start,
      isOver: () => this.#over,
      waiting: () => waitingPage(this.#againPath),
      answers: this.#answers,
      receive: (field) => this.#receive(field),
      resource: (path) => this.#resources.get(path),
      onStray: (what) =>
        world.watch({ kind: "detail", message: `Answered a stray request: ${what}` }),
    });
  }

  /**
   * Waits, from the moment the port is ours until it is over.
   *
   * @param opens the program that will open the browser
   * @param lost rejects when the port is not ours any more
   */
  async wait(opens: string | undefined, lost: Promise<never>): Promise<void> {
    const { signal, watch } = this.#world;
    // Where all is done that matters, nobody waits for the last page.
    const interrupt = () => this.#leave === undefined ? this.#giveUp(signal.reason) : this.#leave();
    lost.catch((error) => this.#done.reject(error));
    signal.addEventListener("abort", interrupt);
    try {
      signal.throwIfAborted();
      if (this.#request.timeoutMs !== undefined) this.#timeout.start(this.#request.timeoutMs);
      watch({
        kind: "listening",
        acs: `${this.#origin.origin}${ACS_PATH}`,
        start: this.#start && new URL(startPath(this.#start.nonce), this.#origin).href,
        opens,
        startUrl: this.#start?.url.href,
        container: this.#world.containerHint?.(this.#request.port),
        until: this.#timeout.instant,
      });
      this.#openBrowser();
      this.#prepare();
      await this.#done.promise;
    } finally {
      this.#over = true;
      this.#timeout.stop();
      this.#answers.stop();
      signal.removeEventListener("abort", interrupt);
    }
  }

  get #againPath(): string | undefined {
    return this.#start && AGAIN_PATH;
  }

  /** Opens the browser beside the wait: one that hangs or fails ends nothing. */
  #openBrowser(): void {
    const { openBrowser, startNothingMore, tunnelHint, watch } = this.#world;
    const hint = tunnelHint(this.#request.port);
    if (hint !== undefined) watch({ kind: "tunnel", hint });
    if (this.#start === undefined || !opensBrowser(this.#request)) return startNothingMore?.();
    const url = new URL(startPath(this.#start.nonce), this.#origin).href;
    const opening = async () => await openBrowser(url, this.#request.browser);
    this.#isOpening = true;
    opening().catch((error): BrowserOutcome => ({ opened: false, reason: messageOf(error) }))
      .then((outcome) => {
        if (this.#over) return;
        startNothingMore?.();
        this.#isOpening = outcome.opened;
        if (outcome.opened) watch({ kind: "browser-opened", by: outcome.by });
        else watch({ kind: "browser-failed", reason: outcome.reason });
      });
  }

  /** Loads the SDK and the XML parser while the person signs in. */
  #prepare(): void {
    this.#reader = this.#world.loadReader();
    Promise.all([this.#reader, this.#purpose.prepare?.()]).catch((error) => {
      // Else it shows on the page of what was posted.
      if (!this.#over && !this.#posted) this.#giveUp(error);
    });
  }

  #endIfExpired(): void {
    if (!this.#timeout.expired || this.#over || this.#inUse.size > 0) return;
    const silent = () => noAssertion(this.#request, this.warnings.clause);
    const asked = (this.#question ?? this.#coming) !== undefined;
    this.#giveUp(this.#lastRefusal ?? (asked ? noAnswer() : silent()));
  }

  async #receive(field: string): Promise<Reply> {
    if (this.#timeout.expired) return overPage();
    this.#posted = true;
    let read: ReadAssertion;
    try {
      const reader = await (this.#reader ??= this.#world.loadReader());
      read = reader(field, this.#purpose.expected, this.#world.now());
    } catch (error) {
      if (this.#over) return overPage();
      // What cannot be read or used leaves the wait as it is; a fault of ours ends it.
      return error instanceof UserError && error.exitCode === ExitCode.BAD_ASSERTION
        ? this.#refuse(error)
        : this.#fail(error);
    }
    const key = read.posted.base64.reveal();
    // A second click on the IdP's page takes the first one's place in the tab, and gets its answer.
    if (!this.#inUse.has(key)) {
      if (this.#over) return overPage();
      const replayed = this.#purpose.requests?.answer(read.response.inResponseTo);
      if (replayed !== undefined) return this.#refuse(replayed);
      for (const message of [read.clock ?? [], read.warnings ?? []].flat()) {
        this.#world.watch({ kind: "warning", message });
      }
    }
    return await this.#use(key, () => this.#purpose.use(read));
  }

  /** Sees work through that was begun in time; work with the same key is done once. */
  async #use(key: string, work: () => Next | Promise<Next>): Promise<Reply> {
    const inUse = this.#inUse.get(key) ?? this.#replyTo(work);
    this.#inUse.set(key, inUse);
    try {
      return await inUse;
    } finally {
      this.#inUse.delete(key);
      this.#endIfExpired();
    }
  }

  /** Acts on what comes next, unless it is over by then. */
  async #replyTo(work: () => Next | Promise<Next>): Promise<Reply> {
    try {
      const next = await work();
      if (this.#over) return overPage();
      switch (next.kind) {
        case "refused":
          return this.#refuse(next.error);
        case "ask":
          return await this.#ask(next.question);
        case "deliver":
          return await this.#deliver(next.work);
        default:
          return this.#end(next);
      }
    } catch (error) {
      return this.#over ? overPage() : this.#fail(error);
    }
  }

  #refuse(error: UserError): Reply {
    this.#lastRefusal = error;
    this.#world.watch({ kind: "refused", error, until: this.#timeout.instant });
    // Past its deadline the wait only sees what is under way through.
    const waiting = !this.#timeout.expired;
    const page = troublePage(error, { status: 400, waiting, startPath: this.#againPath });
    return waiting || this.#inUse.size > 1 ? page : this.#fail(error, page);
  }

  /** Leads the tab to a question's page. */
  async #ask(question: Question): Promise<Reply> {
    const { OpenQuestion } = await import("./open_question.ts");
    if (this.#over) return overPage();
    const { now } = this.#world;
    // Whoever had it posted, it is for the browser that was sent to the IdP; else for the one that posted it.
    const bound = this.#isOpening || this.#isOpened ? this.#start?.cookie : undefined;
    const cookie = bound ?? crypto.randomUUID();
    const open = new OpenQuestion(question, {
      cookie,
      now,
      isOver: () => this.#over,
      startPath: this.#againPath,
      opened: () => this.#show(open, question),
      use: (key, work) => this.#use(key, work),
    });
    this.#coming?.replace();
    this.#coming = open;
    this.#resources.set(open.path, open);
    // Not for long: any web page may have posted what is asked about.
    this.#timeout.extend(now() + OPENING_MS);
    // At 127.0.0.1, where an IdP may post to, the browser does not have the cookie of localhost.
    return bound === undefined
      ? { redirect: open.path, cookie }
      : { redirect: new URL(open.path, this.#origin).href };
  }

  /** A question is before the person, and takes the place of the one that was. */
  #show(open: OpenQuestion, { read: { redeemableUntil }, announced }: Question): void {
    if (open === this.#question) return;
    const { watch } = this.#world;
    if (open === this.#coming) this.#coming = undefined;
    const message = "A newer sign-in took the place of the page that was open";
    if (this.#question?.replace()) watch({ kind: "notice", message });
    this.#question = open;
    // Whoever reads the page must not be cut off by the time to wait for an assertion.
    this.#timeout.extend(redeemableUntil + AGAIN_MS);
    watch({ kind: "asking", message: announced, until: redeemableUntil });
  }

  /** Sees a delivery through: from now on nothing else may end it. */
  async #deliver(work: () => Promise<End>): Promise<Reply> {
    this.#over = true;
    try {
      return this.#end(await work());
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Ends it with an error of which no tab is told. */
  #giveUp(error: unknown): void {
    const open = this.#start !== undefined && !this.#over && error instanceof UserError;
    this.#over = true;
    this.#done.reject(open ? unfinished(error) : error);
  }

  #fail(error: unknown, page?: Page): Reply {
    return this.#end({ kind: "failed", error, ...(page && { page }) });
  }

  /** Ends it once the tabs have their last pages. */
  #end(end: End): Reply {
    this.#over = true;
    const leave = () => end.kind === "failed" ? this.#done.reject(end.error) : this.#done.resolve();
    this.#answers.onSettled(COME_MS, leave);
    if (end.kind !== "console") {
      this.#leave = leave;
      return lastPage(end, clearCookie(this.#origin));
    }
    const redirect = `/console/${crypto.randomUUID()}`;
    this.#resources.set(redirect, consoleWay(end.login, clearCookie(this.#origin)));
    return { redirect };
  }
}
