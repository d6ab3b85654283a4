/**
 * The questions before an assertion is used: which role to take, and a yes to what a whole assertion is used for.
 *
 * @module
 */

import type { Choice } from "../credentials/remembered.ts";
import { roleFilterText } from "../saml/narrow.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import type { Next, Question } from "./next.ts";
import { pickerPage } from "./pages/picker.ts";
import { lastTimeSentence, type SignInRequest } from "./request.ts";
import { foreign } from "../text.ts";
import { type Confirmed, confirmPage } from "./pages/question.ts";

/**
 * Makes the question which role to take.
 *
 * @param how the roles that can be picked, and the use of the one that is
 */
export function roleQuestion(
  read: ReadAssertion,
  request: SignInRequest,
  { roles, malformed, last, cancel, use }: {
    readonly roles: readonly OfferedRole[];
    /** Sentences on what could not be read and is not among them. */
    readonly malformed: readonly string[];
    /** The role that was taken last by the same settings. */
    readonly last: Choice | undefined;
    readonly cancel: (() => Next) | undefined;
    readonly use: (pair: OfferedRole) => Next | Promise<Next>;
  },
): Question {
  const choices = roles.map((arns, index) => ({
    key: String(index),
    account: arns.role.account,
    accountName: request.accountNames.get(arns.role.account),
    name: arns.role.name,
    // Only where one role is offered through two of them does the provider tell anything.
    provider: roles.filter((each) => each.role.text === arns.role.text).length > 1
      ? arns.provider.name
      : undefined,
    arns,
  }));
  const lastKey = choices.find(({ arns: { role, provider } }) =>
    role.text === last?.roleArn && provider.text === last.providerArn
  )?.key;
  const narrowed = roleFilterText(request);
  return {
    read,
    path: "choose",
    announced: announcement(roles),
    page: (frame) =>
      pickerPage({
        ...frame,
        asker: request.asker,
        roles: choices,
        last: lastKey,
        malformed,
        person: read.person,
        idp: idpOf(read),
        narrowed: narrowed === "" ? undefined : `limited by ${narrowed}`,
      }),
    answer: (form) => {
      const pair = choices.find(({ key }) => key === form.get("role"))?.arns;
      return pair && { choice: pair.role.text, use: () => use(pair) };
    },
    cancel,
    onTerminal: { kind: "roles", roles: choices, last: lastKey },
  };
}

/** The issuer of an assertion that can be read. */
function idpOf({ response: { assertion } }: ReadAssertion): string | undefined {
  return typeof assertion === "string" ? undefined : assertion.issuer;
}

function announcement(roles: readonly OfferedRole[]): string {
  const [first, ...others] = roles;
  if (first !== undefined && others.length === 0) {
    return `Confirm role ${first.role.name} in account ${first.role.account} in your browser`;
  }
  return `Choose one of ${roles.length} roles in your browser`;
}

/**
 * Makes the question whether somebody else signs in than last time with the same settings: a true assertion may be a
 * colleague's, whose page brought it here.
 */
export function personQuestion(
  read: ReadAssertion,
  { last, asker, facts = [] }: {
    readonly last: string | undefined;
    readonly asker: string | undefined;
    /** What is at stake, as label and value. */
    readonly facts?: readonly (readonly [string, string])[];
  },
  use: () => Promise<Next>,
): Question {
  const question = read.person === undefined
    ? "Use this encrypted sign-in?"
    : `Sign in as ${foreign(read.person, 80)}?`;
  const before = lastTimeSentence(last);
  const asked = { question, yes: "Continue", facts, remarks: [before], asker };
  return {
    ...confirmation(read, asked, use),
    announced: `${question} ${before}. Confirm it in the browser`,
  };
}

/**
 * Makes the question whether a whole assertion is to be used.
 *
 * @param use what a yes leads to; nothing is done with the assertion before
 */
export function confirmation(
  read: ReadAssertion,
  confirmed: Confirmed & { readonly asker?: string | undefined },
  use: () => Promise<Next>,
): Question {
  const idp = idpOf(read) ?? "";
  return {
    read,
    path: "confirm",
    announced: `${confirmed.question} Confirm it in the browser`,
    page: (frame) => confirmPage({ ...frame, ...confirmed, person: read.person, idp }),
    answer: (form) => form.has("confirm") ? { choice: "confirmed", use } : undefined,
    onTerminal: confirmed.removes === undefined ? undefined : {
      kind: "confirm",
      question: `${confirmed.removes}. ${confirmed.yes}?`,
    },
  };
}
