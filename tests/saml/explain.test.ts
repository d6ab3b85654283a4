import assert from "node:assert/strict";
import { parseProviderArn } from "../../src/aws/arn.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import { explainWithAssertion } from "../../src/saml/explain.ts";
import { readSamlResponse } from "../../src/saml/response.ts";
import { checked } from "../support/checks.ts";
import { decryptionKey } from "../support/keys.ts";
import { pairOf } from "../support/offers.ts";
import { AWS, buildResponse, type ResponseOptions } from "../support/saml_response.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

function read(options: ResponseOptions) {
  return readSamlResponse(buildResponse({ now: NOW, sign: "none", ...options }).xml);
}

const { provider } = pairOf("111122223333/Dev");
const refusal = (code: string, message = "STS refused the sign-in") =>
  new UserError(`sts-${code}`, `${message} (${code})`, {
    exitCode: ExitCode.REFUSED,
    hint: "It is most likely the trust policy.",
  });

/** The lines that an assertion adds to the hint of a refusal. */
function facts(
  options: ResponseOptions,
  { code = "ValidationError", message = "", partition = "aws" } = {},
): readonly string[] {
  const of = partition === "aws" ? provider : parseProviderArn(
    `arn:${partition}:iam::111122223333:saml-provider/Idp`,
  );
  const explained = explainWithAssertion(refusal(code, message), read(options), of);
  assert.ok(explained instanceof UserError);
  checked(explained);
  const lines = explained.hint?.split("\n") ?? [];
  assert.equal(lines.pop(), "It is most likely the trust policy.");
  return lines;
}

Deno.test("explainWithAssertion: AccessDenied gets the policy for this very assertion, cause first", () => {
  const error = refusal("AccessDenied");
  const response = read({ recipient: "http://localhost:8090/saml", principalTags: { a: "b" } });
  const explained = explainWithAssertion(error, response, provider);
  assert.ok(explained instanceof UserError);
  assert.equal(explained.code, error.code);
  assert.equal(explained.message, error.message);
  assert.equal(explained.exitCode, ExitCode.REFUSED);
  assert.equal(explained.cause, error);
  const [cause, title, ...policy] = explained.hint?.split("\n") ?? [];
  assert.equal(cause, error.hint);
  assert.equal(explained.parts.policy, policy.join("\n"));
  assert.deepEqual([explained.parts.hint, explained.parts.person], [
    error.hint,
    "alice@example.com",
  ]);
  assert.match(title ?? "", /^A trust policy that allows this sign-in:$/);
  const [statement] = JSON.parse(policy.join("\n")).Statement;
  assert.deepEqual(statement.Action, ["sts:AssumeRoleWithSAML", "sts:TagSession"]);
  assert.equal(statement.Condition.StringEquals["SAML:aud"], "http://localhost:8090/saml");
});

Deno.test("explainWithAssertion: everything else comes back as it is", () => {
  const other = refusal("InvalidIdentityToken");
  const denied = refusal("AccessDenied");
  const fault = new TypeError("x");
  assert.equal(explainWithAssertion(other, read({}), provider), other);
  assert.equal(explainWithAssertion(fault, read({}), provider), fault);
  const encrypted = read({ encryptTo: decryptionKey() });
  assert.equal(explainWithAssertion(denied, encrypted, provider), denied);
});

