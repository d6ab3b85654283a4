import assert from "node:assert/strict";
import {
  AssumeRoleWithSAMLCommand,
  GetCallerIdentityCommand,
  STSClient,
  STSServiceException,
} from "@aws-sdk/client-sts";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { buildResponse, DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { startSts, type Sts } from "../support/sts.ts";

// AWS' own client reads the stand-in's answers: the judge of whether they are AWS'.

const NOBODY = { accessKeyId: "ASIANOBODY", secretAccessKey: "none" };

function client(sts: Sts, credentials: typeof NOBODY & { sessionToken?: string } = NOBODY) {
  return new STSClient({
    region: "us-east-1",
    endpoint: sts.url,
    requestHandler: new FetchHttpHandler(),
    maxAttempts: 2,
    credentials,
  });
}

const request = (more: { DurationSeconds?: number } = {}) =>
  new AssumeRoleWithSAMLCommand({
    RoleArn: DEFAULT_ROLE,
    PrincipalArn: DEFAULT_PROVIDER,
    SAMLAssertion: buildResponse().base64,
    ...more,
  });

Deno.test("the AWS SDK reads what startSts grants, and signs in with it", async () => {
  await using sts = startSts();
  const answer = await client(sts).send(request());
  const [made] = sts.handedOut;
  assert.ok(made);
  assert.deepEqual(answer.Credentials, {
    AccessKeyId: made.accessKeyId,
    SecretAccessKey: made.secretAccessKey,
    SessionToken: made.sessionToken,
    Expiration: new Date(made.expiration),
  });
  assert.equal(answer.AssumedRoleUser?.Arn, made.arn);
  assert.equal(answer.SubjectType, "persistent");
  const { accessKeyId, secretAccessKey, sessionToken } = made;
  const caller = client(sts, { accessKeyId, secretAccessKey, sessionToken });
  const identity = await caller.send(new GetCallerIdentityCommand({}));
  assert.equal(identity.Arn, made.arn);
  assert.equal(identity.Account, made.account);
});

Deno.test("the AWS SDK reads what startSts refuses, by name, and tries again where it should", async () => {
  await using sts = startSts();
  const refusal = async (more: { DurationSeconds?: number } = {}) => {
    try {
      await client(sts).send(request(more));
    } catch (error) {
      assert.ok(error instanceof STSServiceException);
      return [error.name, error.$metadata.httpStatusCode, error.$metadata.attempts] as const;
    }
    return [];
  };
  assert.deepEqual(await refusal({ DurationSeconds: 7200 }), ["ValidationError", 400, 1]);
  for (
    const [code, name, status, attempts] of [
      ["InvalidIdentityToken", "InvalidIdentityTokenException", 400, 1],
      ["ExpiredTokenException", "ExpiredTokenException", 400, 1],
      ["IDPRejectedClaim", "IDPRejectedClaimException", 403, 1],
      ["RegionDisabledException", "RegionDisabledException", 403, 1],
      ["AccessDenied", "AccessDenied", 403, 1],
      ["Throttling", "Throttling", 400, 2],
      ["ServiceUnavailable", "ServiceUnavailable", 503, 2],
    ] as const
  ) {
    sts.behave({ kind: "error", code, times: attempts });
    assert.deepEqual(await refusal(), [name, status, attempts]);
  }
});
