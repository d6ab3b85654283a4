/**
 * The question which role to take, on the page that has just received the assertion.
 *
 * @module
 */

import type { Choice } from "../credentials/remembered.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import type { Next, Question } from "./next.ts";
import { pickerPage } from "./pages/picker.ts";

/** The roles that can be picked, and the use of the one that is. */
export interface RoleQuestionOptions {
  readonly read: ReadAssertion;
  readonly roles: readonly OfferedRole[];
  /** Sentences on what could not be read and is not among them. */
  readonly malformed: readonly string[];
  /** The role that was taken last by the same settings. */
  readonly last: Choice | undefined;
  /** Account number → name. */
  readonly accountNames: ReadonlyMap<string, string>;
  /** The limits of the list, as they were typed; empty for none. */
  readonly narrowed: string;
  /** The purpose of the sign-in, for the page. */
  readonly asker: string | undefined;
  readonly cancel: (() => Next) | undefined;
  readonly use: (pair: OfferedRole) => Next | Promise<Next>;
}

/** Makes the question. */
export function roleQuestion(options: RoleQuestionOptions): Question {
  const { read, roles, malformed, last, accountNames, narrowed, asker, cancel, use } = options;
  const assertion = typeof read.response.assertion === "string"
    ? undefined
    : read.response.assertion;
  const choices = roles.map((arns, index) => ({
    key: String(index),
    account: arns.role.account,
    accountName: accountNames.get(arns.role.account),
    name: arns.role.name,
    // Only where one role is offered through two of them does the provider tell anything.
    provider: roles.filter((each) => each.role.text === arns.role.text).length > 1
      ? arns.provider.name
      : undefined,
    arns,
  }));
  const lastIndex = roles.findIndex(({ role, provider }) =>
    role.text === last?.roleArn && provider.text === last.providerArn
  );
  const lastKey = lastIndex < 0 ? undefined : String(lastIndex);
  return {
    read,
    path: "choose",
    announced: announcement(roles),
    page: (frame) =>
      pickerPage({
        ...frame,
        asker,
        roles: choices,
        last: lastKey,
        malformed,
        person: read.person,
        idp: assertion?.issuer,
        narrowed: narrowed === "" ? undefined : `limited by ${narrowed}`,
      }),
    answer: (form) => {
      const key = form.get("role");
      const pair = roles.find((_, index) => String(index) === key);
      return pair && { choice: pair.role.text, use: () => use(pair) };
    },
    cancel,
    onTerminal: { kind: "roles", roles: choices, last: lastKey },
  };
}

function announcement(roles: readonly OfferedRole[]): string {
  const [first, ...others] = roles;
  if (first !== undefined && others.length === 0) {
    return `Confirm role ${first.role.name} in account ${first.role.account} in your browser`;
  }
  return `Choose one of ${roles.length} roles in your browser`;
}
