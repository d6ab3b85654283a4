import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";
import { reportOn } from "../../src/saml/report.ts";
import { decryptionKey } from "../support/keys.ts";
import {
  AWS,
  AWS_ACS_URL,
  buildResponse,
  type ResponseOptions,
  toBase64,
} from "../support/saml_response.ts";

const NOW = Date.UTC(2020, 10, 23, 12);

function reported(options: ResponseOptions = {}) {
  return reportOn(buildResponse({ now: NOW, ...options }).base64);
}

const FINE: readonly (readonly [string, ResponseOptions, readonly RegExp[]])[] = [
  ["a fine one, years old", {}, []],
  ["the assertion alone is signed", { sign: "assertion" }, []],
  ["the Response alone is signed", { sign: "response" }, []],
  ["another style", { style: "pysaml2" }, []],
  ["the console's audience", { audience: "https://signin.aws.amazon.com/saml" }, []],
  ["tags and a source identity", { principalTags: { Team: "a" }, sourceIdentity: "alice" }, []],
  ["one for the console", { recipient: AWS_ACS_URL }, [
    /^It was for https:\/\/signin\.aws.*--paste$/,
  ]],
  ["no Recipient", { recipient: null }, [/^The assertion has no Recipient/]],
  ["an answer to a request", { inResponseTo: "_1" }, [/^It answers a request/]],
  ["an encrypted one", { encryptTo: decryptionKey() }, [
    /^The assertion is encrypted, .*--role-arn/,
  ]],
  ["a length that AWS ignores", { sessionDuration: 60 }, [/^Ignored the IdP's SessionDuration/]],
  [
    "a role of another kind beside a good one",
    {
      roles: [
        "admin",
        "arn:aws:iam::111122223333:role/A,arn:aws:iam::111122223333:saml-provider/I",
      ],
    },
    [/^Cannot read the Role value "admin"/],
  ],
  [
    "an attribute with nearly the right name",
    { attributes: { "https://aws.amazon.com/SAML/attributes/SessionDuration": ["3600"] } },
    [/^AWS ignores the attribute/],
  ],
];
for (const [name, options, remarks] of FINE) {
  Deno.test(`reportOn: nothing is wrong with ${name}`, () => {
    const report = reported(options);
    assert.deepEqual(report.problems, []);
    assert.equal(report.remarks.length, remarks.length, report.remarks.join("\n"));
    for (const [index, remark] of remarks.entries()) {
      assert.match(report.remarks[index] ?? "", remark);
    }
  });
}

const WRONG: readonly (readonly [string, ResponseOptions, readonly RegExp[]])[] = [
  ["no signature", { sign: "none" }, [/^Neither the Response nor the assertion is signed$/]],
  ["no role", { roles: [] }, [/^Your sign-in does not include any role$/]],
  ["no readable role", { roles: ["arn:aws:iam::1:role/x"] }, [/^The assertion's only Role value/]],
  ["no session name", { roleSessionName: null }, [/^The assertion has no RoleSessionName/]],
  ["a bad session name", { roleSessionName: "a b" }, [/^AWS does not accept .*a space/]],
  [
    "neither role nor name",
    { roles: [], roleSessionName: null },
    [/does not include any role/, /has no RoleSessionName/],
  ],
  [
    "roles under another name",
    {
      roles: [],
      attributes: {
        "https://aws.amazon.com/SAML/attributes/role": [
          "arn:aws:iam::111122223333:role/A,arn:aws:iam::111122223333:saml-provider/I",
        ],
      },
    },
    [/^The assertion has no attribute .*Role, only /],
  ],
  ["another audience", { audience: "https://sp.example/" }, [
    /^The assertion's Audience is "https:\/\/sp/,
  ]],
  ["the audience of China", { audience: "urn:amazon:webservices:cn-north-1" }, [
    /aws-cn, but the role/,
  ]],
  ["no audience", { audience: null }, [/^The assertion names no Audience/]],
  ["a tag that is AWS's", { principalTags: { "aws:x": "a" } }, [/begins with aws:/]],
  ["two tags in one", { principalTags: { Team: "a", team: "b" } }, [/differ in case only/]],
  ["a bad source identity", { sourceIdentity: "a b" }, [/SourceIdentity: it has a space/]],
  ["a refusal", { status: "Responder", subStatus: "AuthnFailed" }, [
    /did not sign you in: Responder\/AuthnFailed/,
  ]],
  ["no assertion", { withAssertion: false }, [/has no assertion, although/]],
];
for (const [name, options, problems] of WRONG) {
  Deno.test(`reportOn: ${name} is a problem, with its remedy`, () => {
    const report = reported(options);
    assert.equal(report.problems.length, problems.length, JSON.stringify(report.problems));
    for (const [index, problem] of problems.entries()) {
      assert.match(report.problems[index]?.message ?? "", problem);
      assert.ok(report.problems[index]?.remedy);
    }
  });
}

Deno.test("reportOn: says what is signed, tagged, carried and trusted, for each provider", () => {
  const report = reported({
    sign: "assertion",
    recipient: AWS_ACS_URL,
    principalTags: { Team: "secret-team" },
    sourceIdentity: "alice-secret",
    attributes: { [`${AWS}Other`]: ["hidden"] },
    roles: ["1", "2", "1"].map((each, index) =>
      `arn:aws:iam::11112222333${each}:role/R${index},arn:aws:iam::11112222333${each}:saml-provider/I`
    ),
  });
  assert.deepEqual(report.signed, ["assertion"]);
  assert.deepEqual(report.tagKeys, ["Team"]);
  assert.deepEqual(report.policies.map(({ roles }) => roles.length), [2, 1]);
  const [{ Action, Principal, Condition }] = JSON.parse(report.policies[0]?.policy ?? "").Statement;
  assert.deepEqual(Action, ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"]);
  assert.equal(Principal.Federated, "arn:aws:iam::111122223331:saml-provider/I");
  assert.equal(Condition.StringEquals["SAML:aud"], AWS_ACS_URL);
  const { response: _, assertion: __, ...said } = report;
  assert.doesNotMatch(JSON.stringify(said), /secret|hidden/);
});

Deno.test("reportOn: what is no Response is refused with exit code 5", () => {
  for (const field of ["", "hello, world", btoa("hello, world"), btoa("<a></a>")]) {
    assert.throws(
      () => reportOn(field),
      (error) => error instanceof UserError && error.exitCode === 5,
    );
  }
});

Deno.test("reportOn: who signed in where, until when and for how long", () => {
  const report = reported({ sessionDuration: 7200, sourceIdentity: "alice" });
  assert.deepEqual(
    [report.issuer, report.person, report.durationSeconds, report.sourceIdentity, report.expires],
    ["https://idp.example/saml", "alice@example.com", 7200, true, NOW + 300_000],
  );
  assert.deepEqual(report.roles.map(({ role }) => role.name), ["Dev"]);
  assert.deepEqual(report.policies.map(({ roles }) => roles), [
    report.roles.map(({ role }) => role.text),
  ]);
  const encrypted = reported({ encryptTo: decryptionKey(), responseIssuer: "urn:idp" });
  const { issuer, person, expires, sourceIdentity, roles, tagKeys, policies } = encrypted;
  assert.deepEqual(
    { issuer, person, expires, sourceIdentity, roles, tagKeys, policies },
    {
      issuer: "urn:idp",
      ...{ person: undefined, expires: undefined, sourceIdentity: false },
      ...{ roles: [], tagKeys: [], policies: [] },
    },
  );
});

Deno.test("reportOn: what is encrypted may be signed within; what has failed needs no signature", () => {
  assert.deepEqual(reported({ encryptTo: decryptionKey(), sign: "none" }).problems, []);
  const failed = reported({ status: "Responder", withAssertion: false, sign: "none" });
  assert.equal(failed.problems.length, 1);
});

const ADDRESSES: readonly (readonly [recipient: string, isLocal: boolean])[] = [
  ["http://localhost:8090/saml", true],
  ["https://127.0.0.1/saml", true],
  ["http://[::1]:8090/saml", true],
  ["https://localhost.evil.example/", false],
  ["https://evil.example/http://localhost:8090/", false],
];
for (const [recipient, isLocal] of ADDRESSES) {
  Deno.test(`reportOn: ${recipient} is ${isLocal ? "this machine" : "elsewhere"}`, () => {
    const said = `It was for ${recipient}: for this program, add http://localhost:8090/saml as ` +
      "another ACS (reply) URL of the AWS application and sign in with --sso-url, or use --paste";
    assert.deepEqual(reported({ recipient }).remarks, isLocal ? [] : [said]);
  });
}

Deno.test("reportOn: of several Recipients one of this machine is enough", () => {
  const confirmed = (...recipients: readonly string[]) => {
    const { xml } = buildResponse({ now: NOW, sign: "none", recipient: "urn:first" });
    const many = xml.replace(
      /<saml2?:SubjectConfirmation\b.*?<\/saml2?:SubjectConfirmation>/s,
      (each) => recipients.map((recipient) => each.replace("urn:first", recipient)).join(""),
    );
    return reportOn(toBase64(many)).remarks;
  };
  assert.deepEqual(confirmed("urn:a", "http://localhost:8090/saml"), []);
  assert.match(confirmed("urn:a", "urn:b").join(), /^It was for urn:a or urn:b: /);
});

Deno.test("reportOn: an audience is looked at for every partition where no role says which", () => {
  const messages = (audience: string) =>
    reported({ roles: [], audience }).problems.map(({ message }) => message);
  assert.equal(messages("urn:amazon:webservices:cn-north-1").length, 1, "the roles");
  const other = messages("https://sp.example/");
  assert.deepEqual(other.slice(1), ['The assertion\'s Audience is "https://sp.example/"']);
  const [, problem] =
    reported({ roles: [], audience: "https://signin.aws.amazon.com/SAML" }).problems;
  assert.equal(
    problem?.message,
    'The assertion\'s Audience is "https://signin.aws.amazon.com/SAML". AWS compares it to the letter',
  );
});
