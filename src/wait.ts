/**
 * Pauses and deadlines.
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
