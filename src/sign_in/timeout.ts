/**
 * The timeout of a wait at the port, which can be extended and never shortened: any web page can post what is
 * refused. And the errors of a wait in vain.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { ACS_PATH } from "./listener/acs.ts";
import { span } from "../text.ts";
import type { ConversationRequest } from "./request.ts";

/** The most that a wait may become longer than was set, milliseconds: the life of an assertion, and time to sign in again. */
const MORE_TIME_MS = 6 * 60_000;

/** The timeout of one wait; none at first. */
export class Timeout {
  readonly #now: () => number;
  readonly #onExpired: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #instant: number | undefined;
  #expired = false;
  /** The instant at which it expires whatever happens. */
  #latest = Infinity;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number, onExpired: () => void) {
    this.#now = now;
    this.#onExpired = onExpired;
  }

  /** The instant at which it expires, milliseconds since 1970; `undefined` for never. */
  get instant(): number | undefined {
    return this.#instant;
  }

  get expired(): boolean {
    return this.#expired;
  }

  /** Sets it for the first time, milliseconds from now. */
  start(ms: number): void {
    this.#latest = this.#now() + ms + MORE_TIME_MS;
    this.#set(this.#now() + ms);
  }

  /** Moves it to an instant that is later; but not much later than was set. */
  extend(until: number): void {
    const instant = Math.min(until, this.#latest);
    if (this.#instant !== undefined && this.#instant < instant) this.#set(instant);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #set(instant: number): void {
    clearTimeout(this.#timer);
    // Given more time, it is not over yet.
    this.#expired = false;
    this.#instant = instant;
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#onExpired();
    }, Math.max(0, instant - this.#now()));
  }
}

/** Returns the origin that people and IdPs use. */
export function originOf({ port, tls }: Pick<ConversationRequest, "port" | "tls">): URL {
  return new URL(`${tls === undefined ? "http" : "https"}://localhost:${port}`);
}

/**
 * Says that nothing was posted.
 *
 * @param seen what was seen meanwhile, as a line of the hint
 */
export function noAssertion(
  request: Pick<ConversationRequest, "port" | "tls" | "timeoutMs">,
  seen?: string,
): UserError {
  const acs = `${originOf(request).origin}${ACS_PATH}`;
  return new UserError(
    "no-assertion",
    `No assertion came to ${acs} within ${span(request.timeoutMs ?? 0)}`,
    {
      exitCode: ExitCode.NO_ASSERTION,
      hint: "Run the command again, with a longer --timeout if necessary.\n" +
        (seen === undefined ? "" : `${seen}\n`) +
        "If the AWS console opened instead, or the browser showed an error, ask the administrator of your\n" +
        `identity provider to add ${acs} as another ACS (reply) URL of the AWS application,\n` +
        "and sign in with --sso-url. Until then, use --paste.",
    },
  );
}

/** Says that the person was asked something, and did not answer. */
export function noAnswer(): UserError {
  return new UserError("no-answer", "The page in the browser was not answered in time", {
    exitCode: ExitCode.NO_ASSERTION,
    hint: "Run the command again, and answer before the time shown on the page is up.",
  });
}

/**
 * Adds to what ended a wait that a sign-in which is still open in a tab would bring its assertion to whoever
 * takes the port next.
 *
 * @param others whether other commands may wait for the same sign-in, and keep the port for it
 */
export function unfinished(error: UserError, others = false): UserError {
  const warning = doNotFinish(others);
  return error.with({}, error.hint === undefined ? warning : `${error.hint}\n${warning}`);
}

/** The sentence for a wait that ends while a sign-in may still be open in the browser. */
export function doNotFinish(others = false): string {
  const unless = others ? " unless another command waits for it" : "";
  return `Do not finish the sign-in in the browser${unless}: another program may receive it.`;
}

/** Says that another driver of ours kept the port. */
export function portBusy(port: number, holder: string | undefined): UserError {
  return new UserError(
    "port-busy",
    `Port ${port} is still taken by another sign-in${holder ? ` (${holder})` : ""}`,
    {
      exitCode: ExitCode.PORT,
      hint: "Finish or cancel that one first, or use a longer --timeout or another --port.",
    },
  );
}
