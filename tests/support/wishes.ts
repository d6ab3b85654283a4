/**
 * Wishes of callers, and a book of them that keeps what became of each; no folder, no process.
 *
 * @module
 */

import { entryName, type Session, type SessionKey } from "../../src/credentials/cache.ts";
import type { Choice } from "../../src/credentials/choices.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { Exchange, ExchangeRequest } from "../../src/aws/sts.ts";
import { sessionKey, settingsKey, type SignInRequest } from "../../src/sign_in/request.ts";
import { serveOnce, type WishBook } from "../../src/sign_in/serve_wishes.ts";
import type { ServedWish } from "../../src/sign_in/wishes.ts";
import { exchangedFake, type FakeWorld, NOON, requestFake } from "./fakes.ts";
import { pairOf, readingWorld } from "./offers.ts";
import type { Send } from "./tab.ts";

/** A wish for a role, as in `pairOf`; `undefined` for one to pick. */
export async function wishFor(
  id: string,
  role: string | undefined,
  { alive = true, ...more }: Partial<SignInRequest> & { readonly alive?: boolean } = {},
): Promise<ServedWish> {
  const pair = role === undefined ? { role: undefined, provider: undefined } : pairOf(role);
  const request = requestFake({ ...pair, ...more });
  const settings = settingsKey(request);
  const wish = {
    ...{ id, since: NOON, title: role ?? "a role to pick", flags: {} },
    settings: await entryName(settings),
  };
  const keyOf: ServedWish["keyOf"] = (taken) => sessionKey(request, taken);
  return { wish, alive, request, settings, keyOf };
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

/** One sign-in for all wishes of a book, under way. */
export interface Served {
  readonly world: FakeWorld & { readonly tab: Send };
  /** Those that wait; a test may add to them. */
  readonly waiting: ServedWish[];
  /** The ids of those that were served, in order. */
  readonly served: string[];
  /** Every failure that was told, and to whom. */
  readonly failed: { readonly ids: readonly string[]; readonly error: UserError }[];
  readonly kept: { readonly key: SessionKey; readonly session: Session }[];
  readonly choices: Map<string, Choice>;
  /** The names of the roles that STS was asked for. */
  readonly exchanged: readonly string[];
  /** What it ended with: whether there was anything to sign in for, or an error. */
  readonly end: Promise<unknown>;
}

/** What a test may set differently. */
export interface ServeOptions {
  readonly sts?: Sts;
  readonly keep?: () => Promise<void>;
  readonly isKept?: WishBook["isKept"];
  /** Told of each look for latecomers, with how long the conversation is over, milliseconds. */
  readonly onPause?: (passedMs: number, served: Served) => void;
  readonly now?: number;
}

/** Signs in for these wishes in a world where pauses pass at once when the conversation is over; resolves when it listens or is over. */
export async function serve(
  wishes: readonly (ServedWish | Promise<ServedWish>)[],
  options: ServeOptions = {},
): Promise<Served> {
  const start = options.now ?? NOON;
  let now = start;
  const waiting = await Promise.all(wishes);
  const served: string[] = [];
  const failed: { ids: readonly string[]; error: UserError }[] = [];
  const kept: { key: SessionKey; session: Session }[] = [];
  const choices = new Map<string, Choice>();
  const exchanged: string[] = [];
  const exchange: Exchange = async (request, signal) => {
    exchanged.push(request.role.name);
    await options.sts?.(request, signal);
    return exchangedFake(now);
  };
  const take = (gone: readonly ServedWish[]) => {
    for (const each of gone) {
      const at = waiting.findIndex(({ wish }) => wish.id === each.wish.id);
      if (at >= 0) waiting.splice(at, 1);
    }
  };
  const book: WishBook = {
    wishes: () => Promise.resolve([...waiting]),
    served: (gone) => {
      served.push(...gone.map(({ wish }) => wish.id));
      take(gone);
    },
    failed: (gone, error) => {
      failed.push({ ids: gone.map(({ wish }) => wish.id), error });
      take(gone);
    },
    othersWait: (than) =>
      waiting.some((each) => each.alive && !than.some(({ wish }) => wish.id === each.wish.id)),
    isKept: options.isKept ?? (() => false),
    keep: async (entry) => {
      await options.keep?.();
      kept.push(entry);
    },
    choices: {
      last: (settings) => choices.get(JSON.stringify(settings)),
      remember: (settings, choice) =>
        Promise.resolve(void choices.set(JSON.stringify(settings), choice)),
    },
  };
  const world = readingWorld({
    now: () => now,
    loadExchange: () => Promise.resolve(exchange),
  });
  const pause = async (ms: number) => {
    // While somebody picks, time stands still.
    if (world.closed.length === 0) return await new Promise<void>((done) => setTimeout(done, 5));
    now += ms;
    options.onPause?.(now - start, result);
    await Promise.resolve();
  };
  const end = serveOnce(book, { ...world, pause }).then(
    (value): unknown => value,
    (error: unknown) => error,
  );
  const result: Served = {
    ...{ world, waiting, served, failed, kept, choices, exchanged, end },
  };
  await Promise.race([world.events.find(({ kind }) => kind === "listening"), end]);
  return result;
}
