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
      ["", /no ARN; an IAM role looks like arn:aws:iam::111122223333:role\/NAME/],
      ["arn:aws:iam::1:role/a", /"1" is no account number of twelve digits/],
      [`role/Dev,and some more letters`, /it is no ARN/],
      [`arn:aws:iam::${ACCOUNT}:saml-provider/Idp`, /SAML provider, not of an IAM role.*swapped/],
      [`arn:aws:iam::${ACCOUNT}:user/alice`, /ARN of a "user"/],
      [`arn:aws:iam::${ACCOUNT}:role`, /"" is no name/],
      [`arn:aws:iam::${ACCOUNT}:root`, /ARN of a "root"/],
      [`arn:aws:iam::${ACCOUNT}:policy/Ours`, /ARN of an IAM managed policy/],
      [`arn:aws:iam::aws:role/Dev and more`, /"aws" is no account number/],
      [`arn:aws:s3:::bucket/some/long/key`, /no ARN of IAM/],
      [`arn:aws:iam:us-east-1:${ACCOUNT}:role/Dev`, /no ARN of IAM/],
      [
        `arn:aws-mars:iam::${ACCOUNT}:role/Dev`,
        /"aws-mars" is no partition; there are aws, aws-us/,
      ],
      [`ARN:aws:iam::${ACCOUNT}:role/Dev`, /it is no ARN/],
      [`arn:aws:iam::${ACCOUNT}:role/`, /"" is no name/],
      [`arn:aws:iam::${ACCOUNT}:role/path/`, /is no name/],
      [`arn:aws:iam::${ACCOUNT}:role/Dev `, /is no name/],
      [`arn:aws:iam::${ACCOUNT}:role/Dev\n`, /is no name/],
      [`arn:aws:iam::${ACCOUNT}:role/De v`, /is no name/],
      [`arn:aws:iam::${ACCOUNT}:role/pa th/Dev`, /is no name/],
      [`arn:aws:iam::${ACCOUNT}:role/${"x".repeat(65)}`, /is no name/],
      [`arn:aws:iam::${ACCOUNT}:role/Größe`, /is no name/],
      [`arn:aws:iam::${"1".repeat(13)}:role/Dev`, /is no account number/],
      [`arn:aws:iam::${ACCOUNT}:role/${"p/".repeat(1200)}Dev`, /it is no ARN/],
    ] as const
  ) assert.throws(() => parseRoleArn(text), { message: why }, text);
});

Deno.test("parseRoleArn: a session's ARN is answered with the role's", () => {
  assert.throws(
    () => parseRoleArn(`arn:aws-cn:sts::${ACCOUNT}:assumed-role/Dev/alice@example.com`),
    { message: new RegExp(`give the role itself, arn:aws-cn:iam::${ACCOUNT}:role/Dev$`) },
  );
});

Deno.test("parseProviderArn: providers pass, roles are named as swapped, paths do not exist", () => {
  const { name } = parseProviderArn(`arn:aws:iam::${ACCOUNT}:saml-provider/My_Idp.v2-test`);
  assert.equal(name, "My_Idp.v2-test");
  const bad = (name: string) => () => parseProviderArn(`arn:aws:iam::${ACCOUNT}:${name}`);
  assert.throws(bad("role/Dev"), {
    message: /of an IAM role, not of an IAM SAML provider.*swapped/,
  });
  assert.throws(bad("saml-provider/a/b"), { message: /is no name/ });
  assert.throws(bad("saml-provider/a,b"), { message: /is no name/ });
  assert.throws(bad("oidc-provider/idp.example"), { message: /ARN of a "oidc-provider"/ });
  assert.throws(bad(`saml-provider/${"x".repeat(129)}`), { message: /is no name/ });
});

Deno.test("parsePolicyArn: AWS' own policies and the account's", () => {
  assert.equal(parsePolicyArn("arn:aws:iam::aws:policy/ReadOnlyAccess").account, "aws");
  assert.equal(
    parsePolicyArn("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess").name,
    "job-function/ViewOnlyAccess",
  );
  assert.equal(parsePolicyArn(`arn:aws:iam::${ACCOUNT}:policy/Ours`).account, ACCOUNT);
  assert.throws(() => parsePolicyArn(`arn:aws:iam::${ACCOUNT}:role/Dev`), {
    message: /ARN of an IAM role; an IAM managed policy looks like/,
  });
});

Deno.test("mismatchOf: a provider of another account or partition", () => {
  const role = parseRoleArn(`arn:aws:iam::${ACCOUNT}:role/Dev`);
  const provider = (partition: string, account: string) =>
    parseProviderArn(`arn:${partition}:iam::${account}:saml-provider/Idp`);
  assert.equal(mismatchOf(role, provider("aws", ACCOUNT)), undefined);
  assert.equal(
    mismatchOf(role, provider("aws", "444455556666")),
    `the role is in account ${ACCOUNT}, the SAML provider in 444455556666`,
  );
  assert.equal(
    mismatchOf(role, provider("aws-cn", ACCOUNT)),
    "the role is in partition aws, the SAML provider in aws-cn",
  );
});
