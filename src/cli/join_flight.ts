/**
 * Waiting for a session that one process signs in for, together with everybody who wants one of the same
 * IdP: an IDE that resolves 75 profiles opens one tab.
 *
 * The process is detached and owns listener and browser; this one owns the terminal and stdout. So a
 * caller that an SDK kills loses nothing: the sign-in goes on and fills the cache.
 *
 * @module
 */

import type { Flight, Wish } from "../credentials/flight.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { SignInRequest } from "../sign_in/request.ts";
import type { FileLock } from "../system/file_lock.ts";
import type { Deps } from "../system/deps.ts";
import type { CommandInput } from "./command.ts";
import { SIGN_IN_OPTIONS } from "./commands/sign_in_options.ts";
import { reviveEvent } from "./flight_events.ts";

/** What is waited for, and how. */
export interface Joining {
  readonly input: CommandInput;
  readonly deps: Deps;
  readonly request: SignInRequest;
  /** Delivers the session when it is in the cache; whether it was. */
  readonly deliverKept: () => Promise<boolean>;
}

/** How often the cache is looked at, milliseconds. */
const LOOK_MS = 100;

/** How long the process that signs in may take to begin, milliseconds. */
const BEGIN_MS = 10_000;

/** How often one caller tries to have a process begin. */
const MOST_STARTS = 3;

/**
 * Waits for the session, and starts the sign-in where nobody does.
 *
 * @throws UserError the sign-in's own, shared by all who wait
 */
export async function joinFlight(joining: Joining): Promise<void> {
  const { deps, request, input } = joining;
  const since = deps.now();
  const flight = await deps.flight(idpSettings(request));
  const wish: Wish = { id: crypto.randomUUID(), title: titleOf(request), flags: flagsOf(joining) };
  const shared = flight.failureOf(wish.id, since);
  if (shared !== undefined) throw shared;
  flight.add(wish);
  const waiting = new Waiting(flight, { deps, watch: input.terminal.watch });
  try {
    while (true) {
      deps.signal.throwIfAborted();
      // Asked before the look: who has ended its sign-in has filled the cache by then.
      using free = await waiting.turn();
      if (await joining.deliverKept()) return;
      const failure = flight.failureOf(wish.id, since);
      if (failure !== undefined) throw failure;
      deps.signal.throwIfAborted();
      if (free === undefined) waiting.show();
      else await waiting.start(free, wish);
    }
  } catch (error) {
    flight.withdraw(wish.id);
    // The last one who waits takes the sign-in with them; others' goes on.
    if (deps.signal.aborted && flight.wishes().length === 0) waiting.stopSignIn();
    throw error;
  } finally {
    flight.withdraw(wish.id);
    waiting.end();
  }
}

/** The watch over the process that signs in. */
class Waiting {
  readonly #flight: Flight;
  readonly #deps: Deps;
  readonly #watch: CommandInput["terminal"]["watch"];
  #queue: ReturnType<Flight["queue"]> | undefined;
  /** The processes that signed in while this caller waited. */
  readonly #seen = new Set<number>();
  #starts = 0;
  #ours = false;
  #said = false;
  #shown = 0;

  constructor(
    flight: Flight,
    { deps, watch }: { readonly deps: Deps; readonly watch: CommandInput["terminal"]["watch"] },
  ) {
    this.#flight = flight;
    this.#deps = deps;
    this.#watch = watch;
  }

  /** Until it is time to look again; with the lock when nobody signs in, or not any more. */
  async turn(): Promise<FileLock | undefined> {
    this.#queue ??= this.#flight.queue();
    const free = await this.#queue.within(LOOK_MS);
    if (free === undefined) this.#see();
    else this.#queue = undefined;
    return free;
  }

  /** Ends the process that signs in. */
  stopSignIn(): void {
    const pid = this.#flight.signingIn();
    if (pid === undefined) return;
    this.#deps.terminate(pid);
  }

  /** Leaves the queue. */
  end(): void {
    this.#queue?.abandon();
    this.#queue = undefined;
  }

  /** Starts the process that signs in, unless another caller does. */
  async start(free: FileLock, wish: Wish): Promise<void> {
    // One more after one that died; what dies twice would go on opening tabs.
    if (this.#seen.size > 1) throw died();
    const turn = await this.#flight.startTurn();
    // The process that is started takes this lock; whoever queued for it at once would only be in its way.
    free.release();
    if (turn === undefined) {
      this.#ours = false;
      return await this.#deps.pause(2 * LOOK_MS);
    }
    try {
      if (++this.#starts > MOST_STARTS) throw notBegun();
      this.#ours = true;
      this.#shown = 0;
      // The process that died may have taken it with it.
      this.#flight.add(wish);
      const before = this.#flight.signingIn();
      const child = await this.#deps.startServing(this.#flight.folder);
      const until = this.#deps.now() + BEGIN_MS;
      let ended = false;
      child.status.then(() => ended = true, () => ended = true);
      while (!ended && this.#flight.signingIn() === before) {
        if (this.#deps.now() > until) throw notBegun();
        await this.#deps.pause(10);
      }
      this.#see();
    } finally {
      turn.release();
    }
  }

  #see(): void {
    const pid = this.#flight.signingIn();
    if (pid !== undefined) this.#seen.add(pid);
  }

  /** The caller that started the sign-in draws it; one that waits for another's prints a line. */
  show(): void {
    if (!this.#ours) {
      if (this.#said) return;
      this.#said = true;
      const titles = this.#flight.wishes().map(({ title }) => title);
      const message = `Another command signs in already, for ${titles[0] ?? "the same IdP"}; ` +
        "waiting for it";
      return this.#watch({ kind: "notice", message });
    }
    const told = this.#flight.told();
    for (const event of told.slice(this.#shown)) {
      const revived = reviveEvent(event);
      if (revived !== undefined) this.#watch(revived);
    }
    this.#shown = told.length;
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

/** What the sign-ins of all who wait together have in common: the IdP, and how it is asked. */
function idpSettings(request: SignInRequest) {
  return {
    issuer: request.issuer?.href,
    idp: request.idp,
    port: request.port,
    secure: String(request.tls !== undefined),
    endpoint: request.endpoint,
  };
}

function titleOf({ role }: SignInRequest): string {
  return role?.text ?? "a role to pick";
}

/** The flags by which another process makes the same request, whatever its environment. */
function flagsOf({ input, request, deps }: Joining): Wish["flags"] {
  const flags: Record<string, readonly string[]> = {};
  for (const name of SIGN_IN_OPTIONS) {
    const texts = input.texts[name];
    if (texts === undefined || name === "verbose" || name === "log-format") continue;
    const isPath = /-file$|^tls-|^account-names$/.test(name);
    flags[name] = isPath ? texts.map((text) => deps.absolute(text)) : texts;
  }
  return request.region === undefined ? flags : { ...flags, region: [request.region.name] };
}
