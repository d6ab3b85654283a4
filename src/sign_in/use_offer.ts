/**
 * Conversations whose end is not the credentials of one role: to pick one, to list all, to take all.
 *
 * @module
 */

import type { Exchange } from "../aws/sts.ts";
import { UserError } from "../errors.ts";
import { foreign } from "../text.ts";
import { mapAtMost } from "../wait.ts";
import { narrow } from "../saml/narrow.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { Assertion } from "../saml/response.ts";
import { type OfferedRole, offerSentences } from "../saml/roles.ts";
import type { Expectation } from "../saml/verdict.ts";
import { chooseRole } from "./choose_role.ts";
import { converse } from "./conversation.ts";
import { type ChoiceMemory, requestAmong, showingEndpoint, type SignInRequest } from "./request.ts";
import type { Watch } from "./events.ts";
import type { ConversationWorld, Next } from "./next.ts";
import type { SignedIn } from "./outcome.ts";
import type { Confirmed } from "./pages/question.ts";
import { donePage, type DoneWords } from "./pages/pages.ts";
import { AT_ONCE, redeem, sharedError } from "./redeem.ts";

/** The offer of an assertion, as far as it was asked for. */
export interface Offer {
  readonly assertion: Assertion;
  readonly roles: readonly OfferedRole[];
  /** All that it offers, also what was not asked for. */
  readonly all: readonly OfferedRole[];
  /** A sentence for each Role value that may be meant as a role and cannot be read. */
  readonly malformed: readonly string[];
  /** Sentences on all Role values that are none of the roles. */
  readonly remarks: readonly string[];
  readonly person: string | undefined;
  /** Set where it answers a request of ours. */
  readonly solicited: boolean;
}

/** One role of many, and what STS made of it. */
export interface TakenRole extends OfferedRole {
  readonly exchanged: SignedIn | UserError;
}

/** Signs in and has the person pick a role; STS is not asked. */
export async function pickRole(
  request: SignInRequest,
  world: ConversationWorld,
  { memory, deliver }: {
    readonly memory: ChoiceMemory;
    readonly deliver: (pair: OfferedRole) => Promise<DoneWords>;
  },
): Promise<void> {
  const { watch } = world;
  await converse(request, world, {
    title: "a role to pick",
    expected: request,
    use: (read) =>
      chooseRole(read, request, {
        memory,
        watch,
        // Nobody checks the signature: of a named account too the assertion may be another page's.
        alwaysAsk: true,
        use: (pair) => delivery("Signed in to AWS", { read, watch, deliver: () => deliver(pair) }),
      }),
  });
}

/** The steps before an offer is used. */
interface Before {
  /** Sees the offer first of all, before anything is asked. Its UserError refuses the offer. */
  readonly check?: (offer: Offer) => void;
  /** Returns what the person confirms first; `undefined` for nothing. */
  readonly confirm?: (offer: Offer) => Confirmed | undefined;
  /**
   * Sees the offer then, before STS is asked. Its UserError ends the conversation; where nobody has
   * confirmed the offer it only refuses it, since any page could have posted it.
   */
  readonly prepare?: (offer: Offer) => Promise<void> | void;
}

/** Signs in and hands over what is offered; STS is not asked. */
export async function listRoles(
  request: SignInRequest,
  world: ConversationWorld,
  { deliver, ...before }: Before & { readonly deliver: (offer: Offer) => Promise<DoneWords> },
): Promise<void> {
  const { watch } = world;
  await converse(request, world, {
    title: "the list of roles",
    expected: readable(request),
    use: (read) =>
      useOffer(read, {
        ...{ request, watch, before },
        use: (offer) =>
          delivery("Signed in", {
            ...{ read, watch, deliver: () => deliver(offer) },
            unverified: before.confirm === undefined && !read.solicited,
          }),
      }),
  });
}

/**
 * Signs in once and exchanges the assertion for every role that was asked for, several at once.
 *
 * @param how the steps; `deliver` gets all outcomes, and the conversation ends with its error, if it throws one
 */
