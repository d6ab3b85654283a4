/**
 * The purpose of a conversation at the port, its needs of the world, and its next step, as whoever uses an
 * assertion says it, up to the last page. Only the conversation acts on a step, and drops it when it is over by then.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { ReadAssertion, readAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import type { Secret } from "../secret.ts";
import type { Dialog, HiddenInput } from "../system/dialog.ts";
import type { Page } from "./pages/page.ts";
import type { PickerRole } from "./pages/picker.ts";
import type { QuestionFrame } from "./pages/question.ts";
import type { Expectation } from "../saml/verdict.ts";
import type { Listener } from "../system/listen.ts";
import type { BrowserOutcome } from "./browser/browser.ts";
import type { Watch } from "./events.ts";
import type { ClaimOptions } from "./listener/port.ts";
import type { Resource } from "./listener/acs.ts";
import { consolePage, overPage, troublePage } from "./pages/pages.ts";

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
  /** The assertion could not be used, and the wait goes on as if it had not come. */
  | { readonly kind: "refused"; readonly error: UserError }
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
  /** The meaning of Cancel; without one, the conversation fails as canceled. */
  readonly cancel?: (() => Next) | undefined;
  /** What a terminal asks instead of showing the page; without it, whoever pasted the Response has answered. */
  readonly onTerminal?: TerminalQuestion | undefined;
}

/** A question for a terminal. */
export type TerminalQuestion =
  /** One of several roles. */
  | {
    readonly kind: "roles";
    readonly roles: readonly RoleChoice[];
    /** The key of the one that was taken last. */
    readonly last: string | undefined;
  }
  /** Yes or no, to something that cannot be undone. */
  | { readonly kind: "confirm"; readonly question: string };

/** A role that can be chosen. */
export interface RoleChoice extends PickerRole {
  readonly arns: OfferedRole;
}

/** One answer to a question. */
export interface Answer {
  /** Names what was chosen: the same choice by the same assertion is used once. */
  readonly choice: string;
  readonly use: () => Next | Promise<Next>;
}

/** The world of a conversation. */
export interface ConversationWorld {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Gives up what no sign-in needs, before anybody can post. */
  readonly confine: () => void;
  /** Gives up starting programs; absent where one is to be started after the sign-in. */
  readonly startNothingMore?: (() => void) | undefined;
  /** Takes the port, waiting for another driver of ours; the port is free again after `close`. */
  readonly claimPort: (options: ClaimOptions) => Promise<Listener>;
  /** Opens a URL, by the helper that the person named or the system's. */
  readonly openBrowser: (url: string, browser: string | undefined) => Promise<BrowserOutcome>;
  /** The program that would be asked to open a URL; `undefined` for none. */
  readonly browserName: (browser: string | undefined) => Promise<string | undefined>;
  /** The command to run on the person's own machine, when that is another one. */
  readonly tunnelHint: (port: number) => string | undefined;
  /** What brings the browser to the port where this machine is a container. */
  readonly containerHint?: (port: number) => string | undefined;
  /** What takes a pasted Response. */
  readonly pasting: PasteWorld;
  readonly loadReader: () => Promise<typeof readAssertion>;
  /** Reads the metadata of an IdP from a file or a URL. */
  readonly readMetadata: (source: string, signal: AbortSignal) => Promise<string>;
  readonly watch: Watch;
  /** Aborted, with a UserError as reason, when the person interrupts. */
  readonly signal: AbortSignal;
}

/** The world of a sign-in whose Response is pasted. */
export interface PasteWorld {
  readonly openInput: () => Promise<HiddenInput>;
  /** The terminal, to ask something; `undefined` where nobody is there to answer. */
  readonly openDialog: (signal: AbortSignal) => Promise<Dialog | undefined>;
  /** Whether a browser that opens here is one that the person sees. */
  readonly seesBrowser: () => boolean;
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

/**
 * Makes the way to the console, which is given once.
 *
 * @param cookie the Set-Cookie header that takes the browser's cookie away
 */
export function consoleWay(login: Secret, cookie: string): Resource {
  const pages = [consolePage(login.reveal())];
  return { get: () => ({ ...pages.pop() ?? overPage(), headers: { "set-cookie": cookie } }) };
}

/**
 * Makes the page of any other end.
 *
 * @param cookie as of the way to the console
 */
export function lastPage(end: Exclude<End, { readonly kind: "console" }>, cookie: string): Page {
  const page = end.kind === "done" ? end.page : end.page ?? failurePage(end.error);
  return { ...page, headers: { ...page.headers, "set-cookie": cookie } };
}

/** Makes the page of a failure: a fault of this program has no words for the person but that it is one. */
function failurePage(error: unknown): Page {
  const known = error instanceof UserError
    ? error
    : new UserError("fault", "stssamldriver failed", {
      exitCode: ExitCode.FAULT,
      hint: "The terminal shows what happened.",
      cause: error,
    });
  return troublePage(known, { status: 502, waiting: false });
}
