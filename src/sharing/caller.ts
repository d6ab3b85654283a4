/**
 * The caller: it finds the server of its IdP settings, or starts one, and waits until its order is served.
 * Its connection is its order; its time-out runs by its own clock.
 *
 * @module
 */

import { pause } from "../wait.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { SignInEvent, Watch } from "../sign_in/events.ts";
import { noAnswer, noAssertion, portBusy, unfinished } from "../sign_in/timeout.ts";
import type { SignInRequest } from "../sign_in/request.ts";
import { type LockRequest, requestLock } from "../system/file_lock.ts";
import { type Answer, drawn, isMessage, type Leave, type Lines, type Order } from "./messages.ts";
import { connect, makeFolder, readMeeting } from "./meeting.ts";

/** Where the callers of the same IdP settings meet. */
export interface MeetingPlace {
  /** The meeting file. */
  readonly path: string;
  /** Starts a server for it, apart from this process. */
  readonly startServer: () => Promise<{ readonly status: Promise<unknown> }>;
}

/** How a caller's order ended. */
export type Shared =
  /** The session is in the cache. */
  | { readonly kind: "kept" }
  /** The session cannot be cached. */
  | Extract<Answer, { readonly kind: "handed" }>
  /** This caller cannot share a sign-in, and nothing has been done. */
  | { readonly kind: "unshared"; readonly error: UserError };

/** How a caller waits. */
interface CallerOptions {
  readonly place: MeetingPlace;
  readonly order: Order;
  readonly request: Pick<SignInRequest, "role" | "port" | "tls" | "timeoutMs">;
  /** Draws the sign-in, where it is for this caller to draw it. */
  readonly watch: Watch;
  /** Aborted when a person interrupts. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How long a server may take to begin, milliseconds. */
const BEGIN_MS = 10_000;

/** How often it is looked whether it has, milliseconds. */
const LOOK_MS = 10;

/** How long another caller may take to start a server, milliseconds. */
const TURN_MS = BEGIN_MS + 5000;

/** How often one caller tries to have a server begin. */
const MOST_STARTS = 3;

/** How long an assertion that came in time may take at STS, milliseconds. */
const EXCHANGE_MS = 60_000;

/** How long a page may wait for its answer, milliseconds; no assertion is good for longer. */
const ANSWER_MS = 6 * 60_000;

/** Within which time callers start servers where there are no locks, milliseconds. */
const APART_MS = 500;

/**
 * Has the server of these IdP settings sign in, together with all who want a session of the same IdP.
 *
 * @throws UserError what ended the sign-in, the wait of this caller, or the server
 */
export async function shareSignIn(options: CallerOptions): Promise<Shared> {
  const caller = new Caller(options);
  try {
    return await caller.run();
  } finally {
    await caller.end();
  }
}

class Caller {
  readonly #options: CallerOptions;
  /** Rejects when the wait ends from this side. */
  readonly #over = Promise.withResolvers<never>();
  #isOver = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn: LockRequest | undefined;
  #lines: Lines | undefined;
  #leaving: Promise<void> | undefined;
  #state: readonly SignInEvent[] = [];
  /** By a clock that nobody sets, milliseconds. */
  #stateSince = 0;
  #draws = false;
  /** When its own time is up, milliseconds since 1970; for people only. */
  readonly #until: number | undefined;

  constructor(options: CallerOptions) {
    this.#options = options;
    const { timeoutMs } = options.request;
    if (timeoutMs === undefined) return;
    this.#until = options.now() + timeoutMs;
    this.#timer = setTimeout(() => this.#late(), timeoutMs);
  }

  async run(): Promise<Shared> {
    const { signal } = this.#options;
    const interrupt = () => this.#leave(signal.reason);
    signal.addEventListener("abort", interrupt);
    try {
      signal.throwIfAborted();
      return await Promise.race([this.#wait(), this.#over.promise]);
    } finally {
      signal.removeEventListener("abort", interrupt);
    }
  }

  /** Gives everything back. */
  async end(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#turn?.abandon();
    await this.#leaving;
    this.#lines?.close();
  }

  async #wait(): Promise<Shared> {
    try {
      makeFolder(this.#options.place.path);
    } catch (error) {
      if (error instanceof UserError) return { kind: "unshared", error };
      throw error;
    }
    for (let deaths = 0; deaths < 2; deaths++) {
      const lines = await this.#meet();
      if (lines === undefined) return { kind: "unshared", error: notBegun() };
      const shared = await this.#order(lines);
      if (shared !== undefined) return shared;
    }
    // It would go on opening tabs.
    throw died();
  }

  /** Connects to a server, started where there is none; `undefined` when none can be had. */
  async #meet(): Promise<Lines | undefined> {
    const { place } = this.#options;
    for (let starts = 0; starts < MOST_STARTS && !this.#isOver;) {
      const before = readMeeting(place.path);
      const met = before && await connect(before);
      if (met !== undefined) return met;
      using _turn = await this.#startTurn();
      // Another caller has started one meanwhile.
      if (readMeeting(place.path)?.instance !== before?.instance) continue;
      starts++;
      const begun = this.#isOver ? undefined : await this.#start(before?.instance);
      if (begun !== undefined) return begun;
    }
    return undefined;
  }

  /** The right to start a server, while other callers wait; `undefined` where there are no locks. */
  async #startTurn(): Promise<Disposable | undefined> {
    this.#turn = requestLock(this.#options.place.path.replace(/\.json$/, ".lock"));
    try {
      const lock = await this.#turn.within(TURN_MS);
      if (lock === undefined) this.#turn.abandon();
      return lock;
    } catch {
      // Two tabs are better than an error; and they are rare when not all start at the same moment.
      await pause(Math.random() * APART_MS);
      return undefined;
    }
  }

