import assert from "node:assert/strict";
import { parseAddress } from "../../src/relay/address.ts";
import { RateLimit } from "../../src/relay/rate_limit.ts";

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
