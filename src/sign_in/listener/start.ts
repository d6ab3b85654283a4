/**
 * The start address, which the browser is opened at and leads on to the IdP.
 *
 * @module
 */

import { type Page, pageResponse, securityHeaders } from "../pages/page.ts";
import { hasCookie, setCookie } from "./tab_cookie.ts";

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

/** Makes what answers a GET or HEAD of a start address: `undefined` for any other path, "second" for a browser too many. */
export function startHandler(
  start: Start,
  origin: URL,
): (request: Request) => Promise<Response | "second" | undefined> {
  const { nonce, cookie, onOpened } = start;
  let isOpened = false;
  return async (request) => {
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
