/**
 * Sign-ins for many orders: the assertion that comes is exchanged for every role that somebody waits for
 * and that it offers.
 *
 * @module
 */

import { isFalseAssertion } from "../aws/refusal.ts";
import {
  canonical,
  type Session,
  type SessionCache,
  type SessionKey,
} from "../credentials/cache.ts";
import type { Choices } from "../credentials/remembered.ts";
import { UserError } from "../errors.ts";
import { mapAtMost } from "../wait.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import { judge } from "../saml/verdict.ts";
import { chooseRole, regionObjection } from "../sign_in/choose_role.ts";
import { converse } from "../sign_in/conversation.ts";
import {
  askerOf,
  isAnother,
  sessionKey,
  settingsKey,
  showingEndpoint,
} from "../sign_in/request.ts";
import type { Next } from "../sign_in/next.ts";
import { type SignedIn, warningsOf } from "../sign_in/outcome.ts";
import { cancelled } from "../sign_in/open_question.ts";
import { AT_ONCE, redeem, sharedError } from "../sign_in/redeem.ts";
import type { SignInWorld } from "../sign_in/sign_in.ts";
import {
  askedOf,
  asUserError,
  firstOf,
  type Job,
  type JobOutcome,
  jobsFor,
  jobsOf,
  type OpenOrder,
  outcomePage,
} from "./outcomes.ts";

/** The orders of a server, and what becomes of them. */
export interface Orders {
  /** Those that wait now, the oldest first. */
  readonly open: () => readonly OpenOrder[];
  /** Tells if the session of an order is in the cache. */
  readonly isKept: (order: OpenOrder) => boolean;
  readonly kept: (orders: readonly OpenOrder[]) => void;
  /** The orders' session could not be cached. */
  readonly handed: (orders: readonly OpenOrder[], uncached: Uncached) => void;
  readonly failed: (orders: readonly OpenOrder[], error: UserError) => void;
}

/** A session that could not be cached, and why. */
export interface Uncached {
  readonly key: SessionKey;
  readonly session: Session;
  readonly pair: OfferedRole;
  readonly error: UserError;
}

/** The world of shared sign-ins. */
export interface SharedWorld extends SignInWorld {
  readonly cache: {
    readonly sessions: Pick<SessionCache, "store">;
    readonly choices: Pick<Choices, "last" | "remember">;
  };
}

/** An assertion that is exchanged, and whether for orders that came after it. */
interface Redemption {
  readonly read: ReadAssertion;
  readonly late?: boolean;
}

