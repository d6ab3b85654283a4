/**
 * The look of the role picker and the other questions, beside what all pages have.
 *
 * @module
 */

import { Html } from "./html.ts";

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
