/**
 * Conversations whose end is not the credentials of one role: to pick one, to list all, to take all.
 *
 * @module
 */

import { isFalseAssertion } from "../aws/refusal.ts";
import type { Exchange, Exchanged } from "../aws/sts.ts";
import { ExitCode, messageOf, UserError } from "../errors.ts";
import { foreign } from "../foreign.ts";
import { mapAtMost } from "../parallel.ts";
import { narrow } from "../saml/narrow.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import { explainWithAssertion } from "../saml/remarks.ts";
import type { Assertion } from "../saml/response.ts";
import { malformedSentences, type OfferedRole, offeredRoles } from "../saml/roles.ts";
import type { Expectation } from "../saml/verdict.ts";
import { RoleChoice } from "./choose_role.ts";
import { ask } from "./asking.ts";
import { confirming } from "./confirming.ts";
import { converse } from "./conversation.ts";
import type { Reply } from "./listener/acs.ts";
import type { ConversationWorld, Talk } from "./talk.ts";
import type { Confirmed } from "./pages/confirm.ts";
import type { Page } from "./pages/page.ts";
import { donePage, type DoneWords, overPage } from "./pages/pages.ts";
import { exchangeRequest } from "./exchange_request.ts";
import { requestAmong } from "./region.ts";
import type { ChoiceMemory, SignInRequest } from "./request.ts";
import { AFTER_FALSE_MS } from "./take_role.ts";

/** What an assertion offers, as far as it was asked for. */
export interface Offer {
  readonly assertion: Assertion;
  readonly roles: readonly OfferedRole[];
  /** All that it offers, also what was not asked for. */
  readonly all: readonly OfferedRole[];
  /** A sentence for each Role value that cannot be read. */
  readonly malformed: readonly string[];
  readonly person: string | undefined;
}

/** One role of many, and what STS made of it. */
export interface TakenRole extends OfferedRole {
  readonly exchanged: Exchanged | UserError;
}

/** How many exchanges run at once: many at STS' own limit for an account would be throttled. */
const AT_ONCE = 8;

/** Signs in and has the person pick a role; STS is not asked. */
export async function pickRole(
  request: SignInRequest,
  world: ConversationWorld,
  how: {
    readonly memory: ChoiceMemory;
    readonly deliver: (pair: OfferedRole) => Promise<DoneWords>;
  },
): Promise<void> {
  // Nobody checks the signature: of a named account too the assertion may be another page's.
  const choice = new RoleChoice(request, { memory: how.memory, world, confirm: true });
  await converse(request, world, {
    title: "a role to pick",
    expected: request,
    use: (read, talk) =>
      choice.decide(read, {
        talk,
        then: (pair) =>
          finish("Signed in to AWS", {
            ...{ read, world, talk },
            deliver: () => how.deliver(pair),
          }),
      }),
  });
}

