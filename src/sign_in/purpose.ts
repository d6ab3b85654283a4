/**
 * The purpose of a conversation at the port, and its needs of the world.
 *
 * @module
 */

import type { ReadAssertion, readAssertion } from "../saml/reader.ts";
import type { Expectation } from "../saml/verdict.ts";
import type { Listener } from "../system/listen.ts";
import type { BrowserOutcome } from "./browser/browser.ts";
import type { Watch } from "./events.ts";
import type { ClaimOptions } from "./listener/port.ts";
import type { Next } from "./next.ts";

/** The world of a conversation. */
export interface ConversationWorld {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes the port, waiting for another driver of ours; the port is free again after `close`. */
  readonly claimPort: (options: ClaimOptions) => Promise<Listener>;
  /** Opens a URL, by the helper that the person named or the system's. */
  readonly openBrowser: (url: string, browser: string | undefined) => Promise<BrowserOutcome>;
  /** The program that would be asked to open a URL; `undefined` for none. */
  readonly browserName: (browser: string | undefined) => Promise<string | undefined>;
  /** The command to run on the person's own machine, when that is another one. */
  readonly tunnelHint: (port: number) => string | undefined;
  readonly loadReader: () => Promise<typeof readAssertion>;
  readonly watch: Watch;
  /** Aborted, with a UserError as reason, when the person interrupts. */
  readonly signal: AbortSignal;
}

/** The use of an assertion. */
export interface Purpose {
  /** The words that another driver shows while it waits. */
  readonly title: string;
  /** The conditions that an assertion must meet to be used. */
  readonly expected: Expectation;
  /** Asked once the port is ours: whether anybody still wants a browser to be opened. Default: yes. */
  readonly wanted?: () => Promise<boolean>;
  /** Uses an assertion; what it returns is dropped when the conversation is over by then. */
  readonly use: (read: ReadAssertion) => Promise<Next>;
  /** Loads what using takes, once the port is ours; when that fails nobody signs in for nothing. */
  readonly prepare?: () => Promise<unknown>;
}
