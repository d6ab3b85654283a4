/** How long a session is asked for: by a flag, else by what the assertion names. */

import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";
import { ExitCode } from "../../src/errors.ts";
import { sessionKey } from "../../src/sign_in/request.ts";
import { signIn } from "../../src/sign_in/sign_in.ts";
import { exchangedFake, howFake, NOON, requestFake } from "../support/fakes.ts";
import {
  ACS,
  assertionOf,
  encryptedBase64,
  offerOf,
  pairOf,
  readingWorld,
} from "../support/offers.ts";
import { postAssertion } from "../support/tab.ts";

const DEV = "111122223333/Dev";
const MINUTE = 60_000;

async function askedFor(
  sessionDuration: number | string | undefined,
  durationSeconds?: number,
  shortenedTo?: number,
) {
  const sts = () => ({ ...exchangedFake(), shortenedTo });
  const world = readingWorld({ sts });
  const request = requestFake({ durationSeconds });
  const end = signIn(request, world, howFake(() => Promise.resolve("done")));
  await postAssertion(world.tab, ACS, assertionOf([DEV], { sessionDuration }));
  await end;
  const warnings = world.events.all.flatMap((event) =>
    event.kind === "warning" ? [event.message] : []
  );
  return { seconds: world.exchanges.all[0]?.durationSeconds, warnings: warnings.join("\n") };
}

// An hour was asked for, whatever the administrator had set: the most asked question of such tools
// (okta-aws-cli-assume-role#16 #51).
const LENGTHS: readonly (readonly [
  named: number | string | undefined,
  flag: number | undefined,
  asked: number,
])[] = [
  [28_800, undefined, 28_800],
  [43_200, undefined, 43_200],
  [900, undefined, 900],
  [" 7200 ", undefined, 7200],
  [28_800, 3600, 3600],
  [900, 7200, 7200],
  [undefined, undefined, 3600],
  ["", undefined, 3600],
  [899, undefined, 3600],
  [43_201, undefined, 3600],
  ["8h", undefined, 3600],
];
for (const [named, flag, asked] of LENGTHS) {
  Deno.test(`signIn: SessionDuration ${JSON.stringify(named)} and ${flag ?? "no"} --duration-seconds ask for ${asked}`, async () => {
    const { seconds, warnings } = await askedFor(named, flag);
    assert.equal(seconds, asked);
    const useless = named === 899 || named === 43_201 || named === "8h";
    assert.equal(
      /SessionDuration ".*" ?: it is not a number from 900 to 43200/.test(warnings),
      useless,
      warnings,
    );
  });
}

Deno.test("signIn: what a role does not allow is said, and whose length it was", async () => {
  assert.match(
    (await askedFor(28_800, undefined, 14_400)).warnings,
    /session of 28800 seconds \(the IdP's SessionDuration\); STS granted 14400/,
  );
  assert.match(
    (await askedFor(28_800, 43_200, 14_400)).warnings,
    /session of 43200 seconds; STS granted 14400/,
  );
});

Deno.test("signIn: an encrypted assertion names no length that can be read", async () => {
  const world = readingWorld();
  const end = signIn(
    requestFake({ durationSeconds: undefined }),
    world,
    howFake(() => Promise.resolve("done")),
  );
  await postAssertion(world.tab, ACS, encryptedBase64());
  await end;
  assert.equal(world.exchanges.all[0]?.durationSeconds, 3600);
});

Deno.test("sessionKey: a length of one's own is another session than the IdP's", () => {
  const key = (durationSeconds?: number) =>
    sessionKey(requestFake({ durationSeconds }), pairOf(DEV));
  assert.notDeepEqual(key(3600), key());
  assert.deepEqual(key(), key());
});

// A clock two minutes off was refused here, although STS has its own (WSL#4677).
for (const minutes of [-50, -2, 2, 7, 50]) {
  Deno.test(`signIn: with this machine ${minutes} minutes ahead STS is asked, and the clock is a warning`, async () => {
    const world = readingWorld({ now: () => NOON + minutes * MINUTE });
    const end = signIn(requestFake(), world, howFake(() => Promise.resolve("done")));
    const page = await postAssertion(world.tab, ACS, assertionOf([DEV], { notBefore: null }));
    await end;
    assert.equal(page.status, 200, page.detail);
    assert.equal(world.exchanges.all.length, 1);
    const warned = world.events.all.some((event) =>
      event.kind === "warning" && /clock/.test(event.message)
    );
    // Two minutes ahead it cannot be told from somebody who took their time.
    assert.equal(warned, minutes !== 2);
  });
}

// Who goes back to an old page, and gets STS' no, signs in anew: with a code from a phone that takes a while.
for (const minutes of [0, 20]) {
  Deno.test(`signIn: after STS called an assertion false that came ${minutes} minutes late, the wait lasts as long as before`, async () => {
    let now = NOON + minutes * MINUTE;
    const error = new UserError("sts-ExpiredTokenException", "Over", {
      exitCode: ExitCode.REFUSED,
    });
    const world = readingWorld({ now: () => now, sts: () => Promise.reject(error) });
    const start = now;
    const end = signIn(
      requestFake({ timeoutMs: 5 * MINUTE }),
      world,
      howFake(() => Promise.resolve("")),
    )
      .catch((error: unknown) => error);
    await postAssertion(world.tab, ACS, assertionOf([DEV]));
    const refused = world.events.all.find((event) => event.kind === "refused");
    assert.ok(refused?.kind === "refused");
    assert.equal(refused.until, start + 5 * MINUTE);
    now = start;
    world.interrupt();
    await end;
  });
}

// A declared encoding, and what STS gets of it (passport-wsfed-saml2#59).
Deno.test("signIn: an assertion in ISO-8859-1 goes to STS as it came", async () => {
  const declared = `<?xml version="1.0" encoding="ISO-8859-1"?>`;
  const xml = declared + atob(assertionOf([DEV], { attributes: { displayName: ["J?rgen"] } }))
    .replace("J?rgen", "J\xfcrgen");
  const base64 = btoa(xml);
  const world = readingWorld();
  const end = signIn(requestFake(), world, howFake(() => Promise.resolve("done")));
  assert.equal((await postAssertion(world.tab, ACS, base64)).status, 200);
  await end;
  assert.equal(world.exchanges.all[0]?.assertion.reveal(), base64);
  assert.equal(world.exchanges.all[0]?.role.text, offerOf(DEV).role);
});
