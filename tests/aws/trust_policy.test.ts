import assert from "node:assert/strict";
import { trustActions, trustPolicy } from "../../src/aws/trust_policy.ts";
import { pairOf } from "../support/offers.ts";

const { provider } = pairOf("aws-cn:111122223333/Dev");
const plain = {
  provider,
  recipients: ["http://localhost:8090/saml"],
  tags: false,
  sourceIdentity: false,
};

Deno.test("trustPolicy: the whole of it, ready to paste", () => {
  assert.deepEqual(JSON.parse(trustPolicy(plain)), {
    Version: "2012-10-17",
    Statement: [{
      Effect: "Allow",
      Principal: { Federated: "arn:aws-cn:iam::111122223333:saml-provider/Idp" },
      Action: "sts:AssumeRoleWithSAML",
      Condition: { StringEquals: { "SAML:aud": "http://localhost:8090/saml" } },
    }],
  });
  assert.match(trustPolicy(plain), /^\{\n {2}"Version"/);
});

Deno.test("trustPolicy: several recipients are a list, none is no condition", () => {
  const policy = (recipients: readonly string[]) =>
    JSON.parse(trustPolicy({ ...plain, recipients })).Statement[0].Condition;
  assert.deepEqual(policy(["a", "b"]), { StringEquals: { "SAML:aud": ["a", "b"] } });
  assert.equal(policy([]), undefined);
});

Deno.test("trustPolicy: what comes from the IdP stays inside its string", () => {
  const evil = '"}]},"Principal":"*"';
  assert.equal(
    JSON.parse(trustPolicy({ ...plain, recipients: [evil] })).Statement[0].Condition.StringEquals[
      "SAML:aud"
    ],
    evil,
  );
});

Deno.test("trustActions: what the assertion carries needs an action of its own", () => {
  const [saml, tag, source] = ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"];
  for (
    const [tags, sourceIdentity, wanted] of [
      [false, false, [saml]],
      [true, false, [saml, tag]],
      [false, true, [saml, source]],
      [true, true, [saml, tag, source]],
    ] as const
  ) {
    assert.deepEqual(trustActions({ tags, sourceIdentity }), wanted);
    const policy = JSON.parse(trustPolicy({ ...plain, tags, sourceIdentity }));
    assert.deepEqual([policy.Statement[0].Action].flat(), wanted);
  }
});
