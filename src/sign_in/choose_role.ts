/**
 * Which of the offered roles is meant: by flag, or by the person's click.
 *
 * @module
 */

import { narrow, roleFilterText } from "../saml/narrow.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import { malformedSentences, type OfferedRole, offeredRoles } from "../saml/roles.ts";
import type { Reply } from "./listener/acs.ts";
import type { AskingWorld } from "./asking.ts";
import type { Talk } from "./talk.ts";
import type { ChoiceMemory, SignInRequest } from "./request.ts";

/** What is done with a role once it is decided. */
export type Then = (pair: OfferedRole) => Promise<Reply>;

/** Decides, in one conversation, for each assertion that comes. */
export class RoleChoice {
  readonly #request: SignInRequest;
  readonly #memory: Pick<ChoiceMemory, "last">;
  readonly #world: AskingWorld;
  readonly #confirm: boolean;

  constructor(
    request: SignInRequest,
    { memory, world, confirm = false }: {
      readonly memory: Pick<ChoiceMemory, "last">;
      readonly world: AskingWorld;
      /** Ask for a click whatever was named: what is chosen is used without STS having checked it. */
      readonly confirm?: boolean;
    },
  ) {
    this.#request = request;
    this.#memory = memory;
    this.#world = world;
    this.#confirm = confirm;
  }

  /** Goes on at once with the role that is decided, or asks the person first. */
  async decide(
    read: ReadAssertion,
    { talk, then }: { readonly talk: Talk; readonly then: Then },
  ): Promise<Reply> {
    const { role, provider, accountNames, asker } = this.#request;
    const roles = candidates(read, this.#request);
    const [only, ...others] = roles;
    // Any page on the web could have posted an assertion of its own account: even a single role is
    // confirmed by a click, unless the person named it, or its account by the provider, and STS is still to
    // say whether the assertion is true.
    const decided = !this.#confirm && (role !== undefined || provider !== undefined);
    if (only !== undefined && others.length === 0 && decided) return await then(only);
    // The page, its style and its script are for those sign-ins only that need them.
    const [{ ask }, { picking }] = await Promise.all([
      import("./asking.ts"),
      import("./picking.ts"),
    ]);
    const { assertion } = read.response;
    const malformed = typeof assertion === "string"
      ? []
      : malformedSentences(offeredRoles(assertion).malformed);
    for (const message of malformed) this.#world.watch({ kind: "warning", message });
    const question = picking({
      read,
      roles,
      malformed,
      last: await this.#memory.last(),
      accountNames,
      narrowed: roleFilterText(this.#request),
      asker,
      take: (pair) =>
        talk.busy(`${pair.role.text} ${read.posted.base64.reveal()}`, () => then(pair)),
    });
    return ask(question, { path: "choose", talk, world: this.#world });
  }
}

/** The pairs that may be taken; for an encrypted assertion the one that both flags name. */
export function candidates(read: ReadAssertion, request: SignInRequest): readonly OfferedRole[] {
  const { assertion } = read.response;
  if (typeof assertion !== "string") return narrow(offeredRoles(assertion).roles, request);
  const { role, provider } = request;
  return role !== undefined && provider !== undefined ? [{ role, provider }] : [];
}
