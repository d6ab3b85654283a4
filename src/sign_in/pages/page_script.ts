/**
 * The work of pages without a question in the browser: copy a text, and show a time by the person's own clock.
 *
 * @module
 */

import { Html } from "./html.ts";

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
