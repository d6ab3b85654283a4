import assert from "node:assert/strict";
import {
  consoleDestination,
  type ConsolePlace,
  SERVICES,
} from "../../src/aws/console_destination.ts";
import { partitionById } from "../../src/aws/partition.ts";
import { userErrorOf } from "../support/checks.ts";

const place = (id: string, region?: string, consoleUrl?: string): ConsolePlace => {
  const partition = partitionById(id);
  assert.ok(partition);
  return {
    partition,
    region,
    consoleUrl: consoleUrl === undefined ? undefined : new URL(consoleUrl),
  };
};

const SAME = "as given";

Deno.test("consoleDestination: every partition, with and without a region, every kind → exact URLs", () => {
  const commercial = "https://console.aws.amazon.com";
  const ireland = "https://eu-west-1.console.aws.amazon.com";
  const gov = "https://console.amazonaws-us-gov.com";
  const china = "https://console.amazonaws.cn";
  const europe = "https://console.amazonaws-eusc.eu";
  const given = "https://console.secret.example";
  for (
    const [where, text, expected] of [
      [place("aws"), undefined, `${commercial}/console/home`],
      [place("aws"), "s3", `${commercial}/s3/home`],
      [place("aws"), `${ireland}/s3/buckets/x?region=eu-west-1&tab=a%20b#top`, SAME],
      [place("aws", "us-east-1"), undefined, `${commercial}/console/home?region=us-east-1`],
      [place("aws", "us-east-1"), "dynamodb", `${commercial}/dynamodbv2/home?region=us-east-1`],
      [place("aws", "us-east-1"), "https://us-east-1.console.aws.amazon.com/ec2/home", SAME],
      [place("aws", "eu-west-1"), undefined, `${ireland}/console/home?region=eu-west-1`],
      [place("aws", "eu-west-1"), "ec2", `${ireland}/ec2/home?region=eu-west-1`],
      [place("aws", "eu-west-1"), "Lambda", `${ireland}/lambda/home?region=eu-west-1`],
      [place("aws", "eu-west-1"), "cloudwatch", `${ireland}/cloudwatch/home?region=eu-west-1`],
      [place("aws", "eu-west-1"), "route53", `${ireland}/route53/v2/home?region=eu-west-1`],
      [place("aws", "eu-west-1"), "new-thing2", `${ireland}/new-thing2/home?region=eu-west-1`],
      [place("aws", "eu-west-1"), "constructor", `${ireland}/constructor/home?region=eu-west-1`],
      [place("aws", "eu-west-1"), `${commercial}/`, SAME],
      [place("aws", "eu-west-1"), commercial, `${commercial}/`],
      [place("aws", "eu-west-1"), `${commercial}:443/iam`, `${commercial}/iam`],
      [place("aws", "eu-west-1"), "HTTPS://Console.AWS.Amazon.com/iam", `${commercial}/iam`],
      [place("aws", "eu-west-1"), "https://ap-southeast-9.console.aws.amazon.com/", SAME],
      // A region that is newer than this program.
      [
        place("aws", "mars-north-1"),
        "https://mars-north-1.console.aws.amazon.com/s3",
        SAME,
      ],
      [place("aws"), `${commercial}/a//b@c`, SAME],
      [place("aws-us-gov"), undefined, `${gov}/console/home`],
      [place("aws-us-gov"), "s3", `${gov}/s3/home`],
      [place("aws-us-gov"), `${gov}/s3/`, SAME],
      [
        place("aws-us-gov", "us-gov-east-1"),
        undefined,
        `${gov}/console/home?region=us-gov-east-1`,
      ],
      [place("aws-us-gov", "us-gov-west-1"), "sqs", `${gov}/sqs/v3/home?region=us-gov-west-1`],
      [
        place("aws-us-gov", "us-gov-west-1"),
        "https://us-gov-east-1.console.amazonaws-us-gov.com/",
        SAME,
      ],
      [place("aws-cn"), undefined, `${china}/console/home`],
      [place("aws-cn"), "s3", `${china}/s3/home`],
      [place("aws-cn"), `${china}/s3`, SAME],
      [place("aws-cn", "cn-northwest-1"), undefined, `${china}/console/home?region=cn-northwest-1`],
      [place("aws-cn", "cn-north-1"), "rds", `${china}/rds/home?region=cn-north-1`],
      [place("aws-cn", "cn-north-1"), "https://cn-northwest-1.console.amazonaws.cn/rds", SAME],
      [place("aws-eusc"), undefined, `${europe}/console/home`],
      [place("aws-eusc"), "s3", `${europe}/s3/home`],
      [place("aws-eusc"), "https://eusc-de-east-1.console.amazonaws-eusc.eu/x", SAME],
      [
        place("aws-eusc", "eusc-de-east-1"),
        "kms",
        `${europe}/kms/home?region=eusc-de-east-1`,
      ],
      ...(["aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"] as const).flatMap((id) => {
        const region = partitionById(id)?.defaultRegion;
        const home = `${given}/console/home`;
        return [
          [place(id, undefined, given), undefined, home],
          [place(id, undefined, given), "s3", `${given}/s3/home`],
          [place(id, undefined, given), `${given}/s3/x`, SAME],
          [place(id, region, given), undefined, `${home}?region=${region}`],
          [place(id, region, given), "s3", `${given}/s3/home?region=${region}`],
          [place(id, region, given), `https://${region}.console.secret.example/x`, SAME],
        ] as const;
      }),
      // A given console is taken in place of a public one too, with its port, and in a region of its own.
      [
        place("aws", "eu-west-1", `${given}:8443/x?y`),
        "s3",
        `${given}:8443/s3/home?region=eu-west-1`,
      ],
      [place("aws", undefined, `${given}:8443`), `${given}:8443/s3`, SAME],
      [place("aws", undefined, "http://127.0.0.1:99"), "s3", "http://127.0.0.1:99/s3/home"],
      [place("aws", undefined, "http://127.0.0.1:99"), "http://127.0.0.1:99/s3", SAME],
      [
        place("aws-iso", "us-iso-east-1", "https://us-iso-east-1.console.secret.example"),
        "https://us-iso-west-1.console.secret.example/x",
        SAME,
      ],
    ] as const
  ) {
    const wanted = expected === SAME ? text : expected;
    assert.equal(consoleDestination(text, where).href, wanted, `${where.partition.id} ${text}`);
  }
});

