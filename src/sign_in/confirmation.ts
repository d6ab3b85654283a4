/**
 * The question whether an assertion is the person's own, where no role is picked: any page on the web
 * could have posted one of its own account, and name any IdP in it.
 *
 * @module
 */

import type { ReadAssertion } from "../saml/reader.ts";
import type { Next, Question } from "./next.ts";
import { type Confirmed, confirmPage } from "./pages/confirm.ts";

/**
 * Makes the question.
 *
 * @param use what a yes leads to; nothing is done with the assertion before
 */
export function confirmation(
  read: ReadAssertion,
  confirmed: Confirmed & { readonly asker?: string | undefined },
  use: () => Promise<Next>,
): Question {
  const { assertion } = read.response;
  const idp = typeof assertion === "string" ? "" : assertion.issuer;
  return {
    read,
    path: "confirm",
    announced: `${confirmed.question} Confirm it in the browser`,
    page: (frame) => confirmPage({ ...frame, ...confirmed, person: read.person, idp }),
    answer: (form) => form.has("confirm") ? { choice: "confirmed", use } : undefined,
  };
}
