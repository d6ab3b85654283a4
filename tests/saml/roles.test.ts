import assert from "node:assert/strict";
import { type Assertion, readSamlResponse } from "../../src/saml/response.ts";
import { offeredRoles, sessionName } from "../../src/saml/roles.ts";
import {
  buildResponse,
  DEFAULT_PROVIDER,
  DEFAULT_ROLE,
  manyRoles,
  type ResponseOptions,
} from "../support/saml_response.ts";

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
      ["", /^"": expected a role ARN and a SAML provider ARN, separated by a comma$/],
      ["Dev", /^"Dev": expected a role ARN/],
      [DEFAULT_ROLE, /: expected a role ARN and/],
      [`${DEFAULT_ROLE};${DEFAULT_PROVIDER}`, /: expected a role ARN and/],
      [`${DEFAULT_ROLE} ${DEFAULT_PROVIDER}`, /: expected a role ARN and/],
      [`${DEFAULT_ROLE},${DEFAULT_PROVIDER},${DEFAULT_ROLE}`, /: expected a role ARN and/],
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

Deno.test("offeredRoles: a malformed value is shown short, on one line and without control characters", () => {
  const { malformed } = offered(
    `two\nlines \u009b2J \u202etfel ${"x".repeat(3000)}`,
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
  for (const sign of [" ", ",", ", ", "\t", ",arn:"]) {
    const start = performance.now();
    offered(`a${sign.repeat(70_000 / sign.length)}b`);
    assert.ok(performance.now() - start < 2000, sign);
  }
});

Deno.test("sessionName: the RoleSessionName, where there is one", () => {
  assert.equal(sessionName(assertionOf({})), "alice@example.com");
  assert.equal(sessionName(assertionOf({ roleSessionName: null })), undefined);
});
