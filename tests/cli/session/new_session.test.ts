import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../../src/aws/arn.ts";
import { stsPlace } from "../../../src/cli/session/new_session.ts";

const arn = (partition: string, rest: string) => `arn:${partition}:iam::111122223333:${rest}`;

const PLACES: readonly (readonly [
  name: string,
  known: { readonly partition?: string; readonly region?: string; readonly endpoint?: string },
  region: string,
  host: string,
])[] = [
  ["nothing", {}, "us-east-1", "sts.us-east-1.amazonaws.com"],
  ["a region", { region: "eu-west-1" }, "eu-west-1", "sts.eu-west-1.amazonaws.com"],
  [
    "a region of China",
    { region: "cn-north-1" },
    "cn-north-1",
    "sts.cn-north-1.amazonaws.com.cn",
  ],
  [
    "a region that nobody knows yet",
    { region: "mars-north-1" },
    "mars-north-1",
    "sts.mars-north-1.amazonaws.com",
  ],
  [
    "a role of China",
    { partition: "aws-cn" },
    "cn-northwest-1",
    "sts.cn-northwest-1.amazonaws.com.cn",
  ],
  [
    "a role and its region",
    { partition: "aws-us-gov", region: "us-gov-east-1" },
    "us-gov-east-1",
    "sts.us-gov-east-1.amazonaws.com",
  ],
  [
    "a role and a region of another partition",
    { partition: "aws-cn", region: "eu-west-1" },
    "cn-northwest-1",
    "sts.cn-northwest-1.amazonaws.com.cn",
  ],
  [
    "an endpoint",
    { region: "eu-west-1", endpoint: "https://sts.corp.example:8443/x" },
    "eu-west-1",
    "sts.corp.example",
  ],
];
for (const [name, { partition, region, endpoint }, wanted, host] of PLACES) {
  Deno.test(`stsPlace: of ${name}`, () => {
    const role = partition === undefined ? undefined : parseRoleArn(arn(partition, "role/Dev"));
    const provider = partition && parseProviderArn(arn(partition, "saml-provider/Idp"));
    const place = {
      endpoint,
      region: region === undefined ? undefined : { name: region, from: "--region" },
    };
    assert.deepEqual(stsPlace({ ...place, role, provider: undefined }), { region: wanted, host });
    // Either of the two ARNs says where it is.
    const other = stsPlace({ ...place, role: undefined, provider: provider || undefined });
    assert.deepEqual(other, { region: wanted, host });
  });
}
