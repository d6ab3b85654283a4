/**
 * The pages of a sign-in: waiting, success, trouble.
 *
 * @module
 */

import type { UserError } from "../../errors.ts";
import { factsOf, shortenedSentence, type SignedIn } from "../outcome.ts";
import { type Html, html } from "./html.ts";
import type { Page } from "./page.ts";

/** `GET /`: somebody looks in while the listener waits. */
export function waitingPage(startPath: string | undefined): Page {
  return {
    status: 200,
    title: "Waiting for your sign-in",
    mood: "plain",
    body: startPath === undefined
      ? html`<p>Start the sign-in to AWS at your identity provider. Its page sends you back here.</p>`
      : html`<p><a href="${startPath}">Sign in at your identity provider</a>. Its page sends you back here.</p>`,
  };
}

/** The credentials were delivered. */
export function successPage(
  signedIn: SignedIn,
  told: { now: number; delivered: string; warning?: string | undefined },
): Page {
  const shortened = shortenedSentence(signedIn);
  return {
    status: 200,
    title: "Signed in to AWS",
    mood: "good",
    body: html`<dl>${
      factsOf(signedIn, told.now).map(([label, value]) =>
        html`
          <dt>${label}</dt>
          <dd>${value}</dd>
        `
      )
    }</dl>
${shortened && html`<p>${shortened}.</p>`}
${told.warning && html`<p class="hint">${told.warning}</p>`}
<p>${told.delivered}. You can close this tab.</p>`,
  };
}

/** What was asked for is done, in a sentence without its full stop, and what else there is to know. */
export function donePage(title: string, sentence: string, more: readonly string[] = []): Page {
  return {
    status: 200,
    title,
    mood: "good",
    body: html`<p>${sentence}. You can close this tab.</p>${
      more.map((each) => html`<p class="hint">${each}</p>`)
    }`,
  };
}

/**
 * Something could not be used or failed: the terminal's words, and whether the driver goes on waiting.
 */
export function troublePage(
  error: Pick<UserError, "message" | "hint">,
  told: {
    readonly status: number;
    readonly waiting: boolean;
    readonly startPath?: string | undefined;
  },
): Page {
  return {
    status: told.status,
    title: error.message,
    mood: "bad",
    body: html`${hint(error.hint)}
${
      told.waiting
        ? told.startPath === undefined
          ? html`<p>The driver is still waiting for a sign-in.</p>`
          : html`<p>The driver is still waiting: <a href="${told.startPath}">sign in again</a>.</p>`
        : html`<p>The driver has stopped; start it again in the terminal when this is mended.</p>`
    }`,
  };
}

/**
 * The way on to the console: a page of ours that goes on by itself, since a `form-action` policy of the
 * page before would block a redirect to AWS.
 *
 * @param url the login URL, a secret until it was used
 */
export function consolePage(url: string): Page {
  return {
    status: 200,
    title: "Opening the AWS console",
    mood: "good",
    refresh: url,
    body:
      html`<p><a href="${url}" rel="noreferrer">Go on to the AWS console</a> if it does not open by itself.</p>`,
  };
}

/** A second answer to a sign-in that is over. */
export function overPage(): Page {
  return {
    status: 409,
    title: "This sign-in is already over",
    mood: "plain",
    body: html`<p>Another tab or an earlier click was first. You can close this tab.</p>`,
  };
}

/** A request that is none of the listener's; the words are the remedy. */
export function strayPage(status: number, title: string, remedy: string): Page {
  return { status, title, mood: "bad", body: hint(remedy) };
}

/** The terminal's words. A sentence that is broken for its width flows here, where cards are narrower. */
function hint(text: string | undefined): Html {
  return html`${text && html`<p class="hint">${text.replace(/\n(?=[a-z-])/g, " ")}</p>`}`;
}
