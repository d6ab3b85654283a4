/**
 * One conversation for many wishes: the assertion that comes is exchanged for every role that somebody
 * waits for and that it offers.
 *
 * @module
 */

import { isFalseAssertion } from "../aws/refusal.ts";
import type { Exchange } from "../aws/sts.ts";
import type { Session, SessionKey } from "../credentials/cache.ts";
import type { Choices } from "../credentials/choices.ts";
import { messageOf, UserError } from "../errors.ts";
import { mapAtMost } from "../parallel.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import { explainWithAssertion } from "../saml/remarks.ts";
import type { OfferedRole } from "../saml/roles.ts";
import { judge } from "../saml/verdict.ts";
import type { Reply } from "./acs.ts";
import { candidates, RoleChoice } from "./choose_role.ts";
import { converse } from "./conversation.ts";
import type { Talk } from "./talk.ts";
import { shortenedSentence, shortLifeSentence, type SignedIn } from "./outcome.ts";
import { donePage, successPage } from "./pages/pages.ts";
import { exchangeRequest } from "./exchange_request.ts";
import { regionFor } from "./region.ts";
import type { SignInRequest } from "./request.ts";
import type { SignInWorld } from "./sign_in.ts";
import { AFTER_FALSE_MS } from "./take_role.ts";

/** A wish, understood. */
export interface ServedWish {
  readonly id: string;
  readonly request: SignInRequest;
  /** What a choice of the person's is remembered for. */
  readonly settings: SessionKey;
  readonly keyOf: (pair: OfferedRole) => SessionKey;
}

/** Where wishes come from, and what becomes of them. */
export interface WishBook {
  /** Those that wait now. */
  readonly wishes: () => Promise<readonly ServedWish[]>;
  readonly served: (wishes: readonly ServedWish[]) => void;
  readonly failed: (wishes: readonly ServedWish[], error: UserError) => void;
  readonly keep: (kept: { readonly key: SessionKey; readonly session: Session }) => Promise<void>;
  readonly choices: Pick<Choices, "last" | "remember">;
}

/** One exchange, and all the wishes that it serves. */
interface Job {
  readonly wishes: readonly [ServedWish, ...ServedWish[]];
  readonly pair: OfferedRole;
}

interface JobOutcome {
  readonly job: Job;
  readonly outcome: SignedIn | UserError;
}

const AT_ONCE = 8;

/**
 * How long after the last wish was served others may still come and be served by the same assertion,
 * milliseconds: a hundred callers started at once take seconds to say what they want.
 */
const LINGER_MS = 3000;

const PAUSE_MS = 100;

/** Signs in once and serves all wishes that the assertion can serve. */
export async function serveOnce(book: WishBook, world: SignInWorld & Pauses): Promise<void> {
  const [first] = await book.wishes();
  if (first === undefined) return;
  const serving = new Serving(book, world);
  const { request } = first;
  const region = request.region?.name ?? request.role?.partition.defaultRegion ?? "us-east-1";
  await converse(request, world, {
    title: request.role?.text ?? "a role to pick",
    // With several wishes an assertion only has to offer something; who gets nothing signs in again.
    expected: { idp: request.idp, encrypted: true },
    use: (read, talk) => serving.use(read, talk),
    prepare: () => serving.exchange(),
    rehearse: () => world.rehearse(region),
  });
  await serving.linger();
}

/** Waiting for wishes that are late. */
export interface Pauses {
  readonly pause: (ms: number) => Promise<void>;
}

class Serving {
  readonly #book: WishBook;
  readonly #world: SignInWorld & Pauses;
  #exchange: Promise<Exchange> | undefined;
  #read: ReadAssertion | undefined;

  constructor(book: WishBook, world: SignInWorld & Pauses) {
    this.#book = book;
    this.#world = world;
  }

  exchange(): Promise<Exchange> {
    return this.#exchange ??= this.#world.loadExchange();
  }

