/**
 * What a browser does in a sign-in, where there is none.
 *
 * @module
 */

import { browserOf, PickerTab, postAssertion } from "../../tests/support/tab.ts";

/** Who signs in, and where. */
export interface Visit {
  /** The IdP's page. */
  readonly startUrl: string;
  readonly user: string;
  /** The driver's port. */
  readonly port: number;
  /** Told each step. */
  readonly say: (step: string) => void;
  /** Ends the visit. */
  readonly signal: AbortSignal;
}

/** Between the steps, so that the driver's lines stand where they would with a person, milliseconds. */
const PAUSE_MS = 250;

/**
 * Signs in as soon as the driver listens, and chooses the first role.
 *
 * @returns whether the driver took what the IdP sent
 */
export async function signIn({ startUrl, user, port, say, signal }: Visit): Promise<boolean> {
  const step = async (text: string) => {
    await pause(PAUSE_MS);
    signal.throwIfAborted();
    say(text);
  };
  const send = browserOf((request) => fetch(request, { redirect: "manual", signal }));
  await listening(port, signal);
  await step(`Open ${startUrl}`);
  const first = await send(new Request(startUrl));
  // The driver's own address leads on to the IdP, and gives the browser a cookie.
  const idpUrl = first.headers.get("location") ?? startUrl;
  const firstPage = await first.text();
  const startPage = idpUrl === startUrl
    ? firstPage
    : await (await send(new Request(idpUrl))).text();
  await step(`Sign in as ${user}`);
  const login = new URL(attribute(startPage, /<form[^>]* action="([^"]*)"/), idpUrl);
  const body = new URLSearchParams({ user });
  const postPage = await (await fetch(login, { method: "POST", body, signal })).text();
  const acsUrl = attribute(postPage, /<form[^>]* action="([^"]*)"/);
  await step(`Post the SAML response to ${acsUrl}`);
  const base64 = attribute(postPage, /name="SAMLResponse" value="([^"]*)"/);
  let shown = await postAssertion(send, acsUrl, base64);
  if (shown.location !== null) {
    const tab = new PickerTab(send, new URL(shown.location, acsUrl));
    await tab.open();
    const [first] = tab.roles;
    if (first === undefined) throw new Error(`No role stands on the page "${tab.page.heading}"`);
    const others = tab.roles.length > 1 ? `, the first of ${tab.roles.length} roles` : "";
    await step(`Click "${first.name}"${others}`);
    shown = await tab.submit({ token: tab.token, role: first.key });
  }
  await step(`The page says: ${shown.heading}`);
  return shown.status < 400;
}

/** Resolves as soon as somebody listens on a port. */
async function listening(port: number, signal: AbortSignal): Promise<void> {
  while (true) {
    signal.throwIfAborted();
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
    await pause(25);
  }
}

/** What stands in a page's attribute; the IdP escapes nothing in the two that are asked for. */
function attribute(page: string, pattern: RegExp): string {
  const value = pattern.exec(page)?.[1];
  if (value === undefined) throw new Error(`The IdP's page has no ${pattern}`);
  return value;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
