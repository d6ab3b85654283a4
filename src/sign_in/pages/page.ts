/**
 * The frame that every page of the listener has: its HTML, style and script, and the headers it is sent with.
 *
 * @module
 */

import { VERSION } from "../../version.ts";

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

/** What can be listed of something: a label and a value. */
export type Fact = readonly [label: string, value: string | undefined];

/** The rows of a list of facts; those without a value are left out. */
export function factRows(facts: readonly Fact[]): Html {
  const rows = facts.map(([label, value]) =>
    value && html`
      <dt>${label}</dt>
      <dd><bdi>${breakable(value)}</bdi></dd>
    `
  );
  return html`${rows}`;
}

/** Text in which what stands between backticks is code. */
export function withCode(text: string): Html {
  return html`${
    text.split("`").map((part, index) => index % 2 === 1 ? html`<code>${part}</code>` : part)
  }`;
}

/** Markup that is safe to send: made by {@linkcode html}, or a constant of the sources. */
export class Html {
  /** @param markup already escaped */
  constructor(readonly markup: string) {}
}

/** A value of a template: text is escaped, markup is not, lists are joined, `undefined` is nothing. */
export type HtmlValue = string | number | Html | undefined | readonly HtmlValue[];

/** A template whose values are escaped for text and for attributes in double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  // One text that grows: joining a list of parts takes twice as long.
  let markup = "";
  for (let index = 0; index < strings.length; index++) {
    markup += strings[index] + render(values[index]);
  }
  return new Html(markup);
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
  /** Set when it has a form: one that posts to the listener itself, or to anywhere. */
  readonly form?: "self" | "anywhere";
  /** The URL that the tab goes on to by itself. */
  readonly refresh?: string;
  /** CSS beside that of all pages. */
  readonly style?: Html;
  /** JavaScript that runs when the page is there. */
  readonly script?: Html;
  /** The line below the card. */
  readonly footer?: string;
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
        <footer>${page.footer ?? `stssamldriver ${VERSION} · running on this computer`}</footer>
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

/** Tells if a request only looks. */
export function isRead({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
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
  // Where it may be posted is looked at after each redirect, too, which are the other server's to choose.
  const action = page.form === "anywhere" ? "" : ` form-action ${page.form ? "'self'" : "'none'"};`;
  return {
    "cache-control": "no-store",
    "content-security-policy":
      `default-src 'none';${style}${script} base-uri 'none';${action} frame-ancestors 'none'`,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    // The address of the page before the sign-in may hold its state, and nobody else needs ours. But with
    // no-referrer a form would be posted with the Origin "null", which proves nothing.
    "referrer-policy": page.form === undefined
      ? "no-referrer"
      : page.form === "self"
      ? "same-origin"
      : "origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}

/** The script, ES2020, for the end of the page. What it copies is in the page's attributes. */
export const PAGE_SCRIPT: Html = new Html(String.raw`"use strict";
for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.textContent;
  let timer;
  button.hidden = false;
  button.addEventListener("click", async () => {
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      said = "Copying failed";
    }
    button.textContent = said;
    clearTimeout(timer);
    timer = setTimeout(() => button.textContent = label, 2000);
  });
}
for (const time of document.querySelectorAll("time")) {
  const date = new Date(time.dateTime), now = new Date();
  const clock = { hour: "numeric", minute: "2-digit" };
  const day = date.toDateString() === now.toDateString() ? {} : { weekday: "short", ...clock };
  time.textContent = date.toLocaleString([], { ...clock, ...day });
}
`);

/** The icon in the tab, as a URL: a key. */
export const FAVICON = `data:image/svg+xml,${
  encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" ` +
      `fill="#0550ae"/><g fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round">` +
      `<circle cx="11" cy="16" r="4.5"/><path d="M15.5 16H26v4.5M21 16v3.5"/></g></svg>`,
  )
}`;

/** The style sheet of every page. */
const STYLE: Html = new Html(String.raw`
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#f6f8fa;--card:#fff;--line:#d0d7de;
--good:#1a7f37;--bad:#b42318;--link:#0550ae;--tint:#eef4fb;--edge:#8c959f;--code:#f0f2f5}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b1;--paper:#0d1117;--card:#161b22;
--line:#30363d;--good:#4ac26b;--bad:#ff8a80;--link:#79b8ff;--tint:#1d2733;--edge:#6e7781;--code:#21262d}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;padding-top:1rem;min-height:100vh;display:flex;flex-direction:column;align-items:center;
background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{width:min(36rem,100% - 2rem);margin:auto 1rem;padding:1.5rem 1.75rem;background:var(--card);
border:1px solid var(--line);border-top:4px solid var(--line);border-radius:8px}
main.good{border-top-color:var(--good)}main.bad{border-top-color:var(--bad)}
h1{margin:0 0 .75rem;font-size:1.3rem;line-height:1.3;overflow-wrap:anywhere}
.good h1{color:var(--good)}.bad h1{color:var(--bad)}
/* Color alone tells some people nothing. */
:is(.good,.bad) h1{display:flex;gap:.6rem;align-items:baseline}
:is(.good,.bad) h1::before{flex:none;width:1.55em;font-size:.8em;line-height:1.55;border-radius:50%;text-align:center;
color:var(--card);content:"\2713";content:"\2713" / ""}
.good h1::before{background:var(--good)}
.bad h1::before{background:var(--bad);content:"!";content:"!" / ""}
h2{margin:1.25rem 0 .5rem;font-size:1rem;line-height:1.4}
p{margin:.5rem 0;overflow-wrap:break-word}
main>:last-child{margin-bottom:0}
.hint{white-space:pre-line}
.soft{color:var(--soft);font-size:.9rem}
/* Does not break inside, unless it is wider than all that there is. */
.whole{display:inline-block;max-width:100%;overflow-wrap:anywhere}
code,pre,.detail{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.85rem}
code{white-space:nowrap}
.detail{color:var(--soft);line-height:1.45}
pre{margin:.5rem 0;padding:.75rem;background:var(--code);border-radius:6px;white-space:pre-wrap;overflow-wrap:break-word}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1rem;margin:1rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:break-word;font-variant-numeric:tabular-nums}
a{color:var(--link)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td{padding:.1rem 1rem .1rem 0;vertical-align:baseline;white-space:nowrap}
td:last-child{padding-right:0;white-space:normal;overflow-wrap:anywhere}
.actions{display:flex;flex-wrap:wrap;gap:.5rem .75rem;margin:1rem 0}
.button{display:inline-block;min-height:2.75rem;padding:.55rem 1.1rem;font:inherit;line-height:1.5;color:inherit;
text-align:center;text-decoration:none;background:none;border:1px solid var(--edge);border-radius:6px;cursor:pointer}
.button:hover{background:var(--tint)}
.primary{background:var(--link);border-color:var(--link);color:var(--card);font-weight:600}
.primary:hover{background:var(--link);filter:brightness(1.1)}
:is(button,input,a):focus-visible{outline:2px solid var(--link);outline-offset:2px}
footer{padding:1rem;color:var(--soft);font-size:.85rem}
@media (max-width:30rem){main{padding:1.25rem}h1{font-size:1.15rem}dl{grid-template-columns:minmax(0,1fr);gap:0}
dd{margin-bottom:.5rem}.actions .button{flex:1 1 100%}}
`);