Deno.test("consoleDestination: whatever is not on the partition's console is refused", () => {
  const host = "console.aws.amazon.com";
  for (
    const [text, reason] of [
      ["https://evil.example/", /evil\.example is not console\.aws\.amazon\.com/],
      [`https://${host}.evil.example/`, /is not console/],
      [`https://evil${host}/`, /is not console/],
      [`https://evil.${host}/`, /is not console/],
      [`https://eu-west-1.evil.${host}/`, /is not console/],
      [`https://eu-west-1-${host}/`, /is not console/],
      ["https://aws.amazon.com/", /is not console/],
      ["https://eu-west-1.aws.amazon.com/", /is not console/],
      ["https://signin.aws.amazon.com/oauth?redirect_uri=https://evil.example", /is not console/],
      [`https://${host}./`, /is not console/],
      [`https://cn-north-1.${host}/`, /is not console/],
      ["https://console.amazonaws.cn/", /console\.amazonaws\.cn is not console/],
      ["https://c\u043ensole.aws.amazon.com/", /is not console/],
      ["https://[::1]/", /is not console/],
      [`https:///evil.example/${host}`, /neither a URL nor/],
      [`https://${host}:8443/`, /8443 is not console/],
      [`https://user@${host}/`, /user name or password/],
      [`https://@${host}/`, /user name or password/],
      [`https://${host}@evil.example/`, /user name or password/],
      [`https://${host}:443@evil.example/`, /user name or password/],
      [`https://${host}\\@evil.example/`, /backslash/],
      [`https://evil.example\\.${host}/`, /backslash/],
      [`https:\\\\${host}\\s3`, /backslash/],
      [`https://${host}/ x`, /white space/],
      [`https://${host}/\nx`, /white space/],
      [`java\tscript:alert(1)`, /white space/],
      [`https://${host}/\u202e`, /control character/],
      [` s3`, /white space/],
      ["javascript:alert(1)", /neither a URL nor/],
      [`javascript://${host}/%0aalert(1)`, /starts with javascript:\/\/ instead of https:\/\//],
      ["data:text/html,x", /neither a URL nor/],
      [`http://${host}/`, /starts with http:\/\/ instead of https:\/\//],
      [`ftp://${host}/`, /starts with ftp:/],
      ["//evil.example", /neither a URL nor/],
      [`//${host}/`, /neither a URL nor/],
      ["/s3/home", /neither a URL nor/],
      [`${host}/s3`, /neither a URL nor/],
      [`https:${host}`, /neither a URL nor/],
      ["https://", /neither a URL nor/],
      [`x+y://${host}/`, /neither a URL nor/],
      ["ec2/v2", /neither a URL nor/],
      ["..", /neither a URL nor/],
      ["%2e%2e", /neither a URL nor/],
      ["s3?x", /neither a URL nor/],
      ["", /neither a URL nor/],
    ] as const
  ) {
    const error = userErrorOf(() => consoleDestination(text, place("aws", "eu-west-1")));
    assert.equal(error.code, "console-destination", text);
    assert.equal(error.exitCode, 2);
    assert.match(error.message, reason, text);
    assert.match(error.hint ?? "", /starts with https:\/\/eu-west-1\.console\.aws\.amazon\.com\//);
  }
});

Deno.test("consoleDestination: a refused URL is not repeated beyond its host", () => {
  for (
    const text of [
      "https://user:FixtureSecret@console.aws.amazon.com/",
      "https://signin.aws.amazon.com/federation?SigninToken=FixtureSecret",
      "FixtureSecret+/=",
    ]
  ) userErrorOf(() => consoleDestination(text, place("aws")));
});

Deno.test("consoleDestination: the host of one session of a browser is explained", () => {
  const text = "https://111122223333-abcd1234.us-east-1.console.aws.amazon.com/s3/home";
  const { hint } = userErrorOf(() => consoleDestination(text, place("aws", "us-east-1")));
  assert.match(hint ?? "", /\nLeave out "111122223333-abcd1234\."/);
  const evil = "https://111122223333-abcd1234.evil.example/";
  assert.doesNotMatch(
    userErrorOf(() => consoleDestination(evil, place("aws", "us-east-1"))).hint ?? "",
    /Leave out/,
  );
});

Deno.test("consoleDestination: where the console is not public, --console-url is asked for", () => {
  for (const id of ["aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"]) {
    for (const text of [undefined, "s3", "https://console.aws.amazon.com/"]) {
      const error = userErrorOf(() => consoleDestination(text, place(id)));
      assert.equal(error.code, "console-host");
      assert.equal(error.exitCode, 2);
      assert.match(error.message, new RegExp(`the console of partition ${id}:`));
      assert.match(error.hint ?? "", /--console-url/);
    }
  }
});

Deno.test("consoleDestination: a given console without TLS, or with a user, is refused", () => {
  for (
    const url of [
      "http://console.secret.example",
      "http://10.0.0.1",
      "https://user@console.secret.example",
      "https://:FixtureSecret@console.secret.example",
      "javascript:alert(1)",
      "ftp://127.0.0.1",
    ]
  ) {
    const error = userErrorOf(() => consoleDestination("s3", place("aws-iso", undefined, url)));
    assert.deepEqual([error.code, error.exitCode], ["console-url", 2], url);
  }
});

Deno.test("consoleDestination: a given console lets nobody else in", () => {
  for (
    const [console, text] of [
      ["https://console.secret.example", "https://console.aws.amazon.com/"],
      ["https://console.secret.example", "https://secret.example/"],
      ["https://console.secret.example", "https://eu-west-1.console.secret.example/"],
      ["https://console.secret.example:8443", "https://console.secret.example/"],
      ["https://console.secret.example", "https://console.secret.example:8443/"],
      ["http://127.0.0.1:99", "http://127.0.0.1:98/"],
      ["http://127.0.0.1:99", "http://localhost:99/"],
      ["http://127.0.0.1:99", "https://127.0.0.1:99/"],
      // What looks like a region is the whole name here, not a region before a top-level domain.
      ["https://us-iso-east-1.example", "https://us-iso-west-1.example/"],
    ] as const
  ) {
    const where = place("aws-iso", "us-iso-east-1", console);
    assert.equal(
      userErrorOf(() => consoleDestination(text, where)).code,
      "console-destination",
      text,
    );
  }
});

/** The pages that are not /NAME/home. */
const PAGES = `
  codeartifact    /codesuite/codeartifact/home
  codebuild       /codesuite/codebuild/home
  codecommit      /codesuite/codecommit/home
  codedeploy      /codesuite/codedeploy/home
  codepipeline    /codesuite/codepipeline/home
  cfn             /cloudformation/home
  cost-explorer   /cost-management/home
  directconnect   /directconnect/v2/home
  dms             /dms/v2/home
  dynamodb        /dynamodbv2/home
  ecs             /ecs/v2/clusters
  eventbridge     /events/home
  home            /console/home
  identitycenter  /singlesignon/home
  logs            /cloudwatch/home
  opensearch      /aos/home
  organizations   /organizations/v2/home
  redshift        /redshiftv2/home
  route53         /route53/v2/home
  sqs             /sqs/v3/home
  ssm             /systems-manager/home
  sso             /singlesignon/home
  stepfunctions   /states/home
  waf             /wafv2/homev2`;

Deno.test("consoleDestination: every service that completion offers has its page", () => {
  const pages = new Map(
    PAGES.trim().split("\n").map((line) => {
      const [service = "", page = ""] = line.trim().split(/\s+/);
      return [service, page];
    }),
  );
  for (const service of SERVICES) {
    const page = pages.get(service) ?? `/${service}/home`;
    assert.equal(consoleDestination(service, place("aws")).pathname, page);
  }
  assert.deepEqual([...pages.keys()].filter((each) => !SERVICES.includes(each)), []);
  for (const each of ["cloudformation", "ec2", "iam", "lambda", "s3"]) {
    assert.ok(SERVICES.includes(each), each);
  }
  assert.deepEqual(SERVICES, SERVICES.toSorted());
});

Deno.test("consoleDestination: what a person reads of each refusal, whole", () => {
  const aws = place("aws", "eu-west-1");
  const hint =
    "Use a URL that starts with https://eu-west-1.console.aws.amazon.com/, or a service such as s3, ec2 or lambda.";
  const ours = "Use the console's address, such as https://console.example.";
  for (
    const [text, where, message, advice] of [
      ["a b", aws, "it contains white space, a backslash or a control character", hint],
      ["x".repeat(64), aws, "it is neither a URL nor the name of a service", hint],
      ["1s3", aws, "it is neither a URL nor the name of a service", hint],
      ["https://a@b.example/", aws, "it contains a user name or password", hint],
      ["http://b.example/@", aws, "it starts with http:// instead of https://", hint],
      [
        "https://b.example/?a@b",
        aws,
        "b.example is not console.aws.amazon.com, nor a region of aws in front of it",
        hint,
      ],
      [
        `https://${"b".repeat(60)}.${"b".repeat(60)}.example/`,
        aws,
        `${"b".repeat(60)}.${
          "b".repeat(39)
        }… is not console.aws.amazon.com, nor a region of aws in front of it`,
        hint,
      ],
      [
        "https://111122223333-abcd.console.aws.amazon.com/",
        aws,
        "111122223333-abcd.console.aws.amazon.com is not console.aws.amazon.com, nor a region of aws in front of it",
        `${hint}\nLeave out "111122223333-abcd.", which is one session of that browser.`,
      ],
      [
        "https://x.111122223333-abcd.console.aws.amazon.com/",
        aws,
        "x.111122223333-abcd.console.aws.amazon.com is not console.aws.amazon.com, nor a region of aws in front of it",
        hint,
      ],
    ] as const
  ) {
    const error = userErrorOf(() => consoleDestination(text, where));
    assert.equal(error.message, `Cannot use --console-destination: ${message}`);
    assert.equal(error.hint, advice, text);
  }
  const unknown = userErrorOf(() => consoleDestination("s3", place("aws-iso")));
  assert.equal(
    unknown.message,
    "Cannot open the console of partition aws-iso: AWS does not publish its address",
  );
  assert.equal(unknown.hint, "Pass your organization's address with --console-url.");
  const given = userErrorOf(() =>
    consoleDestination("s3", place("aws", undefined, "http://console.example"))
  );
  assert.equal(
    given.message,
    "Cannot use --console-url: it must start with https:// and contain no user name or password",
  );
  assert.equal(given.hint, ours);
});
