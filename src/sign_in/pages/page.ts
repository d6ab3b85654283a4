/**
 * The frame that every page of the listener has, and the headers it is sent with.
 *
 * @module
 */

import { type Html, html } from "./html.ts";

/** A page as the rooms above make it: words, not bytes. */
export interface Page {
  /** HTTP status. */
  readonly status: number;
  /** The heading, and the tab's title. */
  readonly title: string;
  /** How it looks: good news, bad news, or neither. */
  readonly mood: "good" | "bad" | "plain";
  readonly body: Html;
  /** Further headers, such as Allow. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it has a form that posts to the listener itself. */
  readonly form?: boolean;
  /** Where the tab goes on to by itself. */
  readonly refresh?: string;
  /** CSS beside that of all pages. */
  readonly style?: Html;
  /** JavaScript that runs when the page is there. */
  readonly script?: Html;
}

/**
 * Sends a page. Nothing of it is stored, framed, or allowed to load anything: all it has is its text, one
 * style sheet and at most one script, let in by a nonce.
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
        <style nonce="${nonce}">${STYLE}${page.style}</style>
      </head>
      <body>
        <main class="${page.mood}">
    <h1>${page.title}</h1>
    ${page.body}
        </main>
        <footer>sts-saml-driver on this machine</footer>
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
  const style = nonce === undefined ? "" : ` style-src 'nonce-${nonce}';`;
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

// Written into the page, since the listener may be gone before a second request for it.
const STYLE = html`
  :root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#f6f8fa;--card:#fff;--line:#d0d7de;
  --good:#1a7f37;--bad:#b42318;--link:#0550ae}
  @media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b1;--paper:#0d1117;--card:#161b22;
  --line:#30363d;--good:#4ac26b;--bad:#ff8a80;--link:#79b8ff}}
  *{box-sizing:border-box}
  body{margin:0;padding-top:1rem;min-height:100vh;display:flex;flex-direction:column;align-items:center;
  background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
  main{width:min(36rem,100% - 2rem);margin:auto 1rem;padding:1.5rem 1.75rem;background:var(--card);
  border:1px solid var(--line);border-top:4px solid var(--line);border-radius:8px}
  main.good{border-top-color:var(--good)}main.bad{border-top-color:var(--bad)}
  h1{margin:0 0 .75rem;font-size:1.3rem;line-height:1.3;overflow-wrap:anywhere}
  .good h1{color:var(--good)}.bad h1{color:var(--bad)}
  p{margin:.5rem 0;overflow-wrap:anywhere}
  .hint{white-space:pre-line}
  dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1rem 0}
  dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
  a{color:var(--link)}
  footer{padding:1rem;color:var(--soft);font-size:.85rem}
  @media (max-width:30rem){main{padding:1.25rem}h1{font-size:1.15rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
`;
