/**
 * What the process does that signs in for all callers.
 *
 * @module
 */

import { Flight } from "../../credentials/flight.ts";
import type { Wish } from "../../credentials/wish.ts";
import { ExitCode, messageOf, UserError } from "../../errors.ts";
import { chosenPair, sessionKey, settingsKey } from "../../sign_in/request.ts";
import type { SignInEvent } from "../../sign_in/events.ts";
import { serveOnce, type WishBook } from "../../sign_in/serve_wishes.ts";
import type { ServedWish } from "../../sign_in/wishes.ts";
import type { Deps } from "../../system/deps.ts";
import type { CommandRun } from "../command.ts";
import { plainEvent } from "../flight_events.ts";
import { flagSource, readOptions } from "../options.ts";
import { signInRequest } from "../sign_in_request.ts";
import { SIGN_IN_OPTIONS } from "./sign_in_options.ts";

/** How long the lock of a process that is just ending may take, milliseconds. */
const LOCK_MS = 5000;

/** How often the callers are looked after, milliseconds. */
const WATCH_MS = 1000;

/** Within which time a caller that lives was heard of, milliseconds. */
const HEARD_MS = 1500;

/** How many times in a row all callers must seem long dead. */
const SILENCES = 5;

const PAUSE_MS = 100;

/** Serves the wishes of a folder until none is left. */
export const runServe: CommandRun = async ({ words }, deps) => {
  const flight = new Flight(words[0] ?? "", deps.now);
  const queue = flight.queue();
  const lock = await queue.within(LOCK_MS);
  // Another one serves already.
  if (lock === undefined) return;
  let forgotten = 0;
  const watch = setInterval(() => {
    // A computer that wakes from a long sleep has heard of nobody: those who live are about to say so.
    forgotten = flight.isForgotten(waitsForEver) ? forgotten + 1 : 0;
    // Whoever was interrupted took others for alive who had just been killed.
    if (!flight.isLeft() && forgotten < SILENCES) return;
    // Once: a second signal would cut the ending short.
    clearInterval(watch);
    deps.terminate(Deno.pid);
  }, WATCH_MS);
  try {
    flight.begin();
    await serveAll(flight, deps);
    flight.end();
  } catch (error) {
    // Ended from outside, it has nothing to tell: who still waits counts it as dead and starts another.
    if (!deps.signal.aborted) {
      flight.fail(asUserError(error));
      for (const wish of flight.wishes()) flight.withdraw(wish);
      flight.end();
    }
    throw error;
  } finally {
    clearInterval(watch);
    lock.release();
  }
};

async function serveAll(flight: Flight, deps: Deps): Promise<void> {
  const book = wishBook(flight, deps);
  const world = {
    ...deps,
    watch: (event: SignInEvent) => {
      const plain = plainEvent(event);
      if (plain !== undefined) flight.tell(plain);
    },
  };
  // The first time also for a caller that is gone: an SDK that killed it asks again, and finds the session.
  while (await serveOnce(book, world)) {
    deps.signal.throwIfAborted();
    // Nobody signs in a second time for those who are gone.
    if (!(await somebodyWaits(flight, deps))) return;
  }
}

/** Whether no time-out of its own ends the wait of a caller that was killed. */
function waitsForEver({ flags }: Wish): boolean {
  const { timeout } = readOptions(["timeout"], [flagSource(flags)]);
  return timeout !== undefined && timeout.ms === undefined;
}

/** Whether a caller lives: one that was killed just now is known to be dead a few seconds later only. */
async function somebodyWaits(flight: Flight, deps: Deps): Promise<boolean> {
  const from = deps.now() - HEARD_MS;
  while (flight.oldest() !== undefined) {
    deps.signal.throwIfAborted();
    if (flight.heardSince(from)) return true;
    await deps.pause(PAUSE_MS);
  }
  return false;
}

function wishBook(flight: Flight, deps: Deps): WishBook {
  const { sessions, choices } = deps.cache();
  const withdraw = (wishes: readonly ServedWish[]) => {
    for (const { wish } of wishes) flight.withdraw(wish);
  };
  return {
    wishes: () => understood(flight, deps),
    served: withdraw,
    failed: (wishes, error) => {
      for (const settings of new Set(wishes.map(({ wish }) => wish.settings))) {
        flight.fail(error, settings);
      }
      withdraw(wishes);
    },
    othersWait: (than) => {
      const ids = new Set(than.map(({ wish }) => wish.id));
      return flight.wishes().some((wish) => !ids.has(wish.id) && flight.isAlive(wish));
    },
    isKept: ({ request: { role, provider }, settings, keyOf }) => {
      const pair = role !== undefined && provider !== undefined
        ? { role, provider }
        : chosenPair(choices.last(settings));
      return pair !== undefined && "session" in sessions.look(keyOf(pair));
    },
    keep: async ({ key, session }) => await sessions.store(key, session),
    choices,
  };
}

/** The wishes as requests; one that cannot be understood fails, and stops nobody else's. */
async function understood(flight: Flight, deps: Deps): Promise<readonly ServedWish[]> {
  const found: ServedWish[] = [];
  for (const wish of flight.wishes()) {
    try {
      found.push(await asRequest(wish, flight.isAlive(wish), deps));
    } catch (error) {
      flight.fail(asUserError(error), wish.settings);
      flight.withdraw(wish);
    }
  }
  return found;
}

async function asRequest(wish: Wish, alive: boolean, deps: Deps): Promise<ServedWish> {
  // The caller has looked up its region: this process' environment is only the first caller's.
  const hidden = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"];
  const env = (name: string) => hidden.includes(name) ? undefined : deps.env(name);
  const values = readOptions(SIGN_IN_OPTIONS, [flagSource(wish.flags)]);
  const request = {
    ...await signInRequest(values, { ...deps, env }, wish.asker),
    policy: wish.policy,
  };
  return {
    wish,
    alive,
    request,
    settings: settingsKey(request),
    keyOf: (pair) => sessionKey(request, pair),
  };
}

function asUserError(error: unknown): UserError {
  return error instanceof UserError
    ? error
    : new UserError("fault", `The process that signs in failed: ${messageOf(error)}`, {
      exitCode: ExitCode.FAULT,
    });
}
