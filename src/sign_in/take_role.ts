/**
 * One role of an assertion: decided, exchanged, delivered.
 *
 * @module
 */

import { isFalseAssertion } from "../aws/refusal.ts";
import type { Region } from "../aws/region.ts";
import type { Exchange, Exchanged } from "../aws/sts.ts";
import { UserError } from "../errors.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import { assertionRemarks, explainWithAssertion } from "../saml/remarks.ts";
import type { Secret } from "../secret.ts";
import type { Reply } from "./listener/acs.ts";
import { RoleChoice } from "./choose_role.ts";
import type { Talk } from "./talk.ts";
import type { Watch } from "./events.ts";
import { shortenedSentence, shortLifeSentence, type SignedIn } from "./outcome.ts";
import { type DoneWords, overPage, successPage } from "./pages/pages.ts";
import { exchangeRequest } from "./exchange_request.ts";
import { regionFor } from "./region.ts";
import type { ChoiceMemory, SignInRequest } from "./request.ts";

/** What taking a role needs of the world. */
export interface TakingWorld {
  readonly now: () => number;
  readonly loadExchange: () => Promise<Exchange>;
  readonly watch: Watch;
  readonly signal: AbortSignal;
  /** How long the wait goes on after a false assertion, milliseconds; tests shorten it. */
  readonly afterFalseMs?: number;
}

/**
 * Hands the credentials to whoever asked, while the tab still waits for its page.
 *
 * @returns what became of them, for the terminal, as a sentence without its full stop
 */
export type Deliver = (signedIn: SignedIn) => Promise<string | Delivered>;

/** A delivery with more to it than a sentence. */
export interface Delivered {
  readonly sentence: string;
  /** Where the tab goes on to: the console's login URL. */
  readonly console?: Secret | undefined;
  /** What the page says of it. */
  readonly page?: DoneWords | undefined;
}

/**
 * How long the wait goes on after STS called an assertion false. Any page on the web may have posted
 * it, so it must not end the wait; but most often the settings are wrong, and the person is waiting.
 */
export const AFTER_FALSE_MS = 30_000;

/** Takes one role, once, however many assertions come. */
export class RoleTaking {
  readonly #request: SignInRequest;
  readonly #world: TakingWorld;
  readonly #choice: RoleChoice;
  readonly #memory: ChoiceMemory;
  readonly #deliver: Deliver;

  constructor(
    request: SignInRequest,
    world: TakingWorld,
    { memory, deliver }: { readonly memory: ChoiceMemory; readonly deliver: Deliver },
  ) {
    this.#request = request;
    this.#world = world;
    this.#choice = new RoleChoice(request, { memory, world });
    this.#memory = memory;
    this.#deliver = deliver;
  }

  /** Uses an assertion that was judged fine. */
  async use(read: ReadAssertion, talk: Talk): Promise<Reply> {
    return await this.#choice.decide(read, {
      talk,
      then: (pair) => this.#redeem(pair, { read, talk }),
    });
  }

  async #redeem(
    pair: OfferedRole,
    { read, talk }: { readonly read: ReadAssertion; readonly talk: Talk },
  ): Promise<Reply> {
    const { watch, signal } = this.#world;
    const request = this.#request;
    let exchanged: Exchanged;
    let region: Region;
    try {
      region = regionFor(request, pair);
      const asked = { durationSeconds: request.durationSeconds, now: this.#world.now() };
      for (const message of assertionRemarks(read.response.assertion, asked)) {
        watch({ kind: "detail", message });
      }
      watch({ kind: "exchanging", role: pair.role.text, region: region.name });
      const exchange = await this.#world.loadExchange();
      exchanged = await exchange(exchangeRequest(request, pair, read), signal);
    } catch (error) {
      if (talk.over) return overPage();
      const explained = explainWithAssertion(error, read.response, pair.provider);
      return explained instanceof UserError && isFalseAssertion(explained)
        ? talk.refuse(explained, this.#world.afterFalseMs ?? AFTER_FALSE_MS)
        : talk.fail(explained);
    }
    // Two tabs, two good assertions: the first one that STS took is delivered, once.
    if (talk.over) return overPage();
    return await this.#finish({
      credentials: exchanged.credentials,
      ...pair,
      region,
      person: read.person,
      askedSeconds: request.durationSeconds,
      shortenedTo: exchanged.shortenedTo,
    }, talk);
  }

  /** Also what nobody had to pick: without it a cached session is not found again. */
  async #remember({ role, provider }: OfferedRole): Promise<void> {
    if (this.#request.role !== undefined && this.#request.provider !== undefined) return;
    await this.#memory.remember({ roleArn: role.text, providerArn: provider.text });
  }

  async #finish(signedIn: SignedIn, talk: Talk): Promise<Reply> {
    const { watch, now } = this.#world;
    talk.close();
    try {
      const done = await this.#deliver(signedIn);
      const { sentence: delivered, console, page }: Delivered = typeof done === "string"
        ? { sentence: done }
        : done;
      await this.#remember(signedIn);
      watch({ kind: "signed-in", signedIn, delivered });
      for (const message of [shortenedSentence(signedIn), shortLifeSentence(signedIn, now())]) {
        if (message !== undefined) watch({ kind: "warning", message });
      }
      if (console !== undefined) return talk.goOn(console);
      return talk.finish(successPage(signedIn, now(), page));
    } catch (error) {
      return talk.fail(error);
    }
  }
}
