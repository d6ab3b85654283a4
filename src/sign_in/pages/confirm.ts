/**
 * The page on which the person confirms what a whole assertion is used for.
 *
 * @module
 */

import { foreign } from "../../foreign.ts";
import { html } from "./html.ts";
import type { Page } from "./page.ts";

/** What is to be confirmed. */
export interface Confirmation {
  readonly token: string;
  /** The path that the form posts to. */
  readonly action: string;
  /** The question, as the page's title: `Write 12 profiles?` */
  readonly question: string;
  readonly person: string | undefined;
  readonly idp: string;
  /** What is at stake, as lines. */
  readonly lines: readonly string[];
}

/** Works without JavaScript: two buttons of one form. */
export function confirmPage(confirmation: Confirmation): Page {
  const { token, action, question, person, idp, lines } = confirmation;
  return {
    status: 200,
    title: question,
    mood: "plain",
    form: true,
    style: STYLE,
    body: html`
      <dl>${person && html`
        <dt>Signed in as</dt>
        <dd>${foreign(person)}</dd>
      `}<dt>Through</dt><dd>${foreign(idp)}</dd></dl>
      ${lines.map((line) => html`<p>${line}</p>`)}
      <form method="post" action="${action}">
        <input type="hidden" name="token" value="${token}">
        <button class="yes" name="confirm" value="1">Yes, this was my sign-in</button>
        <button name="cancel" value="1">Cancel</button>
      </form>
    `,
  };
}

// As on the picker's page, a click that was meant for the page before takes nothing here.
const STYLE = html`
  form{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.25rem;animation:wait .4s steps(1)}
  @keyframes wait{from{pointer-events:none}to{pointer-events:auto}}
  button{font:inherit;padding:.55rem 1rem;border:1px solid var(--line);border-radius:6px;
  background:var(--paper);color:var(--ink);cursor:pointer}
  button.yes{border-color:var(--good);color:var(--good);font-weight:600}
  button:focus-visible{outline:3px solid var(--link);outline-offset:2px}
`;
