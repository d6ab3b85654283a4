/**
 * One caller's watch over the process that signs in for all: it starts one where there is none, says what
 * happens, and gives up when that dies again or its own time is up.
 *
 * @module
 */

import { ALIVE_MS, type Flight } from "../credentials/flight.ts";
import type { Wish } from "../credentials/wish.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { SignInEvent } from "../sign_in/events.ts";
import { span } from "../time.ts";
import type { FileLock } from "../system/file_lock.ts";
import type { Deps } from "../system/deps.ts";
import type { CommandInput } from "./command.ts";
import { reviveEvent } from "./flight_events.ts";

/** What a caller waits with. */
export interface WaitingOptions {
  readonly deps: Pick<Deps, "now" | "pause" | "startServing" | "terminate">;
  readonly watch: CommandInput["terminal"]["watch"];
  /** How long this caller waits for an assertion, milliseconds; `undefined` for ever. */
  readonly timeoutMs: number | undefined;
}

/** How often the cache is looked at, milliseconds. */
const LOOK_MS = 100;

/** How often a caller says that it lives, and looks who else does, milliseconds. */
const BEAT_MS = 1000;

/** How long the process that signs in may take to begin, milliseconds. */
const BEGIN_MS = 10_000;

/** How often one caller tries to have a process begin. */
const MOST_STARTS = 3;

/** How much shorter a caller's own time must be to count beside the sign-in's, milliseconds. */
const SHORTER_MS = 500;

/** The watch over the process that signs in. */
export class Waiting {
  readonly #flight: Flight;
  readonly #wish: Wish;
  readonly #options: WaitingOptions;
  #queue: ReturnType<Flight["queue"]> | undefined;
  /** Whether the lock was asked for: whoever is noted as its holder since then holds it. */
  #asked = false;
  #stopped = false;
  /** The processes that signed in while this caller waited. */
  readonly #seen = new Set<number>();
  #starts = 0;
  /** When it last said that it lives. */
  #beaten: number;
  #looked: number | undefined;
  /** Whether this is the caller that shows the sign-in. */
  #draws = false;
  #said = false;
  /** How much was shown of what this process told. */
  #shown = 0;
  #shownOf: number | undefined;
  /** The last "listening" that was told, and when this caller's own time is up from there. */
  #listening:
    | { readonly at: number; readonly acs: string; readonly until: number | undefined }
    | undefined;

  constructor(flight: Flight, wish: Wish, options: WaitingOptions) {
    this.#flight = flight;
    this.#wish = wish;
    this.#options = options;
    this.#beaten = options.deps.now();
  }

