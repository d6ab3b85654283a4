import assert from "node:assert/strict";
import {
  insecureEndpoint,
  isAudienceOf,
  isGuarded,
  isOwnSts,
  malformedEndpoint,
  parseRegion,
  type Partition,
  partitionById,
  partitionOfRegion,
  PARTITIONS,
  regionMismatch,
} from "../../src/aws/partition.ts";

Deno.test("PARTITIONS: every default region and every example is of its own partition alone", () => {
  for (const partition of PARTITIONS) {
    assert.equal(partitionById(partition.id), partition);
    assert.ok(partition.examples.includes(partition.defaultRegion));
    for (const region of [partition.defaultRegion, ...partition.examples]) {
      assert.deepEqual(
        PARTITIONS.filter((each) => each.regions.test(region)).map((each) => each.id),
        [partition.id],
        region,
      );
      assert.ok(partition.regions.test(region.replace(/\d$/, "12")), region);
      for (const other of [`x${region}`, `${region}x`]) {
        assert.ok(!partition.regions.test(other), other);
      }
    }
  }
});

Deno.test("partitionOfRegion: every region that AWS has", () => {
  const regions = {
    "aws":
      "af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 " +
      "ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 " +
      "ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 " +
      "eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 " +
      "mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2",
    "aws-cn": "cn-north-1 cn-northwest-1",
    "aws-us-gov": "us-gov-east-1 us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1 us-iso-west-1",
    "aws-iso-b": "us-isob-east-1 us-isob-west-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-east-1 us-isof-south-1",
  };
  for (const [id, names] of Object.entries(regions)) {
    for (const name of names.split(" ")) assert.equal(partitionOfRegion(name)?.id, id, name);
  }
  assert.equal(partitionOfRegion("mars-north-1"), undefined);
  assert.equal(partitionById("aws-mars"), undefined);
});

const partition = (id: string): Partition => {
  const found = partitionById(id);
  assert.ok(found);
  return found;
};

Deno.test("parseRegion: names of regions pass, also of those that nobody knows yet", () => {
  for (
    const region of [
      "eu-west-1",
      "us-gov-west-1",
      "eusc-de-east-1",
      "cn-northwest-1",
      "us-isob-east-1",
      "ap-southeast-17",
      "mars-north-1",
    ]
  ) assert.equal(parseRegion(region), region);
});

Deno.test("parseRegion: what could change the host name is refused", () => {
  for (
    const region of [
      "",
      "eu-west",
      "EU-WEST-1",
      "eu-west-1a",
      "eu-west-1\n",
      " eu-west-1",
      "eu_west_1",
      "eu-west-1.evil.example",
      "evil.example/eu-west-1",
      "eu-west-1@evil.example",
      "evil.example#-1",
      "x".repeat(300) + "-y-1",
      "aws-global",
    ]
  ) {
    assert.throws(() => parseRegion(region), {
      message: "not a region; expected a name like us-east-1",
    });
  }
});

Deno.test("regionMismatch: another partition's region is named, with what would do", () => {
  assert.equal(regionMismatch("eu-west-1", partition("aws")), undefined);
  assert.equal(regionMismatch("mars-north-1", partition("aws-cn")), undefined);
  assert.equal(
    regionMismatch("us-east-1", partition("aws-us-gov")),
    "region us-east-1 is in partition aws, but the role is in aws-us-gov (with regions such as " +
      "us-gov-west-1, us-gov-east-1)",
  );
  assert.match(regionMismatch("us-gov-west-1", partition("aws")) ?? "", /in partition aws-us-gov/);
});

Deno.test("isOwnSts: AWS's hosts for STS in every partition, and no other host", () => {
  for (
    const host of [
      "sts.amazonaws.com",
      "sts.eu-west-1.amazonaws.com",
      "sts-fips.us-gov-west-1.amazonaws.com",
      "sts.us-gov-west-1.amazonaws.com",
      "sts.cn-northwest-1.amazonaws.com.cn",
      "sts.eusc-de-east-1.amazonaws.eu",
      "sts.us-iso-east-1.c2s.ic.gov",
      "sts.us-isob-east-1.sc2s.sgov.gov",
      "sts.eu-isoe-west-1.cloud.adc-e.uk",
      "sts.us-isof-south-1.csp.hci.ic.gov",
      "sts.eu-west-1.api.aws",
      "sts.ap-southeast-17.amazonaws.com",
    ]
  ) assert.ok(isOwnSts(host), host);
  for (
    const host of [
      "",
      "localhost",
      "amazonaws.com",
      "sts.example",
      "sts.eu-west-1.amazonaws.com.evil.example",
      "sts.eu-west-1.evil.example",
      "sts.evil.eu-west-1.amazonaws.com",
      "sts.eu-west-1.eu-west-1.amazonaws.com",
      "sts.west-.amazonaws.com",
      "sts.1.amazonaws.com",
      "evil-sts.eu-west-1.amazonaws.com",
      "evil.sts.amazonaws.com",
      "stsxeu-west-1.amazonaws.com",
      "sts-fipsx.eu-west-1.amazonaws.com",
      "vpce-0123.sts.eu-west-1.vpce.amazonaws.com",
    ]
  ) assert.ok(!isOwnSts(host), host);
});

