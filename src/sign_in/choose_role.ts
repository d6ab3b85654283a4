/**
 * The choice among the offered roles: by flag, or by the person's click.
 *
 * @module
 */

import { narrow, roleFilterText } from "../saml/narrow.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import { malformedSentences, type OfferedRole } from "../saml/roles.ts";
import type { Watch } from "./events.ts";
import type { Next } from "./next.ts";
import type { ChoiceMemory, SignInRequest } from "./request.ts";

/** The use of the role that is chosen. */
export interface RoleUse {
  readonly memory: Pick<ChoiceMemory, "last">;
  readonly watch: Watch;
  /** Asks for a click whatever was named: what is chosen is used without STS having checked it. */
  readonly alwaysAsk?: boolean;
  /** The meaning of Cancel, as of any question. */
  readonly cancel?: () => Next;
  /** Uses the role, once it is decided. */
  readonly use: (pair: OfferedRole) => Next | Promise<Next>;
}

/** Uses the role that is decided, or has the person asked first. */
export async function chooseRole(
  read: ReadAssertion,
  request: SignInRequest,
  { memory, watch, alwaysAsk = false, cancel, use }: RoleUse,
): Promise<Next> {
  const { role, provider, accountNames, asker } = request;
  const roles = candidates(read, request);
  const [only, ...others] = roles;
  // Any page on the web could have posted an assertion of its own account: even a single role is
  // confirmed by a click, unless the person named it, or its account by the provider, and STS is still to
  // say whether the assertion is true.
  const decided = !alwaysAsk && (role !== undefined || provider !== undefined);
  if (only !== undefined && others.length === 0 && decided) return await use(only);
  // The page, its style and its script are for those sign-ins only that need them.
  const { roleQuestion } = await import("./role_question.ts");
  const malformed = malformedSentences(read.offer.malformed);
  for (const message of malformed) watch({ kind: "warning", message });
  const question = roleQuestion({
    read,
    roles,
    malformed,
    last: await memory.last(),
    accountNames,
    narrowed: roleFilterText(request),
    asker,
    cancel,
    use,
  });
  return { kind: "ask", question };
}

/** The pairs that may be taken; for an encrypted assertion the one that both flags name. */
export function candidates(read: ReadAssertion, request: SignInRequest): readonly OfferedRole[] {
  if (typeof read.response.assertion !== "string") return narrow(read.offer.roles, request);
  const { role, provider } = request;
  return role !== undefined && provider !== undefined ? [{ role, provider }] : [];
}
