import assert from "node:assert/strict";
import { AssumeRoleWithSAMLCommand, STSClient } from "@aws-sdk/client-sts";
import { type HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { attachAssertion, PLACEHOLDER } from "../../src/aws/assertion_body.ts";
import { Secret } from "../../src/secret.ts";
import { sdkEnvironment } from "../support/exchange.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_attributes.ts";

/** The requests that the SDK sends with an assertion attached to what it was given in its place. */
async function sent(given: string, assertion: Secret): Promise<readonly HttpRequest[]> {
  using _environment = sdkEnvironment({});
  const requests: HttpRequest[] = [];
  const client = new STSClient({
    region: "eu-west-1",
    maxAttempts: 1,
    requestHandler: {
      handle: (request: HttpRequest) => {
        requests.push(request);
        const body = new TextEncoder().encode("<AssumeRoleWithSAMLResponse/>");
        return Promise.resolve({ response: new HttpResponse({ statusCode: 200, body }) });
      },
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
    },
  });
  const command = new AssumeRoleWithSAMLCommand({
    RoleArn: DEFAULT_ROLE,
    PrincipalArn: DEFAULT_PROVIDER,
    SAMLAssertion: given,
    Policy: "{\u00fc}",
  });
  attachAssertion(command, assertion);
  await client.send(command);
  return requests;
}

Deno.test("attachAssertion: the assertion takes the place of the word, in bytes, and the rest is as it was", async () => {
  const assertion = new Secret("PGE+/\u00fc==", "assertion");
  const [request, ...others] = await sent(PLACEHOLDER, assertion);
  assert.deepEqual(others, []);
  assert.ok(request?.body instanceof Uint8Array);
  const form = new URLSearchParams(new TextDecoder().decode(request.body));
  assert.equal(form.get("SAMLAssertion"), "PGE+/\u00fc==");
  assert.equal(form.get("Policy"), "{\u00fc}");
  assert.equal(form.get("RoleArn"), DEFAULT_ROLE);
  assert.deepEqual([...form.keys()].toSorted(), [
    "Action",
    "Policy",
    "PrincipalArn",
    "RoleArn",
    "SAMLAssertion",
    "Version",
  ]);
  assert.equal(request.headers["content-length"], String(request.body.byteLength));
});

Deno.test("attachAssertion: a request without the word is not sent", async () => {
  await assert.rejects(
    sent("another", new Secret("PGE+", "assertion")),
    { message: "Cannot attach the assertion: unexpected request from the SDK" },
  );
});
