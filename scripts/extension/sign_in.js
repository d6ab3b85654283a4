/** The page that has a sign-in: to be copied, or to be sent on where the IdP's page does not allow it. */

import { readSettings, writeSettings } from "./settings.js";

const element = (id) => document.getElementById(id);

/** A field may be called "submit": the form's property is that field then. */
const send = (post) => HTMLFormElement.prototype.submit.call(post);

/** What shows nothing inside another page. */
const { purpose, form, start, idp, isKnown } = self.top === self
  ? await chrome.runtime.sendMessage({ kind: "take" }) ?? {}
  : {};

if (form?.SAMLResponse === undefined) element("nothing").hidden = false;
else if (purpose === "copy") offerCopy(form.SAMLResponse[0]);
else offerSending();

function offerCopy(text) {
  element("copying").hidden = false;
  element("text").value = text;
  element("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      element("copied").textContent = "Copied";
    } catch {
      element("copied").textContent = "Copying failed: copy it below";
      element("text").closest("details").open = true;
      element("text").select();
    }
  });
  element("copy").focus();
}

function offerSending() {
  const post = document.querySelector("form");
  const { origin, host } = new URL(start);
  post.action = `${origin}/saml`;
  for (const [name, values] of Object.entries(form)) {
    for (const value of values) {
      post.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
  }
  if (isKnown) return send(post);
  element("sending").hidden = false;
  element("idp").textContent = idp ?? "your identity provider";
  element("driver").textContent = host;
  element("always").closest("p").hidden = idp === undefined;
  post.addEventListener("submit", async (event) => {
    if (!element("always").checked) return;
    event.preventDefault();
    const { byPage } = await readSettings();
    await writeSettings({ byPage: [...new Set([...byPage, idp])] });
    send(post);
  });
}
