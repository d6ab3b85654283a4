/**
 * The frame that every page of the listener has, and the headers it is sent with.
 *
 * @module
 */

import { VERSION } from "../../version.ts";
import { type Html, html } from "./html.ts";
import { FAVICON, STYLE } from "./page_style.ts";

/** A page as the rooms above make it: words, not bytes. */
export interface Page {
  /** HTTP status. */
  readonly status: number;
  /** The heading, and the tab's title. */
  readonly title: string;
  /** The look: good news with a check mark, bad news with an exclamation mark, or neither. */
  readonly mood: "good" | "bad" | "neutral";
  readonly body: Html;
  /** Further headers, such as Allow. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Set when it has a form that posts to the listener itself. */
  readonly form?: boolean;
  /** The URL that the tab goes on to by itself. */
  readonly refresh?: string;
  /** CSS beside that of all pages. */
  readonly style?: Html;
  /** JavaScript that runs when the page is there. */
  readonly script?: Html;
}

/**
 * Sends a page. Nothing of it is stored, framed, or allowed to load anything: all it has is its text, its
 * icon, one style sheet and at most one script, both let in by a nonce.
 */
export function pageResponse(page: Page): Response {
  const nonce = crypto.randomUUID();
  const document = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        ${page.refresh && html`<meta http-equiv="refresh" content="0; url=${page.refresh}">`}
        <title>${page.title}</title>
        <link rel="icon" href="${FAVICON}">
        <style nonce="${nonce}">${STYLE}${page.style}</style>
      </head>
      <body>
        <main class="${page.mood}">
    <h1>${page.title}</h1>
    ${page.body}
        </main>
        <footer>stssamldriver ${VERSION} · running on this computer</footer>
        ${page.script && html`<script nonce="${nonce}">${page.script}</script>`}
      </body>
    </html>
  `;
  // The formatter of the sources lays the template out as it likes; a document begins with its doctype.
  return new Response(document.markup.trimStart(), {
    status: page.status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      ...securityHeaders(nonce, page),
      ...page.headers,
    },
  });
}

/**
 * The headers that every answer of the listener carries.
 *
 * @param nonce lets in the style sheet, and the script of a page that has one
 */
export function securityHeaders(
  nonce?: string,
  page: Pick<Page, "form" | "script"> = {},
): Record<string, string> {
  // The icon is written into the page as well.
  const style = nonce === undefined ? "" : ` img-src data:; style-src 'nonce-${nonce}';`;
  const script = nonce === undefined || page.script === undefined
    ? ""
    : ` script-src 'nonce-${nonce}';`;
  const action = page.form ? "'self'" : "'none'";
  return {
    "cache-control": "no-store",
    "content-security-policy":
      `default-src 'none';${style}${script} base-uri 'none'; form-action ${action}; frame-ancestors 'none'`,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    // The address of the page before the sign-in may hold its state, and nobody else needs ours. But with
    // no-referrer a form would be posted with the Origin "null", which proves nothing.
    "referrer-policy": page.form ? "same-origin" : "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}
