/**
 * The work of the role picker and the other questions in the browser beyond a form: searching, moving by
 * arrow keys, counting down, and keeping a second click from posting twice.
 *
 * @module
 */

import { Html } from "./page.ts";

/**
 * The part of a script that keeps a press which was meant for another window from choosing anything inside `form`;
 * `say` tells the person.
 */
export const CLICK_GUARD = String.raw`
  // Another site can lay a window over this page and close it between the two halves of a double click.
  // The press that itself brings this window to the front is the person's own.
  const OWN_PRESS_MS = 50, SETTLE_MS = 400;
  let cameAt = -Infinity, pressedAt = -Infinity;
  window.addEventListener("focus", () => cameAt = performance.now());
  window.addEventListener("pointerdown", () => pressedAt = performance.now(), true);
  form.addEventListener("click", (event) => {
    const since = (event.detail > 0 ? pressedAt : performance.now()) - cameAt;
    const own = event.detail > 0 && since < OWN_PRESS_MS;
    if (since >= SETTLE_MS || own) return;
    event.preventDefault();
    say("Click again to confirm");
  });
`;

/**
 * The script, ES2020, for the end of the page. All it needs is in the page's attributes, so that nothing
 * of the IdP's ever becomes a part of it.
 */
export const QUESTION_SCRIPT: Html = new Html(String.raw`"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("choice"), field = byId("find"), search = byId("search"), count = byId("count");
  const time = byId("time"), over = byId("over"), heading = document.querySelector("h1");
  const buttons = [...form.querySelectorAll("button")];
  const cancel = form.querySelector("button[name=cancel]");
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const roles = buttons.filter((button) => button.name === "role").map((button) => ({
    button,
    item: button.closest("li"),
    group: button.closest(".account"),
  }));
  for (const role of roles) {
    if (role.item === null) continue;
    const texts = [role.group.querySelector("h2"), role.button.querySelector(".name")];
    role.text = fold(texts.map((each) => each.textContent).join(" "));
  }
  const visible = () => roles.filter(({ item }) => !item?.hidden).map(({ button }) => button);
  const say = (text) => byId("say").textContent = text;
  // No monotonic clock: those stand still while the machine sleeps.
  const until = Date.now() + Number(form.dataset.left);
  let sent = false, ended = false, warned = false;

  // ---- the time left

  const end = () => {
    ended = true;
    // Stopping the driver is still possible.
    for (const button of buttons) button.disabled = button !== cancel;
    for (const part of over.parentElement.children) part.hidden = part !== heading && part !== form;
    for (const part of form.querySelectorAll("#roles, .bar p, .take")) part.hidden = true;
    heading.textContent = document.title = over.dataset.title;
    over.hidden = false;
  };
  const tick = () => {
    if (sent || ended) return;
    const left = until - Date.now();
    if (left <= 0) return end();
    const seconds = Math.ceil(left / 1000);
    time.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0") + " " +
      form.dataset.label;
    if (seconds <= 60 && !warned) {
      warned = true;
      time.classList.add("soon");
      // For those who cannot see the colour; a timer itself is not read out every second.
      time.setAttribute("aria-live", "polite");
      setTimeout(() => time.removeAttribute("aria-live"), 900);
    }
    setTimeout(tick, left % 1000 || 1000);
  };
  byId("still").hidden = true;
  tick();
  document.addEventListener("visibilitychange", () => {
    if (!sent && !ended && Date.now() >= until) end();
  });

  // ---- searching

  const all = count?.textContent;
  const filter = () => {
    const words = fold(field.value).split(/\s+/).filter(Boolean);
    // People copy account numbers as 1111-2222-3333 from the console.
    const matches = (text) => words.every((word) =>
      text.includes(word) || (/^\d[\d-]+$/.test(word) && text.includes(word.replaceAll("-", ""))));
    let found = 0;
    const groups = new Map();
    for (const { item, group, text } of roles) {
      const fits = matches(text);
      item.hidden = !fits;
      if (fits) found++;
      groups.set(group, groups.get(group) || fits);
    }
    for (const [group, any] of groups) group.hidden = !any;
    count.textContent = words.length === 0
      ? all
      : found === 0 ? "No role matches" : found + " of " + roles.length + " roles";
    mark();
  };
  // Shows which one Enter takes.
  const mark = () => {
    for (const { button } of roles) button.classList.remove("next");
    if (document.activeElement === field && field.value.trim() !== "") {
      visible()[0]?.classList.add("next");
    }
  };
  if (field) {
    search.hidden = false;
    field.value = "";
    field.addEventListener("input", filter);
    field.addEventListener("focus", mark);
    field.addEventListener("blur", mark);
  }

  // ---- keys

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || ended) return;
    // Held down since the page before.
    if (event.key === "Enter" && event.repeat) return event.preventDefault();
    const inField = field !== null && document.activeElement === field;
    const shown = visible();
    const at = document.activeElement === cancel
      ? shown.length
      : shown.indexOf(document.activeElement);
    let target;
    switch (event.key) {
      case "ArrowDown":
        target = shown[at + 1];
        break;
      case "ArrowUp":
        target = at === 0 ? field : shown[at - 1];
        break;
      case "Home":
        target = inField ? undefined : shown[0];
        break;
      case "End":
        target = inField ? undefined : shown[shown.length - 1];
        break;
      case "/":
        target = inField ? undefined : field;
        break;
      case "Escape":
        if (!field || field.value === "") return;
        field.value = "";
        filter();
        target = field;
        break;
      case "Enter":
        // Of an empty field nobody can tell which one it takes.
        if (inField && field.value.trim() !== "") shown[0]?.click();
        return;
      default:
        // Typing anywhere is searching: the letter goes to where the focus is by then. A blank presses a button.
        if (field && !inField && event.key.length === 1 && event.key !== " ") field.focus();
        return;
    }
    // Shift and an arrow mark text; on some keyboards the slash needs Shift.
    if (!target || (event.shiftKey && event.key !== "/")) return;
    event.preventDefault();
    target.focus();
  });

  // ---- choosing
${CLICK_GUARD}  form.addEventListener("submit", (event) => {
    if (!sent && Date.now() >= until) end();
    const button = event.submitter;
    if (sent || (ended && button !== cancel)) return event.preventDefault();
    sent = true;
    // The browser gathers what it posts after this event, and leaves out what is disabled by then.
    setTimeout(() => {
      button?.classList.add("chosen");
      for (const each of buttons) each.disabled = true;
      if (field) field.disabled = true;
      time.hidden = true;
      say(button === cancel ? "Canceling …" : form.dataset.busy);
    });
  });
  // Back to a page that the browser had kept: only the driver knows whether it can still be used.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  setTimeout(() => {
    if (document.activeElement !== document.body || ended) return;
    const first = form.querySelector(".last") ?? field ?? roles[0]?.button ?? form.querySelector(".take");
    first?.focus({ preventScroll: true });
    // Only where it is out of sight: with large letters that is already the first role.
    first?.scrollIntoView({ block: "nearest" });
  }, SETTLE_MS);
})();
`);
