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
import { ExitCode, UserError } from "../errors.ts";
import { mapAtMost } from "../parallel.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import { explainWithAssertion } from "../saml/remarks.ts";
import { judge } from "../saml/verdict.ts";
import type { Reply } from "./acs.ts";
import { Cancelling } from "./cancelling.ts";
import { RoleChoice } from "./choose_role.ts";
import { converse } from "./conversation.ts";
import type { Purpose, Talk } from "./talk.ts";
import { shortenedSentence, shortLifeSentence, type SignedIn } from "./outcome.ts";
import type { Page } from "./pages/page.ts";
import { donePage, nobodyPage, successPage, troublePage } from "./pages/pages.ts";
import { exchangeRequest } from "./exchange_request.ts";
import { regionFor } from "./region.ts";
import type { SignInWorld } from "./sign_in.ts";
import { AFTER_FALSE_MS } from "./take_role.ts";
import { askedOf, askerOf, firstOf, type Job, jobsOf, type ServedWish } from "./wishes.ts";

/** Where wishes come from, and what becomes of them. */
export interface WishBook {
  /** Those that wait now. */
  readonly wishes: () => Promise<readonly ServedWish[]>;
  readonly served: (wishes: readonly ServedWish[]) => void;
  /** What became of their settings. */
  readonly failed: (wishes: readonly ServedWish[], error: UserError) => void;
  /** Whether anybody who lives waits, these aside. */
  readonly othersWait: (than: readonly ServedWish[]) => boolean;
  /** Whether another sign-in has brought the session of a wish meanwhile. */
  readonly isKept: (wish: ServedWish) => boolean;
  readonly keep: (kept: { readonly key: SessionKey; readonly session: Session }) => Promise<void>;
  readonly choices: Pick<Choices, "last" | "remember">;
}

interface JobOutcome {
  readonly job: Job;
  readonly outcome: SignedIn | UserError;
}

/** An assertion in use, and the conversation that it came in. */
interface Using {
  readonly read: ReadAssertion;
  readonly talk: Talk;
}

const AT_ONCE = 8;

/**
 * How long after the last wish was served others may still come and be served by the same assertion,
 * milliseconds: a hundred callers started at once take seconds to say what they want.
 */
const LINGER_MS = 3000;

const PAUSE_MS = 100;

/**
 * Signs in once and serves all wishes that the assertion can serve.
 *
 * @returns whether there was anything to sign in for
 */
