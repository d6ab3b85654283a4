import assert from "node:assert/strict";
import { decryptionKey, idpKey, otherKey } from "../support/keys.ts";
import {
  AWS_ACS_URL,
  buildResponse,
  DEFAULT_PROVIDER,
  DEFAULT_ROLE,
  ISSUER,
  manyRoles,
  type ResponseOptions,
} from "../support/saml_response.ts";
import { hostileResponse, WRAPPING_KINDS } from "../support/saml_hostile.ts";
import {
  accountsFor,
  defaultAccounts,
  FIXTURE_SECRET_MARKER,
  startSts,
  type StsAccounts,
} from "../support/sts.ts";
import { type Answer, call, NOW } from "./sts_call.ts";

/** One call at NOW with an assertion made at NOW, unless the case says otherwise. */
async function answerTo(
  { response, accounts, now, assertion, ...parameters }: {
    readonly response?: ResponseOptions;
    readonly accounts?: Partial<StsAccounts>;
    readonly now?: number;
    readonly assertion?: string;
    readonly DurationSeconds?: string;
    readonly [parameter: `${"Role" | "Principal" | "Policy" | "SAML"}${string}`]:
      | string
      | undefined;
  },
): Promise<Answer> {
  await using sts = startSts({ clock: () => now ?? NOW, ...accounts });
  const SAMLAssertion = assertion ?? buildResponse({ now: NOW, ...response }).base64;
  return await call(sts.url, { SAMLAssertion, ...parameters });
}

Deno.test("startSts grants a good assertion in AWS' form", async () => {
  const answer = await answerTo({});
  assert.equal(answer.status, 200);
  assert.equal(answer.root, "AssumeRoleWithSAMLResponse");
  assert.equal(answer.headers.get("content-type"), "text/xml");
  assert.equal(answer.headers.get("x-amzn-requestid"), answer.fields.get("RequestId"));
  const field = (name: string) => answer.fields.get(name) ?? "";
  assert.match(field("AccessKeyId"), /^ASIA[A-Z2-7]{16}$/);
  assert.match(field("SecretAccessKey"), new RegExp(`^${FIXTURE_SECRET_MARKER}.{27}$`));
  assert.ok(field("SessionToken").includes(FIXTURE_SECRET_MARKER));
  assert.equal(field("Expiration"), "2026-11-23T13:00:00Z");
  assert.equal(field("Arn"), "arn:aws:sts::111122223333:assumed-role/Dev/alice@example.com");
  assert.match(field("AssumedRoleId"), /^AROA[0-9A-F]{17}:alice@example\.com$/);
  assert.equal(field("Audience"), "http://localhost:8090/saml");
  assert.equal(field("Issuer"), ISSUER);
  assert.equal(field("Subject"), "alice");
  assert.equal(field("SubjectType"), "persistent");
  assert.match(field("NameQualifier"), /^[A-Za-z0-9+/]{27}=$/);
});

Deno.test("startSts: the NameQualifier is that of the API reference", async () => {
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html has the formula.
  const offer = {
    role: "arn:aws:iam::123456789012:role/TestSaml",
    provider: "arn:aws:iam::123456789012:saml-provider/MySAMLIdP",
  };
  const issuer = "https://example.com/saml";
  const answer = await answerTo({
    response: { roles: [offer], issuer },
    accounts: accountsFor([offer], { issuer, keys: [idpKey().publicKeyPem] }),
    RoleArn: offer.role,
    PrincipalArn: offer.provider,
  });
  const text = new TextEncoder().encode("https://example.com/saml123456789012/MySAMLIdP");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", text));
  assert.equal(answer.fields.get("NameQualifier"), digest.toBase64());
});

