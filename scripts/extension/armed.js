/**
 * The tabs whose next sign-in goes elsewhere. A group is one tab and those that were opened from it; the first
 * sign-in of any of them disarms it.
 *
 * They are kept in the session's storage, which is memory: the background script is stopped and started at will.
 */

import { signInFrom } from "./aws.js";
import { isWaiting } from "./driver.js";
import { readSettings } from "./settings.js";

/** The longest time that tabs are armed, milliseconds. */
const LIFE_MS = 10 * 60_000;

/** The time between two questions to the driver whether it still waits, milliseconds. */
const CHECK_MS = 2000;

/** Wakes the background script where it was stopped between two questions. */
export const CHECK_ALARM = "check";

/**
 * @typedef {object} Group
 * @property {number} id
 * @property {"send" | "copy"} purpose
 * @property {string} [start] the start address that it began at; only to send
 * @property {readonly number[]} tabs
 * @property {number} until milliseconds since 1970
 * @property {boolean} [isSpent] set when its sign-in was sent, as long as the driver waits for another one
 */

/** @type {readonly Group[]} */
let groups = [];
/** The IDs of the rules that the browser has. */
let ruleIds = [];
/** The IdPs whose sign-ins go by the extension's own page. */
let byPage = [];
let timer;

/** Changes are made one after the other; the first is to read what is stored. */
let queue = (async () => {
  groups = (await chrome.storage.session.get({ groups: [] })).groups;
  ruleIds = (await chrome.declarativeNetRequest.getSessionRules()).map(({ id }) => id);
  ({ byPage } = await readSettings());
  await writeRules();
  keepChecking();
})();

/**
 * The group of an armed tab.
 *
 * @returns {Promise<Group | undefined>}
 */
export async function groupOf(tabId) {
  await queue;
  return groups.find((group) => group.tabs.includes(tabId) && isLive(group) && !group.isSpent);
}

/** Tells if a tab is or was armed by a driver that still waits, at this origin. */
export async function isOf(tabId, origin) {
  await queue;
  return groups.some((group) =>
    group.tabs.includes(tabId) && isLive(group) && group.start !== undefined &&
    new URL(group.start).origin === origin
  );
}

/** Arms a tab, which leaves the group that it was in. */
export function arm(tabId, { purpose, start }) {
  return change((all) => [
    ...without(all, tabId),
    {
      id: Math.max(0, ...all.map(({ id }) => id)) + 1,
      purpose,
      start,
      tabs: [tabId],
      until: Date.now() + LIFE_MS,
    },
  ]);
}

/** Adds a tab to the group of the tab that opened it. */
export function join(tabId, openerId) {
  return change((all) =>
    without(all, tabId).map((group) =>
      group.tabs.includes(openerId) ? { ...group, tabs: [...group.tabs, tabId] } : group
    )
  );
}

/** Disarms a group whose sign-in was sent. */
export function spend(groupId) {
  return change((all) =>
    all.flatMap((group) =>
      group.id !== groupId ? [group] : group.purpose === "copy" ? [] : [{ ...group, isSpent: true }]
    )
  );
}

/** Takes out a tab that is closed. */
export async function leave(tabId) {
  await queue;
  if (groups.some(({ tabs }) => tabs.includes(tabId))) {
    await change((all) => without(all, tabId));
  }
}

/** Forgets the groups whose time is up or whose driver waits no more. */
export async function check() {
  await queue;
  // A background script that calls nothing of the browser's for half a minute is stopped.
  await chrome.runtime.getPlatformInfo();
  const stays = await Promise.all(
    groups.map(async (group) =>
      isLive(group) && (group.purpose === "copy" || await isWaiting(group.start))
    ),
  );
  const ended = groups.filter((_, index) => !stays[index]).map(({ id }) => id);
  if (ended.length > 0) await change((all) => all.filter(({ id }) => !ended.includes(id)));
  else keepChecking();
}

/** Shows a tab's state at its toolbar icon. Browsers forget that when the tab goes to another page. */
export async function showState(tabId) {
  const group = await groupOf(tabId);
  const title = group === undefined
    ? "stssamldriver: sign-ins in this tab go to AWS"
    : group.purpose === "copy"
    ? "stssamldriver: the next sign-in in this tab is shown for copying"
    : "stssamldriver: the next sign-in in this tab goes to your terminal";
  try {
    await chrome.action.setBadgeBackgroundColor({ tabId, color: "#1a7f37" });
    await chrome.action.setBadgeText({ tabId, text: group === undefined ? "" : "ON" });
    await chrome.action.setTitle({ tabId, title });
  } catch {
    // The tab is closed.
  }
}

/** Writes the rules anew, after the settings have changed. */
export async function refresh() {
  await queue;
  ({ byPage } = await readSettings());
  await change((all) => [...all]);
}

function without(all, tabId) {
  return all.map((group) => ({ ...group, tabs: group.tabs.filter((each) => each !== tabId) }));
}

function isLive({ tabs, until }) {
  return tabs.length > 0 && until > Date.now();
}

function change(edit) {
  const changed = queue.then(async () => {
    const before = groups;
    groups = edit(before).filter(isLive);
    // At once: a tab that was just opened is about to load the IdP's page.
    await Promise.all([writeRules(), chrome.storage.session.set({ groups })]);
    keepChecking();
    return new Set([...before, ...groups].flatMap(({ tabs }) => tabs));
  });
  queue = changed.catch((error) => console.error(error));
  return changed.then((tabs) => Promise.all([...tabs].map(showState)));
}

/** Replaces all rules at once. */
async function writeRules() {
  const addRules = groups.filter(({ isSpent }) => !isSpent).flatMap(rulesOf);
  await chrome.declarativeNetRequest.updateSessionRules({ removeRuleIds: ruleIds, addRules });
  ruleIds = addRules.map(({ id }) => id);
}

function rulesOf({ id, purpose, start, tabs }) {
  const condition = signInFrom([...tabs]);
  const held = { type: "block" };
  if (purpose === "copy") return [{ id: 2 * id, action: held, condition }];
  const sent = { type: "redirect", redirect: { url: `${new URL(start).origin}/saml` } };
  const rule = { id: 2 * id, action: sent, condition };
  if (byPage.length === 0) return [rule];
  const ofThese = { ...condition, initiatorDomains: byPage };
  return [rule, { id: 2 * id + 1, priority: 2, action: held, condition: ofThese }];
}

/** Asks the driver again and again as long as there is something to ask about. */
function keepChecking() {
  clearTimeout(timer);
  if (groups.length === 0) {
    chrome.alarms.clear(CHECK_ALARM);
    return;
  }
  chrome.alarms.get(CHECK_ALARM).then((alarm) => {
    if (alarm === undefined) chrome.alarms.create(CHECK_ALARM, { periodInMinutes: 0.5 });
  });
  timer = setTimeout(() => check(), CHECK_MS);
}
