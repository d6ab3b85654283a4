/**
 * A session that is renewed when it is asked for and nearly over; one sign-in for all who ask meanwhile.
 *
 * SDKs wait for an answer for a second or two, and a person signs in for longer. So the old session is given
 * out until its very end, and who asks behind that is told to ask again.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../../errors.ts";
import { isFresh, type Session } from "../../credentials/cache.ts";
import type { EndpointAnswer } from "../../delivery/credentials_endpoint.ts";
import { within } from "../../wait.ts";

/** What a session is renewed by. */
export interface RenewalWorld {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A fresh session that another command has cached. */
  readonly cached: () => Session | undefined;
  /** Signs in for another one; rejects with a UserError where that fails. */
  readonly renew: (old: Session) => Promise<Session>;
  /** Told of a renewal that failed, once for each. */
  readonly onFailure: (error: UserError) => void;
  /** As {@linkcode HOLD_MS}; tests shorten it. */
  readonly holdMs?: number;
}

/**
 * How long an answer waits for a sign-in once nothing is left to give out, milliseconds. With a session at the IdP
 * a sign-in takes seconds and no hand; JavaScript and Java wait for one second, and ask again.
 */
const HOLD_MS = 700;

/** A session with less time left would be over before a request that is signed with it arrives, milliseconds. */
const OVER_MS = 1000;

/**
 * How long a failure stands before somebody who asks has another tab opened, milliseconds; it doubles with each in
 * a row. A job that runs at night asks all the time, and nobody is there.
 */
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** A session, and those that take its place. */
export class RenewingSession {
  #session: Session;
  readonly #world: RenewalWorld;
  #renewal: Promise<void> | undefined;
  #failure: { readonly error: UserError; readonly until: number } | undefined;
  /** How many renewals failed in a row. */
  #failures = 0;

  constructor(session: Session, world: RenewalWorld) {
    this.#session = session;
    this.#world = world;
  }

  /** Answers who asks; begins a renewal where one is due. Never rejects. */
  async answer(): Promise<EndpointAnswer> {
    if (!this.#isFresh()) this.#renewSoon();
    if (this.#isOver() && this.#renewal !== undefined) {
      await within(this.#world.holdMs ?? HOLD_MS, this.#renewal);
    }
    if (!this.#isOver()) {
      return { kind: "credentials", credentials: this.#session.credentials };
    }
    if (this.#renewal === undefined && this.#failure !== undefined) {
      return { kind: "refused", error: this.#failure.error };
    }
    return { kind: "pending", message: PENDING };
  }

  /** Resolves when no renewal is under way. */
  async settled(): Promise<void> {
    await this.#renewal;
  }

  #isFresh(): boolean {
    const { credentials, issued } = this.#session;
    return isFresh(credentials.expiration, issued, this.#world.now());
  }

  #isOver(): boolean {
    return this.#session.credentials.expiration - this.#world.now() < OVER_MS;
  }

  #renewSoon(): void {
    const cached = this.#world.cached();
    if (cached !== undefined) return this.#take(cached);
    const paused = this.#failure !== undefined && this.#world.now() < this.#failure.until;
    if (!paused) this.#renewal ??= this.#renew();
  }

  async #renew(): Promise<void> {
    try {
      this.#take(await this.#world.renew(this.#session));
    } catch (error) {
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures++, LONGEST_PAUSE_MS);
      const failed = asUserError(error);
      this.#failure = { error: failed, until: this.#world.now() + pauseMs };
      this.#world.onFailure(failed);
    } finally {
      this.#renewal = undefined;
    }
  }

  #take(session: Session): void {
    this.#session = session;
    this.#failure = undefined;
    this.#failures = 0;
  }
}

const PENDING = "The AWS session is over. Sign in in your browser to renew it, then try again";

/** The command goes on, so that a bug here is no reason to end. */
function asUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  return new UserError("fault", `The driver failed: ${messageOf(error)}`, {
    exitCode: ExitCode.FAULT,
    cause: error,
  });
}
