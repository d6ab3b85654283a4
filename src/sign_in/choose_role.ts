/**
 * Which of the offered roles is meant: by flag, or by the person's click.
 *
 * @module
 */

import { narrow, narrowingText } from "../saml/narrow.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import { type OfferedRole, offeredRoles } from "../saml/roles.ts";
import type { Reply } from "./acs.ts";
import type { Talk } from "./talk.ts";
import type { Pickings } from "./picking.ts";
import type { ChoiceMemory, SignInRequest } from "./request.ts";

/** What is done with a role once it is decided. */
export type Then = (pair: OfferedRole) => Promise<Reply>;

/** Decides, in one conversation, for each assertion that comes. */
export class RoleChoice {
  readonly #request: SignInRequest;
  readonly #memory: Pick<ChoiceMemory, "last">;
  readonly #now: () => number;
  readonly #confirm: boolean;
  #pickings: Pickings | undefined;

  constructor(
    request: SignInRequest,
    { memory, now, confirm = false }: {
      readonly memory: Pick<ChoiceMemory, "last">;
      readonly now: () => number;
      /** Ask for a click whatever was named: what is chosen is used without STS having checked it. */
      readonly confirm?: boolean;
    },
  ) {
    this.#request = request;
    this.#memory = memory;
    this.#now = now;
    this.#confirm = confirm;
  }

  /** Goes on at once with the role that is decided, or asks the person first. */
  async decide(
    read: ReadAssertion,
    { talk, then }: { readonly talk: Talk; readonly then: Then },
  ): Promise<Reply> {
    const { role, provider, accountNames } = this.#request;
    const roles = candidates(read, this.#request);
    const [only, ...others] = roles;
    // Any page on the web could have posted an assertion of its own account: even a single role is
    // confirmed by a click, unless the person named it, or its account by the provider, and STS is still to
    // say whether the assertion is true.
    const decided = !this.#confirm && (role !== undefined || provider !== undefined);
    if (only !== undefined && others.length === 0 && decided) return await then(only);
    // The page, its style and its script are for those sign-ins only that need them.
    const picking = await import("./picking.ts");
    this.#pickings ??= new picking.Pickings(talk);
    return this.#pickings.ask({
      read,
      roles,
      last: await this.#memory.last(),
      accountNames,
      narrowed: narrowingText(this.#request),
      now: this.#now,
      take: (pair) =>
        talk.busy(`${pair.role.text} ${read.posted.base64.reveal()}`, () => then(pair)),
    });
  }
}

/** The pairs that may be taken; for an encrypted assertion the one that both flags name. */
export function candidates(read: ReadAssertion, request: SignInRequest): readonly OfferedRole[] {
  const { assertion } = read.response;
  if (typeof assertion !== "string") return narrow(offeredRoles(assertion).roles, request);
  const { role, provider } = request;
  return role !== undefined && provider !== undefined ? [{ role, provider }] : [];
}
