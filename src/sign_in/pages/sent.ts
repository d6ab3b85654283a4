/**
 * The page that sends an AuthnRequest to the IdP by HTTP-POST.
 *
 * @module
 */

import { Html, html, type Page } from "./page.ts";

/** Makes the page; without scripts the person presses its button. */
export function sentPage(endpoint: URL, field: string): Page {
  return {
    status: 200,
    title: "Continue to your identity provider",
    mood: "neutral",
    form: "anywhere",
    body: html`
      <p>You will sign in at <code>${endpoint.host}</code>.</p>
      <form method="post" action="${endpoint.href}">
        <input type="hidden" name="SAMLRequest" value="${field}">
        <p class="actions"><button class="button primary">Continue</button></p>
      </form>
    `,
    script: new Html("document.forms[0].submit();"),
  };
}