  /** Leaves the wish and queues; returns why not, where that cannot be done here. */
  async join(): Promise<UserError | undefined> {
    try {
      this.#flight.add(this.#wish);
      this.#queue = this.#flight.queue();
      await this.#queue.within(0);
      return undefined;
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
  }

  /** Until it is time to look again; with the lock when nobody signs in, or not any more. */
  async turn(): Promise<FileLock | undefined> {
    this.#queue ??= this.#flight.queue();
    const free = await this.#queue.within(LOOK_MS);
    this.#asked = true;
    if (free === undefined) this.#see();
    else this.#queue = undefined;
    this.#beat();
    return free;
  }

  /** Ends the process that signs in, once: a second signal would cut its own ending short. */
  stopSignIn(): void {
    // Else the note may be of a process that is long gone, and its number another program's.
    const pid = this.#asked && !this.#stopped ? this.#flight.signingIn() : undefined;
    if (pid === undefined) return;
    this.#stopped = true;
    this.#options.deps.terminate(pid);
  }

  /** Leaves the queue. */
  end(): void {
    this.#queue?.abandon();
    this.#queue = undefined;
  }

  /** Starts the process that signs in, unless another caller does. */
  async start(free: FileLock): Promise<void> {
    const { now, pause, startServing } = this.#options.deps;
    // One more after one that died; what dies twice would go on opening tabs.
    if (this.#flight.died(this.#seen) > 1) throw died();
    const turn = await this.#flight.startTurn();
    // The process that is started takes this lock; whoever queued for it at once would only be in its way.
    free.release();
    if (turn === undefined) return await pause(2 * LOOK_MS);
    try {
      // One began while this caller came to its turn.
      if (this.#flight.signingIn() !== undefined) return;
      if (++this.#starts > MOST_STARTS) throw notBegun();
      // What it begins with: a machine that slept makes every wish look old.
      this.#flight.touch(this.#wish);
      const child = await startServing(this.#flight.folder);
      const until = now() + BEGIN_MS;
      let ended = false;
      child.status.then(() => ended = true, () => ended = true);
      while (!ended && this.#flight.signingIn() === undefined) {
        if (now() > until) throw notBegun();
        this.#beat();
        await pause(10);
      }
      this.#see();
    } finally {
      turn.release();
    }
  }

  /** The oldest caller that lives draws the sign-in; one that waits for another's prints a line. */
  show(): void {
    if (!this.#draws) {
      if (!this.#isTime()) return;
      const oldest = this.#flight.oldest();
      this.#draws = oldest === undefined || oldest.id === this.#wish.id;
      if (!this.#draws) this.#sayWhoSignsIn(oldest);
    }
    const told = this.#told();
    this.#follow(told);
    if (!this.#draws) return;
    // Whoever drew it before is gone, and what was over by then is no news.
    if (this.#shown === 0) this.#shown = Math.max(0, this.#listening?.at ?? 0);
    for (const event of told.slice(this.#shown)) {
      if (event !== undefined) this.#options.watch(event);
    }
    this.#shown = told.length;
  }

  /**
   * Others' sign-in may go on for longer than this caller waits.
   *
   * @throws UserError exit code 4 when its own time is up, counted from when it saw that the port is ours
   */
  refuseLate(): void {
    const { deps, timeoutMs = 0 } = this.#options;
    const { acs, until } = this.#listening ?? {};
    if (until === undefined || deps.now() < until) return;
    throw new UserError("no-assertion", `No assertion came to ${acs} within ${span(timeoutMs)}`, {
      exitCode: ExitCode.NO_ASSERTION,
      hint: "Start again and sign in, with a longer --timeout if need be.",
    });
  }

  #see(): void {
    const pid = this.#flight.signingIn();
    if (pid !== undefined) this.#seen.add(pid);
  }

  #beat(): void {
    const passed = Math.abs(this.#options.deps.now() - this.#beaten);
    if (passed < BEAT_MS) return;
    this.#beaten = this.#options.deps.now();
    // Stopped by Ctrl-Z, or asleep with the machine, it was taken for dead, and its wish may be forgotten.
    if (passed >= ALIVE_MS) this.#flight.add(this.#wish);
    else this.#flight.touch(this.#wish);
  }

  /** With a hundred callers, each one's looking would be in the way of all. */
  #isTime(): boolean {
    const now = this.#options.deps.now();
    if (this.#looked !== undefined && Math.abs(now - this.#looked) < BEAT_MS) return false;
    this.#looked = now;
    return true;
  }

  #sayWhoSignsIn(oldest: Wish | undefined): void {
    if (this.#said) return;
    this.#said = true;
    const message = `Another command signs in already, for ${oldest?.title ?? "the same IdP"}; ` +
      "waiting for it";
    this.#options.watch({ kind: "notice", message });
  }

  /** What the process that signs in now has told. Another one's has begun anew. */
  #told(): readonly (SignInEvent | undefined)[] {
    const pid = this.#flight.signingIn();
    const told = this.#flight.told().map(reviveEvent);
    if (told.length < this.#shown || (pid !== undefined && pid !== this.#shownOf)) {
      this.#shown = 0;
      this.#listening = undefined;
    }
    this.#shownOf = pid ?? this.#shownOf;
    return told;
  }

  #follow(told: readonly (SignInEvent | undefined)[]): void {
    const { deps, timeoutMs } = this.#options;
    const at = told.findLastIndex((event) => event?.kind === "listening");
    const event = told[at];
    if (event?.kind !== "listening" || at === this.#listening?.at) return;
    const own = timeoutMs === undefined ? undefined : deps.now() + timeoutMs;
    // Where it is about the sign-in's own, that one knows better: the person may be picking a role.
    const shorter = own !== undefined && own + SHORTER_MS < (event.until ?? Infinity);
    this.#listening = { at, acs: event.acs, until: shorter ? own : undefined };
  }
}

function died(): UserError {
  return new UserError("sign-in-died", "The process that signs in was ended twice", {
    exitCode: ExitCode.FAULT,
    hint: "Try again with --no-cache, which signs in by itself",
  });
}

function notBegun(): UserError {
  return new UserError("sign-in-not-begun", "The process that signs in did not start in time", {
    exitCode: ExitCode.FAULT,
    hint: "Try again with --no-cache, which signs in by itself",
  });
}
