/**
 * Internet addresses, networks of them, the address that a request comes from when proxies pass it on, and how many
 * requests one may send. Pure.
 *
 * @module
 */

/** An address of either family in 128 bits: one of IPv4 is mapped, `::ffff:a.b.c.d`. */
export interface Address {
  readonly bits: bigint;
  /** As people write it. */
  readonly text: string;
}

/** A range of addresses. */
export interface Network {
  readonly first: bigint;
  /** The number of bits that differ inside it. */
  readonly free: bigint;
}

const MAPPED = 0xffffn << 32n;

/** Reads an address; `undefined` for anything else. */
export function parseAddress(text: string): Address | undefined {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) {
    const bytes = text.split(".").map(Number);
    if (bytes.some((byte) => byte > 255)) return undefined;
    return ofIpv4(bytes.reduce((bits, byte) => bits << 8n | BigInt(byte), 0n));
  }
  const [, inner = "", plain = ""] = /^(?:\[([\da-f:.]{2,45})\]|([\da-f:.]{2,45}))$/i.exec(text) ??
    [];
  // The runtime's own reader of URLs knows all forms of IPv6, and writes the shortest.
  const shortest = URL.parse(`http://[${inner || plain}]`)?.hostname.slice(1, -1);
  if (shortest === undefined) return undefined;
  const [left = "", right] = shortest.split("::");
  const [before, after] = [left, right ?? ""].map((part) => part.split(":").filter(Boolean));
  const zeros = Array<string>(8 - (before?.length ?? 0) - (after?.length ?? 0)).fill("0");
  const groups = [...before ?? [], ...zeros, ...after ?? []];
  const bits = groups.reduce((sum, group) => sum << 16n | BigInt(`0x${group}`), 0n);
  return bits >> 32n === MAPPED >> 32n ? ofIpv4(bits & 0xffff_ffffn) : { bits, text: shortest };
}

function ofIpv4(bits: bigint): Address {
  const bytes = [24n, 16n, 8n, 0n].map((shift) => bits >> shift & 0xffn);
  return { bits: MAPPED | bits, text: bytes.join(".") };
}

/**
 * Reads a network in CIDR notation, or one address.
 *
 * @throws an `Error` whose message says what is wrong
 */
export function parseNetwork(text: string): Network {
  const [base = "", length, ...more] = text.split("/");
  const address = parseAddress(base);
  const width = base.includes(":") ? 128 : 32;
  const isLength = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= width);
  if (address === undefined || !isLength || more.length > 0) {
    throw new Error("must be a network like 10.0.0.0/8 or fd00::/8, or an address");
  }
  const free = BigInt(width - Number(length ?? width));
  if (address.bits >> free << free !== address.bits) {
    throw new Error(`not the first address of a network of /${length}`);
  }
  return { first: address.bits, free };
}

function isIn({ bits }: Address, networks: readonly Network[]): boolean {
  return networks.some(({ first, free }) => bits >> free === first >> free);
}

/**
 * The address that a request comes from: the peer's, or the nearest one that its trusted proxies name and that is
 * no trusted proxy itself. What stands left of that anybody may have written.
 *
 * @param peer the other end of the connection
 * @returns `undefined` when that has no address
 */
export function clientOf(
  peer: string | undefined,
  headers: Headers,
  trusted: readonly Network[],
): Address | undefined {
  let client = peer === undefined ? undefined : parseAddress(peer);
  if (client === undefined || !isIn(client, trusted)) return client;
  for (const hop of hopsOf(headers).toReversed()) {
    const next = parseAddress(withoutPort(hop));
    if (next === undefined) break;
    client = next;
    if (!isIn(client, trusted)) break;
  }
  return client;
}

/**
 * The hops that the proxies name, the nearest last. One of the two headers may have come from anybody, passed on by a
 * proxy that knows only the other: where they differ, neither is believed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7239
 */
function hopsOf(headers: Headers): readonly string[] {
  const usual = headers.get("x-forwarded-for")?.split(",").map((hop) => hop.trim());
  const standard = headers.get("forwarded")?.split(",")
    .map((each) => /(?:^|;)\s*for="?([^";\s]+)/i.exec(each)?.[1] ?? "");
  if (usual === undefined || standard === undefined) return usual ?? standard ?? [];
  const same = usual.map(withoutPort).join() === standard.map(withoutPort).join();
  return same ? usual : [];
}

/** Some proxies add the client's port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return /^(\[[^\]]*\]|[\d.]+)(?::\d{1,5})?$/.exec(hop)?.[1] ?? hop;
}

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