const AUDIENCE = {
  code: "InvalidIdentityToken",
  message: "Response does not contain the required audience",
};
const AUDIENCES: readonly (readonly [
  name: string,
  audience: ResponseOptions["audience"],
  says: RegExp,
  partition?: string,
])[] = [
  ["none", null, /^The assertion names no Audience \(AudienceRestriction\)\.$/],
  [
    "the driver's own",
    "http://localhost:8090/saml",
    /Audience is "http:\/\/localhost:8090\/saml"\.$/,
  ],
  ["two", ["urn:a", "urn:b"], /Audience is "urn:a", "urn:b"\.$/],
  ["one with a slash too many", "https://signin.aws.amazon.com/saml/", /to the letter/],
  ["one in capitals", "URN:Amazon:WebServices", /to the letter/],
  ["http", "http://signin.aws.amazon.com/saml", /to the letter/],
  [
    "the commercial one for gov",
    "urn:amazon:webservices",
    /partition aws, .*aws-us-gov/,
    "aws-us-gov",
  ],
  [
    "a regional one for gov",
    "https://us-east-2.signin.aws.amazon.com/saml",
    /partition aws, /,
    "aws-us-gov",
  ],
  [
    "gov's for a commercial role",
    "urn:amazon:webservices:govcloud",
    /partition aws-us-gov, .* aws\./,
  ],
  ["China's for a commercial role", "urn:amazon:webservices:cn-north-1", /partition aws-cn, /],
  ["China's URL", "https://signin.amazonaws.cn/saml", /partition aws-cn, /],
  ["the right one", "urn:amazon:webservices", /usually takes it/],
  ["the right URL", "https://signin.aws.amazon.com/saml", /usually takes it/],
  ["the right regional URL", "https://eu-west-1.signin.aws.amazon.com/saml", /usually takes it/],
  ["gov's own", "urn:amazon:webservices:govcloud", /usually takes it/, "aws-us-gov"],
  ["no scheme", "signin.aws.amazon.com/saml", /to the letter/],
  ["blanks within", " urn:amazon : webservices\t ", /to the letter/],
  [
    "a scheme within",
    "urn:https://amazon:webservices",
    /Audience is "urn:https:\/\/amazon:webservices"\.$/,
  ],
  ["of several one that is near", ["urn:a", "URN:amazon:webservices"], /to the letter/],
  ["of several the right one", ["urn:a", "urn:amazon:webservices"], /usually takes it/],
  ["of several another partition's", ["urn:a", "urn:amazon:webservices:govcloud"], /aws-us-gov/],
  ["four", ["urn:a", "urn:b", "urn:c", "urn:d"], /Audience is "urn:a", "urn:b", "urn:c"\.$/],
  ["text that drives terminals", "a\u202e\nb", /Audience is "a b"\.$/],
];
for (const [name, audience, says, partition] of AUDIENCES) {
  Deno.test(`explainWithAssertion: an Audience that STS refuses is named: ${name}`, () => {
    const lines = facts({ audience }, { ...AUDIENCE, ...(partition && { partition }) });
    assert.match(lines.join(" "), says);
  });
}

const long = "x".repeat(300);
const tagged = (principalTags: Record<string, string>, more: ResponseOptions = {}) => ({
  principalTags,
  ...more,
});
const TAGS:
  readonly (readonly [name: string, options: ResponseOptions, says: readonly RegExp[]])[] = [
    ["a value too long", tagged({ Team: long, Fine: "a" }), [
      /^PrincipalTag "Team" has a value of 300 .*256/,
    ]],
    ["the longest value", tagged({ Team: "x".repeat(256) }), [
      /^The assertion's session tags: .*"Team"/,
    ]],
    ["a key too long", tagged({ ["k".repeat(129)]: "a" }), [/has a key of 129 characters.*128/]],
    ["a key of AWS's", tagged({ "aws:Team": "a" }), [/"aws:Team" begins with aws:/]],
    ["letters of the value", tagged({ Team: "a;b" }), [/"Team" has characters in its value/]],
    ["letters of the key", tagged({ "Te*m": "a" }), [/"Te\*m" has characters in its key/]],
    ["letters that are fine", tagged({ "K\u00f6ln 1": "a _.:/=+-@ \u6771" }), [
      /^The assertion's session/,
    ]],
    ["keys that differ in case", tagged({ Team: "a", TEAM: "b" }), [
      /"Team" and PrincipalTag "TEAM" differ in case/,
    ]],
    [
      "too many",
      tagged(Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "v"]))),
      [/has 51 session tags, and STS takes 50/],
    ],
    [
      "several values",
      { attributes: { [`${AWS}PrincipalTag:Team`]: ["a", "b"] } },
      [/"Team" has 2 values/],
    ],
    ["no key", { attributes: { [`${AWS}PrincipalTag:`]: ["a"] } }, [/has no key/]],
    [
      "a transitive key that is not there",
      tagged({ Team: "a" }, { transitiveTagKeys: ["team", "Cost\u202eCenter"] }),
      [/^TransitiveTagKeys names "Cost\\u202eCenter", and there is no such tag/],
    ],
    [
      "two at once",
      tagged({ Team: long, "aws:x": "a" }),
      [/"Team"/, /"aws:x"/],
    ],
  ];
