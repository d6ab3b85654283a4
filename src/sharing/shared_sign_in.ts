/**
 * Sign-ins for many orders: the assertion that comes is exchanged for every role that somebody waits for
 * and that it offers.
 *
 * @module
 */

import { isFalseAssertion } from "../aws/refusal.ts";
import type { Exchange } from "../aws/sts.ts";
import { canonical, type SessionCache } from "../credentials/cache.ts";
import type { Choices } from "../credentials/choices.ts";
import { UserError } from "../errors.ts";
import { mapAtMost } from "../parallel.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import { explainWithAssertion } from "../saml/remarks.ts";
import { judge } from "../saml/verdict.ts";
import type { Reply } from "../sign_in/listener/acs.ts";
import { Cancelling } from "../sign_in/cancelling.ts";
import { RoleChoice } from "../sign_in/choose_role.ts";
import { converse } from "../sign_in/conversation.ts";
import { exchangeRequest } from "../sign_in/exchange_request.ts";
import { shortenedSentence, shortLifeSentence, type SignedIn } from "../sign_in/outcome.ts";
import type { Page } from "../sign_in/pages/page.ts";
import { troublePage } from "../sign_in/pages/pages.ts";
import { regionFor } from "../sign_in/region.ts";
import { askerOf, sessionKey, settingsKey } from "../sign_in/request.ts";
import type { SignInWorld } from "../sign_in/sign_in.ts";
import { AFTER_FALSE_MS } from "../sign_in/take_role.ts";
import type { Talk } from "../sign_in/talk.ts";
import { askedOf, firstOf, type Job, jobsFor, jobsOf, type OpenOrder } from "./jobs.ts";
import { asUserError, type JobOutcome, outcomePage, sharedError } from "./outcomes.ts";

/** The orders of a server, and what becomes of them. */
export interface Orders {
  /** Those that wait now, the oldest first. */
  readonly open: () => readonly OpenOrder[];
  /** Whether the session of an order is in the cache. */
  readonly isKept: (order: OpenOrder) => boolean;
  readonly kept: (orders: readonly OpenOrder[]) => void;
  readonly failed: (orders: readonly OpenOrder[], error: UserError) => void;
}

/** What shared sign-ins need of the world. */
export interface SharedWorld extends SignInWorld {
  readonly cache: {
    readonly sessions: Pick<SessionCache, "store">;
    readonly choices: Pick<Choices, "last" | "remember">;
  };
  /** As {@linkcode LINGER_MS}; tests shorten it. */
  readonly lingerMs?: number;
}

/** How long after an order an assertion serves the next one, milliseconds: callers start one by one. */
export const LINGER_MS = 3000;

/** How many exchanges run at once: many at STS' own limit for an account would be throttled. */
const AT_ONCE = 8;

/** What is exchanged, and whether for orders that came after it. */
interface Redeeming {
  readonly read: ReadAssertion;
  readonly late?: boolean;
}

/** An assertion in use, and the conversation that it came in. */
interface Using {
  readonly read: ReadAssertion;
  readonly talk: Talk;
}

/** The sign-ins of one server, one after the other. */
export class SharedSignIn {
  readonly #orders: Orders;
  readonly #world: SharedWorld;
  #exchange: Promise<Exchange> | undefined;
  /** The batch of exchanges that was begun last. */
  #batch: Promise<unknown> = Promise.resolve();
  /** Serves those who come now without a sign-in of their own; `accepted` once STS has taken it. */
  #inHand: { readonly read: ReadAssertion; readonly accepted: boolean } | undefined;
  #dropping: ReturnType<typeof setTimeout> | undefined;
  /** The conversation in which a role is to be picked, and for whom. */
  #asking: { readonly talk: Talk; readonly asked: readonly OpenOrder[] } | undefined;
  #cancelling: Cancelling | undefined;

  constructor(orders: Orders, world: SharedWorld) {
    this.#orders = orders;
    this.#world = world;
  }

  /**
   * Signs in once, by the settings of one order.
   *
   * @throws UserError what ended the wait for everybody
   */
  async signIn({ request }: OpenOrder): Promise<void> {
    const region = request.region?.name ?? request.role?.partition.defaultRegion ?? "us-east-1";
    try {
      // Each caller's own time-out ends its own wait.
      await converse({ ...request, timeoutMs: undefined }, this.#world, {
        title: request.role?.text ?? "a role to pick",
        // An assertion only has to offer something; who gets nothing has another sign-in.
        expected: { idp: request.idp, encrypted: true },
        // The port may have come only after another sign-in, which brought it all.
        wanted: () => Promise.resolve(this.#unserved().length > 0),
        use: (read, talk) => this.#use(read, talk),
        prepare: () => this.#loadExchange(),
        rehearse: () => this.#world.rehearse(region),
      });
    } finally {
      this.#asking = undefined;
      this.#cancelling = undefined;
      this.#linger();
    }
  }

