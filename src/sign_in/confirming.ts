/**
 * Having the person confirm that an assertion is theirs, where no role is picked: any page on the web
 * could have posted one of its own account, and name any IdP in it.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { Reply } from "./acs.ts";
import { confirmPage } from "./pages/confirm.ts";
import type { Page } from "./pages/page.ts";
import { gonePage } from "./pages/picker.ts";
import type { Talk } from "./talk.ts";

/** What is asked, and what comes of a yes. */
export interface Asking {
  readonly talk: Talk;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly question: string;
  readonly lines: readonly string[];
  readonly then: () => Promise<Reply>;
}

/** Leads the tab to a one-time page that asks; the assertion is used only after a yes. */
export function askFirst(read: ReadAssertion, asking: Asking): Reply {
  const { talk, now, question, lines, then } = asking;
  const token = crypto.randomUUID();
  const path = `/confirm/${token}`;
  const { assertion } = read.response;
  let answered = false;
  const gone = (): Page | undefined => {
    if (answered || talk.over) return gonePage("taken");
    return now() >= read.redeemableUntil ? gonePage("expired", talk.startPath) : undefined;
  };
  talk.serve(path, {
    get: () => {
      // Whoever reads the question must not be cut off by the time to wait for an assertion.
      if (!talk.over) talk.notBefore(read.redeemableUntil);
      const idp = typeof assertion === "string" ? "" : assertion.issuer;
      return gone() ??
        confirmPage({ token, action: path, question, person: read.person, idp, lines });
    },
    post: async (form) => {
      const page = gone();
      if (page !== undefined) return page;
      if (form.get("token") !== token) return gonePage("replaced");
      answered = true;
      if (form.has("confirm")) return await talk.busy(token, then);
      talk.fail(
        new UserError("cancelled", "Cancelled in the browser", { exitCode: ExitCode.INTERRUPTED }),
      );
      return gonePage("cancelled");
    },
  });
  return { redirect: path };
}
