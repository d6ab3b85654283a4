/**
 * Pauses, deadlines, and doing many things a few at a time.
 *
 * @module
 */

/** Resolves after a while; rejects with the signal's reason as soon as that aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => {
    clearTimeout(timer);
    reject(signal?.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener("abort", stop);
    resolve();
  }, ms);
  signal?.addEventListener("abort", stop, { once: true });
  return promise;
}

/** A read that hangs does not keep the person from leaving. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The time by which something must be done. */
export class Deadline {
  readonly #passed = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  /** Aborts when the time is up, or another signal aborts. */
  readonly signal: AbortSignal;

  constructor(ms: number, other?: AbortSignal) {
    this.#timer = setTimeout(() => this.#passed.abort(), ms);
    const { signal } = this.#passed;
    this.signal = other === undefined ? signal : AbortSignal.any([other, signal]);
  }

  /** Whether the time is up. */
  get passed(): boolean {
    return this.#passed.signal.aborted;
  }

  /** Stops the clock. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** Maps in order, with at most so many under way at once; the first rejection is the whole's. */
export async function mapAtMost<T, R>(
  most: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results.set(index, await work(item));
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  return items.map((_, index) => results.get(index) as R);
}

/** Waits for something, but not longer than so many milliseconds; rejects as it does. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise: deadline, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
