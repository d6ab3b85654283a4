import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import {
  explainRefusal,
  isAccessDenied,
  isFalseAssertion,
  isOfAudience,
  isOfPackedSize,
  isOfTags,
  isTooLong,
  type StsAnswer,
} from "../../src/aws/refusal.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
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

const AGAIN =
  "Sign in again. If this keeps happening, show this message to your AWS administrator.";
const POLICY = "Correct the policy in --policy-file: it must be a valid IAM policy in JSON.";
const THROTTLED = "This account has sent STS too many requests. Wait a minute, then sign in again.";
const SOURCE_IDENTITY =
  "The IdP attribute https://aws.amazon.com/SAML/Attributes/SourceIdentity must have 2 to 64 letters (A to Z),\n" +
  "digits or _+=,.@- characters, and not begin with aws:. Ask your IdP administrator to map it to such a name.";

/** What a person reads of each refusal, whole. */
const HINTS: readonly (readonly [code: string, message: string, hint: string])[] = [
  [
    "ExpiredTokenException",
    "no",
    "A sign-in is only valid for five minutes.\n" +
    "Sign in again. If you have only just signed in, check the clocks of the IdP and of this computer.",
  ],
  [
    "AccessDenied",
    "no",
    `The trust policy of ${DEFAULT_ROLE} does not allow this sign-in, or the role does not exist.\n` +
    `The policy must name ${DEFAULT_PROVIDER} as Principal.Federated and allow\n` +
    "sts:AssumeRoleWithSAML, and its SAML:aud condition must allow the URL that the IdP posts to (the\n" +
    "assertion's Recipient). Session tags also need sts:TagSession, a source identity needs\n" +
    "sts:SetSourceIdentity.",
  ],
  [
    "ValidationError",
    "exceeds the MaxSessionDuration",
    "Request a shorter session with --duration-seconds, or raise the role's maximum session duration.",
  ],
  ["ValidationError", "no", "Check the role and provider ARNs and --duration-seconds."],
  [
    "ValidationError",
    "The Tag is too long",
    "STS does not take the session tags that the IdP sends. Ask your IdP administrator to correct the\n" +
    "PrincipalTag attributes in the AWS application: 50 at most, keys of 128 and values of 256 characters.",
  ],
  ["ValidationError", "stage", "Check the role and provider ARNs and --duration-seconds."],
  ["ValidationError", "Source identity", SOURCE_IDENTITY],
  ["InvalidIdentityToken", "sourceidentity", SOURCE_IDENTITY],
  [
    "InvalidIdentityToken",
    "signature",
    "AWS does not know the certificate that the IdP signs with, or the assertion was modified.\n" +
    `Upload the IdP's current metadata to ${DEFAULT_PROVIDER}.`,
  ],
  [
    "InvalidIdentityToken",
    "issuer",
    `${DEFAULT_PROVIDER} belongs to another IdP. Use --saml-provider-arn with\n` +
    "the SAML provider of the IdP that you signed in to.",
  ],
  [
    "InvalidIdentityToken",
    "the provider does not exist",
    `${DEFAULT_PROVIDER} does not exist. Compare its account, name and partition\n` +
    "with IAM, Identity providers, in account 111122223333.",
  ],
  [
    "InvalidIdentityToken",
    "rolesessionname",
    "The IdP attribute https://aws.amazon.com/SAML/Attributes/RoleSessionName must have 2 to 64\n" +
    "letters (A to Z), digits or _+=,.@- characters. Map it to the user's email address or user name.",
  ],
  [
    "InvalidIdentityToken",
    "audience",
    "AWS compares the AudienceRestriction, not the trust policy's SAML:aud. Set the Audience, or SP entity\n" +
    "ID, of the IdP's AWS application to urn:amazon:webservices or https://signin.aws.amazon.com/saml.",
  ],
  ...["the provider is slow", "it does not exist"].map((message) =>
    [
      "InvalidIdentityToken",
      message,
      "The IdP's AWS application sends an assertion that AWS cannot use. Sign in again. If this keeps\n" +
      "happening, compare the application with AWS's guide to SAML assertions.",
    ] as const
  ),
  [
    "IDPRejectedClaim",
    "no",
    "The IdP rejected the sign-in, or part of the assertion is no longer valid. Sign in again.",
  ],
  [
    "RegionDisabledException",
    "no",
    "STS is not active in eu-west-1 for account 111122223333.\n" +
    "Enable it there (IAM, Account settings), or choose another region with --region.",
  ],
  ["MalformedPolicyDocument", "no", POLICY],
  ["MalformedPolicyDocumentException", "no", POLICY],
  ...["PackedPolicyTooLarge", "PackedPolicyTooLargeException"].map((code) =>
    [
      code,
      "no",
      "The session tags that the IdP sends are too large together. Ask your IdP administrator for fewer or\n" +
      "shorter PrincipalTag attributes in the AWS application.",
    ] as const
  ),
  ["ThrottlingException", "no", THROTTLED],
  ["RequestLimitExceeded", "no", THROTTLED],
  ["SlowDown", "no", THROTTLED],
  ["SomethingNew", "no", AGAIN],
];
for (const [code, message, hint] of HINTS) {
  Deno.test(`explainRefusal: what to do about ${code}: ${message}`, () => {
    const error = explain(code, message);
    assert.equal(error.message, `STS refused the sign-in: ${message} (${code})`);
    assert.equal(error.hint, hint);
  });
}

