/**
 * Having the person confirm that an assertion is theirs, where no role is picked: any page on the web
 * could have posted one of its own account, and name any IdP in it.
 *
 * @module
 */

import type { ReadAssertion } from "../saml/reader.ts";
import type { Reply } from "./listener/acs.ts";
import type { Question } from "./asking.ts";
import { type Confirmed, confirmPage } from "./pages/confirm.ts";

/** The question whether an assertion may be used; nothing is done with it before a yes. */
export function confirming(
  read: ReadAssertion,
  confirmed: Confirmed & { readonly asker?: string | undefined },
  then: () => Promise<Reply>,
): Question {
  const { assertion } = read.response;
  const idp = typeof assertion === "string" ? "" : assertion.issuer;
  return {
    read,
    announced: `${confirmed.question} Confirm it in the browser`,
    page: (asked) => confirmPage({ ...asked, ...confirmed, person: read.person, idp }),
    answer: (form) => form.has("confirm") ? then : undefined,
  };
}