/** What comes before an offer is used. */
export interface Before {
  /** What the person confirms first; `undefined` for nothing. */
  readonly confirm?: (offer: Offer) => Confirmed | undefined;
  /**
   * Told of the offer then, before STS is asked. Its UserError ends the conversation; where nobody has
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
  await converse(request, world, {
    title: "the list of roles",
    expected: readable(request),
    use: (read, talk) =>
      useOffer(read, {
        ...{ request, world, talk, before },
        then: (offer) =>
          finish("Signed in", { ...{ read, world, talk }, deliver: () => deliver(offer) }),
      }),
  });
}

/** What taking all roles is made of. */
export interface TakeAll extends Before {
  /** Told of all outcomes; the conversation ends with its error, if it throws one. */
  readonly deliver: (taken: readonly TakenRole[], offer: Offer) => Promise<DoneWords>;
}

/** Signs in once and exchanges the assertion for every role that was asked for, several at once. */
export async function takeAllRoles(
  request: SignInRequest,
  world: ConversationWorld & { readonly loadExchange: () => Promise<Exchange> },
  { deliver, ...before }: TakeAll,
): Promise<void> {
  let loading: Promise<Exchange> | undefined;
  const loadExchange = () => loading ??= world.loadExchange();
  const take = async (read: ReadAssertion, offer: Offer, talk: Talk): Promise<Page> => {
    const exchange = await loadExchange();
    let done = 0;
    const taken = await mapAtMost(AT_ONCE, offer.roles, async (pair) => {
      const exchanged = await exchangeOne(exchange, pair, {
        ...{ read, world },
        request: requestAmong(request, pair, offer.roles),
      });
      world.watch({ kind: "progress", done: ++done, total: offer.roles.length });
      return { ...pair, exchanged };
    });
    // Interrupted, or another tab's assertion was quicker.
    if (world.signal.aborted || talk.over) return overPage();
    const first = taken[0]?.exchanged;
    const all = (fits: (error: UserError) => boolean) =>
      taken.every(({ exchanged }) => exchanged instanceof UserError && fits(exchanged));
    if (first instanceof UserError && all(isFalseAssertion)) {
      return talk.refuse(first, AFTER_FALSE_MS);
    }
    if (first instanceof UserError && all((each) => each.exitCode === ExitCode.UNREACHABLE)) {
      return talk.fail(first);
    }
    const handOver = () => deliver(taken, offer);
    return await finish("Signed in to AWS", { ...{ read, world, talk }, deliver: handOver });
  };
  await converse(request, world, {
    title: "all roles",
    expected: readable(request),
    prepare: loadExchange,
    use: (read, talk) =>
      useOffer(read, {
        ...{ request, world, talk, before },
        then: (offer) => take(read, offer, talk),
      }),
  });
}

/** Uses what an assertion offers, once the person has confirmed what is to be confirmed. */
async function useOffer(
  read: ReadAssertion,
  { request, world, talk, before: { confirm, prepare }, then }: {
    readonly request: SignInRequest;
    readonly world: ConversationWorld;
    readonly talk: Talk;
    readonly before: Before;
    readonly then: (offer: Offer) => Promise<Page>;
  },
): Promise<Reply> {
  const offer = offerOf(read, request);
  for (const message of malformedSentences(offer.malformed)) {
    world.watch({ kind: "warning", message });
  }
  const question = confirm?.(offer);
  if (question === undefined) {
    try {
      await prepare?.(offer);
    } catch (error) {
      // Most often the settings are wrong, and the person is waiting: not for as long as was set.
      if (error instanceof UserError) return talk.refuse(error, AFTER_FALSE_MS);
      throw error;
    }
    return await then(offer);
  }
  const confirmed = () =>
    talk.busy(`confirmed ${read.posted.base64.reveal()}`, async () => {
      await prepare?.(offer);
      return await then(offer);
    });
  const { asker } = request;
  return ask(confirming(read, { ...question, asker }, confirmed), { path: "confirm", talk, world });
}

/** What is expected of an assertion that must be read here: an encrypted one is of no use. */
function readable(request: SignInRequest): Expectation {
  return { ...request, encrypted: false };
}

/** Hands over while nothing else may end the conversation; it ends either way. */
async function finish(
  title: string,
  { read, world, talk, deliver }: {
    readonly read: ReadAssertion;
    readonly world: Pick<ConversationWorld, "watch">;
    readonly talk: Talk;
    readonly deliver: () => Promise<DoneWords>;
  },
): Promise<Page> {
  talk.close();
  try {
    // STS may not have been asked, so it is the person who sees whether this was their sign-in.
    world.watch({ kind: "success", message: whoSentence(read) });
    const words = await deliver();
    return talk.finish(donePage({ title, ...words }));
  } catch (error) {
    return talk.fail(error);
  }
}

function whoSentence({ person, response: { assertion } }: ReadAssertion): string {
  const who = person === undefined ? "" : ` as ${foreign(person)}`;
  const idp = typeof assertion === "string" ? "an encrypted assertion" : foreign(assertion.issuer);
  return `Signed in${who} through ${idp}`;
}

function offerOf({ response, person }: ReadAssertion, request: SignInRequest): Offer {
  const { assertion } = response;
  if (typeof assertion === "string") throw new Error("an unreadable assertion was judged fine");
  const { roles, malformed } = offeredRoles(assertion);
  return { assertion, roles: narrow(roles, request), all: roles, malformed, person };
}

/** One of many: what it fails with is kept, so that the others go on. */
async function exchangeOne(
  exchange: Exchange,
  pair: OfferedRole,
  { read, request, world }: {
    readonly read: ReadAssertion;
    readonly request: SignInRequest;
    readonly world: Pick<ConversationWorld, "signal">;
  },
): Promise<Exchanged | UserError> {
  try {
    return await exchange(exchangeRequest(request, pair, read), world.signal);
  } catch (error) {
    const explained = explainWithAssertion(error, read.response, pair.provider);
    if (explained instanceof UserError) return explained;
    throw new Error(`Cannot get credentials for ${pair.role.text}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
