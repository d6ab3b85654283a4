/**
 * The page on which the person confirms what a whole assertion is used for.
 *
 * @module
 */

import { foreign } from "../../foreign.ts";
import { html } from "./html.ts";
import type { Page } from "./page.ts";
import { type Asked, questionPage } from "./question.ts";

/** What is to be confirmed. */
export interface Confirmation extends Asked {
  /** The question, as the page's title: `Write 12 profiles?` */
  readonly question: string;
  readonly person: string | undefined;
  readonly idp: string;
  /** What is at stake, as lines. */
  readonly lines: readonly string[];
}

/** Works without JavaScript: two buttons of one form. */
export function confirmPage(confirmation: Confirmation): Page {
  const { question, person, idp, lines } = confirmation;
  return questionPage(confirmation, {
    title: question,
    above: html`
      <dl>${person && html`
        <dt>Signed in as</dt>
        <dd><bdi>${foreign(person)}</bdi></dd>
      `}<dt>Through</dt><dd><bdi>${foreign(idp)}</bdi></dd></dl>
      ${lines.map((line) => html`<p>${line}</p>`)}
    `,
    take: { name: "confirm", value: "1", label: "Yes, this was my sign-in" },
    busy: "Working …",
  });
}