/** The sign-ins of one server, one after the other. */
export class SharedSignIn {
  readonly #orders: Orders;
  readonly #world: SharedWorld;
  /** The batch of exchanges that was begun last. */
  #batch: Promise<unknown> = Promise.resolve();
  /** The assertion whose person was confirmed. */
  #confirmed: ReadAssertion | undefined;
  /** Serves those who come now without a sign-in of their own; `accepted` once STS has taken it. */
  #inHand: { readonly read: ReadAssertion; readonly accepted: boolean } | undefined;
  /** The conversation that is under way: what ends it, and those for whom a role is to be picked in it. */
  #conversation: { readonly stop: AbortController; asked?: readonly OpenOrder[] } | undefined;

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
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#world.signal, stop.signal]);
    const watch = showingEndpoint(this.#world.watch, request);
    this.#conversation = { stop };
    try {
      // Each caller's own time-out ends its own wait.
      await converse({ ...request, timeoutMs: undefined }, { ...this.#world, watch, signal }, {
        title: request.role?.text ?? "a role to pick",
        // An assertion only has to offer something; who gets nothing has another sign-in.
        expected: { idp: request.idp, encrypted: true },
        // The port may have come only after another sign-in, which brought it all.
        wanted: () => Promise.resolve(this.#unserved().length > 0),
        use: (read) => this.#use(read),
        prepare: this.#world.loadExchange,
      });
    } finally {
      this.#conversation = undefined;
      if (!this.#inHand?.accepted) this.#inHand = undefined;
    }
  }

  /** Serves those who can be served by the assertion in hand. Never rejects. */
  async serveLate(): Promise<void> {
    const read = this.#inHand?.read;
    // Not a second longer than is sure: who would be refused for its age can sign in anew.
    if (read === undefined || this.#world.now() >= read.expires) return;
    try {
      const outcomes = await this.#redeem((open) => this.#jobsOf(open, read), { read, late: true });
      const isFalse = ({ outcome }: JobOutcome) =>
        outcome instanceof UserError && isFalseAssertion(outcome);
      // Beside a page to pick from nobody has confirmed it yet: it may be any web page's.
      if (outcomes.some(isFalse)) this.#inHand = undefined;
      else this.#tellFailures(outcomes);
    } catch (error) {
      if (this.#world.signal.aborted) return;
      if (this.#conversation?.asked !== undefined) this.#conversation.stop.abort(error);
      else this.#orders.failed(this.#orders.open(), asUserError(error));
    }
  }

  /** The orders whose sessions have not been kept meanwhile, by another sign-in or an earlier batch. */
  #unserved(): readonly OpenOrder[] {
    this.#orders.kept(this.#orders.open().filter((order) => this.#orders.isKept(order)));
    return this.#orders.open();
  }

  /** Serves who waits, once the person has confirmed that somebody else signs in than last time. */
  async #use(read: ReadAssertion): Promise<Next> {
    const served = jobsOf(this.#orders.open(), read).flatMap(({ orders }) => orders);
    const others = served.filter((order) => isAnother(read, this.#lastPerson(order)));
    const [first] = others;
    if (first === undefined) return await this.#serveAll(read);
    const { personQuestion } = await import("../sign_in/questions.ts");
    const asker = askerOf(others.map(({ request }) => request));
    const question = personQuestion(read, { last: this.#lastPerson(first), asker }, async () => {
      this.#confirmed = read;
      return await this.#serveAll(read);
    });
    return { kind: "ask", question };
  }

  #lastPerson({ request }: OpenOrder): string | undefined {
    return this.#world.cache.choices.last(settingsKey(request))?.person;
  }

  /** The jobs that need nobody to be asked: not as somebody else than last time, unless that was confirmed. */
  #jobsOf(open: readonly OpenOrder[], read: ReadAssertion): readonly Job[] {
    const isConfirmed = (order: OpenOrder) =>
      this.#confirmed === read || !isAnother(read, this.#lastPerson(order));
    return jobsOf(open.filter(isConfirmed), read);
  }

  /** Serves what can be served without asking the person; then asks, if that is left. */
  async #serveAll(read: ReadAssertion): Promise<Next> {
    const asked = askedOf(this.#orders.open(), read);
    // First: somebody who is asked may take their time, or cancel.
    const outcomes = await this.#redeem((open) => this.#jobsOf(open, read), { read });
    const shared = sharedError(outcomes.map(({ outcome }) => outcome), read);
    if (shared !== undefined) return shared;
    this.#tellFailures(outcomes);
    const [first, ...others] = asked;
    if (first !== undefined) return await this.#ask([first, ...others], read, outcomes);
    return (outcomes.length === 0 ? this.#refusal(read) : undefined) ?? this.#done(outcomes);
  }

  /** Has the person pick for the first of these; what was served before is on its page. */
  async #ask(
    asked: readonly [OpenOrder, ...OpenOrder[]],
    read: ReadAssertion,
    before: readonly JobOutcome[],
  ): Promise<Next> {
    const { request } = asked[0];
    const settings = settingsKey(request);
    if (this.#conversation !== undefined) this.#conversation.asked = asked;
    if (this.#inHand?.read !== read) this.#inHand = { read, accepted: false };
    // All who asked in the same way get the same answer.
    const isSame = (order: OpenOrder) =>
      canonical(settingsKey(order.request)) === canonical(settings);
    const asker = askerOf(asked.filter(isSame).map((order) => order.request));
    return await chooseRole(read, { ...request, asker }, {
      memory: { last: () => this.#world.cache.choices.last(settings) },
      watch: this.#world.watch,
      cancel: () => this.#cancel(),
      use: async (pair) => {
        const picked = await this.#redeem((open) => jobsFor(open.filter(isSame), pair), { read });
        const outcomes = picked.map(({ outcome }) => outcome);
        const shared = before.length === 0 ? sharedError(outcomes, read) : undefined;
        if (shared !== undefined) return shared;
        this.#tellFailures(picked);
        return this.#done(picked, before);
      },
    });
  }

  /** Ends the wait of those who were to pick; with nobody else waiting it ends the sign-in. */
  #cancel(): Next {
    const failed = cancelled();
    const asked = this.#conversation?.asked ?? [];
    const othersWait = this.#orders.open().some((each) => each.alive && !asked.includes(each));
    if (!othersWait) return failed;
    this.#orders.failed(asked, failed.error);
    return { kind: "done", page: failed.page };
  }

  /** Refuses in the words for the first who waits: it is their sign-in that the person sees. */
  #refusal(read: ReadAssertion): Next | undefined {
    const first = firstOf(this.#orders.open());
    const objection = first && (judge(read, first.request, this.#world.now()) ??
      regionObjection(read, first.request));
    return objection && { kind: "refused", error: objection.with({ person: read.person }) };
  }

  /**
   * Ends the sign-in well.
   *
   * @param before the outcomes that the assertion brought already
   */
  #done(outcomes: readonly JobOutcome[], before: readonly JobOutcome[] = []): Next {
    const page = outcomePage(outcomes, { before, now: this.#world.now() });
    return { kind: "done", page };
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
    how: Redemption,
  ): Promise<readonly JobOutcome[]> {
    const serve = async (job: Job) => ({ job, outcome: await this.#serve(job, how) });
    const batch = this.#batch.then(() => mapAtMost(AT_ONCE, jobsOf(this.#unserved()), serve));
    this.#batch = batch.catch(() => {});
    return batch;
  }

  async #serve(job: Job, { read, late }: Redemption): Promise<SignedIn | UserError> {
    const { watch, now, cache } = this.#world;
    const { orders: [{ request }], pair } = job;
    const signedIn = await redeem(pair, {
      ...{ read, request },
      world: this.#world,
      // How the sign-in stands that may be under way is not changed by who is served beside it.
      quiet: late,
    });
    if (signedIn instanceof UserError) return signedIn;
    this.#inHand = { read, accepted: true };
    for (const message of warningsOf(signedIn, now())) watch({ kind: "warning", message });
    const { credentials, person } = signedIn;
    const session = { credentials, roleArn: pair.role.text, person, issued: now() };
    const key = sessionKey(request, pair);
    try {
      await cache.sessions.store(key, session);
      await this.#remember(job, person);
      this.#orders.kept(job.orders);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // Nobody should sign in for nothing because a disk is full.
      this.#orders.handed(job.orders, { key, session, pair, error });
    }
    return signedIn;
  }

  /**
   * Remembers the role and the person, also where nobody had to pick: who did not name both ARNs finds the session by
   * that only, and somebody else is asked.
   */
  async #remember({ orders, pair: { role, provider } }: Job, person: string | undefined) {
    const settings = new Map(orders.map(({ request }) => {
      const key = settingsKey(request);
      return [canonical(key), key];
    }));
    const choice = { roleArn: role.text, providerArn: provider.text, person };
    for (const each of settings.values()) await this.#world.cache.choices.remember(each, choice);
  }
}
