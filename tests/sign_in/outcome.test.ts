import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import {
  expiryOf,
  factsOf,
  shortenedSentence,
  shortLifeSentence,
  type SignedIn,
  signedInSentence,
} from "../../src/sign_in/outcome.ts";
import { localTimeWithSpan } from "../../src/text.ts";
import { exchangedFake, FAKE_SECRETS, NOON } from "../support/fakes.ts";
import { DEFAULT_ROLE } from "../support/saml_attributes.ts";

/** When the fake session ends, in the time zone of the tests. */
const UNTIL = localTimeWithSpan(NOON + 3_600_000, NOON);

function signedIn(different: Partial<SignedIn> = {}): SignedIn {
  return {
    credentials: exchangedFake().credentials,
    role: parseRoleArn(DEFAULT_ROLE),
    person: "alice@example.com",
    provider: parseProviderArn("arn:aws:iam::111122223333:saml-provider/Idp"),
    region: { name: "us-east-1", named: false },
    askedSeconds: 3600,
    shortenedTo: undefined,
    ...different,
  };
}

function lasting(ms: number): SignedIn {
  return signedIn({ credentials: { ...exchangedFake().credentials, expiration: NOON + ms } });
}

Deno.test("factsOf: role, account, person and end; no person when the assertion was encrypted", () => {
  assert.deepEqual(factsOf(signedIn()), [
    ["Role", "Dev"],
    ["Account", "111122223333"],
    ["Signed in as", "alice@example.com"],
  ]);
  assert.deepEqual(
    factsOf(signedIn({ person: undefined })).map(([label]) => label),
    ["Role", "Account"],
  );
});

Deno.test("expiryOf: for the browser, in UTC without a browser's help, and in words from now", () => {
  const cases: readonly [ms: number, left: string][] = [
    [3_600_000, "in 1 hour"],
    [3_599_000, "in 1 hour"],
    [12 * 3_600_000, "in 12 hours"],
    [90 * 60_000, "in 1 hour 30 minutes"],
    [2 * 3_600_000 + 60_000, "in 2 hours 1 minute"],
    [15 * 60_000, "in 15 minutes"],
    [120_000, "in 2 minutes"],
    [20_000, "in 20 seconds"],
    [-60_000, "in 0 seconds"],
  ];
  for (const [ms, left] of cases) assert.equal(expiryOf(lasting(ms), NOON).left, left);
  assert.deepEqual(expiryOf(lasting(3_600_000), NOON), {
    iso: "2026-11-23T13:00:00.000Z",
    utc: "2026-11-23 13:00 UTC",
    left: "in 1 hour",
  });
});

Deno.test("signedInSentence: the facts in one sentence without a full stop", () => {
  assert.equal(
    signedInSentence(signedIn(), NOON),
    `Signed in as alice@example.com: role Dev in account 111122223333, until ${UNTIL}`,
  );
  assert.match(signedInSentence(signedIn({ person: undefined }), NOON), /^Signed in: role Dev /);
  for (const secret of FAKE_SECRETS) {
    assert.ok(!signedInSentence(signedIn(), NOON).includes(secret));
    assert.ok(!Deno.inspect(signedIn(), { depth: 9 }).includes(secret));
    assert.ok(!JSON.stringify([factsOf(signedIn()), expiryOf(signedIn(), NOON)]).includes(secret));
  }
});

Deno.test("shortenedSentence: what was granted instead, only where that is less", () => {
  assert.equal(shortenedSentence(signedIn()), undefined);
  assert.equal(
    shortenedSentence(signedIn({ askedSeconds: 43_200, shortenedTo: 3600 })),
    "The role does not allow a session of 43200 seconds; STS granted 3600",
  );
});

Deno.test("shortLifeSentence: warns of 15 minutes or less", () => {
  assert.equal(shortLifeSentence(lasting(15 * 60_000 + 1), NOON), undefined);
  assert.match(
    shortLifeSentence(lasting(15 * 60_000), NOON) ?? "",
    /^This session lasts 15 minutes only: /,
  );
  assert.match(shortLifeSentence(lasting(60_000), NOON) ?? "", /lasts 60 seconds only/);
  // Issued already over, by a clock that is wrong.
  assert.match(shortLifeSentence(lasting(-60_000), NOON) ?? "", /lasts 0 seconds only/);
});