Deno.test("isGuarded: TLS anywhere, plain HTTP to this machine only", () => {
  for (
    const url of [
      "https://sts.example",
      "https://127.0.0.1",
      "http://localhost:8080",
      "http://127.0.0.1",
      "http://127.255.10.200",
      "http://[::1]",
    ]
  ) assert.ok(isGuarded(new URL(url)), url);
  // Without the brackets of a URL, too.
  assert.ok(isGuarded({ protocol: "http:", hostname: "::1" }));
  for (
    const url of [
      "http://sts.example",
      "http://localhost.example",
      "http://notlocalhost",
      "http://127.0.0.1.example",
      "http://10.127.0.0.1.example",
      "http://128.0.0.1",
      "http://[::11]",
      "http://[1::1]",
      "ftp://localhost",
    ]
  ) assert.ok(!isGuarded(new URL(url)), url);
});

const AUDIENCES: Readonly<
  Record<string, readonly [its: readonly string[], not: readonly string[]]>
> = {
  "aws": [
    [
      "urn:amazon:webservices",
      "https://signin.aws.amazon.com/saml",
      "https://signin.aws.amazon.com/static/saml",
      "https://eu-west-1.signin.aws.amazon.com/saml",
      "https://eu-west-1.signin.aws.amazon.com/saml/acs/SAMLSP0123",
    ],
    [
      "",
      "urn:amazon:webservices:govcloud",
      "http://signin.aws.amazon.com/saml",
      " https://signin.aws.amazon.com/saml",
      "https://signin.aws.amazon.com/saml/",
      "https://signin.aws.amazon.com/saml/acs/",
      "https://signin.aws.amazon.com/other/saml",
      "https://signin.aws.amazon.com",
      "https://signin.aws.amazon.com/samlx",
      "https://evil.signin.aws.amazon.com/saml",
      "https://us-gov-east-1.signin.aws.amazon.com/saml",
      "https://eu-west-1.evil.example/saml",
    ],
  ],
  "aws-us-gov": [
    ["urn:amazon:webservices:govcloud", "https://us-gov-east-1.signin.amazonaws-us-gov.com/saml"],
    ["urn:amazon:webservices", "https://eu-west-1.signin.amazonaws-us-gov.com/saml"],
  ],
  // Its entity ID is not public.
  "aws-eusc": [
    ["https://eusc-de-east-1.signin.amazonaws-eusc.eu/saml"],
    ["", "urn:amazon:webservices", "https://signin.amazonaws-eusc.eu/saml"],
  ],
};
Deno.test("isAudienceOf: a partition's entity ID and its sign-in pages, and nothing that is near", () => {
  for (const [id, [its, not]] of Object.entries(AUDIENCES)) {
    for (const each of its) assert.ok(isAudienceOf(partition(id), each), `${id} ${each}`);
    for (const each of not) assert.ok(!isAudienceOf(partition(id), each), `${id} ${each}`);
  }
});

Deno.test("parseRegion: as many parts, letters and digits as a region may have", () => {
  const longest = `${"a".repeat(5)}-${"b".repeat(16)}-c-d-12`;
  assert.equal(parseRegion(longest), longest);
  for (
    const region of [
      "a-west-1",
      "aaaaaa-west-1",
      `eu-${"b".repeat(17)}-1`,
      "eu-a-b-c-d-1",
      "eu-1",
      "eu-west-123",
      "x eu-west-1",
    ]
  ) assert.throws(() => parseRegion(region), /^Error: not a region/, region);
});

Deno.test("insecureEndpoint, malformedEndpoint: name the setting, where it is known", () => {
  const hint = "Correct AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or the profile's endpoint_url.";
  const insecure = (from?: string) => {
    const { message, hint, variable } = insecureEndpoint("http://sts.example", from);
    assert.equal(
      message,
      "Refused to send the assertion to http://sts.example: it must start with https:// or be on this machine",
    );
    return [hint, variable];
  };
  assert.deepEqual(insecure(), [hint, undefined]);
  const variable = "AWS_ENDPOINT_URL";
  assert.deepEqual(insecure(variable), [`Correct ${variable}.`, variable]);
  const setting = "endpoint_url of profile dev";
  assert.deepEqual(insecure(setting), [`Correct ${setting}.`, undefined]);
  const cause = new TypeError(`Invalid URL: '${"x".repeat(1000)}'`);
  const malformed = malformedEndpoint(cause, variable);
  assert.match(malformed.message, /^Cannot use the STS endpoint: Invalid URL: 'x+…$/);
  assert.ok(malformed.message.length < 400);
  assert.deepEqual([malformed.hint, malformed.variable, malformed.cause], [hint, variable, cause]);
});
