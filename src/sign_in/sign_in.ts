/**
 * From a waiting terminal to delivered credentials: listen, open, receive, read, exchange, answer.
 *
 * @module
 */

import type { Exchange, Exchanged } from "../aws/sts.ts";
import { isFalseAssertion } from "../aws/refusal.ts";
import { ExitCode, messageOf, UserError } from "../errors.ts";
import type { ReadAssertion, readAssertion } from "../saml/reader.ts";
import type { ClaimOptions } from "./port.ts";
import type { Listener } from "../system/listen.ts";
import { ACS_PATH, acsHandler, startPath } from "./acs.ts";
import type { BrowserOutcome } from "./browser.ts";
import type { Watch } from "./events.ts";
import { shortenedSentence, shortLifeSentence, type SignedIn, span } from "./outcome.ts";
import type { Page } from "./pages/page.ts";
import { overPage, successPage, troublePage, waitingPage } from "./pages/pages.ts";
import type { SignInRequest } from "./request.ts";

/** What a sign-in needs of the world. */
export interface SignInWorld {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes the port, waiting for another driver of ours; the port is free again after `close`. */
  readonly claimPort: (options: ClaimOptions) => Promise<Listener>;
  /** Opens a URL, by the helper that the person named or the system's. */
  readonly openBrowser: (url: string, browser: string | undefined) => Promise<BrowserOutcome>;
  /** What to run on the person's own machine, when that is another one. */
  readonly tunnelHint: (port: number) => string | undefined;
  readonly loadReader: () => Promise<typeof readAssertion>;
  readonly loadExchange: () => Promise<Exchange>;
  /** Goes through reading and exchange once with made-up material, to be quick when it counts. */
  readonly rehearse: (region: string) => Promise<void>;
  readonly watch: Watch;
  /** Aborted, with a UserError as reason, when the person interrupts. */
  readonly signal: AbortSignal;
  /** How long the wait goes on after a false assertion, milliseconds; tests shorten it. */
  readonly afterFalseMs?: number;
}

/**
 * Hands the credentials to whoever asked, while the tab still waits for its page.
 *
 * @returns what became of them, for the page and the terminal, as a sentence without its full stop
 */
export type Deliver = (signedIn: SignedIn) => Promise<string>;

/** How long the page may take to reach the browser after all is done, milliseconds. */
const CLOSE_GRACE_MS = 250;

/** How long nothing else must happen before the rehearsal, milliseconds. */
const REHEARSE_AFTER_MS = 100;

/**
 * How long the wait goes on after STS called an assertion false. Any page on the web may have posted
 * it, so it must not end the wait; but most often the settings are wrong, and the person is waiting.
 */
const AFTER_FALSE_MS = 30_000;

/**
 * Signs in once.
 *
 * @throws UserError with the exit code of what ended it
 */
export async function signIn(
  request: SignInRequest,
  world: SignInWorld,
  deliver: Deliver,
): Promise<void> {
  const one = new OneSignIn(request, world, deliver);
  const listener = await world.claimPort({
    listen: { port: request.port, tls: request.tls, handler: one.handle },
    purpose: request.role.text,
    timeoutMs: request.timeoutMs,
    watch: world.watch,
    signal: world.signal,
  });
  let grace = CLOSE_GRACE_MS;
  try {
    await one.wait();
  } catch (error) {
    // Interrupted: nobody waits for a page.
    if (world.signal.aborted) grace = 0;
    throw error;
  } finally {
    await listener.close(grace);
  }
}

/** The state of one wait: what was refused, what is under way, when it ends. */
class OneSignIn {
  /** The handler of the listener. */
  readonly handle: (request: Request) => Promise<Response>;
  readonly #request: SignInRequest;
  readonly #world: SignInWorld;
  readonly #deliver: Deliver;
  readonly #origin: URL;
  readonly #start: { readonly nonce: string; readonly url: URL } | undefined;
  readonly #done = Promise.withResolvers<void>();
  /** Exchanges under way by assertion, so that a form sent twice is redeemed once. */
  readonly #underWay = new Map<string, Promise<Page>>();
  #reader: Promise<typeof readAssertion> | undefined;
  #exchange: Promise<Exchange> | undefined;
  #rehearsal: ReturnType<typeof setTimeout> | undefined;
  #posted = false;
  #over = false;
  #lastRefusal: UserError | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #until: number | undefined;
  #expired = false;

