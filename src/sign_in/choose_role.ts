/**
 * The choice among the offered roles: by flag, or by the person's click.
 *
 * @module
 */

import type { UserError } from "../errors.ts";
import { plural } from "../text.ts";
import { narrow } from "../saml/narrow.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import { type OfferedRole, offerSentences } from "../saml/roles.ts";
import type { Watch } from "./events.ts";
import type { Next } from "./next.ts";
import {
  type ChoiceMemory,
  isAnother,
  REGION_FLAG,
  regionRefusal,
  type SignInRequest,
} from "./request.ts";

/** The use of the role that is chosen. */
interface RoleUse {
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
  const { role, provider, asker } = request;
  const roles = candidates(read, request);
  const refusal = regionObjection(read, request);
  if (refusal !== undefined) return { kind: "refused", error: refusal };
  const [only, ...others] = roles;
  // Any page on the web could have posted an assertion of its own account: even a single role is
  // confirmed by a click, unless the person named it, or its account by the provider, and STS is still to
  // say whether the assertion is true. No page could have posted the answer to our own request.
  const named = !alwaysAsk && (role !== undefined || provider !== undefined);
  const decided = read.solicited || named;
  const last = await memory.last();
  const isDecided = only !== undefined && others.length === 0 && decided;
  if (isDecided && !isAnother(read, last?.person)) return await use(only);
  // The page, its style and its script are for those sign-ins only that need them.
  const { personQuestion, roleQuestion } = await import("./questions.ts");
  if (isDecided) {
    const facts = [["Role", only.role.name], ["Account", only.role.account]] as const;
    const asked = { last: last?.person, asker, facts };
    return { kind: "ask", question: personQuestion(read, asked, async () => await use(only)) };
  }
  const malformed = [...offerSentences(read.offer), ...notOfRegion(read, request)];
  for (const message of malformed) watch({ kind: "warning", message });
  const question = roleQuestion(read, request, { roles, malformed, last, cancel, use });
  return { kind: "ask", question };
}

/** The pairs that may be taken; for an encrypted assertion the one that both flags name. */
export function candidates(read: ReadAssertion, request: SignInRequest): readonly OfferedRole[] {
  const { role, provider } = request;
  if (typeof read.response.assertion !== "string") {
    const roles = narrow(read.offer.roles, request);
    // What was named is tried, and fails for its own reason; what cannot be taken is not offered.
    if (role !== undefined || provider !== undefined) return roles;
    return roles.filter((pair) => regionRefusal(request, pair) === undefined);
  }
  return role !== undefined && provider !== undefined ? [{ role, provider }] : [];
}

/** The error for an assertion none of whose roles can be taken in the region that the flag names. */
export function regionObjection(
  read: ReadAssertion,
  request: SignInRequest,
): UserError | undefined {
  const [first] = narrow(read.offer.roles, request);
  return first === undefined || candidates(read, request).length > 0
    ? undefined
    : regionRefusal(request, first);
}

/** A sentence on the roles that are left out for the region that the flag names. */
function notOfRegion(read: ReadAssertion, request: SignInRequest): readonly string[] {
  const others = narrow(read.offer.roles, request)
    .filter((pair) => regionRefusal(request, pair) !== undefined);
  if (others.length === 0) return [];
  const partitions = [...new Set(others.map(({ role }) => role.partition.id))].join(" and ");
  return [
    `Left out ${plural(others.length, "role")} in ${partitions}: ` +
    `${request.region?.name} of ${REGION_FLAG} is in another partition`,
  ];
}
