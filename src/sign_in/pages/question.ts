/**
 * The frame of every page on which the person answers something before an assertion is used, and what is
 * shown when it is too late.
 *
 * Without JavaScript it is a form; {@linkcode QUESTION_SCRIPT} makes it quicker. Pure.
 *
 * @module
 */

import { type Html, html } from "./html.ts";
import type { Page } from "./page.ts";
import { link } from "./pages.ts";
import { QUESTION_SCRIPT } from "./question_script.ts";
import { QUESTION_STYLE } from "./question_style.ts";
import { withCode } from "./text.ts";

/** The parts that every such page has. */
export interface QuestionFrame {
  /** The proof that the answer comes from this very page; posted as `token`. */
  readonly token: string;
  /** The path that the form posts to. */
  readonly action: string;
  /** The time that the assertion can be redeemed from now on, milliseconds. */
  readonly remainingMs: number;
  /** A remark on this machine's clock, as a sentence without its final period. */
  readonly clock?: string | undefined;
  /** The path to sign in again when the time is over. */
  readonly startPath?: string | undefined;
  /** The purpose of the sign-in, with names between backticks: "profile `dev`". */
  readonly asker?: string | undefined;
}

/** The parts that make one such page differ from another. */
export interface QuestionParts {
  readonly title: string;
  /** The part above the form. */
  readonly above: Html;
  /** The choices. */
  readonly choices?: Html | undefined;
  /** The button beside Cancel, where there is one thing to say yes to. */
  readonly take?: { readonly name: string; readonly value: string; readonly label: string };
  /** The words for the time that is left: `left to choose`. */
  readonly left: string;
  /** The words while the answer is acted on. */
  readonly busy: string;
}

/** Makes the page of a question. */
export function questionPage(frame: QuestionFrame, parts: QuestionParts): Page {
  const { title, above, choices, take, left, busy } = parts;
  return {
    status: 200,
    title,
    mood: "neutral",
    form: true,
    style: QUESTION_STYLE,
    script: QUESTION_SCRIPT,
    // No autofocus: a press of Enter that was meant for the page before must not take a role. The script
    // focuses after a moment.
    body: html`
      ${frame.asker &&
        html`
          <p class="asker">For ${withCode(frame.asker)}</p>
        `} ${above}
      <div id="over" role="alert" data-title="${EXPIRED_TITLE}" hidden>
        ${expiredBody(frame.startPath, frame.clock)}
      </div>
      <form
        id="choice"
        method="post"
        action="${frame.action}"
        autocomplete="off"
        data-left="${Math.max(0, Math.round(frame.remainingMs))}"
        data-label="${left}"
        data-busy="${busy}"
      >
        <input type="hidden" name="token" value="${frame.token}">
        ${choices}
        <div class="bar">
          ${take && html`<p>Continue only if you started this sign-in.</p>`}
          <p>
            <span id="time" role="timer">${clock(frame.remainingMs)} ${left}</span>
            <span id="still">when this page opened</span>
            <span id="say" role="status"></span>
          </p>
          ${take &&
            html`
              <button type="submit" class="button primary take" name="${take.name}"
                value="${take.value}">${take.label}</button>
            `}
          <button type="submit" class="button" name="cancel" value="1">Cancel</button>
        </div>
      </form>
    `,
  };
}

/** The reason why an answer can no longer be given on a page. */
export type GoneReason = "replaced" | "expired" | "taken" | "cancelled";

const EXPIRED_TITLE = "This sign-in has expired";

/**
 * Makes the page instead of a question, or in answer to it, when there is nothing to answer any more.
 *
 * @param startPath the path to sign in again
 * @param clock a remark on this machine's clock
 */
export function gonePage(reason: GoneReason, startPath?: string, clock?: string): Page {
  switch (reason) {
    case "replaced":
      return gone(
        410,
        "A newer sign-in replaced this page",
        html`<p>Choose in the newer tab. You can close this one.</p>`,
      );
    case "expired":
      return gone(410, EXPIRED_TITLE, expiredBody(startPath, clock));
    case "taken":
      return gone(
        409,
        "You already chose on this page",
        html`<p>Another tab or an earlier click was first. You can close this tab.</p>`,
      );
    case "cancelled":
      return gone(
        200,
        "Cancelled",
        html`<p>Nothing was changed, and your command has ended. You can close this tab.</p>`,
      );
  }
}

function gone(status: number, title: string, body: Html): Page {
  return { status, title, mood: "neutral", body };
}

function expiredBody(startPath: string | undefined, clock: string | undefined): Html {
  return html`
    <p>A sign-in is only valid for a few minutes.</p>
    ${clock && html`<p>${clock}: correct it.</p>`}
    ${startPath === undefined
      ? html`<p>Your command is still waiting: sign in again at your identity provider.</p>`
      : html`<p>Your command is still waiting.</p>
<p class="actions">${link(startPath, "Sign in again")}</p>`}
  `;
}

/** `4:05`, as the script counts it down. */
function clock(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
