/**
 * The last page of a conversation: of its failure, or on the way to the console.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import type { Resource } from "./listener/acs.ts";
import type { Page } from "./pages/page.ts";
import { consolePage, overPage, troublePage } from "./pages/pages.ts";

/** Makes the way to the console, which is given once. */
export function consoleWay(login: Secret): Resource {
  let url: string | undefined = login.reveal();
  return {
    get: () => {
      const page = url === undefined ? overPage() : consolePage(url);
      url = undefined;
      return page;
    },
  };
}

/** Makes the page of a failure: a fault of this program has no words for the person but that it is one. */
export function failurePage(error: unknown): Page {
  const known = error instanceof UserError
    ? error
    : new UserError("fault", "stssamldriver failed", {
      exitCode: ExitCode.FAULT,
      hint: "The terminal shows what happened.",
      cause: error,
    });
  return troublePage(known, { status: 502, waiting: false });
}
