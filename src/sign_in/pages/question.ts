/**
 * The frame of every page on which the person answers something before an assertion is used, the one that asks
 * for a yes, and what is shown when it is too late.
 *
 * Without JavaScript it is a form; {@linkcode QUESTION_SCRIPT} makes it quicker. Pure.
 *
 * @module
 */

import { breakable, type Fact, factRows, Html, html, type Page, withCode } from "./page.ts";
import { link } from "./pages.ts";
import { QUESTION_SCRIPT } from "./question_script.ts";
import { foreign } from "../../text.ts";

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
interface QuestionParts {
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
    form: "self",
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
export type GoneReason = keyof typeof GONE | "expired";

const EXPIRED_TITLE = "This sign-in has expired";

/**
 * Makes the page instead of a question, or in answer to it, when there is nothing to answer any more.
 *
 * @param startPath the path to sign in again
 * @param clock a remark on this machine's clock
 */
export function gonePage(reason: GoneReason, startPath?: string, clock?: string): Page {
  if (reason !== "expired") return { ...GONE[reason], mood: "neutral" };
  const body = expiredBody(startPath, clock);
  return { status: 410, title: EXPIRED_TITLE, mood: "neutral", body };
}

const GONE = {
  replaced: {
    status: 410,
    title: "A newer sign-in replaced this page",
    body: html`<p>Choose in the newer tab. You can close this one.</p>`,
  },
  taken: {
    status: 409,
    title: "You already chose on this page",
    body: html`<p>Another tab or an earlier click was first. You can close this tab.</p>`,
  },
  cancelled: {
    status: 200,
    title: "Canceled",
    body: html`<p>Nothing was changed, and your command has ended. You can close this tab.</p>`,
  },
};

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

/** Their part of the style sheet. */
export const QUESTION_STYLE: Html = new Html(String.raw`
/* A card in the middle would jump with every letter that is searched for. */
main:has(#search:not([hidden])){margin-top:0}
.asker,.who,#count,.note{color:var(--soft);font-size:.9rem}
h1+:is(.asker,.who){margin-top:-.4rem}.asker+.who{margin-top:0}
:is(.asker,.who) :is(bdi,code){color:var(--ink)}.who span{display:inline-block}
#count{margin:.25rem 0 1rem}
#search{position:sticky;top:0;z-index:1;background:var(--card);margin:.75rem -.25rem 0;padding:.5rem .25rem}
#search label{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
#find{width:100%;min-height:2.75rem;padding:.4rem 2.5rem .4rem .75rem;font:inherit;color:inherit;background:var(--card);
border:1px solid var(--edge);border-radius:6px;appearance:none}
#find::placeholder{color:var(--soft);opacity:1}
#search kbd{position:absolute;right:1rem;top:50%;transform:translateY(-50%);padding:0 .4rem;font:.8rem/1.4 ui-monospace,monospace;
color:var(--soft);border:1px solid var(--line);border-radius:4px;pointer-events:none}
#find:focus~kbd,#find:not(:placeholder-shown)~kbd{display:none}
#find:not(:placeholder-shown){padding-right:.75rem}
.account{margin:0 0 1.1rem}
h2{margin:0 0 .35rem;font-size:.95rem;font-weight:600;overflow-wrap:anywhere}
h2 .number:not(:first-child){color:var(--soft);font-weight:400}
h2 bdi{margin-right:.35rem}
.number{font-variant-numeric:tabular-nums}
ul{list-style:none;margin:0;padding:0;border:1px solid var(--line);border-radius:6px}
li:not([hidden])~li:not([hidden]){border-top:1px solid var(--line)}
li button{font:inherit;color:inherit;cursor:pointer;display:flex;gap:.75rem;align-items:baseline;justify-content:space-between;width:100%;min-height:2.75rem;
padding:.55rem .75rem;text-align:left;background:none;border:0;border-radius:5px;scroll-margin:5rem 0}
li button:hover,li button.next{background:var(--tint)}
li .name{overflow-wrap:anywhere}
.path,.provider{color:var(--soft)}
.provider{display:block;font-size:.85rem}
.tag{flex:none;font-size:.8rem;color:var(--link)}
li button.next::after{content:"\21B5" / "";color:var(--soft);order:9}
:is(li button,#find):focus-visible{outline-offset:-2px}
.bar{position:sticky;bottom:0;display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:center;justify-content:flex-end;
margin:1.25rem -1.75rem -1.5rem;padding:.75rem 1.75rem;background:var(--card);border-top:1px solid var(--line);border-radius:0 0 7px 7px}
.bar p{flex:1 1 7rem;margin:0;color:var(--soft);font-size:.9rem;font-variant-numeric:tabular-nums}
.bar:has(.take) p{flex-basis:100%}
#time.soon{color:var(--bad);font-weight:600}
.bad-news{color:var(--bad);font-weight:600}
button:disabled{cursor:default}
button:disabled:not(.chosen){opacity:.5}
li button.chosen{background:var(--tint)}
@media (max-width:30rem){.bar{margin:1rem -1.25rem -1.25rem;padding:.6rem 1.25rem}.bar:has(.take) button{flex-basis:100%}
#search kbd{display:none}#find{padding-right:.75rem}}
/* At 400 % they would leave no room for a role between them. */
@media (max-height:24rem){#search,.bar{position:static}li button{scroll-margin:.5rem 0}}
@media (hover:none){#search kbd{display:none}}
/* The second half of a double click that began on another site's page must not take a role. */
@keyframes settle{from{pointer-events:none}to{pointer-events:auto}}
form{animation:settle .4s step-end}
`);

/** A use of a whole assertion, to be confirmed. */
export interface Confirmed {
  /** The question, as the page's title: `Write 12 profiles?` */
  readonly question: string;
  /** The button that says yes: `Write 12 profiles`. */
  readonly yes: string;
  /** The things to be removed, which come first. */
  readonly removes?: string | undefined;
  /** The things at stake, as label and value. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** More to know, each a sentence without its final period. */
  readonly remarks?: readonly string[];
}

/** Makes the page of a confirmation. Works without JavaScript: two buttons of one form. */
export function confirmPage(
  { question, yes, removes, facts, remarks = [], person, idp, ...frame }:
    & QuestionFrame
    & Confirmed
    & { readonly person: string | undefined; readonly idp: string },
): Page {
  const all: readonly Fact[] = [
    ...facts,
    ["Signed in as", person && foreign(person)],
    ["Identity provider", foreign(idp)],
  ];
  return questionPage(frame, {
    title: question,
    above: html`<dl>${
      removes && html`
        <dt>Removes</dt>
        <dd class="bad-news">${breakable(removes)}</dd>
      `
    }${factRows(all)}</dl>
${remarks.map((remark) => html`<p class="note">${breakable(remark)}.</p>`)}`,
    take: { name: "confirm", value: "1", label: yes },
    left: "left to confirm",
    busy: "Working …",
  });
}
