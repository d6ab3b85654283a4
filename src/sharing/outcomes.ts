/**
 * The jobs of an assertion, one for each role that somebody waits for, and their outcomes for the page and for
 * those who wait; pure.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import { plural } from "../text.ts";
import type { SignedIn } from "../sign_in/outcome.ts";
import type { Page } from "../sign_in/pages/page.ts";
import { donePage, nobodyPage, successPage, troublePage } from "../sign_in/pages/pages.ts";
import { canonical } from "../credentials/cache.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import { candidates } from "../sign_in/choose_role.ts";
import { regionRefusal, sessionKey, type SignInRequest } from "../sign_in/request.ts";

/** A job and what STS made of it. */
export interface JobOutcome {
  readonly job: Job;
  readonly outcome: SignedIn | UserError;
}

/**
 * Makes the page once an assertion was used.
 *
 * @param before outcomes that came before the person picked a role
 */
export function outcomePage(
  outcomes: readonly JobOutcome[],
  { before, now }: { readonly before: readonly JobOutcome[]; readonly now: number },
): Page {
  const errors = errorsOf([...before, ...outcomes]);
  const given = before.length + outcomes.length - errors.length;
  const [first, ...others] = outcomes;
  if (first !== undefined && others.length === 0 && !(first.outcome instanceof UserError)) {
    return successPage(first.outcome, now);
  }
  const [error] = errors;
  if (given === 0 && error !== undefined) {
    return troublePage(error, { status: 502, waiting: false });
  }
  // Whoever waited has gone meanwhile.
  if (given === 0) return nobodyPage();
  const sentence = `${plural(given, "session")} went to the commands that asked`;
  const more = errors.map((error) => `Failed: ${error.message}`);
  return donePage({ sentence, more });
}

/** Makes a failure the error that callers get. */
export function asUserError(error: unknown): UserError {
  return error instanceof UserError
    ? error
    : new UserError("fault", `The process that signs in failed: ${messageOf(error)}`, {
      exitCode: ExitCode.FAULT,
    });
}

function errorsOf(outcomes: readonly JobOutcome[]): readonly UserError[] {
  return outcomes.map(({ outcome }) => outcome).filter((each) => each instanceof UserError);
}

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
    // A region shapes no session; a flag's of another partition is its own order's failure.
    const wrong = regionRefusal(order.request, pair)?.message;
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