// "Shorten --policy-file", where none was given.
Deno.test("explainRefusal: with session policies, they may be what is too much", () => {
  const hintOf = (code: string) =>
    explainRefusal({
      ...{ code, message: "no", region: "eu-west-1", cause: undefined, hasPolicies: true },
      role: parseRoleArn(DEFAULT_ROLE),
      provider: parseProviderArn(DEFAULT_PROVIDER),
    }).hint;
  assert.equal(
    hintOf("PackedPolicyTooLarge"),
    "The session policies and tags are too large together: shorten --policy-file, or pass fewer\n" +
      "--policy-arn flags.",
  );
  assert.equal(
    hintOf("ValidationError"),
    "Check the role and provider ARNs and --duration-seconds, --policy-arn and --policy-file.",
  );
});

const KINDS: readonly (readonly [code: string, message: string, kinds: readonly string[]])[] = [
  ["AccessDenied", "no", ["access"]],
  ["AccessDenied", "sts:TagSession and an audience", ["access"]],
  ["InvalidIdentityToken", "the required Audience", ["audience"]],
  ["InvalidIdentityToken", "no", []],
  ["ValidationError", "the required audience", []],
  ["ValidationError", "Unable to validate tags", ["tags"]],
  ["InvalidIdentityToken", "a Tag", ["tags"]],
  ["ValidationError", "the stage", []],
  ["PackedPolicyTooLarge", "no", ["size"]],
  ["PackedPolicyTooLargeException", "no", ["size"]],
];
for (const [code, message, kinds] of KINDS) {
  Deno.test(`isAccessDenied and its like: ${code}, ${message}: ${kinds.join() || "none"}`, () => {
    const error = explain(code, message);
    const found = Object.entries({
      access: isAccessDenied(error),
      audience: isOfAudience(error),
      size: isOfPackedSize(error),
      tags: isOfTags(error),
    }).filter(([, is]) => is).map(([kind]) => kind);
    assert.deepEqual(found, kinds);
  });
}

Deno.test("isOfTags, isOfPackedSize: the errors of others are none of STS's", () => {
  const of = (code: string) =>
    new UserError(code, "too many tags", { exitCode: ExitCode.FILE, hint: "x" });
  assert.ok(!isOfTags(of("cache-sts-exposed")));
  assert.ok(!isOfPackedSize(of("not-sts-PackedPolicyTooLarge")));
});

Deno.test("explainRefusal: at most 80 characters of a code and 500 of a message are shown", () => {
  const { code, message } = explainRefusal({
    ...{ code: "c".repeat(81), message: "m".repeat(501), region: "eu-west-1", cause: undefined },
    role: parseRoleArn(DEFAULT_ROLE),
    provider: parseProviderArn(DEFAULT_PROVIDER),
  });
  assert.equal(code, `sts-${"c".repeat(80)}`);
  assert.match(message, /^STS refused the sign-in: m{499,500}\u2026 \(c{80}\)$/);
});
