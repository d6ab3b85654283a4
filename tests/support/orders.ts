/**
 * Orders of callers, and what became of each in a sign-in that they share; no connection, no process.
 *
 * @module
 */

import type { Session, SessionKey } from "../../src/credentials/cache.ts";
import type { Choice } from "../../src/credentials/remembered.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { Exchange, ExchangeRequest } from "../../src/aws/sts.ts";
import { firstOf, type OpenOrder } from "../../src/sharing/outcomes.ts";
import { type Orders, SharedSignIn } from "../../src/sharing/shared_sign_in.ts";
import type { SignInRequest } from "../../src/sign_in/request.ts";
import { exchangedFake, type FakeWorld, NOON, requestFake } from "./fakes.ts";
import { pairOf, readingWorld } from "./offers.ts";
import type { Send } from "./tab.ts";

/** An order that tests tell by its name. */
export interface NamedOrder extends OpenOrder {
  readonly id: string;
}

/** An order for a role, as in `pairOf`; `undefined` for one to pick. */
export function orderFor(
  id: string,
  role: string | undefined,
  { alive = true, ...more }: Partial<SignInRequest> & { readonly alive?: boolean } = {},
): NamedOrder {
  const pair = role === undefined ? { role: undefined, provider: undefined } : pairOf(role);
  return { id, alive, request: requestFake({ ...pair, ...more }) };
}

/** What STS answers for a role's ARN: credentials unless it throws. */
export type Sts = (request: ExchangeRequest, signal: AbortSignal) => Promise<void> | void;

/** A refusal of STS by its code. */
export function refusedBy(code: string): UserError {
  return new UserError(`sts-${code}`, `STS refused (${code})`, {
    exitCode: ExitCode.REFUSED,
    hint: "Ask somebody",
  });
}

/** One sign-in for all orders, under way. */
export interface Served {
  readonly world: FakeWorld & { readonly tab: Send };
  /** The names of those that wait, in order. */
  readonly waiting: () => readonly string[];
  /** The names of those that were served, in order. */
  readonly served: string[];
  /** Every failure that was told, and to whom. */
  readonly failed: { readonly ids: readonly string[]; readonly error: UserError }[];
  /** Every session that could not be cached, to whom it went, and why. */
  readonly handed: {
    readonly ids: readonly string[];
    readonly session: Session;
    readonly error: UserError;
  }[];
  readonly kept: { readonly key: SessionKey; readonly session: Session }[];
  readonly choices: Map<string, Choice>;
  /** The names of the roles that STS was asked for. */
  readonly exchanged: readonly string[];
  /** What it ended with: `undefined`, or an error. */
  readonly end: Promise<unknown>;
  /** One more order comes; resolves when it was seen to. */
  come(order: NamedOrder): Promise<void>;
}

/** What a test may set differently. */
export interface ServeOptions {
  readonly sts?: Sts;
  readonly keep?: () => Promise<void>;
  readonly isKept?: (order: NamedOrder) => boolean;
  readonly now?: () => number;
  /** What earlier sign-ins have remembered. */
  readonly choices?: Map<string, Choice>;
}

/** Signs in for these orders; resolves when it listens or is over. */
export async function serve(
  orders: readonly [NamedOrder, ...NamedOrder[]],
  options: ServeOptions = {},
): Promise<Served> {
  const now = options.now ?? (() => NOON);
  let waiting: readonly NamedOrder[] = orders;
  const served: string[] = [];
  const failed: { ids: readonly string[]; error: UserError }[] = [];
  const handed: { ids: readonly string[]; session: Session; error: UserError }[] = [];
  const kept: { key: SessionKey; session: Session }[] = [];
  const choices = options.choices ?? new Map<string, Choice>();
  const exchanged: string[] = [];
  const exchange: Exchange = async (request, signal) => {
    exchanged.push(request.role.name);
    await options.sts?.(request, signal);
    return exchangedFake(now());
  };
  const take = (gone: readonly OpenOrder[]): readonly string[] => {
    const taken = waiting.filter((each) => gone.includes(each));
    waiting = waiting.filter((each) => !gone.includes(each));
    return taken.map(({ id }) => id);
  };
  const callers: Orders = {
    open: () => waiting,
    isKept: (order) => waiting.some((each) => each === order && options.isKept?.(each)),
    kept: (gone) => void served.push(...take(gone)),
    handed: (gone, { session, error }) => void handed.push({ ids: take(gone), session, error }),
    failed: (gone, error) => void failed.push({ ids: take(gone), error }),
  };
  const world = readingWorld({ now, loadExchange: () => Promise.resolve(exchange) });
  const signIn = new SharedSignIn(callers, {
    ...world,
    cache: {
      sessions: {
        store: async (key, session) => {
          await options.keep?.();
          kept.push({ key, session });
        },
      },
      choices: {
        last: (settings) => choices.get(JSON.stringify(settings)),
        remember: (settings, choice) =>
          Promise.resolve(void choices.set(JSON.stringify(settings), choice)),
      },
    },
  });
  const end = signIn.signIn(firstOf(orders) ?? orders[0]).catch((error: unknown) => error);
  await Promise.race([world.events.find(({ kind }) => kind === "listening"), end]);
  return {
    ...{ world, served, failed, handed, kept, choices, exchanged, end },
    waiting: () => waiting.map(({ id }) => id),
    async come(order) {
      waiting = [...waiting, order];
      await signIn.serveLate();
    },
  };
}
