/**
 * How many requests an address may send.
 *
 * @module
 */

import type { Address } from "./address.ts";

/** The most addresses that are remembered: some 2 MB. */
const MOST = 10_000;

interface Bucket {
  left: number;
  /** When that was, milliseconds. */
  at: number;
}

/** Counts requests by address: so many at once, and as many again each minute. */
export class RateLimit {
  readonly #perMinute: number;
  readonly #most: number;
  /** From the one that was used longest ago to the last. */
  readonly #buckets = new Map<bigint, Bucket>();

  constructor(perMinute: number, most: number = MOST) {
    this.#perMinute = perMinute;
    this.#most = most;
  }

  /** The number of addresses that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Counts a request.
   *
   * @param now milliseconds of a clock that nobody sets
   * @returns the seconds to wait; 0 when it may pass
   */
  take(address: Address, now: number): number {
    const key = keyOf(address);
    const bucket = this.#buckets.get(key) ?? { left: this.#perMinute, at: now };
    const perMs = this.#perMinute / 60_000;
    bucket.left = Math.min(this.#perMinute, bucket.left + (now - bucket.at) * perMs);
    bucket.at = now;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#most) {
      // What was silent for longest has most likely its whole share again.
      const [oldest = key] = this.#buckets.keys();
      this.#buckets.delete(oldest);
    }
    if (bucket.left < 1) return Math.ceil((1 - bucket.left) / perMs / 1000);
    bucket.left--;
    return 0;
  }
}

/** One household or machine has a whole /64 of IPv6. */
function keyOf({ bits, text }: Address): bigint {
  return text.includes(":") ? bits >> 64n << 64n : bits;
}
