/**
 * The start address, which the browser is opened at and leads on to the IdP; the cookie by which that browser is
 * known afterwards, and the browser extension, which arms a tab there.
 *
 * @module
 */

import { html, isRead, type Page, pageResponse, securityHeaders } from "../pages/page.ts";
import { within } from "../../wait.ts";

/** The way on to the IdP. */
export interface Start {
  /** In the address that only the person's browser and terminal have. */
  readonly nonce: string;
  /** The cookie that is given to the browser there. */
  readonly cookie: string;
  /** The page of the IdP. */
  readonly url: URL;
  /** Told when a browser has the cookie. */
  readonly onOpened: () => void;
  /** Set where the browser takes a request to the IdP. */
  readonly request?: {
    /** Makes it: the IdP's URL with a request in it, or a page that posts one. */
    readonly make: () => Promise<URL | Page>;
    /**
     * Told when it was not given to another browser than the first: who has its ID could have the assertion of
     * another person accepted.
     */
    readonly onSecond: () => void;
  } | undefined;
}

/** The path that the browser is opened at. */
export function startPath(nonce: string): string {
  return `/start/${nonce}`;
}

/** The path that leads to the IdP once more, for pages that anybody can have: no cookie is given there. */
export const AGAIN_PATH = "/start/again";

/**
 * Ends the service workers that an earlier program on this port has left in the browser: they would see every
 * assertion, and a post that passes through one does not come into a tab any more.
 *
 * @see https://www.w3.org/TR/clear-site-data/
 */
export const CLEARS_ORIGIN = { "clear-site-data": '"storage"' };

/**
 * Makes what answers a GET or HEAD of a start address, and the extension: `undefined` for anything else, "second" for a
 * browser too many.
 */
export function startHandler(
  start: Start,
  origin: URL,
  { isOver = () => false }: { readonly isOver?: (() => boolean) | undefined },
): (request: Request) => Promise<Response | "second" | undefined> {
  const { nonce, cookie, onOpened } = start;
  // The answer to a request of ours comes here by itself.
  const toExtension = start.request === undefined
    ? extensionHandler([startPath(nonce), AGAIN_PATH], { isOver })
    : undefined;
  let isOpened = false;
  return async (request) => {
    const armed = await toExtension?.(request);
    if (armed !== undefined || !isRead(request)) return armed;
    const { pathname } = new URL(request.url);
    const isFirst = pathname === startPath(nonce);
    if (!isFirst && pathname !== AGAIN_PATH) return undefined;
    const headers = { ...securityHeaders(), ...CLEARS_ORIGIN };
    if (start.request !== undefined) {
      // A look uses nothing up.
      if (request.method === "HEAD") return new Response(null, { headers });
      if (!hasCookie(request, origin, cookie) && (isOpened || !isFirst)) {
        if (isFirst) start.request.onSecond();
        return "second";
      }
    }
    const given = isFirst ? { "set-cookie": setCookie(origin, cookie) } : {};
    if (isFirst) {
      isOpened = true;
      onOpened();
    }
    const to = await start.request?.make() ?? start.url;
    if (!(to instanceof URL)) {
      return pageResponse({ ...to, headers: { ...CLEARS_ORIGIN, ...given } });
    }
    // 303 and no page: the browser's Back must not come to rest here.
    return new Response(null, {
      status: 303,
      headers: { ...headers, ...given, location: to.href },
    });
  };
}

/**
 * Makes the Set-Cookie header that gives a browser its value. It comes along with the way from an IdP's form to a
 * page of ours, which Strict would keep it from, and with that page's form. Cookies are by host, not by port, so
 * the port is in its name.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265
 */
export function setCookie(origin: URL, value: string): string {
  return `${nameAt(origin)}=${value}; ${attributesAt(origin)}`;
}

/** Makes the Set-Cookie header that takes it away. */
export function clearCookie(origin: URL): string {
  return `${nameAt(origin)}=; Max-Age=0; ${attributesAt(origin)}`;
}

/** Tells if a request has the cookie with this value. */
export function hasCookie({ headers }: Request, origin: URL, value: string): boolean {
  const name = nameAt(origin);
  const cookies = (headers.get("cookie") ?? "").split(/[;,]/).map((each) => each.trim());
  return cookies.map((each) => isSame(each, `${name}=${value}`)).includes(true);
}

function nameAt({ port, protocol }: URL): string {
  return `stssamldriver-${port || (protocol === "https:" ? "443" : "80")}`;
}

function attributesAt({ protocol }: URL): string {
  return `Path=/; HttpOnly; SameSite=Lax${protocol === "https:" ? "; Secure" : ""}`;
}

/** Compares in a time that tells nothing of where two texts differ. */
function isSame(one: string, other: string): boolean {
  let different = one.length ^ other.length;
  for (let at = 0; at < other.length; at++) different |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return different === 0;
}

/**
 * The header that the extension has the browser send to start addresses, and sends itself; and by which it knows the
 * page there.
 */
export const EXTENSION_HEADER = "x-stssamldriver-extension";

/** The longest time that a tab waits to be armed, milliseconds: an extension that sleeps must wake up first. */
const ARMING_MS = 3000;

/** The query of the second request, which waits. */
const ON = "?on";

/**
 * Makes what answers the extension, and a start address in a browser that has it.
 *
 * @param paths the start addresses
 * @returns a handler that leaves everything else to others: `undefined`
 */
export function extensionHandler(
  paths: readonly string[],
  { isOver, armingMs = ARMING_MS }: {
    /** Tells if no assertion is waited for any more. */
    readonly isOver: () => boolean;
    /** Tests shorten it. */
    readonly armingMs?: number;
  },
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
