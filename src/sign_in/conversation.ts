/**
 * One wait at the port: who is answered what until it is over. It takes assertions in, and hands those
 * that can be used to whoever uses them; what comes of that is not its business.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import type { ReadAssertion, readAssertion } from "../saml/reader.ts";
import type { Secret } from "../secret.ts";
import { ACS_PATH, acsHandler, type Place, type Reply, startPath } from "./listener/acs.ts";
import type { BrowserOutcome } from "./browser/browser.ts";
import { noAnswer, noAssertion, originOf } from "./late.ts";
import type { Page } from "./pages/page.ts";
import { consolePage, overPage, troublePage, waitingPage } from "./pages/pages.ts";
import type { ConversationRequest } from "./request.ts";
import type { ConversationWorld, Purpose, Talk } from "./talk.ts";

/** How long the page may take to reach the browser after all is done, milliseconds. */
const CLOSE_GRACE_MS = 250;

/** How much longer than was set a wait may become: the life of an assertion, and time to sign in again. */
const MORE_TIME_MS = 6 * 60_000;

/** How long the tab may take to come for the way to the console, milliseconds. */
const GO_ON_MS = 5000;

/** How long nothing else must happen before the rehearsal, milliseconds. */
const REHEARSE_AFTER_MS = 100;

/**
 * Waits at the port until an assertion was used, the time is up or the person interrupts; not at all when
 * nobody wants one any more by the time that the port is ours.
 *
 * @throws UserError with the exit code of what ended it
 */
export async function converse(
  request: ConversationRequest,
  world: ConversationWorld,
  purpose: Purpose,
): Promise<void> {
  const conversation = new Conversation(request, world, purpose);
  const opens = opensBrowser(request) ? await world.browserName(request.browser) : undefined;
  const listener = await world.claimPort({
    listen: {
      port: request.port,
      tls: request.tls,
      handler: conversation.handle,
      onRefused: conversation.tellRefused,
    },
    purpose: purpose.title,
    timeoutMs: request.timeoutMs,
    watch: world.watch,
    signal: world.signal,
  });
  let grace = CLOSE_GRACE_MS;
  try {
    if (await purpose.wanted?.() === false) return;
    await Promise.race([conversation.wait(opens), listener.lost]);
  } catch (error) {
    // Interrupted: nobody waits for a page.
    if (world.signal.aborted) grace = 0;
    throw error;
  } finally {
    await listener.close(grace);
  }
}

/** Somebody who wants no browser needs no word about there being none. */
function opensBrowser({ startUrl, browser }: ConversationRequest): boolean {
  return startUrl !== undefined && browser !== "none";
}

class Conversation implements Talk {
  /** The handler of the listener. */
  readonly handle: (request: Request) => Promise<Response>;
  readonly #request: ConversationRequest;
  readonly #world: ConversationWorld;
  readonly #purpose: Purpose;
  readonly #origin: URL;
  readonly #start: { readonly nonce: string; readonly url: URL } | undefined;
  readonly #done = Promise.withResolvers<void>();
  readonly #places = new Map<string, Place>();
  /** Assertions in use, so that a form sent twice is used once. */
  readonly #inUse = new Map<string, Promise<Reply>>();
  readonly #strangers = new Set<number>();
  #reader: Promise<typeof readAssertion> | undefined;
  #rehearsal: ReturnType<typeof setTimeout> | undefined;
  #goingOn: ReturnType<typeof setTimeout> | undefined;
  #posted = false;
  #over = false;
  #lastRefusal: UserError | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #until: number | undefined;
  #expired = false;
  /** When it ends whatever happens. */
  #latest = Infinity;

