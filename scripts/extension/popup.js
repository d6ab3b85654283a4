/** The popup of the toolbar icon: what becomes of this tab's next sign-in. */

const STATES = {
  none: [
    "Sign-ins in this tab go to AWS",
    "Run stssamldriver, and open the address that it shows: the sign-in that you make there goes to your terminal. " +
    "If stssamldriver runs on another machine, with --paste, copy the sign-in and paste it there.",
  ],
  send: [
    "The next sign-in goes to your terminal",
    "It is sent to stssamldriver instead of to AWS.",
  ],
  copy: [
    "The next sign-in is shown for copying",
    "Sign in to AWS at your identity provider in this tab.",
  ],
};

const element = (id) => document.getElementById(id);
const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });

function show(group) {
  const [state, about] = STATES[group?.purpose ?? "none"];
  element("state").textContent = state;
  element("about").textContent = about;
  element("copy").hidden = group !== undefined;
  element("disarm").hidden = group === undefined;
}

async function ask(kind) {
  show(await chrome.runtime.sendMessage({ kind, tabId: tab.id }) ?? undefined);
}

element("copy").addEventListener("click", () => ask("copy"));
element("disarm").addEventListener("click", () => ask("disarm"));
await ask("state");
