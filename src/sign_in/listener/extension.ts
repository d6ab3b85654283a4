/**
 * The browser extension at the start address. It sends one sign-in of a tab here that the IdP has posted to AWS, so
 * it must know the tab before the IdP answers: a browser that has the extension is shown a page there, which goes on
 * as soon as the extension has armed the tab. See docs/browser-extension.md.
 *
 * @module
 */

import { within } from "../../wait.ts";
import { html, type Page, pageResponse, securityHeaders } from "../pages/page.ts";

/**
 * The header that the extension has the browser send to start addresses, and sends itself; and by which it knows the
 * page there.
 */
export const EXTENSION_HEADER = "x-stssamldriver-extension";

/** The longest time that a tab waits to be armed, milliseconds: an extension that sleeps must wake up first. */
const ARMING_MS = 3000;

/** The query of the second request, which waits. */
const ON = "?on";

/** How long the wait for an extension is; tests shorten it. */
export interface ExtensionOptions {
  /** Tells if no assertion is waited for any more. */
  readonly isOver: () => boolean;
  readonly armingMs?: number | undefined;
}

/**
 * Makes what answers the extension, and a start address in a browser that has it.
 *
 * @param paths the start addresses
 * @returns a handler that leaves everything else to others: `undefined`
 */
export function extensionHandler(
  paths: readonly string[],
  { isOver, armingMs = ARMING_MS }: ExtensionOptions,
): (request: Request) => Promise<Response | undefined> {
  const armed = new Map(paths.map((path) => [path, Promise.withResolvers<void>()]));
  return async ({ url, method, headers }) => {
    const { pathname, search } = new URL(url);
    if (isOver() || !headers.has(EXTENSION_HEADER)) return undefined;
    const asked = armed.get(pathname.replace(/\/extension$/, ""));
    if (asked === undefined) return undefined;
    if (pathname.endsWith("/extension")) {
      // No page can send this header to another origin: that takes a permission which nobody here gives.
      if (method !== "GET" && method !== "POST") return undefined;
      if (method === "POST") asked.resolve();
      return new Response(null, { status: 204, headers: securityHeaders() });
    }
    if (method !== "GET" || !isPersons(headers)) return undefined;
    if (search === ON) await within(armingMs, asked.promise);
    if (search !== "") return undefined;
    // Each tab is armed anew.
    armed.set(pathname, Promise.withResolvers());
    return pageResponse(armingPage(`${pathname}${ON}`));
  };
}

/** Tells if the person came by themselves, or from a page of ours: any other page could have sent them. */
function isPersons(headers: Headers): boolean {
  return headers.get("sec-fetch-dest") === "document" &&
    ["none", "same-origin"].includes(headers.get("sec-fetch-site") ?? "");
}

function armingPage(onward: string): Page {
  return {
    status: 200,
    title: "Going to your identity provider",
    mood: "neutral",
    refresh: onward,
    headers: { [EXTENSION_HEADER]: "arm" },
    body: html`
      <p>The browser extension sends this tab's next sign-in to stssamldriver.</p>
      <p class="actions"><a class="button" href="${onward}">Continue</a></p>
    `,
  };
}