  /** Serves those who can be served by the assertion in hand. Never rejects. */
  async serveLate(): Promise<void> {
    const read = this.#inHand?.read;
    // Not a second longer than is sure: who would be refused for its age can sign in anew.
    if (read === undefined || this.#world.now() >= read.expires) return;
    try {
      const outcomes = await this.#redeem((open) => jobsOf(open, read), { read, late: true });
      const isFalse = ({ outcome }: JobOutcome) =>
        outcome instanceof UserError && isFalseAssertion(outcome);
      // Beside a page to pick from nobody has confirmed it yet: it may be any web page's.
      if (outcomes.some(isFalse)) this.#inHand = undefined;
      else this.#tellFailures(outcomes);
      if (outcomes.length > 0 && this.#asking === undefined) this.#linger();
    } catch (error) {
      if (this.#world.signal.aborted) return;
      if (this.#asking !== undefined) this.#asking.talk.fail(error);
      else this.#orders.failed(this.#orders.open(), asUserError(error));
    }
  }

  /** Drops the assertion. */
  end(): void {
    clearTimeout(this.#dropping);
    this.#inHand = undefined;
  }

  /** Keeps an assertion that STS has taken for those who are a little late. */
  #linger(): void {
    clearTimeout(this.#dropping);
    if (!this.#inHand?.accepted) return this.end();
    this.#dropping = setTimeout(() => this.end(), this.#world.lingerMs ?? LINGER_MS);
  }

  #hold(read: ReadAssertion, accepted: boolean): void {
    clearTimeout(this.#dropping);
    this.#inHand = { read, accepted };
  }

  #loadExchange(): Promise<Exchange> {
    return this.#exchange ??= this.#world.loadExchange();
  }

  /** The orders whose sessions have not been kept meanwhile, by another sign-in or an earlier batch. */
  #unserved(): readonly OpenOrder[] {
    this.#orders.kept(this.#orders.open().filter((order) => this.#orders.isKept(order)));
    return this.#orders.open();
  }

  /** Serves what can be served without asking the person; then asks, if that is left. */
  async #use(read: ReadAssertion, talk: Talk): Promise<Reply> {
    const asked = askedOf(this.#orders.open(), read);
    // First: somebody who is asked may take their time, or cancel.
    const outcomes = await this.#redeem((open) => jobsOf(open, read), { read });
    const ended = this.#endOfAll(outcomes, talk);
    if (ended !== undefined) return ended;
    const [first, ...others] = asked;
    if (first !== undefined) {
      this.#tellFailures(outcomes);
      return await this.#ask([first, ...others], { read, talk, before: outcomes });
    }
    return outcomes.length > 0 ? this.#answer(outcomes, { talk }) : this.#refuse({ read, talk });
  }

  /** Has the person pick for the first of these; what was served before is told with it. */
  async #ask(
    asked: readonly [OpenOrder, ...OpenOrder[]],
    { read, talk, before }: Using & { readonly before: readonly JobOutcome[] },
  ): Promise<Reply> {
    const { request } = asked[0];
    const settings = settingsKey(request);
    const memory = { last: () => this.#world.cache.choices.last(settings) };
    this.#asking = { talk, asked };
    if (this.#inHand?.read !== read) this.#hold(read, false);
    // One for all pages of the conversation: by it the newer page takes the older one's place.
    this.#cancelling ??= new Cancelling(talk, (error) => this.#cancelled(error, talk));
    // All who asked in the same way get the same answer.
    const isSame = (order: OpenOrder) =>
      canonical(settingsKey(order.request)) === canonical(settings);
    const choice = new RoleChoice({
      ...request,
      asker: askerOf(asked.filter(isSame).map((order) => order.request)),
    }, {
      memory,
      world: this.#world,
    });
    return await choice.decide(read, {
      talk: this.#cancelling,
      then: async (pair) => {
        const picked = await this.#redeem((open) => jobsFor(open.filter(isSame), pair), { read });
        return this.#answer(picked, { talk, before });
      },
    });
  }

  /** Cancel is the answer to those who were to pick; with nobody else waiting it ends the sign-in. */
  #cancelled(error: unknown, talk: Talk): Page {
    const asked = this.#asking?.asked ?? [];
    const othersWait = this.#orders.open().some((each) => each.alive && !asked.includes(each));
    if (!(error instanceof UserError) || !othersWait) return talk.fail(error);
    this.#orders.failed(asked, error);
    return talk.finish(troublePage(error, { status: 502, waiting: false }));
  }

  /**
   * Ends the use of an assertion.
   *
   * @param before what it brought already, and what was told of that
   */
  #answer(
    outcomes: readonly JobOutcome[],
    { talk, before = [] }: { readonly talk: Talk; readonly before?: readonly JobOutcome[] },
  ): Reply {
    const ended = before.length === 0 ? this.#endOfAll(outcomes, talk) : undefined;
    if (ended !== undefined) return ended;
    this.#tellFailures(outcomes);
    return talk.finish(outcomePage(outcomes, { before, now: this.#world.now() }));
  }

  /** What ends, or keeps up, the wait of everybody; `undefined` for outcomes that are each one's own. */
  #endOfAll(outcomes: readonly JobOutcome[], talk: Talk): Page | undefined {
    const error = sharedError(outcomes);
    if (error === undefined) return undefined;
    // Nobody is told of an assertion that is false: a true one may still come.
    return isFalseAssertion(error) ? talk.refuse(error, AFTER_FALSE_MS) : talk.fail(error);
  }

  /** The words for the first who waits: it is their sign-in that the person sees. */
  #refuse({ read, talk }: Using): Reply {
    const first = firstOf(this.#orders.open());
    const objection = first && judge(read.response, first.request, this.#world.now());
    if (objection !== undefined) return talk.refuse(objection.with({ person: read.person }));
    return talk.finish(outcomePage([], { before: [], now: this.#world.now() }));
  }

  #tellFailures(outcomes: readonly JobOutcome[]): void {
    for (const { job, outcome } of outcomes) {
      if (outcome instanceof UserError) this.#orders.failed(job.orders, outcome);
    }
  }

  /**
   * Exchanges the assertion for each job, and keeps what STS gives.
   *
   * @param jobsOf asked when the earlier batches are done, so that nobody is served twice
   */
  #redeem(
    jobsOf: (orders: readonly OpenOrder[]) => readonly Job[],
    how: Redeeming,
  ): Promise<readonly JobOutcome[]> {
    const serve = async (job: Job) => ({ job, outcome: await this.#serve(job, how) });
    const batch = this.#batch.then(() => mapAtMost(AT_ONCE, jobsOf(this.#unserved()), serve));
    this.#batch = batch.catch(() => {});
    return batch;
  }

  async #serve(job: Job, { read, late }: Redeeming): Promise<SignedIn | UserError> {
    const { signal, watch, now, cache } = this.#world;
    const { orders: [{ request }], pair } = job;
    try {
      const region = regionFor(request, pair);
      // How the sign-in stands that may be under way is not changed by who is served beside it.
      if (!late) watch({ kind: "exchanging", role: pair.role.text, region: region.name });
      const exchange = await this.#loadExchange();
      const asked = exchangeRequest(request, pair, read);
      const { credentials, shortenedTo } = await exchange(asked, signal);
      this.#hold(read, true);
      const { person } = read;
      const session = { credentials, roleArn: pair.role.text, person, issued: now() };
      await cache.sessions.store(sessionKey(request, pair), session);
      await this.#remember(job);
      const askedSeconds = request.durationSeconds;
      const signedIn = { credentials, ...pair, region, person, askedSeconds, shortenedTo };
      for (const message of [shortenedSentence(signedIn), shortLifeSentence(signedIn, now())]) {
        if (message !== undefined) watch({ kind: "warning", message });
      }
      this.#orders.kept(job.orders);
      return signedIn;
    } catch (error) {
      // What is interrupted has not failed: whoever still waits starts another.
      signal.throwIfAborted();
      const explained = explainWithAssertion(error, read.response, pair.provider);
      if (explained instanceof UserError) return explained;
      throw error;
    }
  }

  /** Also what nobody had to pick: who did not name both ARNs finds the session by the choice only. */
  async #remember({ orders, pair: { role, provider } }: Job): Promise<void> {
    const open = orders.filter(({ request }) => !request.role || !request.provider);
    const settings = new Map(open.map(({ request }) => {
      const key = settingsKey(request);
      return [canonical(key), key];
    }));
    const choice = { roleArn: role.text, providerArn: provider.text };
    for (const each of settings.values()) await this.#world.cache.choices.remember(each, choice);
  }
}