  /** Starts a server; `undefined` when it has not begun in time. */
  async #start(before: string | undefined): Promise<Lines | undefined> {
    const { place } = this.#options;
    const { status } = await place.startServer();
    let ended = false;
    status.then(() => ended = true, () => ended = true);
    const until = performance.now() + BEGIN_MS;
    while (!this.#isOver && performance.now() < until) {
      const last = ended;
      const meeting = readMeeting(place.path);
      // One that ends at once has found another one, which had no time to answer before.
      const lines = meeting && (last || meeting.instance !== before)
        ? await connect(meeting)
        : undefined;
      if (lines !== undefined || last) return lines;
      await pause(LOOK_MS);
    }
    return undefined;
  }

  /** Gives the order, and follows it to its end; `undefined` when the server died. */
  async #order(lines: Lines): Promise<Shared | undefined> {
    this.#lines = lines;
    this.#state = [];
    this.#draws = false;
    if (this.#isOver) lines.close();
    lines.write(this.#options.order);
    while (true) {
      const answer = await lines.read();
      if (!isMessage(answer, "state", "draw", "event", "wait", "kept", "handed", "failed")) {
        lines.close();
        return undefined;
      }
      switch (answer.kind) {
        case "state":
          this.#state = answer.state;
          this.#stateSince = performance.now();
          break;
        case "draw":
          this.#draws = true;
          for (const event of drawn(this.#state)) this.#draw(event);
          break;
        case "event":
          if (this.#draws) this.#draw(answer.event);
          break;
        case "wait":
          this.#options.watch({
            kind: "notice",
            message: `Another command is already signing in for ${answer.title}; waiting for it`,
          });
          break;
        case "kept":
        case "handed":
          return answer;
        case "failed":
          throw answer.error;
      }
    }
  }

  #draw(event: SignInEvent): void {
    const { watch } = this.#options;
    if (event.kind !== "listening" && event.kind !== "refused") return watch(event);
    // The server goes on for others; this caller's own time may be over sooner.
    const until = Math.min(event.until ?? Infinity, this.#until ?? Infinity);
    watch({ ...event, until: until === Infinity ? undefined : until });
  }

  /** Its time is up, unless something is under way that was begun in time. */
  #late(): void {
    const { request, now } = this.#options;
    const last = this.#state.at(-1);
    const passed = performance.now() - this.#stateSince;
    const more = last?.kind === "exchanging"
      ? EXCHANGE_MS - passed
      : last?.kind === "asking" && request.role === undefined
      ? Math.min(last.until - now(), ANSWER_MS - passed)
      : 0;
    if (more > 0) this.#timer = setTimeout(() => this.#late(), more);
    else this.#leave(lateError(this.#state, request));
  }

  #leave(error: unknown): void {
    const leave: Leave = { kind: "leave" };
    this.#leaving ??= this.#lines?.write(leave);
    // The server has the port from then on, and gives it up unless others wait.
    const begun = this.#state.some((event) => event.kind === "listening" && event.start);
    this.#over.reject(begun && error instanceof UserError ? unfinished(error, true) : error);
  }
}

/** Why the time was not enough. */
function lateError(
  state: readonly SignInEvent[],
  request: CallerOptions["request"],
): UserError {
  for (const event of state) {
    if (event.kind === "refused") return event.error;
    if (event.kind === "asking" && request.role === undefined) return noAnswer();
    if (event.kind === "queued") return portBusy(event.port, event.holder);
  }
  return noAssertion(request);
}

function died(): UserError {
  return new UserError("sign-in-died", "The process that signs in was ended twice", {
    exitCode: ExitCode.FAULT,
    hint: "Try again with --no-cache, which signs in by itself",
  });
}

function notBegun(): UserError {
  return new UserError("sign-in-not-begun", "The process that signs in for all did not start", {
    exitCode: ExitCode.FAULT,
  });
}
