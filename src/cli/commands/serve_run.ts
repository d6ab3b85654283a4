/**
 * What the process does that signs in for all callers.
 *
 * @module
 */

import { Flight, type Wish } from "../../credentials/flight.ts";
import { ExitCode, messageOf, UserError } from "../../errors.ts";
import { sessionKey, settingsKey } from "../../sign_in/request.ts";
import { type ServedWish, serveOnce } from "../../sign_in/serve_wishes.ts";
import type { Deps } from "../../system/deps.ts";
import type { CommandRun } from "../command.ts";
import { plainEvent } from "../flight_events.ts";
import { flagSource, readOptions } from "../options.ts";
import { signInRequest } from "../sign_in_request.ts";
import { SIGN_IN_OPTIONS } from "./sign_in_options.ts";

/** How long the lock of a process that is just ending may take, milliseconds. */
const LOCK_MS = 5000;

/** Serves the wishes of a folder until none is left. */
export const runServe: CommandRun = async ({ words }, deps) => {
  const flight = new Flight(words[0] ?? "", deps.now);
  const queue = flight.queue();
  const lock = await queue.within(LOCK_MS);
  // Another one serves already.
  if (lock === undefined) return;
  try {
    flight.begin(lock);
    await serveAll(flight, deps);
  } catch (error) {
    // Ended from outside, it has nothing to tell: who still waits starts another, and who comes next too.
    if (!deps.signal.aborted) {
      flight.fail(asUserError(error));
      for (const { id } of flight.wishes()) flight.withdraw(id);
    }
    throw error;
  } finally {
    lock.release();
  }
};

async function serveAll(flight: Flight, deps: Deps): Promise<void> {
  const cache = deps.cache();
  while (flight.wishes().length > 0) {
    await serveOnce({
      wishes: () => understood(flight, deps),
      served: (wishes) => {
        for (const { id } of wishes) flight.withdraw(id);
      },
      failed: (wishes, error) => {
        for (const { id } of wishes) {
          flight.fail(error, id);
          flight.withdraw(id);
        }
      },
      keep: async ({ key, session }) => await cache.sessions.store(key, session),
      choices: cache.choices,
    }, {
      ...deps,
      watch: (event) => {
        const plain = plainEvent(event);
        if (plain !== undefined) flight.tell(plain);
      },
    });
  }
}

/** The wishes as requests; one that cannot be understood fails, and stops nobody else's. */
async function understood(flight: Flight, deps: Deps): Promise<readonly ServedWish[]> {
  const found: ServedWish[] = [];
  for (const wish of flight.wishes()) {
    try {
      found.push(await asRequest(wish, deps));
    } catch (error) {
      flight.fail(asUserError(error), wish.id);
      flight.withdraw(wish.id);
    }
  }
  return found;
}

async function asRequest({ id, flags }: Wish, deps: Deps): Promise<ServedWish> {
  // The caller has looked up its region: this process' environment is only the first caller's.
  const hidden = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"];
  const env = (name: string) => hidden.includes(name) ? undefined : deps.env(name);
  const values = readOptions(SIGN_IN_OPTIONS, [flagSource(flags)]);
  const request = await signInRequest(values, { ...deps, env });
  return {
    id,
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
