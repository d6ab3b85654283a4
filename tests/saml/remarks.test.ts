import assert from "node:assert/strict";
import { assertionRemarks, shortenedByIdp } from "../../src/saml/remarks.ts";
import { readSamlResponse } from "../../src/saml/response.ts";
import { ignoredDuration } from "../../src/saml/session_duration.ts";
import { decryptionKey } from "../support/keys.ts";
import { buildResponse, type ResponseOptions } from "../support/saml_response.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

function read(options: ResponseOptions) {
  return readSamlResponse(buildResponse({ now: NOW, sign: "none", ...options }).xml);
}

const REMARKS: readonly (readonly [string, ResponseOptions, readonly RegExp[]])[] = [
  ["a fine one", {}, []],
  ["an encrypted one", { encryptTo: decryptionKey() }, []],
  ["no end of the session", { sessionNotOnOrAfter: null }, []],
  ["an end at the very length", { sessionNotOnOrAfter: NOW + 3_600_000 }, []],
  ["an end before it", { sessionNotOnOrAfter: NOW + 3_599_000 }, [
    /^The IdP ends the session at 2026-11-23 12:59:59 UTC \(SessionNotOnOrAfter\), before the requested 3600/,
  ]],
  ["the very SessionDuration", { sessionDuration: 3600 }, []],
  ["a longer one", { sessionDuration: 7200 }, []],
  ["a shorter one", { sessionDuration: 900 }, [
    /SessionDuration of 900 seconds may shorten the session \(3600 requested\)$/,
  ]],
  ["one that AWS does not take", { sessionDuration: 899 }, []],
  [
    "both, and a short session",
    { principalTags: { Team: "a" }, sourceIdentity: "alice", sessionDuration: 900 },
    [/may shorten/],
  ],
];
for (const [name, options, wanted] of REMARKS) {
  Deno.test(`assertionRemarks: ${name}`, () => {
    const { assertion } = read(options);
    const remarks = assertionRemarks(assertion, { durationSeconds: 3600, now: NOW })
      .filter((each) => !each.includes("trust policy"));
    assert.equal(remarks.length, wanted.length, remarks.join("\n"));
    wanted.forEach((each, index) => assert.match(remarks[index] ?? "", each));
  });
}

const RECIPIENT = "https://localhost:8090/saml";
const NEEDS: readonly (readonly [string, ResponseOptions, needs: string])[] = [
  ["a plain one", {}, "sts:AssumeRoleWithSAML"],
  ["tags", { principalTags: { Team: "a" } }, "sts:AssumeRoleWithSAML and sts:TagSession"],
  [
    "a source identity",
    { sourceIdentity: "alice" },
    "sts:AssumeRoleWithSAML and sts:SetSourceIdentity",
  ],
  [
    "both",
    { principalTags: { Team: "a" }, sourceIdentity: "alice" },
    "sts:AssumeRoleWithSAML and sts:TagSession and sts:SetSourceIdentity",
  ],
];
for (const [name, options, needs] of NEEDS) {
  Deno.test(`assertionRemarks: what the trust policy must allow for ${name}, and for which Recipient`, () => {
    const { assertion } = read({ ...options, recipient: RECIPIENT });
    assert.equal(
      assertionRemarks(assertion, { durationSeconds: 3600, now: NOW }).at(-1),
      `The role's trust policy must allow ${needs} for SAML:aud ${RECIPIENT} (the Recipient)`,
    );
  });
}

Deno.test("assertionRemarks: without a length of one's own it is the IdP's that the session may fall short of", () => {
  const { assertion } = read({ sessionDuration: 28_800, sessionNotOnOrAfter: NOW + 7_200_000 });
  const [end] = assertionRemarks(assertion, { durationSeconds: undefined, now: NOW });
  assert.match(end ?? "", /before the requested 28800 seconds/);
});

