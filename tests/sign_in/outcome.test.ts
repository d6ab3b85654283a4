import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import {
  factsOf,
  shortenedSentence,
  shortLifeSentence,
  type SignedIn,
  signedInSentence,
  span,
  utcTime,
} from "../../src/sign_in/outcome.ts";
import { exchangedFake, FAKE_SECRETS, NOON } from "../support/fakes.ts";
import { DEFAULT_ROLE } from "../support/saml_attributes.ts";

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

Deno.test("utcTime: to the second, with its zone", () => {
  assert.equal(utcTime(NOON), "2026-11-23 12:00:00 UTC");
  assert.equal(utcTime(NOON + 999), "2026-11-23 12:00:00 UTC", "never later than it is");
});

Deno.test("span: in the unit that people would use", () => {
  const cases: readonly [ms: number, text: string][] = [
    [-5000, "0 s"],
    [0, "0 s"],
    [400, "0 s"],
    [45_000, "45 s"],
    [89_000, "89 s"],
    [89_499, "89 s"],
    [90_000, "2 min"],
    [5 * 60_000, "5 min"],
    [59 * 60_000, "59 min"],
    [3_599_000, "1 h"],
    [3_600_000, "1 h"],
    [3_660_000, "1 h 1 min"],
    [7_199_000, "2 h"],
    [11.5 * 3_600_000, "11 h 30 min"],
    [12 * 3_600_000, "12 h"],
    [24 * 24 * 3_600_000, "576 h"],
  ];
  for (const [ms, text] of cases) assert.equal(span(ms), text, `${ms}`);
});

Deno.test("factsOf: role, account, person and end; no person when the assertion was encrypted", () => {
  assert.deepEqual(factsOf(signedIn(), NOON), [
    ["Role", "Dev"],
    ["Account", "111122223333"],
    ["Signed in as", "alice@example.com"],
    ["Until", "2026-11-23 13:00:00 UTC (1 h)"],
  ]);
  assert.deepEqual(
    factsOf(signedIn({ person: undefined }), NOON).map(([label]) => label),
    ["Role", "Account", "Until"],
  );
});

Deno.test("signedInSentence: the facts in one sentence without a full stop", () => {
  assert.equal(
    signedInSentence(signedIn(), NOON),
    "Signed in as alice@example.com: role Dev in account 111122223333 until " +
      "2026-11-23 13:00:00 UTC (1 h)",
  );
  assert.match(signedInSentence(signedIn({ person: undefined }), NOON), /^Signed in: role Dev /);
  for (const secret of FAKE_SECRETS) {
    assert.ok(!signedInSentence(signedIn(), NOON).includes(secret));
    assert.ok(!Deno.inspect(signedIn(), { depth: 9 }).includes(secret));
    assert.ok(!JSON.stringify(factsOf(signedIn(), NOON)).includes(secret));
  }
});

Deno.test("shortenedSentence: what was granted instead, only where that is less", () => {
  assert.equal(shortenedSentence(signedIn()), undefined);
  assert.equal(
    shortenedSentence(signedIn({ askedSeconds: 43_200, shortenedTo: 3600 })),
    "The role allows no session of 43200 seconds; STS granted 3600",
  );
});

Deno.test("shortLifeSentence: warns of 15 minutes or less", () => {
  assert.equal(shortLifeSentence(lasting(15 * 60_000 + 1), NOON), undefined);
  assert.match(shortLifeSentence(lasting(15 * 60_000), NOON) ?? "", /^This session lives 15 min: /);
  assert.match(shortLifeSentence(lasting(60_000), NOON) ?? "", /lives 60 s/);
  // Issued already over, by a clock that is wrong.
  assert.match(shortLifeSentence(lasting(-60_000), NOON) ?? "", /lives 0 s/);
});