  constructor(request: SignInRequest, world: SignInWorld, deliver: Deliver) {
    this.#request = request;
    this.#world = world;
    this.#deliver = deliver;
    this.#origin = new URL(
      `${request.tls === undefined ? "http" : "https"}://localhost:${request.port}`,
    );
    if (request.issuer !== undefined) {
      this.#start = { nonce: crypto.randomUUID(), url: request.issuer };
    }
    this.handle = acsHandler({
      origin: this.#origin,
      start: this.#start,
      waiting: () => waitingPage(this.#startPath),
      receive: (field) => this.#receive(field),
      onStray: (what) =>
        world.watch({ kind: "detail", message: `Answered a stray request: ${what}` }),
    });
  }

  /** From the moment the port is ours until it is over. */
  async wait(): Promise<void> {
    const { signal, watch } = this.#world;
    const interrupt = () => this.#done.reject(signal.reason);
    signal.addEventListener("abort", interrupt);
    try {
      signal.throwIfAborted();
      if (this.#request.timeoutMs !== undefined) this.#endAfter(this.#request.timeoutMs);
      watch({
        kind: "listening",
        acs: `${this.#origin.origin}${ACS_PATH}`,
        start: this.#startUrl,
        issuer: this.#start?.url.href,
        until: this.#until,
      });
      this.#openBrowser().catch((error) => this.#end(error));
      this.#loadHeavyRooms();
      await this.#done.promise;
    } finally {
      this.#over = true;
      clearTimeout(this.#timer);
      clearTimeout(this.#rehearsal);
      signal.removeEventListener("abort", interrupt);
    }
  }

  get #startPath(): string | undefined {
    return this.#start && startPath(this.#start.nonce);
  }

  get #startUrl(): string | undefined {
    return this.#start && new URL(startPath(this.#start.nonce), this.#origin).href;
  }

  /** Beside the wait: a browser that hangs or fails ends nothing. */
  async #openBrowser(): Promise<void> {
    const { openBrowser, tunnelHint, watch } = this.#world;
    const hint = tunnelHint(this.#request.port);
    if (hint !== undefined) watch({ kind: "tunnel", hint });
    const url = this.#startUrl;
    // The address was shown; somebody who wants no browser needs no word about there being none.
    if (url === undefined || this.#request.browser === "none") return;
    let outcome: BrowserOutcome;
    try {
      outcome = await openBrowser(url, this.#request.browser);
    } catch (error) {
      outcome = { opened: false, reason: messageOf(error) };
    }
    if (this.#over) return;
    if (outcome.opened) watch({ kind: "browser-opened", by: outcome.by });
    else watch({ kind: "browser-failed", reason: outcome.reason });
  }

  /** The SDK and the XML parser load, and rehearse, while the person signs in. */
  #loadHeavyRooms(): void {
    this.#exchange ??= this.#world.loadExchange();
    this.#reader ??= this.#world.loadReader();
    Promise.all([this.#exchange, this.#reader]).then(() => {
      // Not before an assertion that is there already.
      if (!this.#over && !this.#posted) {
        this.#rehearsal = setTimeout(() => this.#rehearse(), REHEARSE_AFTER_MS);
      }
    }, (error) => {
      // A setting that they cannot work with is said before the person has signed in for nothing.
      if (!this.#posted) this.#end(error);
    });
  }

  #rehearse(): void {
    if (this.#posted) return;
    this.#world.rehearse(this.#request.region.name).catch((error) =>
      this.#world.watch({ kind: "detail", message: `The rehearsal failed: ${messageOf(error)}` })
    );
  }

  #endAfter(ms: number): void {
    const until = this.#world.now() + ms;
    if (this.#until !== undefined && this.#until <= until) return;
    clearTimeout(this.#timer);
    this.#until = until;
    this.#timer = setTimeout(() => {
      this.#expired = true;
      // An assertion that came in time is seen through; the exchange has a deadline of its own.
      if (this.#underWay.size === 0) this.#end(this.#timeoutError());
    }, ms);
  }

  #end(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (error === undefined) this.#done.resolve();
    else this.#done.reject(error);
  }

  #timeoutError(): UserError {
    const last = this.#lastRefusal;
    if (last !== undefined) return last;
    return new UserError(
      "no-assertion",
      `No assertion came to ${this.#origin.origin}${ACS_PATH} within ${
        span(this.#request.timeoutMs ?? 0)
      }`,
      {
        exitCode: ExitCode.NO_ASSERTION,
        hint:
          "Start again and sign in, with a longer --timeout if need be. If the browser showed an error, the\n" +
          "IdP's application for AWS must post to that address.",
      },
    );
  }

  async #receive(field: string): Promise<Page> {
    if (this.#expired) return overPage();
    this.#posted = true;
    let read: ReadAssertion;
    try {
      const reader = await (this.#reader ??= this.#world.loadReader());
      read = reader(field, this.#request, this.#world.now());
    } catch (error) {
      return this.#trouble(error, (each) => each.exitCode === ExitCode.BAD_ASSERTION);
    }
    const key = read.posted.base64.reveal();
    // A second click on the IdP's page takes the first one's place in the tab, and gets its answer.
    if (this.#over && !this.#underWay.has(key)) return overPage();
    const underWay = this.#underWay.get(key) ?? this.#redeem(read);
    this.#underWay.set(key, underWay);
    try {
      return await underWay;
    } finally {
      this.#underWay.delete(key);
      if (this.#expired && this.#underWay.size === 0) this.#end(this.#timeoutError());
    }
  }

  async #redeem(read: ReadAssertion): Promise<Page> {
    const { watch } = this.#world;
    const request = this.#request;
    let exchanged: Exchanged;
    try {
      watch({ kind: "exchanging", role: request.role.text, region: request.region.name });
      const exchange = await (this.#exchange ??= this.#world.loadExchange());
      exchanged = await exchange({
        role: request.role,
        provider: request.provider,
        assertion: read.posted.base64,
        region: request.region.name,
        durationSeconds: request.durationSeconds,
        strictDuration: request.strictDuration,
        policyArns: request.policyArns,
        policy: request.policy,
      }, this.#world.signal);
    } catch (error) {
      return this.#trouble(error, isFalseAssertion);
    }
    // Two tabs, two good assertions: the first one that STS took is delivered, once.
    if (this.#over) return overPage();
    this.#over = true;
    return await this.#finish({
      credentials: exchanged.credentials,
      role: request.role,
      person: read.person,
      askedSeconds: request.durationSeconds,
      shortenedTo: exchanged.shortenedTo,
    });
  }

  async #finish(signedIn: SignedIn): Promise<Page> {
    const { watch, now } = this.#world;
    try {
      const delivered = await this.#deliver(signedIn);
      watch({ kind: "signed-in", signedIn, delivered });
      for (const warning of [shortenedSentence(signedIn), shortLifeSentence(signedIn, now())]) {
        if (warning !== undefined) watch({ kind: "warning", message: warning });
      }
      this.#done.resolve();
      return successPage(signedIn, { now: now(), delivered });
    } catch (error) {
      this.#done.reject(error);
      return troublePage(asUserError(error), { status: 500, waiting: false });
    }
  }

  /** A page for what went wrong; ends the sign-in unless the wait goes on after errors of this kind. */
  #trouble(error: unknown, goesOn: (error: UserError) => boolean): Page {
    if (this.#over) return overPage();
    const shown = asUserError(error);
    if (!(error instanceof UserError) || !goesOn(error)) {
      this.#end(error);
      return troublePage(shown, { status: 502, waiting: false });
    }
    this.#lastRefusal = error;
    if (isFalseAssertion(error)) this.#endAfter(this.#world.afterFalseMs ?? AFTER_FALSE_MS);
    this.#world.watch({ kind: "refused", error, until: this.#until });
    // Past its deadline the wait only sees what is under way through.
    const waiting = !this.#expired;
    return troublePage(shown, { status: 400, waiting, startPath: this.#startPath });
  }
}

/** For the page: a fault of this program has no words for the person but that it is one. */
function asUserError(error: unknown): UserError {
  return error instanceof UserError ? error : new UserError("fault", "The driver failed", {
    exitCode: ExitCode.FAULT,
    hint: "The terminal shows what happened.",
    cause: error,
  });
}