  /** Serves what can be served without asking the person; else asks. */
  async use(read: ReadAssertion, talk: Talk): Promise<Reply> {
    const wishes = await this.#book.wishes();
    const jobs = jobsOf(wishes, read);
    const open = wishes.filter((wish) =>
      candidates(read, wish.request).length > (isDecided(wish) ? 1 : 0)
    );
    const [asking] = open;
    if (jobs.length === 0 && asking === undefined) {
      return this.#refuse(wishes, { read, talk });
    }
    if (asking === undefined) return await this.#answer(jobs, { read, talk });
    const { choices } = this.#book;
    const memory = {
      last: () => choices.last(asking.settings),
      remember: () => Promise.resolve(),
    };
    return await new RoleChoice(asking.request, { memory, world: this.#world }).decide(read, {
      talk,
      then: async (pair) => {
        // All who asked in the same way get the same answer.
        const same = open.filter(({ settings }) =>
          JSON.stringify(settings) === JSON.stringify(asking.settings)
        );
        return await this.#answer([...jobs, { wishes: [asking, ...same.slice(1)], pair }], {
          read,
          talk,
        });
      },
    });
  }

  /** Serves wishes that came too late for the conversation, as long as the assertion is good. */
  async linger(): Promise<void> {
    const read = this.#read;
    if (read === undefined) return;
    const { now, pause, signal } = this.#world;
    let until = now() + LINGER_MS;
    while (now() < Math.min(until, read.redeemableUntil) && !signal.aborted) {
      const jobs = jobsOf(await this.#book.wishes(), read);
      if (jobs.length > 0) {
        this.#tellFailures(await this.#redeem(jobs, read));
        until = now() + LINGER_MS;
      } else await pause(PAUSE_MS);
    }
  }

  async #answer(
    jobs: readonly Job[],
    { read, talk }: { readonly read: ReadAssertion; readonly talk: Talk },
  ): Promise<Reply> {
    const outcomes = await this.#redeem(jobs, read);
    const errors = outcomes.filter(({ outcome }) => outcome instanceof UserError);
    const first = outcomes[0]?.outcome;
    if (first instanceof UserError && errors.length === outcomes.length) {
      // Nobody is told of an assertion that is false: a true one may still come.
      if (isFalseAssertion(first)) return talk.refuse(first, AFTER_FALSE_MS);
      this.#tellFailures(outcomes);
      return talk.fail(first);
    }
    this.#tellFailures(outcomes);
    this.#read = read;
    if (outcomes.length === 1 && first !== undefined && !(first instanceof UserError)) {
      const delivered = "The credentials went to the program that asked for them";
      return talk.finish(successPage(first, { now: this.#world.now(), delivered }));
    }
    const sentence = `${outcomes.length - errors.length} sessions went to the programs that asked`;
    const more = errors.map(({ outcome }) => `Not given: ${messageOf(outcome)}`);
    return talk.finish(donePage("Signed in to AWS", sentence, more));
  }

  /** The words for the first who waits: it is their sign-in that the person sees. */
  #refuse(
    wishes: readonly ServedWish[],
    { read, talk }: { readonly read: ReadAssertion; readonly talk: Talk },
  ): Reply {
    const [first] = wishes;
    const objection = first && judge(read.response, first.request, this.#world.now());
    if (objection !== undefined) return talk.refuse(objection);
    // Whoever waited has gone meanwhile.
    return talk.finish(donePage("Signed in", "Nobody waits for credentials any more"));
  }

  #tellFailures(outcomes: readonly JobOutcome[]): void {
    for (const { job, outcome } of outcomes) {
      if (outcome instanceof UserError) this.#book.failed(job.wishes, outcome);
    }
  }

  /** Exchanges the assertion for each job, and keeps what STS gives. */
  async #redeem(jobs: readonly Job[], read: ReadAssertion): Promise<readonly JobOutcome[]> {
    return await mapAtMost(AT_ONCE, jobs, async (job) => {
      try {
        const signedIn = await this.#redeemOne(job, read);
        const { credentials, role, person } = signedIn;
        const session = { credentials, roleArn: role.text, person, issued: this.#world.now() };
        await this.#book.keep({ key: job.wishes[0].keyOf(job.pair), session });
        await this.#remember(job);
        this.#book.served(job.wishes);
        return { job, outcome: signedIn };
      } catch (error) {
        const explained = explainWithAssertion(error, read.response, job.pair.provider);
        if (explained instanceof UserError) return { job, outcome: explained };
        throw error;
      }
    });
  }

  /** Also what nobody had to pick: who did not name both ARNs finds the session by the choice only. */
  async #remember({ wishes, pair }: Job): Promise<void> {
    const choice = { roleArn: pair.role.text, providerArn: pair.provider.text };
    const open = wishes.filter(({ request: { role, provider } }) =>
      role === undefined || provider === undefined
    );
    const settings = new Map(open.map((wish) => [JSON.stringify(wish.settings), wish.settings]));
    for (const each of settings.values()) await this.#book.choices.remember(each, choice);
  }

  async #redeemOne({ wishes: [{ request }], pair }: Job, read: ReadAssertion): Promise<SignedIn> {
    const { watch, signal, now } = this.#world;
    const region = regionFor(request, pair);
    watch({ kind: "exchanging", role: pair.role.text, region: region.name });
    const exchange = await this.exchange();
    const { credentials, shortenedTo } = await exchange(
      exchangeRequest(request, pair, read),
      signal,
    );
    const signedIn: SignedIn = {
      credentials,
      ...pair,
      region,
      person: read.person,
      askedSeconds: request.durationSeconds,
      shortenedTo,
    };
    for (const warning of [shortenedSentence(signedIn), shortLifeSentence(signedIn, now())]) {
      if (warning !== undefined) watch({ kind: "warning", message: warning });
    }
    return signedIn;
  }
}

/** Whether a role was named, or its account by the provider, so that nobody has to be asked. */
function isDecided({ request }: ServedWish): boolean {
  return request.role !== undefined || request.provider !== undefined;
}

/** One job for each session, however many wait for it. */
function jobsOf(wishes: readonly ServedWish[], read: ReadAssertion): readonly Job[] {
  const jobs = new Map<string, Job>();
  for (const wish of wishes) {
    const [pair, ...others] = isDecided(wish) ? candidates(read, wish.request) : [];
    if (pair === undefined || others.length > 0) continue;
    const key = JSON.stringify(wish.keyOf(pair));
    const job = jobs.get(key);
    jobs.set(key, { pair, wishes: job === undefined ? [wish] : [...job.wishes, wish] });
  }
  return [...jobs.values()];
}
