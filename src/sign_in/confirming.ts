/**
 * Having the person confirm that an assertion is theirs, where no role is picked: any page on the web
 * could have posted one of its own account, and name any IdP in it.
 *
 * @module
 */

import type { ReadAssertion } from "../saml/reader.ts";
import type { Reply } from "./acs.ts";
import type { Question } from "./asking.ts";
import { confirmPage } from "./pages/confirm.ts";

/** What is asked. */
export interface Confirmed {
  /** `Write 12 profiles?` */
  readonly question: string;
  /** What is at stake, as lines. */
  readonly lines: readonly string[];
}

/** The question whether an assertion may be used; nothing is done with it before a yes. */
export function confirming(
  read: ReadAssertion,
  { question, lines }: Confirmed,
  then: () => Promise<Reply>,
): Question {
  const { assertion } = read.response;
  const idp = typeof assertion === "string" ? "" : assertion.issuer;
  return {
    read,
    announced: `${question} Confirm it in the browser`,
    page: (asked) => confirmPage({ ...asked, question, lines, person: read.person, idp }),
    answer: (form) => form.has("confirm") ? then : undefined,
  };
}
