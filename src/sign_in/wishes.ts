/**
 * Wishes and an assertion → what is done for whom; pure.
 *
 * @module
 */

import type { SessionKey } from "../credentials/cache.ts";
import type { Wish } from "../credentials/wish.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import { candidates } from "./choose_role.ts";
import type { SignInRequest } from "./request.ts";

/** A wish, understood. */
export interface ServedWish {
  readonly wish: Wish;
  /** Whether its caller still waits, as far as can be told: an SDK may have killed it. */
  readonly alive: boolean;
  readonly request: SignInRequest;
  /** What a choice of the person's is remembered for. */
  readonly settings: SessionKey;
  readonly keyOf: (pair: OfferedRole) => SessionKey;
}

/** One exchange, and all the wishes that it serves. */
export interface Job {
  readonly wishes: readonly [ServedWish, ...ServedWish[]];
  readonly pair: OfferedRole;
}

/** Whose sign-in it is that the person sees: the oldest's, who lives if anybody does. */
export function firstOf(wishes: readonly ServedWish[]): ServedWish | undefined {
  return wishes.find(({ alive }) => alive) ?? wishes[0];
}

/** For whom a role is to be picked: nobody is asked for those who are gone, while others wait. */
export function askedOf(wishes: readonly ServedWish[], read: ReadAssertion): readonly ServedWish[] {
  const living = wishes.filter(({ alive }) => alive);
  return (living.length > 0 ? living : wishes).filter((wish) =>
    candidates(read, wish.request).length > (isDecided(wish) ? 1 : 0)
  );
}

/** One job for each session, however many wait for it. */
export function jobsOf(wishes: readonly ServedWish[], read: ReadAssertion): readonly Job[] {
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

/** What a role is picked for, for the page: the one that asks, or how many do. */
export function askerOf(wishes: Job["wishes"]): string | undefined {
  const askers = new Set(wishes.map(({ request }) => request.asker));
  return askers.size > 1 ? `${wishes.length} commands` : wishes[0].request.asker;
}

/** Whether a role was named, or its account by the provider, so that nobody has to be asked. */
function isDecided({ request }: ServedWish): boolean {
  return request.role !== undefined || request.provider !== undefined;
}
