/**
 * A conversation at the port as those see it who take part: what it needs, what it is for, and how it is
 * ended.
 *
 * @module
 */

import type { UserError } from "../errors.ts";
import type { ReadAssertion, readAssertion } from "../saml/reader.ts";
import type { Expectation } from "../saml/verdict.ts";
import type { Secret } from "../secret.ts";
import type { Listener } from "../system/listen.ts";
import type { Place, Reply } from "./listener/acs.ts";
import type { BrowserOutcome } from "./browser/browser.ts";
import type { Watch } from "./events.ts";
import type { Page } from "./pages/page.ts";
import type { ClaimOptions } from "./listener/port.ts";

/** What a conversation needs of the world. */
export interface ConversationWorld {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes the port, waiting for another driver of ours; the port is free again after `close`. */
  readonly claimPort: (options: ClaimOptions) => Promise<Listener>;
  /** Opens a URL, by the helper that the person named or the system's. */
  readonly openBrowser: (url: string, browser: string | undefined) => Promise<BrowserOutcome>;
  /** The program that would be asked to open a URL; `undefined` for none. */
  readonly browserName: (browser: string | undefined) => Promise<string | undefined>;
  /** What to run on the person's own machine, when that is another one. */
  readonly tunnelHint: (port: number) => string | undefined;
  readonly loadReader: () => Promise<typeof readAssertion>;
  readonly watch: Watch;
  /** Aborted, with a UserError as reason, when the person interrupts. */
  readonly signal: AbortSignal;
}

/** What an assertion is used for. */
export interface Purpose {
  /** In the words that another driver shows while it waits. */
  readonly title: string;
  /** What an assertion must be to be used. */
  readonly expected: Expectation;
  /** Asked once the port is ours: whether anybody still wants a browser to be opened. Default: yes. */
  readonly wanted?: () => Promise<boolean>;
  /** Uses an assertion. It must end the conversation some time, by the {@linkcode Talk}. */
  readonly use: (read: ReadAssertion, talk: Talk) => Promise<Reply>;
  /** Loads what using takes, once the port is ours; when that fails nobody signs in for nothing. */
  readonly prepare?: () => Promise<unknown>;
  /** Goes through using once with made-up material, to be quick when it counts. */
  readonly rehearse?: () => Promise<unknown>;
}

/** The conversation as those see it who use an assertion. Each way to end it returns the page to show. */
export interface Talk {
  /** Whether it was ended; what is done from then on is for nothing. */
  readonly over: boolean;
  /** Where a tab can start again; `undefined` when the person starts at the IdP. */
  readonly startPath: string | undefined;
  /** Ends it well. */
  finish(page: Page): Page;
  /** Ends it well, once the tab has gone on to the console; the URL is a secret until then. */
  goOn(login: Secret): Reply;
  /** Ends it with an error. */
  fail(error: unknown): Page;
  /**
   * The assertion could not be used, and the wait goes on.
   *
   * @param atMostMs for how long at most; as long as was set, when absent
   */
  refuse(error: UserError, atMostMs?: number): Page;
  /** Serves an address of this listener until the end. */
  serve(path: string, place: Place): void;
  /** From now on nothing else may end it: the credentials are on their way. */
  close(): void;
  /** Keeps it open while something is done that was begun in time; what has the same key is done once. */
  busy(key: string, work: () => Promise<Reply>): Promise<Reply>;
  /**
   * Does not end before this instant, milliseconds since 1970; but not much later than was set, since any
   * web page may have posted what asks for it.
   */
  notBefore(instant: number): void;
}