// A session of 15 minutes where hours were asked for, and nobody said why (saml2aws#598, aws-azure-login#92).
const SHORTENED: readonly (readonly [
  name: string,
  options: ResponseOptions,
  lasts: number,
  says: RegExp | undefined,
])[] = [
  ["the whole length", { sessionDuration: 900 }, 14_400, undefined],
  [
    "SessionDuration",
    { sessionDuration: 900 },
    905,
    /SessionDuration of 900 seconds shortened .* \(14400 req/,
  ],
  ["a role's own limit", { sessionDuration: 900 }, 3600, undefined],
  [
    "SessionNotOnOrAfter",
    { sessionNotOnOrAfter: NOW + 3_600_000 },
    3600,
    /SessionNotOnOrAfter.*14400 sec/,
  ],
  ["nearly the whole length", { sessionDuration: 900 }, 14_341, undefined],
  ["a minute less", { sessionDuration: 14_000 }, 14_340, undefined],
  [
    "SessionNotOnOrAfter, to the second",
    { sessionNotOnOrAfter: NOW + 3_600_000 },
    3601,
    /SessionNotOnOrAfter/,
  ],
  ["two seconds after it", { sessionNotOnOrAfter: NOW + 3_600_000 }, 3602, undefined],
  ["SessionDuration as long as was asked for", { sessionDuration: 14_400 }, 3600, undefined],
  ["a longer SessionDuration", { sessionDuration: 28_800 }, 3600, undefined],
  [
    "SessionDuration of an assertion nearly five minutes old",
    { sessionDuration: 900 },
    900 + 299,
    /SessionDuration of 900 seconds/,
  ],
  ["five minutes after it", { sessionDuration: 900 }, 900 + 300, undefined],
  ["an end after it", { sessionNotOnOrAfter: NOW + 36_000_000 }, 3600, undefined],
  ["nobody knows what", {}, 3600, undefined],
  ["an encrypted one", { encryptTo: decryptionKey() }, 3600, undefined],
];
for (const [name, options, lasts, says] of SHORTENED) {
  Deno.test(`shortenedByIdp: a session that ends early says by what: ${name}`, () => {
    const { assertion } = read(options);
    const sentence = shortenedByIdp(assertion, { expiration: NOW + lasts * 1000, seconds: 14_400 });
    if (says === undefined) assert.equal(sentence, undefined);
    else assert.match(sentence ?? "", says);
  });
}

Deno.test("assertionRemarks: the policy is told of every Recipient, or of none", () => {
  const policyOf = (options: ResponseOptions) =>
    assertionRemarks(read(options).assertion, { durationSeconds: 3600, now: NOW }).at(-1);
  const start = "The role's trust policy must allow sts:AssumeRoleWithSAML";
  assert.equal(policyOf({ recipient: null }), start);
  const { xml } = buildResponse({ now: NOW, sign: "none", recipient: RECIPIENT });
  const twice = xml.replace(
    /<saml2?:SubjectConfirmation\b.*?<\/saml2?:SubjectConfirmation>/s,
    (each) => each + each.replace(RECIPIENT, "urn:other"),
  );
  const { assertion } = readSamlResponse(twice);
  const remarks = assertionRemarks(assertion, { durationSeconds: 3600, now: NOW });
  assert.equal(
    remarks.at(-1),
    `${start} for SAML:aud ${RECIPIENT} or urn:other (the Recipient)`,
  );
});

Deno.test("shortenedByIdp: a session within a minute of what was asked for is not shortened", () => {
  const { assertion } = read({ sessionDuration: 3500, sessionNotOnOrAfter: null });
  const shortened = (ms: number) =>
    shortenedByIdp(assertion, { expiration: NOW + ms, seconds: 3600 });
  assert.equal(shortened(3_600_000), undefined);
  assert.equal(shortened(3_540_001), undefined);
  assert.match(shortened(3_540_000) ?? "", /SessionDuration of 3500 seconds shortened the session/);
});

Deno.test("ignoredDuration: an encrypted assertion has none that is known", () => {
  assert.deepEqual(ignoredDuration("encrypted"), []);
});