  constructor(request: ConversationRequest, world: ConversationWorld, purpose: Purpose) {
    this.#request = request;
    this.#world = world;
    this.#purpose = purpose;
    this.#origin = originOf(request);
    if (request.startUrl !== undefined) {
      this.#start = { nonce: crypto.randomUUID(), url: request.startUrl };
    }
    this.handle = acsHandler({
      origin: this.#origin,
      start: this.#start,
      waiting: () => waitingPage(this.startPath),
      receive: (field) => this.#receive(field),
      place: (path) => this.#places.get(path),
      onStray: (what) =>
        world.watch({ kind: "detail", message: `Answered a stray request: ${what}` }),
    });
  }

  /** Says once which other user of this machine tried to take part. */
  readonly tellRefused = (uid: number | undefined): void => {
    // Without a user it was over before it was looked at: a browser's spare connection.
    if (uid === undefined || this.#strangers.has(uid)) return;
    this.#strangers.add(uid);
    const message = `Refused a connection from another user of this computer (uid ${uid})`;
    this.#world.watch({ kind: "warning", message });
  };

  /**
   * From the moment the port is ours until it is over.
   *
   * @param opens what will be asked to open the browser
   */
  async wait(opens: string | undefined): Promise<void> {
    const { signal, watch, now } = this.#world;
    const interrupt = () => this.#done.reject(signal.reason);
    signal.addEventListener("abort", interrupt);
    try {
      signal.throwIfAborted();
      if (this.#request.timeoutMs !== undefined) {
        this.#endAt(now() + this.#request.timeoutMs);
        this.#latest = now() + this.#request.timeoutMs + MORE_TIME_MS;
      }
      watch({
        kind: "listening",
        acs: `${this.#origin.origin}${ACS_PATH}`,
        start: this.#start && new URL(startPath(this.#start.nonce), this.#origin).href,
        opens,
        startUrl: this.#start?.url.href,
        until: this.#until,
      });
      this.#openBrowser();
      this.#prepare();
      await this.#done.promise;
    } finally {
      this.#over = true;
      clearTimeout(this.#timer);
      clearTimeout(this.#rehearsal);
      clearTimeout(this.#goingOn);
      signal.removeEventListener("abort", interrupt);
    }
  }

  get over(): boolean {
    return this.#over;
  }

  close(): void {
    this.#over = true;
  }

  finish(page: Page): Page {
    this.#over = true;
    this.#done.resolve();
    return page;
  }

  goOn(login: Secret): Reply {
    this.#over = true;
    const path = `/console/${crypto.randomUUID()}`;
    let url: string | undefined = login.reveal();
    // A tab that was closed meanwhile never comes for it.
    this.#goingOn = setTimeout(() => this.#done.resolve(), GO_ON_MS);
    this.serve(path, {
      get: () => {
        if (url === undefined) return overPage();
        const page = consolePage(url);
        url = undefined;
        this.#done.resolve();
        return page;
      },
    });
    return { redirect: path };
  }

  fail(error: unknown): Page {
    this.#over = true;
    this.#done.reject(error);
    return troublePage(asUserError(error), { status: 502, waiting: false });
  }

  refuse(error: UserError, atMostMs?: number): Page {
    if (this.#over) return overPage();
    this.#lastRefusal = error;
    const { now, watch } = this.#world;
    // Past its deadline the wait only sees what is under way through.
    const waiting = !this.#expired;
    const end = now() + (atMostMs ?? Infinity);
    // Shortened only: a flood of false assertions must not start the time anew.
    if (end < (this.#until ?? Infinity)) this.#endAt(end);
    watch({ kind: "refused", error, until: this.#until });
    return troublePage(error, { status: 400, waiting, startPath: this.startPath });
  }

  serve(path: string, place: Place): void {
    this.#places.set(path, place);
  }

  notBefore(instant: number): void {
    const end = Math.min(instant, this.#latest);
    if (this.#until !== undefined && this.#until < end) this.#endAt(end);
  }

  get startPath(): string | undefined {
    return this.#start && startPath(this.#start.nonce);
  }

  /** Beside the wait: a browser that hangs or fails ends nothing. */
  #openBrowser(): void {
    const { openBrowser, tunnelHint, watch } = this.#world;
    const hint = tunnelHint(this.#request.port);
    if (hint !== undefined) watch({ kind: "tunnel", hint });
    if (this.#start === undefined || !opensBrowser(this.#request)) return;
    const url = new URL(startPath(this.#start.nonce), this.#origin).href;
    const opening = async () => await openBrowser(url, this.#request.browser);
    opening().catch((error): BrowserOutcome => ({ opened: false, reason: messageOf(error) }))
      .then((outcome) => {
        if (this.#over) return;
        if (outcome.opened) watch({ kind: "browser-opened", by: outcome.by });
        else watch({ kind: "browser-failed", reason: outcome.reason });
      });
  }

  /** The SDK and the XML parser load, and rehearse, while the person signs in. */
  #prepare(): void {
    this.#reader = this.#world.loadReader();
    const { prepare, rehearse } = this.#purpose;
    Promise.all([this.#reader, prepare?.()]).then(() => {
      // Not before an assertion that is there already.
      if (rehearse === undefined || this.#over || this.#posted) return;
      this.#rehearsal = setTimeout(() => {
        if (this.#posted) return;
        rehearse().catch((error) =>
          this.#world.watch({ kind: "detail", message: `Rehearsal failed: ${messageOf(error)}` })
        );
      }, REHEARSE_AFTER_MS);
    }, (error) => {
      // Else it shows on the page of what was posted.
      if (!this.#over && !this.#posted) this.fail(error);
    });
  }

  #endAt(instant: number): void {
    clearTimeout(this.#timer);
    // Given more time, it is not over yet.
    this.#expired = false;
    this.#until = instant;
    this.#timer = setTimeout(() => {
      this.#expired = true;
      // An assertion that came in time is seen through; using it has a deadline of its own.
      this.#endIfExpired();
    }, Math.max(0, instant - this.#world.now()));
  }

  #endIfExpired(): void {
    if (!this.#expired || this.#over || this.#inUse.size > 0) return;
    this.fail(
      this.#lastRefusal ?? (this.#places.size > 0 ? noAnswer() : noAssertion(this.#request)),
    );
  }

  async #receive(field: string): Promise<Reply> {
    if (this.#expired) return overPage();
    this.#posted = true;
    let read: ReadAssertion;
    try {
      const reader = await (this.#reader ??= this.#world.loadReader());
      read = reader(field, this.#purpose.expected, this.#world.now());
    } catch (error) {
      return this.#unused(error);
    }
    const key = read.posted.base64.reveal();
    // A second click on the IdP's page takes the first one's place in the tab, and gets its answer.
    if (this.#over && !this.#inUse.has(key)) return overPage();
    if (read.clock !== undefined && !this.#inUse.has(key)) {
      this.#world.watch({ kind: "warning", message: read.clock });
    }
    return await this.busy(key, () => this.#purpose.use(read, this));
  }

  async busy(key: string, work: () => Promise<Reply>): Promise<Reply> {
    const inUse = this.#inUse.get(key) ?? work();
    this.#inUse.set(key, inUse);
    try {
      return await inUse;
    } catch (error) {
      return this.#over ? overPage() : this.fail(error);
    } finally {
      this.#inUse.delete(key);
      this.#endIfExpired();
    }
  }

  /** What cannot be read or used leaves the wait as it is; a fault of ours ends it. */
  #unused(error: unknown): Page {
    if (this.#over) return overPage();
    return error instanceof UserError && error.exitCode === ExitCode.BAD_ASSERTION
      ? this.refuse(error)
      : this.fail(error);
  }
}

/** For the page: a fault of this program has no words for the person but that it is one. */
function asUserError(error: unknown): UserError {
  return error instanceof UserError ? error : new UserError("fault", "stssamldriver failed", {
    exitCode: ExitCode.FAULT,
    hint: "The terminal shows what happened.",
    cause: error,
  });
}
