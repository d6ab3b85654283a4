/**
 * Sends one AWS sign-in of one tab to the driver. The driver's start page arms the tab; the form that the IdP's page
 * then posts to AWS is redirected to the driver by a rule of the browser's, which keeps the body as it is.
 *
 * Nothing of a page is read. Of a sign-in only that form is seen, and it is dropped at once, but for two cases in
 * which the extension's own page gets it: it was asked for to be copied, or the IdP's page forbids that it goes to
 * the driver (`form-action` in its Content-Security-Policy, which Chromium also checks for redirects).
 */

import { isSignIn, SIGN_IN_URLS } from "./aws.js";
import {
  arm,
  check,
  CHECK_ALARM,
  groupOf,
  isOf,
  join,
  leave,
  refresh,
  showState,
  spend,
} from "./armed.js";
import { greetDriver, HEADER, isStart, isWaiting, sayArmed } from "./driver.js";
import { readSettings } from "./settings.js";

const PAGE = chrome.runtime.getURL("sign_in.html");

const DRIVER_URLS = ["localhost", "127.0.0.1"].flatMap((host) => [
  `http://${host}/*`,
  `https://${host}/*`,
]);

/** Forms of armed tabs on their way, by the browser's ID of the request. */
const onTheirWay = new Map();

/** What the extension's own page shows, by tab; given out once. */
const held = new Map();

let used = Promise.resolve();

/** Puts the settings into effect; one time after the other, so that the last ones stay. */
function useSettings() {
  used = used.then(async () => {
    await greetDriver((await readSettings()).port);
    await refresh();
  }).catch((error) => console.error(error));
}
chrome.runtime.onInstalled.addListener(useSettings);
chrome.runtime.onStartup.addListener(useSettings);
chrome.storage.onChanged.addListener((_changes, area) => {
  if (area === "local") useSettings();
});

chrome.alarms.onAlarm.addListener(({ name }) => {
  if (name === CHECK_ALARM) check();
});

const OF_DRIVER = { urls: DRIVER_URLS, types: ["main_frame"] };

/** What browsers send as Sec-Fetch-Site, by request. */
const sites = new Map();

chrome.webRequest.onSendHeaders.addListener(
  ({ requestId, requestHeaders }) => {
    sites.set(requestId, headerOf(requestHeaders, "sec-fetch-site"));
  },
  OF_DRIVER,
  // Chromium shows the header to those only who ask for it by this name, which Firefox does not know.
  ["requestHeaders", chrome.webRequest.OnSendHeadersOptions?.EXTRA_HEADERS].filter(Boolean),
);

chrome.webRequest.onCompleted.addListener(
  (details) => {
    const { statusCode, responseHeaders } = details;
    const isStartPage = statusCode === 200 && headerOf(responseHeaders, HEADER) !== undefined;
    if (isStartPage) starts(details, { isShown: true });
    ends(details);
  },
  OF_DRIVER,
  ["responseHeaders"],
);

// While Chromium starts, it sends requests before it has the rules: the driver, which then does not know of the
// extension, leads on to the IdP at once.
chrome.webRequest.onBeforeRedirect.addListener((details) => {
  starts(details, { isShown: false });
  ends(details);
}, OF_DRIVER);

function headerOf(headers, wanted) {
  return headers.find(({ name }) => name.toLowerCase() === wanted)?.value;
}

/** A start address was opened in a tab. */
async function starts({ requestId, tabId, url }, { isShown }) {
  // Read before anything is waited for: it is forgotten when the request ends.
  const isPersons = sites.get(requestId) === "none";
  const { port } = await readSettings();
  if (!isStart(url, port)) return;
  // Any page may lead there, and any program may listen there while no driver does.
  if (!isPersons && !(isShown && await isOf(tabId, new URL(url).origin))) return;
  if (!await isWaiting(url)) return;
  await arm(tabId, { purpose: "send", start: url });
  if (isShown) await sayArmed(url);
  // It may have been closed before it was armed.
  chrome.tabs.get(tabId).catch(() => leave(tabId));
}

chrome.webNavigation.onCreatedNavigationTarget.addListener(async ({ tabId, sourceTabId }) => {
  if (await groupOf(sourceTabId) !== undefined) await join(tabId, sourceTabId);
});

chrome.webNavigation.onCommitted.addListener(async ({ tabId, frameId }) => {
  if (frameId !== 0 || await groupOf(tabId) === undefined) return;
  await showState(tabId);
  await check();
});

chrome.tabs.onRemoved.addListener(async (tabId) => {
  held.delete(tabId);
  await leave(tabId);
});

chrome.webRequest.onBeforeRequest.addListener(
  (details) => {
    if (isSignIn(details)) leaves(details);
  },
  { urls: SIGN_IN_URLS, types: ["main_frame"] },
  ["requestBody"],
);

/** A tab posts a sign-in. */
function leaves({ requestId, tabId, requestBody }) {
  // Now the IdP's page is still there.
  const sign = { group: groupOf(tabId), form: requestBody?.formData, idp: hostIn(tabId) };
  // Before anything is waited for: the request may end at once.
  onTheirWay.set(requestId, sign);
  sign.group.then((group) => {
    if (group === undefined) onTheirWay.delete(requestId);
  });
}

// It goes on to the driver: the IdP's page allows it.
chrome.webRequest.onBeforeRequest.addListener(({ requestId }) => {
  const sign = onTheirWay.get(requestId);
  if (sign !== undefined) sign.form = undefined;
}, OF_DRIVER);

chrome.webRequest.onErrorOccurred.addListener(async (details) => {
  const { group, form, idp } = await ends(details) ?? {};
  if (form === undefined) return;
  const { tabId } = details;
  const isKnown = idp !== undefined && (await readSettings()).byPage.includes(idp);
  held.set(tabId, { purpose: group.purpose, start: group.start, form, idp, isKnown });
  try {
    await chrome.tabs.update(tabId, { url: PAGE });
  } catch {
    // The tab is closed.
    held.delete(tabId);
  }
}, { urls: [...SIGN_IN_URLS, ...DRIVER_URLS], types: ["main_frame"] });

/**
 * The driver has answered, or nobody did. If that was a sign-in, its tab and that one's relatives are armed no more;
 * until then a second click on the IdP's page goes where the first one went.
 */
async function ends({ requestId }) {
  sites.delete(requestId);
  const sign = onTheirWay.get(requestId);
  onTheirWay.delete(requestId);
  const group = await sign?.group;
  if (group === undefined) return undefined;
  await spend(group.id);
  return { group, form: sign.form, idp: await sign.idp };
}

async function hostIn(tabId) {
  try {
    const { url } = await chrome.webNavigation.getFrame({ tabId, frameId: 0 });
    return new URL(url).hostname || undefined;
  } catch {
    // A tab without a page.
    return undefined;
  }
}

chrome.runtime.onMessage.addListener((message, { tab, url }, answer) => {
  (async () => {
    switch (message.kind) {
      case "take": {
        // Only for the tab in which it was posted.
        if (url !== PAGE || tab === undefined) return undefined;
        const sign = held.get(tab.id);
        held.delete(tab.id);
        return sign;
      }
      case "state":
        return await groupOf(message.tabId);
      case "copy":
        await arm(message.tabId, { purpose: "copy" });
        return await groupOf(message.tabId);
      case "disarm":
        await leave(message.tabId);
        return await groupOf(message.tabId);
    }
  })().then(answer);
  return true;
});