export async function takeAllRoles(
  request: SignInRequest,
  world: ConversationWorld & { readonly loadExchange: () => Promise<Exchange> },
  { deliver, ...before }: Before & {
    readonly deliver: (taken: readonly TakenRole[], offer: Offer) => Promise<DoneWords>;
  },
): Promise<void> {
  const { watch } = world;
  const take = async (read: ReadAssertion, offer: Offer): Promise<Next> => {
    let done = 0;
    const taken = await mapAtMost(AT_ONCE, offer.roles, async (pair) => {
      const exchanged = await redeem(pair, {
        read,
        request: requestAmong(request, pair, offer.roles),
        world,
        quiet: true,
      });
      watch({ kind: "progress", done: ++done, total: offer.roles.length });
      return { ...pair, exchanged };
    });
    const outcomes = taken.map(({ exchanged }) => exchanged);
    return sharedError(outcomes, read) ??
      delivery("Signed in to AWS", { read, watch, deliver: () => deliver(taken, offer) });
  };
  await converse(request, { ...world, watch: showingEndpoint(watch, request) }, {
    title: "all roles",
    expected: readable(request),
    prepare: world.loadExchange,
    use: (read) =>
      useOffer(read, { ...{ request, watch, before }, use: (offer) => take(read, offer) }),
  });
}

/** Uses what an assertion offers, once the person has confirmed what is to be confirmed. */
async function useOffer(
  read: ReadAssertion,
  { request, watch, before: { check, confirm, prepare }, use }: {
    readonly request: SignInRequest;
    readonly watch: Watch;
    readonly before: Before;
    readonly use: (offer: Offer) => Next | Promise<Next>;
  },
): Promise<Next> {
  const offer = offerOf(read, request);
  for (const message of offer.remarks) watch({ kind: "warning", message });
  let confirmed: Confirmed | undefined;
  try {
    check?.(offer);
    confirmed = confirm?.(offer);
    if (confirmed === undefined) await prepare?.(offer);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: "refused", error };
  }
  if (confirmed === undefined) return await use(offer);
  const { asker } = request;
  const { confirmation } = await import("./questions.ts");
  const question = confirmation(read, { ...confirmed, asker }, async () => {
    await prepare?.(offer);
    return await use(offer);
  });
  return { kind: "ask", question };
}

/** Expects an assertion that can be read here: an encrypted one is of no use. */
function readable(request: SignInRequest): Expectation {
  return { ...request, encrypted: false };
}

/** Any web page can have posted the list; nobody but STS knows the IdP's key. */
const UNVERIFIED = "AWS has not verified this list: use it only if that was your sign-in";

/** Hands over an offer, or what was made of it. */
function delivery(
  title: string,
  { read, watch, deliver, unverified = false }: {
    readonly read: ReadAssertion;
    readonly watch: Watch;
    readonly deliver: () => Promise<DoneWords>;
    /** Set where neither STS nor the person says whether the assertion is true. */
    readonly unverified?: boolean;
  },
): Next {
  return {
    kind: "deliver",
    work: async () => {
      // STS may not have been asked, so it is the person who sees whether this was their sign-in.
      watch({ kind: "success", message: whoSentence(read) });
      if (unverified) watch({ kind: "notice", message: UNVERIFIED });
      const { more = [], ...words } = await deliver();
      const said = unverified ? [`${whoSentence(read)}. ${UNVERIFIED}.`] : [];
      return { kind: "done", page: donePage({ title, ...words, more: [...more, ...said] }) };
    },
  };
}

function whoSentence({ person, response: { assertion } }: ReadAssertion): string {
  const who = person === undefined ? "" : ` as ${foreign(person)}`;
  const idp = typeof assertion === "string" ? "an encrypted assertion" : foreign(assertion.issuer);
  return `Signed in${who} through ${idp}`;
}

function offerOf(
  { response, offer, person, solicited }: ReadAssertion,
  request: SignInRequest,
): Offer {
  const { assertion } = response;
  if (typeof assertion === "string") throw new Error("an unreadable assertion was judged fine");
  const { roles, malformed } = offer;
  const remarks = offerSentences(offer);
  return {
    ...{ assertion, roles: narrow(roles, request), all: roles, malformed, remarks },
    ...{ person, solicited },
  };
}