export async function serveOnce(book: WishBook, world: SignInWorld & Pauses): Promise<boolean> {
  const first = firstOf(await book.wishes());
  if (first === undefined) return false;
  const serving = new Serving(book, world);
  const { request } = first;
  const region = request.region?.name ?? request.role?.partition.defaultRegion ?? "us-east-1";
  const purpose: Purpose = {
    title: request.role?.text ?? "a role to pick",
    // With several wishes an assertion only has to offer something; who gets nothing signs in again.
    expected: { idp: request.idp, encrypted: true },
    wanted: () => serving.isWanted(),
    use: (read, talk) => serving.use(read, talk),
    prepare: () => serving.exchange(),
    rehearse: () => world.rehearse(region),
  };
  try {
    await converse(request, world, purpose);
  } finally {
    await serving.meanwhile;
  }
  await serving.linger();
  return true;
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
  #meanwhile: Promise<void> | undefined;
  /** Who is to pick, by the page that was opened last. */
  #asked: readonly ServedWish[] = [];
  #cancelling: Cancelling | undefined;

  constructor(book: WishBook, world: SignInWorld & Pauses) {
    this.#book = book;
    this.#world = world;
  }

  exchange(): Promise<Exchange> {
    return this.#exchange ??= this.#world.loadExchange();
  }

  /** Whether a tab is still worth opening: the port may have come only after another sign-in. */
  async isWanted(): Promise<boolean> {
    const wishes = await this.#book.wishes();
    const kept = wishes.filter((wish) => this.#book.isKept(wish));
    this.#book.served(kept);
    return kept.length < wishes.length;
  }

  /** Serves what can be served without asking the person; then asks, if that is left. */
  async use(read: ReadAssertion, talk: Talk): Promise<Reply> {
    const wishes = await this.#book.wishes();
    const jobs = jobsOf(wishes, read);
    const asked = askedOf(wishes, read);
    if (jobs.length === 0 && asked.length === 0) return this.#refuse(wishes, { read, talk });
    // First: somebody who is asked may take their time, or cancel.
    const outcomes = await this.#redeem(jobs, read);
    const [asking] = asked;
    if (asking === undefined) return this.#answer(outcomes, { read, talk });
    const ended = this.#endOfAll(outcomes, talk);
    if (ended !== undefined) return ended;
    this.#tellFailures(outcomes);
    if (outcomes.some(({ outcome }) => !(outcome instanceof UserError))) this.#read = read;
    return await this.#ask([asking, ...asked.slice(1)], { read, talk, outcomes });
  }

  /** Serves wishes that came too late for the conversation, as long as the assertion is good. */
  async linger(): Promise<void> {
    const read = this.#read;
    if (read === undefined) return;
    const { now, pause, signal } = this.#world;
    let until = now() + LINGER_MS;
    // Not a second longer than is sure: a refusal would be told to somebody who can sign in anew.
    while (now() < Math.min(until, read.expires) && !signal.aborted) {
      const jobs = jobsOf(await this.#book.wishes(), read);
      if (jobs.length > 0) {
        this.#tellFailures(await this.#redeem(jobs, read));
        until = now() + LINGER_MS;
      } else await pause(PAUSE_MS);
    }
  }

  /** Has the person pick for the first of these; what was served before is told with it. */
  async #ask(
    asked: readonly [ServedWish, ...ServedWish[]],
    { read, talk, outcomes }: Using & { readonly outcomes: readonly JobOutcome[] },
  ): Promise<Reply> {
    const [asking] = asked;
    const { choices } = this.#book;
    const memory = {
      last: () => choices.last(asking.settings),
      remember: () => Promise.resolve(),
    };
    // All who asked in the same way get the same answer.
    const same: Job["wishes"] = [
      asking,
      ...asked.slice(1).filter(({ settings }) =>
        JSON.stringify(settings) === JSON.stringify(asking.settings)
      ),
    ];
    this.#asked = asked;
    // One for all pages of the conversation: by it the newer page takes the older one's place.
    this.#cancelling ??= new Cancelling(talk, (error) => this.#cancelled(error, talk));
    const request = { ...asking.request, asker: askerOf(same) };
    const reply = await new RoleChoice(request, { memory, world: this.#world }).decide(
      read,
      {
        talk: this.#cancelling,
        then: async (pair) => {
          const picked = await this.#redeem([{ wishes: same, pair }], read);
          return this.#answer(picked, { read, talk }, outcomes);
        },
      },
    );
    this.#meanwhile ??= this.#serveMeanwhile({ read, talk });
    return reply;
  }

  /** Resolves when nobody is served any more beside a page to pick from. */
  get meanwhile(): Promise<void> | undefined {
    return this.#meanwhile;
  }

  /** Whoever comes with a role of their own does not wait for the one who picks. */
  async #serveMeanwhile({ read, talk }: Using): Promise<void> {
    const { now, pause, signal } = this.#world;
    try {
      while (true) {
        await pause(PAUSE_MS);
        if (talk.over || signal.aborted || now() >= read.expires) return;
        const outcomes = await this.#redeem(jobsOf(await this.#book.wishes(), read), read);
        const errors = outcomes.map(({ outcome }) => outcome);
        // Nobody has confirmed this assertion by a click yet: it may be any web page's.
        if (errors.some((each) => each instanceof UserError && isFalseAssertion(each))) return;
        this.#tellFailures(outcomes);
      }
    } catch (error) {
      if (!signal.aborted) talk.fail(error);
    }
  }

  /** Cancel is the answer to those who were to pick; with nobody else waiting it ends the sign-in. */
  #cancelled(error: unknown, talk: Talk): Page {
    const asked = this.#asked;
    if (!(error instanceof UserError) || !this.#book.othersWait(asked)) return talk.fail(error);
    this.#book.failed(asked, error);
    return talk.finish(troublePage(error, { status: 502, waiting: false }));
  }

  /**
   * Ends the use of the assertion.
   *
   * @param before what it brought already, and what was told of that
   */
  #answer(
    outcomes: readonly JobOutcome[],
    { read, talk }: Using,
    before: readonly JobOutcome[] = [],
  ): Reply {
    const ended = before.length === 0 ? this.#endOfAll(outcomes, talk) : undefined;
    if (ended !== undefined) return ended;
    this.#tellFailures(outcomes);
    const errors = [...before, ...outcomes].flatMap(({ outcome }) =>
      outcome instanceof UserError ? [outcome] : []
    );
    const first = outcomes[0]?.outcome;
    const given = before.length + outcomes.length - errors.length;
    if (given > 0) this.#read = read;
    if (outcomes.length === 1 && first !== undefined && !(first instanceof UserError)) {
      return talk.finish(successPage(first, this.#world.now()));
    }
    const [error] = errors;
    if (given === 0 && error !== undefined) {
      return talk.finish(troublePage(error, { status: 502, waiting: false }));
    }
    const sentence = `${given} session${given === 1 ? "" : "s"} went to the commands that asked`;
    const more = errors.map((error) => `Failed: ${error.message}`);
    return talk.finish(donePage({ sentence, more }));
  }

  /** What ends, or keeps up, the wait of everybody; `undefined` for outcomes that are each one's own. */
  #endOfAll(outcomes: readonly JobOutcome[], talk: Talk): Page | undefined {
    const first = outcomes[0]?.outcome;
    if (!(first instanceof UserError)) return undefined;
    const all = (fits: (error: UserError) => boolean) =>
      outcomes.every(({ outcome }) => outcome instanceof UserError && fits(outcome));
    // Nobody is told of an assertion that is false: a true one may still come.
    if (all(isFalseAssertion)) return talk.refuse(first, AFTER_FALSE_MS);
    if (all(({ exitCode }) => exitCode === ExitCode.UNREACHABLE)) return talk.fail(first);
    return undefined;
  }

  /** The words for the first who waits: it is their sign-in that the person sees. */
  #refuse(wishes: readonly ServedWish[], { read, talk }: Using): Reply {
    const first = firstOf(wishes);
    const objection = first && judge(read.response, first.request, this.#world.now());
    if (objection !== undefined) return talk.refuse(objection.with({ person: read.person }));
    // Whoever waited has gone meanwhile.
    return talk.finish(nobodyPage());
  }

  #tellFailures(outcomes: readonly JobOutcome[]): void {
    for (const { job, outcome } of outcomes) {
      if (outcome instanceof UserError) this.#book.failed(job.wishes, outcome);
    }
  }

  /** Exchanges the assertion for each job, and keeps what STS gives. */
  async #redeem(jobs: readonly Job[], read: ReadAssertion): Promise<readonly JobOutcome[]> {
    const { signal } = this.#world;
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
        // What is interrupted has not failed: whoever still waits starts another.
        signal.throwIfAborted();
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
