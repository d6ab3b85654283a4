/**
 * The last page of a conversation.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import type { Resource } from "./listener/acs.ts";
import type { End } from "./next.ts";
import type { Page } from "./pages/page.ts";
import { consolePage, overPage, troublePage } from "./pages/pages.ts";

/**
 * Makes the way to the console, which is given once.
 *
 * @param cookie the Set-Cookie header that takes the browser's cookie away
 */
export function consoleWay(login: Secret, cookie: string): Resource {
  let url: string | undefined = login.reveal();
  return {
    get: () => {
      const page = url === undefined ? overPage() : consolePage(url);
      url = undefined;
      return { ...page, headers: { "set-cookie": cookie } };
    },
  };
}

/**
 * Makes the page of any other end.
 *
 * @param cookie as of the way to the console
 */
export function lastPage(end: Exclude<End, { readonly kind: "console" }>, cookie: string): Page {
  const page = end.kind === "done" ? end.page : end.page ?? failurePage(end.error);
  return { ...page, headers: { ...page.headers, "set-cookie": cookie } };
}

/** Makes the page of a failure: a fault of this program has no words for the person but that it is one. */
function failurePage(error: unknown): Page {
  const known = error instanceof UserError
    ? error
    : new UserError("fault", "stssamldriver failed", {
      exitCode: ExitCode.FAULT,
      hint: "The terminal shows what happened.",
      cause: error,
    });
  return troublePage(known, { status: 502, waiting: false });
}
