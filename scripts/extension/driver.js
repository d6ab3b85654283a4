/** The driver on this computer: its addresses, and what it is asked. */

/**
 * Sent to start addresses, so that the driver shows a page there instead of going on to the IdP at once. That page
 * has it too.
 */
export const HEADER = "x-stssamldriver-extension";

/** The longest time that the driver may take to answer, milliseconds. */
const ANSWER_MS = 5000;

const RULE_ID = 1;

/** Has the browser say to the driver of this port that the extension is here. */
export async function greetDriver(port) {
  await chrome.declarativeNetRequest.updateDynamicRules({
    removeRuleIds: [RULE_ID],
    addRules: [{
      id: RULE_ID,
      action: {
        type: "modifyHeaders",
        requestHeaders: [{ header: HEADER, operation: "set", value: "1" }],
      },
      condition: {
        regexFilter: `^https?://(localhost|127\\.0\\.0\\.1):${port}/start/`,
        resourceTypes: ["main_frame"],
      },
    }],
  });
}

/** Tells if a URL is a start address of the driver at this port. */
export function isStart(url, port) {
  const { hostname, port: itsPort, pathname, search } = new URL(url);
  return (hostname === "localhost" || hostname === "127.0.0.1") && itsPort === String(port) &&
    /^\/start\/(again|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(pathname) && search === "";
}

/** Tells if the driver still waits for the sign-in that began at this address. */
export async function isWaiting(start) {
  return await ask(start, "GET");
}

/** Says that the tab is armed: the driver lets it go on to the IdP. */
export async function sayArmed(start) {
  await ask(start, "POST");
}

async function ask(start, method) {
  try {
    const answer = await fetch(`${start}/extension`, {
      method,
      headers: { [HEADER]: "1" },
      credentials: "omit",
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return answer.status === 204;
  } catch {
    // Nobody listens there.
    return false;
  }
}