const granted: readonly (readonly [string, Parameters<typeof answerTo>[0], expiration?: string])[] =
  [
    ["for 900 seconds", { DurationSeconds: "900" }, "2026-11-23T12:15:00Z"],
    [
      "no longer than SessionNotOnOrAfter",
      { response: { sessionNotOnOrAfter: NOW + 60_000 } },
      "2026-11-23T12:01:00Z",
    ],
    ["at the last moment of the five minutes", {
      now: NOW + 300_000,
      response: { notOnOrAfter: NOW + 3_600_000 },
    }],
    ["with AWS' own Recipient", { response: { recipient: AWS_ACS_URL } }],
    ["a pair in the other order, with blanks", {
      response: {
        roles: [{
          role: DEFAULT_ROLE,
          provider: DEFAULT_PROVIDER,
          order: "provider-first",
          blanks: true,
        }],
      },
    }],
    ["signed by any of the provider's keys", {
      response: { key: otherKey() },
      accounts: {
        providers: [{
          arn: DEFAULT_PROVIDER,
          issuer: ISSUER,
          keys: [idpKey().certificatePem, otherKey().certificatePem],
        }],
      },
    }],
    ["encrypted, where the provider has the key", {
      response: { encryptTo: decryptionKey() },
      accounts: {
        providers: [{
          arn: DEFAULT_PROVIDER,
          issuer: ISSUER,
          keys: [idpKey().certificatePem],
          decryptionKeyPem: decryptionKey().privateKeyPem,
        }],
      },
    }],
    ["with tags and a source identity", {
      response: { principalTags: { Team: "blue" }, sourceIdentity: "alice" },
    }],
    ["with session policies", {
      Policy: `{"Version":"2012-10-17"}`,
      "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    }],
  ];

for (const [name, request, expiration] of granted) {
  Deno.test(`startSts grants ${name}`, async () => {
    const answer = await answerTo(request);
    assert.equal(answer.status, 200, answer.fields.get("Message"));
    if (expiration !== undefined) assert.equal(answer.fields.get("Expiration"), expiration);
  });
}

const [trusted] = defaultAccounts().roles;
assert.ok(trusted);
const other = manyRoles(1)[0];
assert.ok(other);

const refused: readonly (readonly [
  name: string,
  request: Parameters<typeof answerTo>[0],
  refusal: readonly [status: number, code: string, message: string | RegExp],
])[] = [
  ["after five minutes", {
    now: NOW + 300_001,
    response: { notOnOrAfter: NOW + 3_600_000 },
  }, [400, "ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance"]],
  ["after NotOnOrAfter", { response: { notOnOrAfter: NOW } }, [400, "ExpiredTokenException", /^/]],
  ["before NotBefore", { response: { notBefore: NOW + 1000 } }, [
    400,
    "InvalidIdentityToken",
    "Token is not valid yet",
  ]],
  ["a false signature", { response: { key: otherKey() } }, [
    400,
    "InvalidIdentityToken",
    "Response signature invalid",
  ]],
  ["no signature", { response: { sign: "none" } }, [
    400,
    "InvalidIdentityToken",
    "Response signature invalid",
  ]],
  ["another issuer", { response: { issuer: "https://other.example" } }, [
    400,
    "InvalidIdentityToken",
    "Issuer not present in specified provider",
  ]],
  ["a provider that is not there", {
    PrincipalArn: "arn:aws:iam::111122223333:saml-provider/Nobody",
  }, [400, "InvalidIdentityToken", "Specified provider doesn't exist"]],
  ["an audience that the provider does not take", {
    accounts: {
      providers: [{
        arn: DEFAULT_PROVIDER,
        issuer: ISSUER,
        keys: [idpKey().certificatePem],
        audiences: ["urn:other"],
      }],
    },
  }, [400, "InvalidIdentityToken", "Response does not contain the required audience"]],
  ["a Recipient that the trust policy does not allow", {
    accounts: { roles: [{ ...trusted, recipients: [AWS_ACS_URL] }] },
  }, [403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML"]],
  ["a role that the assertion does not offer", {
    response: { roles: [other] },
  }, [403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML"]],
  ["a role that does not exist", {
    RoleArn: "arn:aws:iam::111122223333:role/Nobody",
  }, [403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML"]],
  ["a role that trusts another provider", {
    accounts: { roles: [{ ...trusted, providers: ["arn:aws:iam::111122223333:saml-provider/X"] }] },
  }, [403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML"]],
  ["tags without sts:TagSession", {
    response: { principalTags: { Team: "blue" } },
    accounts: { roles: [{ ...trusted, tagSession: false }] },
  }, [403, "AccessDenied", /sts:TagSession/]],
  ["a source identity without sts:SetSourceIdentity", {
    response: { sourceIdentity: "alice" },
    accounts: { roles: [{ ...trusted, setSourceIdentity: false }] },
  }, [403, "AccessDenied", /sts:SetSourceIdentity/]],
  ["a malformed source identity", { response: { sourceIdentity: "aws:x" } }, [
    400,
    "InvalidIdentityToken",
    /^Source Identity must match/,
  ]],
  ["no session name", { response: { roleSessionName: null } }, [
    400,
    "InvalidIdentityToken",
    "RoleSessionName is required in AuthnResponse",
  ]],
  ["a malformed session name", { response: { roleSessionName: "Alice Liddell" } }, [
    400,
    "InvalidIdentityToken",
    "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
  ]],
  ["a status other than Success", { response: { status: "Responder" } }, [
    403,
    "IDPRejectedClaim",
    /^/,
  ]],
  ["more than MaxSessionDuration", { DurationSeconds: "3601" }, [
    400,
    "ValidationError",
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  ]],
  ["899 seconds", { DurationSeconds: "899" }, [400, "ValidationError", /or equal to 900$/]],
  ["43201 seconds", { DurationSeconds: "43201" }, [400, "ValidationError", /or equal to 43200$/]],
  ["a duration in words", { DurationSeconds: "1h" }, [400, "ValidationError", /'1h'/]],
  ["no role", { RoleArn: undefined }, [400, "ValidationError", /Value null at 'roleArn'/]],
  ["a role that is no role", { RoleArn: DEFAULT_PROVIDER }, [
    400,
    "ValidationError",
    /is invalid$/,
  ]],
  ["a policy that is not JSON", { Policy: "{" }, [400, "MalformedPolicyDocument", /^/]],
  ["an assertion that is too long", { assertion: "A".repeat(100_004) }, [
    400,
    "ValidationError",
    /^(?!.*AAAA).*'sAMLAssertion'.*less than or equal to 100000$/,
  ]],
  ["base64 with line breaks", { assertion: "AAAA\r\nAAAA" }, [
    400,
    "InvalidIdentityToken",
    "Invalid base64 SAMLResponse",
  ]],
  ["an encrypted assertion without a key", { response: { encryptTo: decryptionKey() } }, [
    400,
    "InvalidIdentityToken",
    "Response could not be decrypted",
  ]],
];

for (const [name, request, [status, code, message]] of refused) {
  Deno.test(`startSts refuses ${name}`, async () => {
    const answer = await answerTo(request);
    assert.deepEqual(
      [answer.root, answer.status, answer.fields.get("Type"), answer.fields.get("Code")],
      ["ErrorResponse", status, "Sender", code],
    );
    const said = answer.fields.get("Message") ?? "";
    if (typeof message === "string") assert.equal(said, message);
    else assert.match(said, message);
    assert.equal(answer.headers.get("x-amzn-requestid"), answer.fields.get("RequestId"));
  });
}

for (const kind of WRAPPING_KINDS) {
  Deno.test(`startSts grants nothing for ${kind}`, async () => {
    const { base64 } = hostileResponse(kind, { now: NOW });
    const answer = await answerTo({ assertion: base64 });
    assert.equal(answer.fields.get("Code"), "InvalidIdentityToken");
  });
}
