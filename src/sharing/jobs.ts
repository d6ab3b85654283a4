/**
 * Orders and an assertion → what is done for whom; pure.
 *
 * @module
 */

import { regionMismatch } from "../aws/region.ts";
import { canonical } from "../credentials/cache.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import { candidates } from "../sign_in/choose_role.ts";
import { sessionKey, type SignInRequest } from "../sign_in/request.ts";

/** An order that waits for its session. */
export interface OpenOrder {
  readonly request: SignInRequest;
  /** Set while its caller still waits: an SDK may have killed it. */
  readonly alive: boolean;
}

/** One exchange, and all the orders that it serves. */
export interface Job {
  readonly orders: readonly [OpenOrder, ...OpenOrder[]];
  readonly pair: OfferedRole;
}

/** The order whose sign-in it is that the person sees: the oldest one whose caller waits, if any does. */
export function firstOf(orders: readonly OpenOrder[]): OpenOrder | undefined {
  return orders.find(({ alive }) => alive) ?? orders[0];
}

/** The orders for which a role is to be picked: for those whose caller is gone only when nobody waits. */
export function askedOf(orders: readonly OpenOrder[], read: ReadAssertion): readonly OpenOrder[] {
  const living = orders.filter(({ alive }) => alive);
  return (living.length > 0 ? living : orders).filter(({ request }) =>
    candidates(read, request).length > (isDecided(request) ? 1 : 0)
  );
}

/** The jobs that need nobody to be asked. */
export function jobsOf(orders: readonly OpenOrder[], read: ReadAssertion): readonly Job[] {
  return grouped(orders.flatMap((order) => {
    const [pair, ...others] = isDecided(order.request) ? candidates(read, order.request) : [];
    return pair === undefined || others.length > 0 ? [] : [{ order, pair }];
  }));
}

/** The jobs of a role that was picked for all these orders. */
export function jobsFor(orders: readonly OpenOrder[], pair: OfferedRole): readonly Job[] {
  return grouped(orders.map((order) => ({ order, pair })));
}

/** One job for each session, however many orders are for it. */
function grouped(
  wanted: readonly { readonly order: OpenOrder; readonly pair: OfferedRole }[],
): readonly Job[] {
  const jobs = new Map<string, Job>();
  for (const { order, pair } of wanted) {
    const { region } = order.request;
    // A region shapes no session; one of another partition is its own order's failure.
    const wrong = region && regionMismatch(region.name, pair.role.partition);
    const key = canonical({ ...sessionKey(order.request, pair), wrong });
    const job = jobs.get(key);
    jobs.set(key, { pair, orders: job === undefined ? [order] : [...job.orders, order] });
  }
  return [...jobs.values()];
}

/** Tells if a role was named, or its account by the provider, so that nobody has to be asked. */
function isDecided(request: SignInRequest): boolean {
  return request.role !== undefined || request.provider !== undefined;
}
