import assert from "node:assert/strict";
import { mismatchOf, parsePolicyArn, parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { PARTITIONS } from "../../src/aws/partition.ts";

const ACCOUNT = "111122223333";

Deno.test("parseRoleArn: roles of every partition, with paths and all the signs of names", () => {
  for (const { id } of PARTITIONS) {
    const arn = parseRoleArn(`arn:${id}:iam::${ACCOUNT}:role/Dev`);
    assert.equal(arn.partition.id, id);
    assert.equal(arn.account, ACCOUNT);
    assert.equal(arn.name, "Dev");
  }
  for (
    const name of [
      "a",
      "A_b+c=d,e.f@g-h",
      "team/platform/Admin",
      "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef",
      'with!odd"signs#in$the%path:too/Role',
      "x".repeat(64),
    ]
  ) {
    const text = `arn:aws:iam::${ACCOUNT}:role/${name}`;
    const { name: read, text: kept } = parseRoleArn(text);
    assert.deepEqual([read, kept], [name, text]);
  }
});

Deno.test("parseRoleArn: what is no role says what it is", () => {
  for (
    const [text, why] of [
      ["", /^not an ARN; expected an ARN like arn:aws:iam::111122223333:role\/NAME$/],
      ["arn:aws:iam::1:role/a", /"1" is not a 12-digit account ID/],
      [`role/Dev,and some more letters`, /^not an ARN/],
      [`arn:aws:iam::${ACCOUNT}:saml-provider/Idp`, /SAML provider, not of an IAM role.*swapped/],
      [`arn:aws:iam::${ACCOUNT}:user/alice`, /not the ARN of an IAM role but of type "user"/],
      [`arn:aws:iam::${ACCOUNT}:role`, /"" is not a valid name/],
      [`arn:aws:iam::${ACCOUNT}:root`, /of type "root"/],
      [`arn:aws:iam::${ACCOUNT}:policy/Ours`, /ARN of an IAM managed policy/],
      [`arn:aws:iam::aws:role/Dev and more`, /"aws" is not a 12-digit account ID/],
      [`arn:aws:s3:::bucket/some/long/key`, /not an IAM ARN/],
      [`arn:aws:iam:us-east-1:${ACCOUNT}:role/Dev`, /not an IAM ARN/],
      [
        `arn:aws-mars:iam::${ACCOUNT}:role/Dev`,
        /unknown partition "aws-mars"; expected one of aws, aws-us/,
      ],
      [`ARN:aws:iam::${ACCOUNT}:role/Dev`, /^not an ARN/],
      [`arn:aws:iam::${ACCOUNT}:role/`, /"" is not a valid name/],
      [`arn:aws:iam::${ACCOUNT}:role/path/`, /is not a valid name/],
      [`arn:aws:iam::${ACCOUNT}:role/Dev `, /is not a valid name/],
      [`arn:aws:iam::${ACCOUNT}:role/Dev\n`, /is not a valid name/],
      [`arn:aws:iam::${ACCOUNT}:role/De v`, /is not a valid name/],
      [`arn:aws:iam::${ACCOUNT}:role/pa th/Dev`, /is not a valid name/],
      [`arn:aws:iam::${ACCOUNT}:role/${"x".repeat(65)}`, /is not a valid name/],
      [`arn:aws:iam::${ACCOUNT}:role/Größe`, /is not a valid name/],
      [`arn:aws:iam::${"1".repeat(13)}:role/Dev`, /is not a 12-digit account ID/],
      [`arn:aws:iam::${ACCOUNT}:role/${"p/".repeat(1200)}Dev`, /^not an ARN/],
    ] as const
  ) assert.throws(() => parseRoleArn(text), { message: why }, text);
});

Deno.test("parseRoleArn: a session's ARN is answered with the role's", () => {
  assert.throws(
    () => parseRoleArn(`arn:aws-cn:sts::${ACCOUNT}:assumed-role/Dev/alice@example.com`),
    { message: new RegExp(`use the ARN of the role, arn:aws-cn:iam::${ACCOUNT}:role/Dev$`) },
  );
});

Deno.test("parseProviderArn: providers pass, roles are named as swapped, paths do not exist", () => {
  const { name } = parseProviderArn(`arn:aws:iam::${ACCOUNT}:saml-provider/My_Idp.v2-test`);
  assert.equal(name, "My_Idp.v2-test");
  const bad = (name: string) => () => parseProviderArn(`arn:aws:iam::${ACCOUNT}:${name}`);
  assert.throws(bad("role/Dev"), {
    message: /of an IAM role, not of an IAM SAML provider.*swapped/,
  });
  assert.throws(bad("saml-provider/a/b"), { message: /is not a valid name/ });
  assert.throws(bad("saml-provider/a,b"), { message: /is not a valid name/ });
  assert.throws(bad("oidc-provider/idp.example"), { message: /of type "oidc-provider"/ });
  assert.throws(bad(`saml-provider/${"x".repeat(129)}`), { message: /is not a valid name/ });
});

Deno.test("parsePolicyArn: AWS's own policies and the account's", () => {
  assert.equal(parsePolicyArn("arn:aws:iam::aws:policy/ReadOnlyAccess").account, "aws");
  assert.equal(
    parsePolicyArn("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess").name,
    "job-function/ViewOnlyAccess",
  );
  assert.equal(parsePolicyArn(`arn:aws:iam::${ACCOUNT}:policy/Ours`).account, ACCOUNT);
  assert.throws(() => parsePolicyArn(`arn:aws:iam::${ACCOUNT}:role/Dev`), {
    message: /ARN of an IAM role, not of an IAM managed policy; expected/,
  });
});

Deno.test("mismatchOf: a provider of another account or partition", () => {
  const role = parseRoleArn(`arn:aws:iam::${ACCOUNT}:role/Dev`);
  const provider = (partition: string, account: string) =>
    parseProviderArn(`arn:${partition}:iam::${account}:saml-provider/Idp`);
  assert.equal(mismatchOf(role, provider("aws", ACCOUNT)), undefined);
  assert.equal(
    mismatchOf(role, provider("aws", "444455556666")),
    `the role is in account ${ACCOUNT}, but the SAML provider is in 444455556666`,
  );
  assert.equal(
    mismatchOf(role, provider("aws-cn", ACCOUNT)),
    "the role is in partition aws, but the SAML provider is in aws-cn",
  );
});
