/**
 * HTML that cannot be forgotten to be escaped, and the response that carries it.
 *
 * @module
 */

/** Markup that is safe to send: made by {@linkcode html}, or a constant of the sources. */
export class Html {
  /** @param markup already escaped */
  constructor(readonly markup: string) {}
}

/** A value of a template: text is escaped, markup is not, lists are joined, `undefined` is nothing. */
export type HtmlValue = string | number | Html | undefined | readonly HtmlValue[];

/** A template whose values are escaped for text and for attributes in double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(
    strings.map((string, index) => string + (index < values.length ? render(values[index]) : ""))
      .join(""),
  );
}

function render(value: HtmlValue): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.markup;
  if (typeof value === "string" || typeof value === "number") return escape(String(value));
  return value.map(render).join("");
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
