/**
 * The pages of the test IdP. The form that posts the Response is like that of every IdP: it submits itself,
 * and has a button for browsers without scripts.
 *
 * @module
 */

import { escapeXml as escapeHtml } from "./saml_names.ts";
import type { IdpUser } from "./idp_users.ts";

/** A form as a browser would post it. */
export interface IdpForm {
  /** Where it is posted to. */
  readonly action: string;
  /** The fields in their order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** The sign-in page; `trouble` is what was wrong with the last try, `suggested` a user to begin with. */
export function signInPage(
  users: readonly IdpUser[],
  { relayState, suggested, trouble }: {
    readonly relayState?: string | undefined;
    readonly suggested?: string | undefined;
    readonly trouble?: string | undefined;
  },
): string {
  const list = users.map((user) =>
    `<li><b>${escapeHtml(user.name)}</b>: ${escapeHtml(user.about)}</li>`
  ).join("");
  const options = users.map((user) => `<option value="${escapeHtml(user.name)}">`).join("");
  return page(
    "Sign in to the test IdP",
    (trouble === undefined ? "" : `<p class="trouble" role="alert">${escapeHtml(trouble)}</p>`) +
      `<form method="post" action="/login">` +
      (relayState === undefined ? "" : hidden("RelayState", relayState)) +
      `<label for="user">User name</label>` +
      `<input id="user" name="user" list="users" required autofocus autocapitalize="none"` +
      ` autocomplete="username" spellcheck="false"` +
      (suggested === undefined ? "" : ` value="${escapeHtml(suggested)}"`) +
      `><datalist id="users">${options}</datalist>` +
      `<button>Sign in</button></form>` +
      `<p>No password is asked. These people exist:</p><ul>${list}</ul>`,
  );
}

/** The page that carries the Response to the ACS. */
export function postPage(form: IdpForm, { automatic }: { readonly automatic: boolean }): string {
  const fields = form.fields.map(([name, value]) => hidden(name, value)).join("");
  return page(
    "You are signed in",
    `<p>Your browser now carries the answer to ${escapeHtml(form.action)}.</p>` +
      `<form method="post" action="${escapeHtml(form.action)}">${fields}` +
      `<button>Continue</button></form>` +
      (automatic ? "<script>document.forms[0].submit()</script>" : ""),
  );
}

/** A page that only says something. */
export function plainPage(title: string, text: string): string {
  return page(title, `<p>${escapeHtml(text)}</p>`);
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`;
}

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 24rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.4rem; }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit; }
input { margin: .25rem 0 1rem; padding: .6rem; border: 1px solid GrayText; border-radius: .4rem;
  background: Field; color: FieldText; }
button { padding: .7rem; border: 0; border-radius: .4rem; background: #2457c5; color: #fff; }
button:focus-visible, input:focus-visible { outline: 3px solid #7aa2ff; outline-offset: 2px; }
p, li { overflow-wrap: anywhere; }
ul { padding-left: 1.2rem; }
.trouble { padding: .6rem; border-left: 4px solid #d33; }
`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>
`;
}
