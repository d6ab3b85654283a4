import assert from "node:assert/strict";
import { type Assertion, readSamlResponse } from "../../src/saml/response.ts";
import { offeredRoles, offerSentences, sessionName } from "../../src/saml/roles.ts";
import {
  buildResponse,
  DEFAULT_PROVIDER,
  DEFAULT_ROLE,
  manyRoles,
  type ResponseOptions,
} from "../support/saml_response.ts";

const PAIR = `${DEFAULT_ROLE},${DEFAULT_PROVIDER}`;

const assertionOf = (options: ResponseOptions): Assertion => {
  const { assertion } = readSamlResponse(buildResponse({ sign: "none", ...options }).xml);
  assert.ok(typeof assertion === "object");
  return assertion;
};

const offered = (...roles: (string | NonNullable<ResponseOptions["roles"]>[number])[]) => {
  const { roles: read, malformed } = offeredRoles(assertionOf({ roles }));
  return { pairs: read.map((each) => [each.role.text, each.provider.text]), malformed };
};

Deno.test("offeredRoles: a pair in every spelling that IdPs use", () => {
  for (
    const value of [
      `${DEFAULT_ROLE},${DEFAULT_PROVIDER}`,
      `${DEFAULT_PROVIDER},${DEFAULT_ROLE}`,
      ` ${DEFAULT_ROLE} , ${DEFAULT_PROVIDER} `,
      `\n\t${DEFAULT_PROVIDER}\n,\n${DEFAULT_ROLE}\n`,
    ]
  ) {
    assert.deepEqual(offered(value), { pairs: [[DEFAULT_ROLE, DEFAULT_PROVIDER]], malformed: [] });
  }
});

Deno.test("offeredRoles: paths, partitions, and names with commas", () => {
  for (
    const [partition, name] of [
      ["aws", "team/platform/Admin"],
      ["aws-cn", "Dev"],
      ["aws-us-gov", "Dev"],
      ["aws-eusc", "Dev"],
      ["aws-iso-b", "Dev"],
      ["aws", "a,b"],
      ["aws", "path,with,commas/a,b,"],
      ["aws", ",arn"],
    ]
  ) {
    const role = `arn:${partition}:iam::111122223333:role/${name}`;
    const provider = `arn:${partition}:iam::111122223333:saml-provider/Idp`;
    for (const order of ["role-first", "provider-first"] as const) {
      for (const blanks of [false, true]) {
        assert.deepEqual(
          offered({ role, provider, order, blanks }),
          { pairs: [[role, provider]], malformed: [] },
          role,
        );
      }
    }
  }
});

Deno.test("offeredRoles: 450 roles, in the assertion's order", () => {
  const { roles, malformed } = offeredRoles(assertionOf({ count: 450 }));
  assert.deepEqual(
    roles.map((each) => [each.role.text, each.provider.text]),
    manyRoles(450).map((each) => [each.role, each.provider]),
  );
  assert.deepEqual(malformed, []);
});

Deno.test("offeredRoles: a pair given twice is offered once; two providers of a role are two", () => {
  const second = DEFAULT_PROVIDER + "2";
  assert.deepEqual(
    offered(
      `${DEFAULT_ROLE},${DEFAULT_PROVIDER}`,
      `${DEFAULT_PROVIDER},${DEFAULT_ROLE}`,
      `${DEFAULT_ROLE},${second}`,
    ).pairs,
    [[DEFAULT_ROLE, DEFAULT_PROVIDER], [DEFAULT_ROLE, second]],
  );
});

