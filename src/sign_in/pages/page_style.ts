/**
 * The look of all pages. Written into each of them, since the listener may be gone before a second request.
 *
 * @module
 */

import { Html } from "./html.ts";

/** The icon in the tab, as a URL: a key. */
export const FAVICON = `data:image/svg+xml,${
  encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" ` +
      `fill="#0550ae"/><g fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round">` +
      `<circle cx="11" cy="16" r="4.5"/><path d="M15.5 16H26v4.5M21 16v3.5"/></g></svg>`,
  )
}`;

/** The style sheet of every page. */
export const STYLE: Html = new Html(String.raw`
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
