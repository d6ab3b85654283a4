/**
 * The page on which the person confirms what a whole assertion is used for.
 *
 * @module
 */

import { foreign } from "../../text.ts";
import { breakable, html, type Page } from "./page.ts";
import { type QuestionFrame, questionPage } from "./question.ts";

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

/** A confirmation, and whose sign-in it is about. */
export interface Confirmation extends QuestionFrame, Confirmed {
  readonly person: string | undefined;
  readonly idp: string;
}

/** Works without JavaScript: two buttons of one form. */
export function confirmPage(confirmation: Confirmation): Page {
  const { question, yes, removes, facts, remarks = [], person, idp } = confirmation;
  const all: readonly (readonly [label: string, value: string | undefined])[] = [
    ...facts,
    ["Signed in as", person && foreign(person)],
    ["Identity provider", foreign(idp)],
  ];
  return questionPage(confirmation, {
    title: question,
    above: html`<dl>${
      removes && html`
        <dt>Removes</dt>
        <dd class="bad-news">${breakable(removes)}</dd>
      `
    }${
      all.map(([label, value]) =>
        value && html`
          <dt>${label}</dt>
          <dd><bdi>${breakable(value)}</bdi></dd>
        `
      )
    }</dl>
${remarks.map((remark) => html`<p class="note">${breakable(remark)}.</p>`)}`,
    take: { name: "confirm", value: "1", label: yes },
    left: "left to confirm",
    busy: "Working …",
  });
}