for (const [name, options, says] of TAGS) {
  Deno.test(`explainWithAssertion: a tag that STS refuses is named, its value is not: ${name}`, () => {
    for (const code of ["ValidationError", "InvalidIdentityToken"]) {
      const lines = facts(options, { code, message: "Unable to validate tags" });
      assert.equal(lines.length, says.length, lines.join("\n"));
      says.forEach((each, index) => assert.match(lines[index] ?? "", each));
      assert.ok(!lines.join("").includes("xxx"));
    }
  });
}

Deno.test("explainWithAssertion: of tags that are too large together the largest are named", () => {
  const options = tagged({ Small: "a", Large: "y".repeat(200), Team: "z".repeat(100) });
  const [line = "", ...more] = facts(options, { code: "PackedPolicyTooLarge", message: "128%" });
  assert.deepEqual(more, []);
  assert.match(
    line,
    /largest of .*3 session tags: PrincipalTag "Large" \(205 .*"Team" \(104 .*"Small"/,
  );
  assert.doesNotMatch(line, /yyy|zzz/);
  assert.deepEqual(facts({}, { code: "PackedPolicyTooLarge" }), []);
});

const IDENTITIES: readonly (readonly [identity: string, says: RegExp | undefined])[] = [
  ["alice", undefined],
  ["CORP\\alice", /SourceIdentity: it has "\\"/],
  ["a b", /SourceIdentity: it has a space/],
  ["x".repeat(65), /SourceIdentity: it has 65 characters/],
  ["x", /SourceIdentity: it has only one/],
  ["", /SourceIdentity: it is empty/],
  ["aws:alice", /SourceIdentity: it has ":"/],
];
for (const [sourceIdentity, says] of IDENTITIES) {
  Deno.test(`explainWithAssertion: SourceIdentity ${JSON.stringify(sourceIdentity.slice(0, 20))}`, () => {
    const lines = facts({ sourceIdentity }, { message: "Source Identity must match" });
    if (says === undefined) assert.deepEqual(lines, []);
    else assert.match(lines.join("\n"), says);
  });
}

Deno.test("explainWithAssertion: what breaks no rule is not blamed for another refusal", () => {
  const options = tagged({ Team: long });
  for (
    const [code, message] of [
      ["InvalidIdentityToken", "Response signature invalid"],
      ["InvalidIdentityToken", "Issuer not present in specified provider"],
      [
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      ],
      ["RegionDisabledException", "STS is not activated"],
    ] as const
  ) assert.deepEqual(facts(options, { code, message }), [], message);
  // What may be it, is named.
  assert.equal(facts(options, { message: "1 validation error detected" }).length, 1);
});

Deno.test("explainWithAssertion: of very many faults eight are named, and who signed in", () => {
  const tags = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}*`, "v"]));
  const options = tagged(tags);
  assert.equal(facts(options, { message: "Unable to validate tags" }).length, 8);
  const explained = explainWithAssertion(refusal("ValidationError"), read(options), provider);
  assert.ok(explained instanceof UserError);
  assert.equal(explained.parts.person, "alice@example.com");
});

Deno.test("explainWithAssertion: a broken rule may be what InvalidIdentityToken means", () => {
  const how = { code: "InvalidIdentityToken", message: "The token is not valid" };
  assert.equal(facts(tagged({ Team: long }), how).length, 1);
});