Deno.test("offeredRoles: a value that is no pair hides none of the others, and says why", () => {
  for (
    const [value, why] of [
      [DEFAULT_ROLE, /: the ARN of the SAML provider is missing; expected a role ARN and/],
      [`${DEFAULT_ROLE},`, /: the ARN of the SAML provider is missing/],
      [`${DEFAULT_ROLE},Idp`, /: the ARN of the SAML provider is missing/],
      [DEFAULT_PROVIDER, /: the ARN of the role is missing/],
      ["arn:aws:iam", /: expected a role ARN and a SAML provider ARN, separated by a comma$/],
      [`${DEFAULT_ROLE};${DEFAULT_PROVIDER}`, /separated by ";"; expected a role ARN and/],
      [`${DEFAULT_ROLE} ; ${DEFAULT_PROVIDER}`, /separated by ";"/],
      [`${DEFAULT_ROLE}|${DEFAULT_PROVIDER}`, /separated by "\|"/],
      [`${DEFAULT_ROLE} ${DEFAULT_PROVIDER}`, /separated by a space; expected a role ARN and/],
      [`${DEFAULT_PROVIDER}\n  ${DEFAULT_ROLE}`, /separated by a line break/],
      [`${DEFAULT_PROVIDER}\t${DEFAULT_ROLE}`, /separated by a tab/],
      [`${DEFAULT_ROLE}${DEFAULT_PROVIDER}`, /separated by nothing/],
      [`${DEFAULT_ROLE}${"-x".repeat(20)};${DEFAULT_PROVIDER}`, /separated by ";"/],
      [`${DEFAULT_ROLE} ; ; ; ; ; ; ; ; ; ; ; ${DEFAULT_PROVIDER}`, /separated by "; ; ; /],
      [`arn:aws:iam::111122223333:user/x`, /: expected a role ARN and a SAML provider ARN, sep/],
      [Array(4).fill(PAIR).join(","), /: four pairs of ARNs stand in one value/],
      [
        `${DEFAULT_ROLE},${DEFAULT_PROVIDER},${DEFAULT_ROLE}`,
        /: three ARNs stand in one value; expected one pair/,
      ],
      [
        `${PAIR},${PAIR}`,
        /: two pairs of ARNs stand in one value; expected one pair, each in an Attr/,
      ],
      [`${PAIR};${PAIR}`, /: two pairs of ARNs stand in one value/],
      [`${PAIR}\n${PAIR}`, /: two pairs of ARNs stand in one value/],
      [`${PAIR}##${PAIR}##${PAIR}`, /: three pairs of ARNs stand in one value/],
      [`${PAIR}${PAIR}`, /: two pairs of ARNs stand in one value/],
      [Array(12).fill(PAIR).join(","), /: 12 pairs of ARNs stand in one value/],
      [
        `Dev,${DEFAULT_PROVIDER}`,
        /: not an ARN; expected an ARN like arn:aws:iam::111122223333:role\//,
      ],
      ["arn:aws:s3:::x:role/Dev", /: expected a role ARN and a SAML provider ARN, separated by a/],
      [`${DEFAULT_ROLE};arn:aws:iam::111122223333:user/x`, /: the two ARNs are separated by ";"/],
      ["arn:aws:iam:;arn:aws:iam:", /: the two ARNs are separated by ":;"; expected/],
      [`${PAIR};${DEFAULT_ROLE}`, /: three ARNs stand in one value; expected one pair, each/],
      [`${DEFAULT_ROLE};${DEFAULT_PROVIDER},${DEFAULT_ROLE}`, /: three ARNs stand in one value/],
      [`ARN:AWS:IAM::111122223333:role/Dev,${DEFAULT_PROVIDER}`, /./],
      [
        `${DEFAULT_ROLE},${DEFAULT_ROLE}`,
        /both are role ARNs; expected a role ARN and a SAML provider ARN$/,
      ],
      [`${DEFAULT_PROVIDER},${DEFAULT_PROVIDER}`, /both are SAML provider ARNs; expected/],
      [`${DEFAULT_ROLE},arn:aws:iam::444455556666:saml-provider/Idp`, /is in account 1111.* 4444/],
      [`arn:aws-cn:iam::111122223333:role/Dev,${DEFAULT_PROVIDER}`, /is in partition aws-cn/],
      [`arn:aws:iam::1111:role/Dev,${DEFAULT_PROVIDER}`, /"1111" is not a 12-digit account ID/],
    ] as const
  ) {
    const { pairs, malformed } = offered(value, `${DEFAULT_ROLE},${DEFAULT_PROVIDER}`);
    assert.deepEqual(pairs, [[DEFAULT_ROLE, DEFAULT_PROVIDER]], value);
    assert.equal(malformed.length, 1, value);
    assert.match(malformed[0] ?? "", why);
  }
});

// Keycloak sends the roles of its realm along (aws-runas#47): each was told, and nothing was pruned any more.
Deno.test("offeredRoles: values without an ARN are no roles, and one sentence has them all", () => {
  const pair = `${DEFAULT_ROLE},${DEFAULT_PROVIDER}`;
  const others = [
    "offline_access",
    "uma_authorization",
    "default-roles-\u202ecorp",
    "",
    "x".repeat(500),
  ];
  const offer = offeredRoles(assertionOf({ roles: [others[0] ?? "", pair, ...others.slice(1)] }));
  assert.deepEqual(offer.malformed, []);
  assert.equal(offer.roles.length, 1);
  const [sentence = "", ...more] = offerSentences(offer);
  assert.deepEqual(more, []);
  assert.match(
    sentence,
    /^Ignored 5 Role values that are not ARNs: "offline_access", "uma_authorization", "default-roles- ?corp" and 2 more$/,
  );
  assert.deepEqual(offerSentences(offeredRoles(assertionOf({ roles: [pair, "Dev"] }))), [
    'Cannot read the Role value "Dev": expected a role ARN and a SAML provider ARN, separated by a comma',
  ]);
});

Deno.test("offeredRoles: what is IAM Identity Center's is no role to take, and is no broken value either", () => {
  const account = "arn:aws:iam::111122223333";
  const reserved =
    `${account}:role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_Admin_0123456789abcdef`;
  const provider = `${account}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE`;
  for (
    const value of [
      `${reserved},${provider}`,
      `${provider} , ${reserved}`,
      `${reserved},${DEFAULT_PROVIDER}`,
      `${DEFAULT_ROLE},${provider}`,
    ]
  ) {
    const offer = offeredRoles(
      assertionOf({ roles: [value, `${DEFAULT_ROLE},${DEFAULT_PROVIDER}`] }),
    );
    assert.equal(offer.roles.length, 1, value);
    assert.deepEqual(offer.malformed, []);
    const [sentence = "", ...more] = offerSentences(offer);
    assert.deepEqual(more, []);
    assert.match(sentence, /IAM Identity Center.*aws sso login.*AWS(ReservedSSO|SSO)_/);
  }
});

// Nobody can tell which of them is meant.
Deno.test("offeredRoles: a value with a role of IAM Identity Center among others is malformed", () => {
  const reserved = DEFAULT_ROLE.replace(/[^/]*$/, "AWSReservedSSO_Admin_0123456789abcdef");
  for (const value of [`${PAIR},${reserved}`, `${reserved},${DEFAULT_PROVIDER};${DEFAULT_ROLE}`]) {
    const { malformed, identityCenter } = offeredRoles(assertionOf({ roles: [value] }));
    assert.deepEqual(identityCenter, []);
    assert.match(malformed.join(), /: three ARNs stand in one value/);
  }
});

Deno.test("offerSentences: three malformed values are named, and how many more there are", () => {
  const sentences = (malformed: readonly string[]) => offerSentences({ roles: [], malformed });
  const [a, b, c] = ["a", "b", "c"].map((each) => `Cannot read the Role value ${each}`);
  assert.deepEqual(sentences(["a", "b", "c"]), [a, b, c]);
  assert.deepEqual(sentences(["a", "b", "c", "d"]), [a, b, c, "1 more Role value cannot be read"]);
  assert.equal(sentences([..."abcde"]).at(-1), "2 more Role values cannot be read");
});

Deno.test("offeredRoles: a malformed value is shown short, on one line and without control characters", () => {
  const { malformed } = offered(
    `two\nlines arn: \u009b2J \u202etfel ${"x".repeat(3000)}`,
    `arn:aws:iam::\u009b2J\n${"1".repeat(1500)}:role/x,${DEFAULT_PROVIDER}`,
  );
  assert.equal(malformed.length, 2);
  for (const sentence of malformed) {
    assert.ok(sentence.length < 600, `${sentence.length}`);
    assert.doesNotMatch(sentence, /[\p{C}\n]/u);
  }
});

// The pattern that split a pair took the square of a run of blanks.
Deno.test("offeredRoles: a value of 70,000 blanks or commas is read at once", () => {
  for (const sign of [" ", ",", ", ", "\t", ",arn:", "arn:aws:iam:", ":role/", "arn:aws:iam: ; "]) {
    const start = performance.now();
    offered(`a${sign.repeat(70_000 / sign.length)}b`);
    offered(`arn:aws:iam:${sign.repeat(70_000 / sign.length)}arn:aws:iam:`);
    assert.ok(performance.now() - start < 2000, sign);
  }
});

Deno.test("sessionName: the RoleSessionName, where there is one", () => {
  assert.equal(sessionName(assertionOf({})), "alice@example.com");
  assert.equal(sessionName(assertionOf({ roleSessionName: null })), undefined);
});
