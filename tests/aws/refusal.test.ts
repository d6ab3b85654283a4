import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import {
  explainRefusal,
  isFalseAssertion,
  isTooLong,
  type StsAnswer,
} from "../../src/aws/refusal.ts";
import { checked } from "../support/checks.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { STS_ERRORS } from "../support/sts.ts";

const explain = (code: string, message: string, cause?: unknown) => {
  const answer: StsAnswer = {
    code,
    message,
    role: parseRoleArn(DEFAULT_ROLE),
    provider: parseProviderArn(DEFAULT_PROVIDER),
    region: "eu-west-1",
    cause,
  };
  const error = checked(explainRefusal(answer));
  assert.equal(error.exitCode, 6);
  assert.equal(error.code, `sts-${code}`);
  return error;
};

Deno.test("explainRefusal: every refusal of AWS's table has a remedy of its own", () => {
  const rows = [
    [
      "ExpiredTokenException",
      "Token must be redeemed within 5 minutes of issuance",
      /Sign in again.*clock/,
    ],
    [
      "InvalidIdentityToken",
      "Response signature invalid",
      /Upload the IdP's current metadata to arn:.*saml-provider\/Idp/,
    ],
    [
      "InvalidIdentityToken",
      "Issuer not present in specified provider (Service: …)",
      /belongs to another IdP.*--saml-provider-arn/,
    ],
    [
      "InvalidIdentityToken",
      "Specified provider doesn't exist",
      /arn:.*saml-provider\/Idp does not exist.*account 111122223333/,
    ],
    [
      "InvalidIdentityToken",
      "RoleSessionName is required in AuthnResponse",
      /Map it to the user's email address/,
    ],
    [
      "InvalidIdentityToken",
      "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
      /2 to 64/,
    ],
    [
      "InvalidIdentityToken",
      "Response does not contain the required audience",
      /AudienceRestriction.*urn:amazon:webservices/,
    ],
    ["InvalidIdentityToken", "Something new", /AWS's guide to SAML assertions/],
    [
      "AccessDenied",
      "Not authorized to perform sts:AssumeRoleWithSAML",
      /trust policy of arn:.*role\/Dev.*saml-provider\/Idp.*SAML:aud.*sts:TagSession.*sts:SetSourceIdentity/,
    ],
    [
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      /--duration-seconds/,
    ],
    ["ValidationError", "1 validation error detected", /Check the role and provider ARNs/],
    ["IDPRejectedClaim", "The IdP said no", /Sign in again/],
    [
      "RegionDisabledException",
      "STS is not activated",
      /not active in eu-west-1 for account 111122223333.*--region/,
    ],
    ["MalformedPolicyDocument", "This policy contains invalid Json", /--policy-file/],
    [
      "PackedPolicyTooLarge",
      "Packed policy consumes 128%",
      /tags that the IdP sends are too large.*PrincipalTag/,
    ],
    ["ValidationError", "Unable to validate tags", /session tags.*PrincipalTag.*50.*128.*256/],
    [
      "ValidationError",
      "Value at 'sourceIdentity' failed",
      /SourceIdentity must have 2 to 64.*aws:/,
    ],
    [
      "InvalidIdentityToken",
      "Source Identity must match",
      /SourceIdentity must have 2 to 64.*aws:/,
    ],
    ["Throttling", "Rate exceeded", /Wait a minute/],
    ["SomethingNew", "Words of tomorrow", /show this message to your AWS administrator/],
  ] as const;
  for (const [code, message, hint] of rows) {
    const error = explain(code, message);
    assert.equal(error.message, `STS refused the sign-in: ${message} (${code})`);
    assert.match((error.hint ?? "").replaceAll("\n", " "), hint);
  }
});

Deno.test("explainRefusal: a code without a message, and a message that is too much", () => {
  assert.equal(
    explain("AccessDenied", "").message,
    "STS refused the sign-in: AccessDenied (AccessDenied)",
  );
  const { message } = explain("AccessDenied", `two\nlines \x1b[2J\u202e ${"x".repeat(5000)}`);
  assert.match(message, /two lines \[2J x+… \(AccessDenied\)$/);
  assert.ok(message.length < 600);
});

Deno.test("explainRefusal: a code is a word, whatever answers in the place of STS", () => {
  const explained = (code: string, message: string) =>
    explainRefusal({
      ...{ code, message, region: "eu-west-1", cause: undefined },
      role: parseRoleArn(DEFAULT_ROLE),
      provider: parseProviderArn(DEFAULT_PROVIDER),
    });
  const { code, message } = explained(`A\x1b[2J\u202e\n b${"c".repeat(5000)}`, "no");
  assert.match(code, /^sts-A2Jbc{1,80}$/);
  assert.ok(message.endsWith(` (${code.slice(4)})`));
  assert.equal(explained("\0", "").message, "STS refused the sign-in: Unknown (Unknown)");
});

Deno.test("explainRefusal: the cause is kept", () => {
  const cause = new Error("as the SDK threw it");
  assert.equal(explain("AccessDenied", "no", cause).cause, cause);
});

Deno.test("isFalseAssertion: what any page could have posted, and nothing else", () => {
  const isFalse = Object.keys(STS_ERRORS).filter((code) => isFalseAssertion(explain(code, "x")));
  assert.deepEqual(isFalse, ["ExpiredTokenException", "IDPRejectedClaim", "InvalidIdentityToken"]);
});

Deno.test("isTooLong: only the refusal of a long session, whatever its case", () => {
  const message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
  assert.ok(isTooLong("ValidationError", message));
  assert.ok(isTooLong("ValidationError", message.toLowerCase()));
  assert.ok(!isTooLong("AccessDenied", message));
  assert.ok(
    !isTooLong(
      "ValidationError",
      "1 validation error detected: Value '99999' at 'durationSeconds'",
    ),
  );
});

// "Shorten --policy-file", where none was given.
Deno.test("explainRefusal: policies are blamed where there are any", () => {
  const hintOf = (code: string, hasPolicies: boolean) =>
    explainRefusal({
      ...{ code, message: "no", region: "eu-west-1", cause: undefined, hasPolicies },
      role: parseRoleArn(DEFAULT_ROLE),
      provider: parseProviderArn(DEFAULT_PROVIDER),
    }).hint ?? "";
  for (const code of ["PackedPolicyTooLarge", "PackedPolicyTooLargeException", "ValidationError"]) {
    assert.match(hintOf(code, true), /--policy-file/, code);
    assert.doesNotMatch(hintOf(code, false), /--policy/, code);
  }
});

Deno.test("explainRefusal: the Audience to set is that of the role's partition", () => {
  const hintOf = (partition: string) =>
    explainRefusal({
      ...{ code: "InvalidIdentityToken", message: "required audience", cause: undefined },
      region: "eu-west-1",
      role: parseRoleArn(DEFAULT_ROLE.replace("arn:aws:", `arn:${partition}:`)),
      provider: parseProviderArn(DEFAULT_PROVIDER.replace("arn:aws:", `arn:${partition}:`)),
    }).hint ?? "";
  for (
    const [partition, audiences] of [
      ["aws", /to urn:amazon:webservices or https:\/\/signin\.aws\.amazon\.com\/saml\.$/],
      [
        "aws-us-gov",
        /to urn:amazon:webservices:govcloud or https:\/\/signin\.amazonaws-us-gov\.com\/saml\.$/,
      ],
      [
        "aws-cn",
        /to urn:amazon:webservices:cn-north-1 or https:\/\/signin\.amazonaws\.cn\/saml\.$/,
      ],
      ["aws-eusc", /to https:\/\/eusc-de-east-1\.signin\.amazonaws-eusc\.eu\/saml\.$/],
    ] as const
  ) assert.match(hintOf(partition), audiences);
});

const SKEWS: readonly (readonly [skewMs: number | undefined, says: string])[] = [
  [undefined, "Sign in again"],
  [29_999, "Sign in again"],
  [30_000, "Your clock is 30 s behind STS's. Turn on automatic time, then sign in again."],
  [-119_000, "Your clock is 119 s ahead of STS's. Turn on"],
  [120_000, "Your clock is 2 min behind STS's. Turn on"],
  [-3_600_000, "Your clock is 60 min ahead of STS's. Turn on"],
];
for (const [skewMs, says] of SKEWS) {
  Deno.test(`explainRefusal: an assertion that is over, by a clock that is ${skewMs} ms off`, () => {
    const { hint } = explainRefusal({
      code: "ExpiredTokenException",
      message: "Token must be redeemed within 5 minutes of issuance",
      role: parseRoleArn(DEFAULT_ROLE),
      provider: parseProviderArn(DEFAULT_PROVIDER),
      region: "eu-west-1",
      ...(skewMs !== undefined && { skewMs }),
      cause: undefined,
    });
    assert.ok(hint?.split("\n")[1]?.startsWith(says), hint);
  });
}
