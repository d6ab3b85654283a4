import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import { assertionRemarks, explainWithAssertion } from "../../src/saml/remarks.ts";
import { readSamlResponse } from "../../src/saml/response.ts";
import { decryptionKey } from "../support/keys.ts";
import { pairOf } from "../support/offers.ts";
import { buildResponse, type ResponseOptions } from "../support/saml_response.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

function read(options: ResponseOptions) {
  return readSamlResponse(buildResponse({ now: NOW, sign: "none", ...options }).xml);
}

const REMARKS: readonly (readonly [string, ResponseOptions, readonly RegExp[]])[] = [
  ["a fine one", {}, []],
  ["an encrypted one", { encryptTo: decryptionKey() }, []],
  ["no end of the session", { sessionNotOnOrAfter: null }, []],
  ["an end at the very length", { sessionNotOnOrAfter: NOW + 3_600_000 }, []],
  ["an end before it", { sessionNotOnOrAfter: NOW + 3_599_000 }, [
    /^The IdP ends the session at 2026-11-23 12:59:59 UTC \(SessionNotOnOrAfter\), before the requested 3600/,
  ]],
  ["the very SessionDuration", { sessionDuration: 3600 }, []],
  ["a longer one", { sessionDuration: 7200 }, []],
  ["a shorter one", { sessionDuration: 900 }, [/SessionDuration of 900 seconds may shorten/]],
  ["one too short for AWS", { sessionDuration: 899 }, [/"899" is not a number from 900 to 43200$/]],
  ["one too long for AWS", { sessionDuration: 43_201 }, [/"43201" is not a number/]],
  ["none at all", { sessionDuration: "an\u202ehour" }, [/^[^\u202e]*is not a number from 900/]],
  [
    "both, and a short session",
    { principalTags: { Team: "a" }, sourceIdentity: "alice", sessionDuration: 900 },
    [/may shorten/],
  ],
];
for (const [name, options, wanted] of REMARKS) {
  Deno.test(`assertionRemarks: ${name}`, () => {
    const { assertion } = read(options);
    const remarks = assertionRemarks(assertion, { durationSeconds: 3600, now: NOW })
      .filter((each) => !each.includes("trust policy"));
    assert.equal(remarks.length, wanted.length, remarks.join("\n"));
    wanted.forEach((each, index) => assert.match(remarks[index] ?? "", each));
  });
}

const RECIPIENT = "https://localhost:8090/saml";
const NEEDS: readonly (readonly [string, ResponseOptions, needs: string])[] = [
  ["a plain one", {}, "sts:AssumeRoleWithSAML"],
  ["tags", { principalTags: { Team: "a" } }, "sts:AssumeRoleWithSAML and sts:TagSession"],
  [
    "a source identity",
    { sourceIdentity: "alice" },
    "sts:AssumeRoleWithSAML and sts:SetSourceIdentity",
  ],
  [
    "both",
    { principalTags: { Team: "a" }, sourceIdentity: "alice" },
    "sts:AssumeRoleWithSAML and sts:TagSession and sts:SetSourceIdentity",
  ],
];
for (const [name, options, needs] of NEEDS) {
  Deno.test(`assertionRemarks: what the trust policy must allow for ${name}, and for which Recipient`, () => {
    const { assertion } = read({ ...options, recipient: RECIPIENT });
    assert.equal(
      assertionRemarks(assertion, { durationSeconds: 3600, now: NOW }).at(-1),
      `The role's trust policy must allow ${needs} for SAML:aud ${RECIPIENT} (the Recipient)`,
    );
  });
}

const { provider } = pairOf("111122223333/Dev");
const refusal = (code: string) =>
  new UserError(`sts-${code}`, `STS refused the sign-in (${code})`, {
    exitCode: ExitCode.REFUSED,
    hint: "It is most likely the trust policy.",
  });

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
