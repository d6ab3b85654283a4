import assert from "node:assert/strict";
import {
  isOfIdentityCenter,
  mismatchOf,
  parsePolicyArn,
  parseProviderArn,
  parseRoleArn,
  parseSamlProviderArn,
  parseSamlRoleArn,
} from "../../src/aws/arn.ts";
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

const ROLE_LIKE = "expected an ARN like arn:aws:iam::111122223333:role/NAME";
const PROVIDER_LIKE = "expected an ARN like arn:aws:iam::111122223333:saml-provider/NAME";
const POLICY_LIKE = "expected an ARN like arn:aws:iam::aws:policy/NAME";

Deno.test("parseRoleArn, parseProviderArn, parsePolicyArn: what a person reads, whole", () => {
  for (
    const [parse, text, message] of [
      [parseRoleArn, "Dev", `not an ARN; ${ROLE_LIKE}`],
      [parseRoleArn, `x arn:aws:iam::${ACCOUNT}:role/Dev`, `not an ARN; ${ROLE_LIKE}`],
      [parseRoleArn, `xrn:aws:iam::${ACCOUNT}:user/ada`, `not an ARN; ${ROLE_LIKE}`],
      [
        parsePolicyArn,
        "arn:aws:iam::x:policy/Ours",
        `"x" is not a 12-digit account ID; ${POLICY_LIKE}`,
      ],
      [parseRoleArn, "arn:aws:iam::role/Dev", `not an ARN; ${ROLE_LIKE}`],
      [
        parseRoleArn,
        `arn::iam::${ACCOUNT}:role/Dev`,
        `unknown partition ""; expected one of aws, aws-us-gov, aws-cn, aws-eusc, aws-iso, aws-iso-b, ` +
        "aws-iso-e, aws-iso-f",
      ],
      [
        parseRoleArn,
        `arn:aws:sts::${ACCOUNT}:assumed-role/Dev/ada`,
        "this is the ARN of a role session; use the ARN of the role, " +
        `arn:aws:iam::${ACCOUNT}:role/Dev`,
      ],
      [parseRoleArn, `arn:aws:sts::${ACCOUNT}:federated-user/ada`, `not an IAM ARN; ${ROLE_LIKE}`],
      [
        parseRoleArn,
        `arn:aws:iam::${ACCOUNT}:assumed-role/Dev/ada`,
        "not the ARN of an IAM role but " +
        `of type "assumed-role"; ${ROLE_LIKE}`,
      ],
      [
        parseRoleArn,
        `arn:aws:iam::${ACCOUNT}:saml-provider/Idp`,
        "this is the ARN of an IAM SAML provider, not of an IAM role; the two ARNs are swapped",
      ],
      [
        parseRoleArn,
        `arn:aws:iam::${ACCOUNT}:policy/Ours`,
        `this is the ARN of an IAM managed policy, not of an IAM role; ${ROLE_LIKE}`,
      ],
      [
        parseProviderArn,
        `arn:aws:iam::${ACCOUNT}:role/Dev`,
        "this is the ARN of an IAM role, not of an IAM SAML provider; the two ARNs are swapped",
      ],
      [
        parseProviderArn,
        `arn:aws:iam::aws:saml-provider/Idp`,
        `"aws" is not a 12-digit account ID; ${PROVIDER_LIKE}`,
      ],
      [
        parseProviderArn,
        `arn:aws:iam::${ACCOUNT}:saml-provider/a/b`,
        `"a/b" is not a valid name in IAM; ${PROVIDER_LIKE}`,
      ],
      [
        parsePolicyArn,
        `arn:aws:iam::${ACCOUNT}:saml-provider/Idp`,
        `this is the ARN of an IAM SAML provider, not of an IAM managed policy; ${POLICY_LIKE}`,
      ],
      [
        parsePolicyArn,
        `arn:aws:iam::${ACCOUNT}:policy/a:b/c d`,
        `"a:b/c d" is not a valid name in IAM; ${POLICY_LIKE}`,
      ],
    ] as const
  ) assert.throws(() => parse(text), { message }, text);
});

Deno.test("parseRoleArn, parsePolicyArn: names and ARNs of every length that AWS takes, and none beyond", () => {
  const role = (length: number) => {
    const start = `arn:aws:iam::${ACCOUNT}:role/`;
    return `${start}${"p".repeat(length - start.length - 4)}/Dev`;
  };
  assert.equal(parseRoleArn(role(2048)).text.length, 2048);
  assert.throws(() => parseRoleArn(role(2049)), { message: `not an ARN; ${ROLE_LIKE}` });
  const policy = (length: number) => `arn:aws:iam::aws:policy/${"x".repeat(length)}`;
  assert.equal(parsePolicyArn(policy(1)).name, "x");
  assert.equal(parsePolicyArn(policy(128)).name.length, 128);
  assert.throws(() => parsePolicyArn(policy(129)), { message: /is not a valid name/ });
  const provider = `arn:aws:iam::${ACCOUNT}:saml-provider/${"x".repeat(128)}`;
  assert.equal(parseProviderArn(provider).name.length, 128);
});

const OF_IDENTITY_CENTER: readonly string[] = [
  `arn:aws:iam::${ACCOUNT}:role/path/AWSReservedSSO_Admin_0123456789abcdef`,
  `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/Admin`,
  `arn:aws:iam::${ACCOUNT}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE`,
];
const LIKE_IDENTITY_CENTER: readonly string[] = [
  `arn:aws:iam::${ACCOUNT}:role/AWSSSO_Dev`,
  `arn:aws:iam::${ACCOUNT}:role/aws-reserved/Admin`,
  `arn:aws:iam::${ACCOUNT}:saml-provider/My-AWSSSO_Idp`,
];
Deno.test("isOfIdentityCenter: its own roles and providers, not those with similar names", () => {
  const message = "it is IAM Identity Center's and cannot be assumed with SAML; use aws sso login";
  for (const arn of OF_IDENTITY_CENTER) {
    assert.ok(isOfIdentityCenter(arn), arn);
    assert.throws(() => parseSamlRoleArn(arn), { message }, arn);
    assert.throws(() => parseSamlProviderArn(arn), { message }, arn);
  }
  for (const arn of LIKE_IDENTITY_CENTER) assert.ok(!isOfIdentityCenter(arn), arn);
  const [role = "", , provider = ""] = LIKE_IDENTITY_CENTER;
  assert.equal(parseSamlRoleArn(role).text, role);
  assert.throws(() => parseSamlProviderArn(role), { message: /swapped/ });
  assert.equal(parseSamlProviderArn(provider.replace("My-AWSSSO", "My")).account, ACCOUNT);
});
