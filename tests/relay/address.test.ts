import assert from "node:assert/strict";
import { clientOf, parseAddress, parseNetwork, RateLimit } from "../../src/relay/address.ts";

const ADDRESSES: readonly (readonly [text: string, shown: string | undefined])[] = [
  ["192.0.2.1", "192.0.2.1"],
  ["255.255.255.255", "255.255.255.255"],
  ["::1", "::1"],
  ["::", "::"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1"],
  ["fe80::1%eth0", undefined],
  ["256.0.0.1", undefined],
  ["1.2.3", undefined],
  ["1.2.3.4.5", undefined],
  ["0x7f.1", undefined],
  ["2130706433", undefined],
  ["[192.0.2.1]", undefined],
  ["[::1", undefined],
  ["1::2::3", undefined],
  ["unknown", undefined],
  ["_hidden", undefined],
  ["localhost", undefined],
  ["", undefined],
  ["::1]/[x", undefined],
  ["A".repeat(100_000), undefined],
];

Deno.test("parseAddress: both families in one form, and nothing else", () => {
  for (const [text, shown] of ADDRESSES) {
    assert.equal(parseAddress(text)?.text, shown, text.slice(0, 50));
  }
  assert.equal(parseAddress("192.0.2.1")?.bits, 0xffff_c000_0201n);
  assert.equal(parseAddress("2001:db8::1")?.bits, 0x2001_0db8_0000_0000_0000_0000_0000_0001n);
});

const WRONG: readonly (readonly [text: string, says: RegExp])[] = [
  ["10.0.0.0/33", /must be a network like/],
  ["10.0.0.0/", /must be a network like/],
  ["10.0.0.0/8/8", /must be a network like/],
  ["10.0.0.0/-1", /must be a network like/],
  ["fd00::/129", /must be a network like/],
  ["10.0.0.0/255.0.0.0", /must be a network like/],
  ["proxy.example", /must be a network like/],
  ["*", /must be a network like/],
  ["10.1.2.3/8", /not the first address of a network of \/8/],
  ["fd00::1/64", /not the first address of a network of \/64/],
];

Deno.test("parseNetwork: says what is wrong", () => {
  for (const [text, says] of WRONG) assert.throws(() => parseNetwork(text), says, text);
});

interface Hops {
  readonly trusted: readonly string[];
  readonly peer?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly client: string | undefined;
}

const xff = (value: string) => ({ "x-forwarded-for": value });
const forwarded = (value: string) => ({ forwarded: value });
const PROXY = ["10.0.0.0/8"];

const CLIENTS: Readonly<Record<string, Hops>> = {
  "nobody is trusted": { trusted: [], headers: xff("192.0.2.1"), client: "10.0.0.1" },
  "the peer is no proxy": {
    trusted: PROXY,
    peer: "198.51.100.1",
    headers: xff("192.0.2.1"),
    client: "198.51.100.1",
  },
  "one proxy": { trusted: PROXY, headers: xff("192.0.2.1"), client: "192.0.2.1" },
  "a trusted single address": {
    trusted: ["10.0.0.1"],
    headers: xff("192.0.2.1"),
    client: "192.0.2.1",
  },
  "the client wrote hops of its own": {
    trusted: PROXY,
    headers: xff("203.0.113.9, 192.0.2.1"),
    client: "192.0.2.1",
  },
  "two proxies": { trusted: PROXY, headers: xff("192.0.2.1, 10.0.0.2"), client: "192.0.2.1" },
  "two proxies of two networks": {
    trusted: [...PROXY, "2001:db8::/32"],
    headers: xff("192.0.2.1,2001:db8:7::2"),
    client: "192.0.2.1",
  },
  "a proxy that is not trusted counts as the client": {
    trusted: ["10.0.0.1"],
    headers: xff("192.0.2.1, 10.0.0.2"),
    client: "10.0.0.2",
  },
  "all of it trusted": { trusted: PROXY, headers: xff("10.0.0.9, 10.0.0.2"), client: "10.0.0.9" },
  "a hop that is no address": {
    trusted: PROXY,
    headers: xff("192.0.2.1, unknown"),
    client: "10.0.0.1",
  },
  "a hop that is no address, behind a good one": {
    trusted: PROXY,
    headers: xff("<script>, 10.0.0.2"),
    client: "10.0.0.2",
  },
  "no header": { trusted: PROXY, client: "10.0.0.1" },
  "an empty header": { trusted: PROXY, headers: xff(""), client: "10.0.0.1" },
  "hops with ports": { trusted: PROXY, headers: xff("192.0.2.1:4711"), client: "192.0.2.1" },
  "IPv6 with a port": { trusted: PROXY, headers: xff("[2001:db8::1]:4711"), client: "2001:db8::1" },
  "IPv6": { trusted: ["::1"], peer: "::1", headers: xff("2001:DB8::1"), client: "2001:db8::1" },
  "IPv4 in IPv6": {
    trusted: PROXY,
    peer: "::ffff:10.0.0.1",
    headers: xff("192.0.2.1"),
    client: "192.0.2.1",
  },
  "everybody is trusted": {
    trusted: ["0.0.0.0/0", "::/0"],
    headers: xff("192.0.2.1, 192.0.2.2"),
    client: "192.0.2.1",
  },
  "0.0.0.0/0 is IPv4 alone": {
    trusted: ["0.0.0.0/0"],
    peer: "2001:db8::1",
    headers: xff("192.0.2.1"),
    client: "2001:db8::1",
  },
  "Forwarded": {
    trusted: PROXY,
    headers: forwarded('for=203.0.113.9, proto=https;For="[2001:db8::1]:4711";by=10.0.0.1'),
    client: "2001:db8::1",
  },
  "Forwarded without for": {
    trusted: PROXY,
    headers: forwarded("proto=https"),
    client: "10.0.0.1",
  },
  "both, and they agree": {
    trusted: PROXY,
    headers: { ...xff("192.0.2.1"), ...forwarded("for=192.0.2.1;proto=https") },
    client: "192.0.2.1",
  },
  "both, and one is forged": {
    trusted: PROXY,
    headers: { ...xff("192.0.2.1"), ...forwarded("for=203.0.113.9") },
    client: "10.0.0.1",
  },
  "no peer": { trusted: PROXY, peer: "", headers: xff("192.0.2.1"), client: undefined },
};

for (
  const [name, { trusted, peer = "10.0.0.1", headers = {}, client }] of Object.entries(CLIENTS)
) {
  Deno.test(`clientOf: ${name}`, () => {
    const found = clientOf(peer || undefined, new Headers(headers), trusted.map(parseNetwork));
    assert.equal(found?.text, client);
  });
}

function address(text: string) {
  const parsed = parseAddress(text);
  assert.ok(parsed);
  return parsed;
}

const ONE = address("192.0.2.1");

Deno.test("RateLimit: so many at once, then as they come back, and never more", () => {
  const limit = new RateLimit(60);
  for (let count = 0; count < 60; count++) assert.equal(limit.take(ONE, 0), 0);
  assert.equal(limit.take(ONE, 0), 1);
  assert.equal(limit.take(ONE, 900), 1);
  assert.equal(limit.take(ONE, 1000), 0);
  assert.equal(limit.take(ONE, 1000), 1);
  // After an hour it is the whole share, not sixty of them.
  for (let count = 0; count < 60; count++) assert.equal(limit.take(ONE, 3_600_000), 0);
  assert.equal(limit.take(ONE, 3_600_000), 1);
});

Deno.test("RateLimit: says how long to wait where that is more than a second", () => {
  const limit = new RateLimit(2);
  limit.take(ONE, 0);
  limit.take(ONE, 0);
  assert.equal(limit.take(ONE, 0), 30);
  assert.equal(limit.take(ONE, 20_000), 10);
  assert.equal(limit.take(ONE, 30_000), 0);
});

Deno.test("RateLimit: each address has its own share, and of IPv6 each /64", () => {
  const limit = new RateLimit(1);
  assert.equal(limit.take(ONE, 0), 0);
  assert.equal(limit.take(address("192.0.2.2"), 0), 0);
  assert.equal(limit.take(address("2001:db8::1"), 0), 0);
  assert.equal(limit.take(address("2001:db8::ffff:1"), 0), 60);
  assert.equal(limit.take(address("2001:db8:0:1::1"), 0), 0);
  assert.equal(limit.take(address("::ffff:192.0.2.1"), 0), 60);
});

Deno.test("RateLimit: remembers so many addresses, and forgets the ones that were silent for longest", () => {
  const limit = new RateLimit(1, 100);
  limit.take(ONE, 0);
  for (let count = 0; count < 1000; count++) {
    limit.take(address(`10.0.${count >> 8}.${count & 255}`), 1);
    // It goes on knocking.
    assert.notEqual(limit.take(ONE, 1), 0);
    assert.ok(limit.size <= 100);
  }
});
