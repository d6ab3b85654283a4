/**
 * Text as the pages show it: ARNs, addresses and dates break where a reader expects it, flags look like
 * flags. Pure.
 *
 * @module
 */

import { type Html, html, type HtmlValue } from "./html.ts";

/** Behind slashes, and behind the account of an ARN. */
const BREAKS = /(?<=\/|:\d{12}:)(?!\/)/;

/** A word of so many characters fits on the narrowest screen. */
const FITTING = 30;

/**
 * Text whose long words may break at these. Browsers break at hyphens, too: in names, dates and flags that
 * is kept from happening.
 */
export function breakable(text: string): Html {
  return html`${text.split(/(\s+)/).map(word)}`;
}

function word(text: string): HtmlValue {
  const [, flag, rest = ""] = /^(--[a-z][a-z-]*)(.*)$/s.exec(text) ?? [];
  if (flag !== undefined) return [html`<code>${flag}</code>`, pieces(rest)];
  return pieces(text);
}

function pieces(text: string): HtmlValue {
  const split = text.length > FITTING ? text.split(BREAKS) : [text];
  return split.map((piece, index) => [
    index > 0 ? html`<wbr>` : undefined,
    piece.includes("-") ? html`<span class="whole">${piece}</span>` : piece,
  ]);
}

/** Text in which what stands between backticks is code. */
export function withCode(text: string): Html {
  return html`${
    text.split("`").map((part, index) => index % 2 === 1 ? html`<code>${part}</code>` : part)
  }`;
}
