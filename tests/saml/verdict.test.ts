import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { ExitCode, type UserError } from "../../src/errors.ts";
import { readSamlResponse } from "../../src/saml/response.ts";
import { offeredRoles } from "../../src/saml/roles.ts";
import {
  assertionWarnings,
  clockRemark,
  type Expectation,
  judge,
  redeemableUntil,
} from "../../src/saml/verdict.ts";
import { checked } from "../support/checks.ts";
import { decryptionKey } from "../support/keys.ts";
import {
  AWS,
  buildResponse,
  DEFAULT_PROVIDER,
  DEFAULT_ROLE,
  ISSUER,
  type ResponseOptions,
} from "../support/saml_response.ts";

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const EXPECTED: Expectation = {
  role: parseRoleArn(DEFAULT_ROLE),
  provider: parseProviderArn(DEFAULT_PROVIDER),
  idp: undefined,
};

/** A Response and what its assertion offers. */
function readResponse(xml: string): Parameters<typeof judge>[0] {
  const response = readSamlResponse(xml);
  const { assertion } = response;
  const offer = typeof assertion === "string"
    ? { roles: [], malformed: [] }
    : offeredRoles(assertion);
  return { response, offer };
}

/** The objection to a Response that was issued at NOW, by a machine whose clock is `late`. */
function objection(
  options: ResponseOptions,
  { late = 0, expected = {} }: { late?: number; expected?: Partial<Expectation> } = {},
): UserError | undefined {
  const { xml } = buildResponse({ now: NOW, sign: "none", ...options });
  const error = judge(readResponse(xml), { ...EXPECTED, ...expected }, NOW + late);
  if (error === undefined) return undefined;
  assert.equal(error.exitCode, ExitCode.BAD_ASSERTION);
  return checked(error);
}

Deno.test("judge: within an hour of clocks apart STS decides, by its own clock", () => {
  const hour = 60 * MINUTE;
  for (
    const [name, options, late, code] of [
      ["just issued", {}, 0, undefined],
      ["two minutes early", { notBefore: null }, -2 * MINUTE, undefined],
      ["an hour early", { notBefore: null }, -hour, undefined],
      ["an hour and a bit early", { notBefore: null }, -hour - 1, "assertion-not-yet-valid"],
      ["NotBefore earlier than the issue does not help", {}, -hour - 1, "assertion-not-yet-valid"],
      ["NotBefore later than the issue counts", { notBefore: NOW + hour }, 0, undefined],
      ["and its hour ends", { notBefore: NOW + hour }, -1, "assertion-not-yet-valid"],
      ["two minutes over", {}, 7 * MINUTE, undefined],
      ["half an hour over", {}, 35 * MINUTE, undefined],
      ["an hour since the issue", {}, hour, "assertion-expired"],
      ["not quite", {}, hour - 1, undefined],
      [
        "hours of validity do not help",
        { notOnOrAfter: NOW + 8 * hour },
        hour,
        "assertion-expired",
      ],
      ["no end at all", { notOnOrAfter: null }, hour - 1, undefined],
      ["no end, too late", { notOnOrAfter: null }, hour, "assertion-expired"],
      ["Keycloak's one minute, over", { notOnOrAfter: NOW + MINUTE }, 3 * MINUTE, undefined],
      ["an end before the issue", { notOnOrAfter: NOW - hour }, 0, "assertion-expired"],
      ["fractions count", { fraction: true, issueInstant: NOW + 500 }, -hour + 500, undefined],
      [
        "to the millisecond",
        { fraction: true, issueInstant: NOW + 500, notBefore: null },
        -hour + 499,
        "assertion-not-yet-valid",
      ],
      ["a day late", {}, 24 * hour, "assertion-expired"],
      ["a day early", {}, -24 * hour, "assertion-not-yet-valid"],
    ] as const
  ) assert.equal(objection(options, { late })?.code, code, name);
});

Deno.test("judge: a time is told with this machine's clock beside it, both in UTC", () => {
  const late = objection({}, { late: 2 * 3_600_000 });
  assert.equal(
    late?.message,
    "This sign-in expired at 2026-11-23 12:05:00 UTC (your clock says 2026-11-23 14:00:00 UTC)",
  );
  const early = objection({}, { late: -2 * 3_600_000 });
  assert.equal(
    early?.message,
    "This sign-in is not valid before 2026-11-23 12:00:00 UTC (your clock says 2026-11-23 10:00:00 UTC)",
  );
});

Deno.test("judge: the difference of the clocks is told as a number, as far as it is known", () => {
  assert.match(
    objection({}, { late: -90 * MINUTE })?.hint ?? "",
    /^Turn on automatic time, then sign in again\. Your clock is at least 5400 s behind the IdP's\.$/,
  );
  assert.match(
    objection({}, { late: 70 * MINUTE })?.hint ?? "",
    /only just signed in, your\nclock is 4200 s ahead of the IdP's: turn on automatic time\.$/,
  );
  // Who forbids the use before a time says nothing about the clock.
  const later = objection({ notBefore: NOW + 100 * MINUTE });
  assert.doesNotMatch(later?.hint ?? "", /\d/);
});

// With clocks apart the page to choose was over as soon as it came, or counted down six minutes.
Deno.test("redeemableUntil: who is asked has time whenever judge lets it pass, and never more than its life", () => {
  for (const life of [MINUTE, 5 * MINUTE, 60 * MINUTE, null]) {
    const options = { notBefore: null, notOnOrAfter: life === null ? null : NOW + life };
    const { assertion } = readSamlResponse(
      buildResponse({ now: NOW, sign: "none", ...options }).xml,
    );
    const most = Math.min(life ?? Infinity, 5 * MINUTE);
    for (let late = -61 * MINUTE; late <= 61 * MINUTE; late += 5 * SECOND) {
      if (objection(options, { late }) !== undefined) continue;
      const left = redeemableUntil(assertion, NOW + late) - (NOW + late);
      assert.ok(left > 0 && left <= most, `life ${life}, ${late} late: ${left} left`);
      if (late <= 0) assert.equal(left, most, `the IdP's clock is ${-late} ahead`);
      else if (late <= most - MINUTE) assert.equal(left, most - late, "the clocks agree");
    }
  }
});

Deno.test("clockRemark: a clock that is off is told as a number, small differences are not", () => {
  const { assertion } = readSamlResponse(buildResponse({ now: NOW, sign: "none" }).xml);
  for (
    const [late, remark] of [
      [-55_000, "Your clock is at least 55 s behind the IdP's"],
      [-4999, undefined],
      [0, undefined],
      [5 * MINUTE - 1, undefined],
      [
        5.5 * MINUTE,
        "Your clock is at least 30 s ahead of the IdP's, or this is an old sign-in",
      ],
    ] as const
  ) assert.equal(clockRemark(assertion, NOW + late), remark, String(late));
  assert.equal(clockRemark("encrypted", NOW), undefined);
});

Deno.test("judge: offsets are reckoned in", () => {
  const { xml } = buildResponse({ now: NOW, sign: "none" });
  const moved = xml.replaceAll("2026-11-23T12:0", "2026-11-23T14:0").replaceAll(
    /(:\d\d)Z/g,
    "$1+02:00",
  );
  const early = moved.replaceAll("2026-11-23T11:59:30", "2026-11-23T13:59:30");
  assert.equal(judge(readResponse(early), EXPECTED, NOW), undefined);
  assert.equal(
    judge(readResponse(moved), EXPECTED, NOW + 60 * MINUTE)?.code,
    "assertion-expired",
  );
});

Deno.test("judge: a status that is not Success comes first, in the IdP's words", () => {
  const error = objection({
    status: "Responder",
    subStatus: "AuthnFailed",
    statusMessage: "Your account\n is \u009b2Jlocked\u202e",
  }, { late: 3_600_000, expected: { idp: "https://other.example" } });
  assert.equal(error?.code, "assertion-status");
  assert.equal(
    error?.message,
    'The IdP did not sign you in: Responder/AuthnFailed, "Your account is 2Jlocked"',
  );
  assert.equal(
    objection({ status: "Requester" })?.message,
    "The IdP did not sign you in: Requester",
  );
  // With an assertion or not: the status says that it must not be used.
  assert.equal(objection({ status: "Responder", withAssertion: true })?.code, "assertion-status");
  const long = objection({ status: "Responder", statusMessage: "x".repeat(5000) });
  assert.ok((long?.message.length ?? 0) < 300);
});

Deno.test("judge: Success without an assertion", () => {
  assert.equal(objection({ withAssertion: false })?.code, "assertion-absent");
});

Deno.test("judge: another IdP's assertion is refused when one was named, to the letter", () => {
  assert.equal(objection({}, { expected: { idp: ISSUER } }), undefined);
  for (const idp of ["https://other.example", `${ISSUER}/`, ISSUER.toUpperCase(), ""]) {
    const error = objection({}, { expected: { idp } });
    assert.equal(error?.code, "assertion-other-idp", idp);
    assert.equal(error?.message, `The assertion is from "${ISSUER}", not from "${idp}"`);
  }
  // The assertion's own issuer counts, not the one around it.
  assert.equal(
    objection({ responseIssuer: "https://other.example" }, { expected: { idp: ISSUER } }),
    undefined,
  );
  assert.equal(
    objection({ issuer: "https://other.example", responseIssuer: ISSUER }, {
      expected: { idp: ISSUER },
    })?.code,
    "assertion-other-idp",
  );
});

Deno.test("judge: an encrypted assertion is left to STS, but for what stands around it", () => {
  const encrypted: ResponseOptions = { encryptTo: decryptionKey() };
  assert.equal(objection(encrypted), undefined);
  assert.equal(objection(encrypted, { late: 24 * 60 * MINUTE }), undefined);
  assert.equal(objection(encrypted, { expected: { idp: ISSUER } }), undefined);
  assert.equal(
    objection(encrypted, { expected: { idp: "https://other.example" } })?.code,
    "assertion-other-idp",
  );
  const unnamed = objection({ ...encrypted, responseIssuer: null, sign: "none" }, {
    expected: { idp: ISSUER },
  });
  assert.match(unnamed?.message ?? "", /is from an unnamed IdP, not from/);
});

Deno.test("judge: a role that is not offered, with what is offered instead", () => {
  const role = "arn:aws:iam::111122223333:role/Other";
  const error = objection({}, { expected: { role: parseRoleArn(role) } });
  assert.equal(error?.code, "role-not-offered");
  assert.equal(error?.message, `Your sign-in does not include the role ${role}`);
  assert.equal(error?.hint, `Available: ${DEFAULT_ROLE}`);
  const many = objection({ count: 450 });
  assert.match(many?.hint ?? "", /^Available: .*role\/Role1, .* and 442 more$/);
  assert.ok((many?.hint?.length ?? 0) < 700);
  assert.match(objection({ roles: [] })?.hint ?? "", /has no roles\. .* assign you a role/);
});

// It said that the assertion does not offer the very role that it offers.
Deno.test("judge: a role that is offered but does not fit --account or --role-filter is told so", () => {
  for (
    const [narrowing, said] of [
      [{ accounts: ["444455556666"] }, "--account 444455556666"],
      [{ filters: ["Ops", "Adm*"] }, "--role-filter Ops --role-filter Adm*"],
    ] as const
  ) {
    const error = objection({}, { expected: narrowing });
    assert.equal(
      error?.message,
      `${DEFAULT_ROLE} is available, but it does not match ${said}`,
    );
    assert.match(error?.hint ?? "", /^Leave out --account and --role-filter/);
  }
  const fits = { accounts: ["111122223333"], filters: ["D*"] };
  assert.equal(objection({}, { expected: fits }), undefined);
});

Deno.test("judge: of the values that cannot be read three are shown, each on its line", () => {
  const roles = ["one\ntwo", "\u009b2J", "three", "four", "five"].map((each) => `arn:${each}`);
  const error = objection({ roles });
  assert.equal(error?.message, "None of the assertion's 5 Role values can be read");
  const lines = error?.hint?.split("\n") ?? [];
  assert.equal(lines.length, 5);
  assert.equal(
    lines[0],
    'Cannot read the Role value "arn:one two": expected a role ARN and a SAML provider ARN, separated by a comma',
  );
  assert.equal(lines[3], "2 more Role values cannot be read");
});

// "Your sign-in does not include any role": of a person who has two (aws-credful#6, clisso#49).
const PAIR = `${DEFAULT_ROLE},${DEFAULT_PROVIDER}`;
const BROKEN: readonly (readonly [value: string, says: RegExp])[] = [
  [`${PAIR},${PAIR.replaceAll("Dev", "Ops")}`, /two pairs of ARNs stand in one value/],
  [`${PAIR};${PAIR.replaceAll("Dev", "Ops")}`, /two pairs of ARNs stand in one value/],
  [PAIR.replace(",", ";"), /separated by ";"/],
  [DEFAULT_ROLE, /SAML provider is missing/],
];
for (const [value, says] of BROKEN) {
  Deno.test(`judge: an only Role value that cannot be read is called that: ${says.source}`, () => {
    for (const expected of [{}, { role: undefined, provider: undefined }]) {
      const error = objection({ roles: [value, "offline_access"] }, { expected });
      assert.equal(error?.code, "role-not-offered");
      assert.equal(error?.message, "The assertion's only Role value cannot be read");
      assert.match(error?.hint ?? "", says);
      assert.doesNotMatch(error?.hint ?? "", /assign you/);
    }
  });
}

Deno.test("judge: roles that are all IAM Identity Center's say which command to use", () => {
  const account = "arn:aws:iam::111122223333";
  const value =
    `${account}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef,` +
    `${account}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE`;
  const error = objection({ roles: [value] }, {
    expected: { role: undefined, provider: undefined },
  });
  assert.match(error?.message ?? "", /IAM Identity Center's, which cannot be assumed with SAML$/);
  assert.match(error?.hint ?? "", /aws sso login/);
});

Deno.test("assertionWarnings: what is ignored, and a time from which on it may be used", () => {
  const warnings = (options: ResponseOptions, change = (xml: string) => xml, late = 0) =>
    assertionWarnings(
      readSamlResponse(change(buildResponse({ now: NOW, sign: "none", ...options }).xml)).assertion,
      NOW + late,
    );
  assert.deepEqual(warnings({}), []);
  assert.deepEqual(warnings({}, undefined, -10 * MINUTE), [], "the clock has its own warning");
  assert.match(
    warnings({ notBefore: NOW + 2 * MINUTE })[0] ?? "",
    /be used before 2026-11-23 12:02:00 UTC$/,
  );
  assert.deepEqual(warnings({}, (xml) => xml.replace(/(?<=SessionNotOnOrAfter=")[^"]*/, "")), [
    'Ignored the assertion\'s SessionNotOnOrAfter "": it is not a date and time',
  ]);
  for (const sessionDuration of ["899", "43201", "an\u202ehour", "3600.5", "-1", "1e4", "8h"]) {
    const [warning = "", ...more] = warnings({ sessionDuration });
    assert.match(warning, /^Ignored the IdP's SessionDuration ".*": it is not a number from 900/);
    assert.doesNotMatch(warning, /\u202e/);
    assert.deepEqual(more, []);
  }
  for (const sessionDuration of [900, 43_200, " 3600 ", ""]) {
    assert.deepEqual(warnings({ sessionDuration }), []);
  }
  assert.deepEqual(assertionWarnings("encrypted", NOW), []);
});

Deno.test("judge: the same role through another provider names the flag to give", () => {
  const other = "arn:aws:iam::111122223333:saml-provider/Other";
  const error = objection({ roles: [{ role: DEFAULT_ROLE, provider: other }] });
  assert.equal(error?.code, "assertion-other-provider");
  assert.equal(error?.hint, `Use --saml-provider-arn ${other}`);
  // Offered through both, it is fine.
  const both = [other, DEFAULT_PROVIDER].map((provider) => ({ role: DEFAULT_ROLE, provider }));
  assert.equal(objection({ roles: both }), undefined);
});

Deno.test("judge: ARNs are compared to the letter, as IAM does", () => {
  for (
    const role of [DEFAULT_ROLE.replace("Dev", "dev"), DEFAULT_ROLE.replace("Dev", "path/Dev")]
  ) {
    assert.equal(
      objection({}, { expected: { role: parseRoleArn(role) } })?.code,
      "role-not-offered",
    );
  }
});

const ASKED = "_00000000000000000000000000000000";
const NOT_OURS = "The SAML Response does not answer the request of this sign-in";
const ANSWERS: readonly (readonly [string, ResponseOptions, string | undefined])[] = [
  ["ours", { inResponseTo: ASKED }, undefined],
  [
    "ours, encrypted",
    { inResponseTo: ASKED, encryptTo: decryptionKey() },
    undefined,
  ],
  [
    "none",
    {},
    "The SAML Response answers no request, but this sign-in began with one",
  ],
  ["another's", { inResponseTo: "_other" }, NOT_OURS],
  ["an empty one", { inResponseTo: "" }, NOT_OURS],
];
for (const [what, options, says] of ANSWERS) {
  Deno.test(`judge: the answer to a request, ${what}`, () => {
    const expected = { requests: new Set(["_1", ASKED]) };
    const error = objection(options, { expected });
    assert.equal(error?.message, says);
    assert.equal(error?.code, says && "assertion-not-answer");
    // Where the sign-in starts at the IdP, nobody looks.
    assert.equal(objection(options), undefined);
  });
}

for (
  const [what, change] of [
    ["only of the Response", (xml: string) => xml.replace(ASKED, "_other")],
    [
      "only of the assertion",
      (xml: string) => xml.replace(new RegExp(`${ASKED}(?!.*${ASKED})`, "s"), "_other"),
    ],
    [
      "only of one of two confirmations",
      (xml: string) =>
        xml.replace(
          /<saml2?:SubjectConfirmation\b.*?<\/saml2?:SubjectConfirmation>/s,
          (each) => each + each.replace(ASKED, "_other"),
        ),
    ],
  ] as const
) {
  Deno.test(`judge: the ID of another request, ${what}`, () => {
    const { xml } = buildResponse({ now: NOW, sign: "none", inResponseTo: ASKED });
    const changed = change(xml);
    assert.notEqual(changed, xml);
    const error = judge(readResponse(changed), { ...EXPECTED, requests: new Set([ASKED]) }, NOW);
    assert.equal(error?.message, NOT_OURS);
  });
}

const NOBODY = { role: undefined, provider: undefined } as const;
const IDENTITY_CENTER =
  `arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0,` +
  `arn:aws:iam::111122223333:saml-provider/AWSSSO_0_DO_NOT_DELETE`;
const ASSIGN =
  "The assertion has no roles. Ask your IdP administrator to assign you a role in the AWS application.";
const NAME_RULE = `The IdP attribute ${AWS}RoleSessionName must have 2 to 64\n` +
  "letters (A to Z), digits or _+=,.@- characters.";

/** What a person reads of each refusal, whole: the hint, and the headline of the page where it has one of its own. */
const HINTS: readonly {
  readonly what: string;
  readonly options: ResponseOptions;
  readonly expected?: Partial<Expectation>;
  readonly code: string;
  readonly message?: string;
  readonly hint: string | RegExp;
  readonly headline?: string;
}[] = [
  {
    what: "a status that is not Success",
    options: { status: "Responder" },
    code: "assertion-status",
    hint:
      "Sign in again. If this keeps happening, ask your IdP administrator if you have access to the AWS\napplication.",
  },
  {
    what: "a portal's answer where a request was sent",
    options: {},
    expected: { requests: new Set(["_1"]) },
    code: "assertion-not-answer",
    hint:
      "Start at the address that your terminal shows, not at your company's portal. If you did, your IdP\n" +
      "ignores requests: use --start-url in place of --sso-url.",
  },
  {
    what: "the answer to another request",
    options: { inResponseTo: "_2" },
    expected: { requests: new Set(["_1"]) },
    code: "assertion-not-answer",
    hint: "Start at the address that your terminal shows, and finish the sign-in in the same tab.",
  },
  {
    what: "an encrypted assertion where all roles are wanted",
    options: { encryptTo: decryptionKey() },
    expected: { encrypted: false },
    code: "assertion-encrypted",
    hint:
      "Ask your IdP administrator to send it unencrypted, or pick one role with --role-arn and\n--saml-provider-arn.",
  },
  ...[NOBODY, { role: undefined }, { provider: undefined }].map((expected) => ({
    what: `an encrypted assertion without ${Object.keys(expected).join(" and ")}`,
    options: { encryptTo: decryptionKey() },
    expected,
    code: "assertion-encrypted",
    hint: "Pass both --role-arn and --saml-provider-arn; the assertion then goes to AWS as it is.",
  })),
  {
    what: "no role",
    options: { roles: [] },
    expected: NOBODY,
    code: "role-not-offered",
    message: "Your sign-in does not include any role",
    hint: `${ASSIGN}\nAWS reads roles from ${AWS}Role; the assertion has\n` +
      `"urn:x", "${AWS}RoleSessionName"`,
    headline: "Your sign-in has no AWS roles",
  },
  {
    what: "a Role attribute without values",
    options: { roles: [], attributes: { [`${AWS}Role`]: [], "urn:x": [] } },
    expected: NOBODY,
    code: "role-not-offered",
    hint: ASSIGN,
    headline: "Your sign-in has no AWS roles",
  },
  {
    what: "no role of an account",
    options: { roles: [] },
    expected: { ...NOBODY, accounts: ["444455556666"] },
    code: "role-not-offered",
    message: "Your sign-in does not include any role",
    hint: `${ASSIGN}\nAWS reads roles from ${AWS}Role; the assertion has\n` +
      `"urn:x", "${AWS}RoleSessionName"`,
    headline: "Your sign-in has no AWS roles",
  },
  {
    what: "no role that fits",
    options: {},
    expected: { ...NOBODY, accounts: ["444455556666"] },
    code: "role-not-offered",
    message: "None of the 1 available roles matches --account 444455556666",
    hint: `Available: ${DEFAULT_ROLE}`,
    headline: "No role in your sign-in matches",
  },
  {
    what: "roles that cannot be read",
    options: { roles: ["arn:x"] },
    expected: NOBODY,
    code: "role-not-offered",
    hint:
      'Cannot read the Role value "arn:x": expected a role ARN and a SAML provider ARN, separated by a comma\n' +
      "Ask your IdP administrator to correct them in the AWS application.",
    headline: "Your roles can't be read",
  },
  {
    what: "a role of IAM Identity Center",
    options: { roles: [IDENTITY_CENTER] },
    expected: NOBODY,
    code: "role-not-offered",
    message: "1 role in your sign-in is IAM Identity Center's, which cannot be assumed with SAML",
    hint:
      /AWSReservedSSO_A_0[^\n]*"\nSign in with aws sso login, or ask for roles that trust your IdP\.$/,
    headline: "Your roles are IAM Identity Center's",
  },
  {
    what: "two roles of IAM Identity Center",
    options: {
      roles: [IDENTITY_CENTER, IDENTITY_CENTER.replaceAll("111122223333", "444455556666")],
    },
    expected: NOBODY,
    code: "role-not-offered",
    message: "2 roles in your sign-in are IAM Identity Center's, which cannot be assumed with SAML",
    hint:
      /AWSReservedSSO_A_0[^\n]*"\nSign in with aws sso login, or ask for roles that trust your IdP\.$/,
    headline: "Your roles are IAM Identity Center's",
  },
  {
    what: "roles under another name",
    options: { roles: [], attributes: { role: ["x"] } },
    expected: NOBODY,
    code: "role-not-offered",
    hint:
      "AWS compares names to the letter. In the IdP's AWS application, the attribute's Name must be exactly\n" +
      `${AWS}Role`,
    headline: "Your IdP sends Role under another name",
  },
  {
    what: "no session name",
    options: { roleSessionName: null, attributes: {} },
    code: "assertion-session-name",
    hint: `${NAME_RULE} Map it to the user's email address.`,
  },
  {
    what: "a session name without a value, whatever else comes near",
    options: {
      roleSessionName: null,
      attributes: { [`${AWS}RoleSessionName`]: [], rolesessionname: ["alice"] },
    },
    code: "assertion-session-name",
    hint: `${NAME_RULE} Map it to the user's email address.`,
  },
  {
    what: "a session name under another name",
    options: { roleSessionName: null, attributes: { rolesessionname: ["alice"] } },
    code: "assertion-session-name",
    hint:
      "AWS compares names to the letter. In the IdP's AWS application, the attribute's Name must be exactly\n" +
      `${AWS}RoleSessionName`,
    headline: "Your IdP sends RoleSessionName under another name",
  },
  {
    what: "a session name that AWS does not take",
    options: { roleSessionName: "x" },
    code: "assertion-session-name",
    hint: `${NAME_RULE}\nMap it to a longer attribute, such as the user's email address.`,
  },
];
for (const { what, options, expected = {}, code, message, hint, headline } of HINTS) {
  Deno.test(`judge: what a person reads of ${what}`, () => {
    const error = objection({ attributes: { "urn:x": ["y"] }, ...options }, { expected });
    assert.equal(error?.code, code);
    if (message !== undefined) assert.equal(error.message, message);
    if (typeof hint === "string") assert.equal(error.hint, hint);
    else assert.match(error.hint ?? "", hint);
    assert.equal(error.parts.headline, headline);
  });
}

Deno.test("judge: the role that was probably meant is told apart, and roles of another provider are no mismatch", () => {
  const role = parseRoleArn(DEFAULT_ROLE.replace("Dev", "Deb"));
  const error = objection({}, { expected: { role } });
  assert.equal(error?.parts.meant?.text, DEFAULT_ROLE);
  assert.deepEqual(error.parts.roles?.map(({ text }) => text), [DEFAULT_ROLE]);
  // Without a provider there is none to differ from.
  const filtered = objection({}, { expected: { provider: undefined, accounts: ["444455556666"] } });
  assert.equal(filtered?.code, "role-filtered");
});

Deno.test("redeemableUntil: at the very end, and just issued", () => {
  const { assertion } = readResponse(buildResponse({ now: NOW, sign: "none" }).xml).response;
  assert.ok(typeof assertion !== "string");
  const end = NOW + 5 * MINUTE;
  assert.equal(redeemableUntil(assertion, NOW), end);
  assert.equal(redeemableUntil(assertion, end - 1), end - 1 + MINUTE);
  assert.equal(redeemableUntil(assertion, end), end + 5 * MINUTE);
});

Deno.test("redeemableUntil: an encrypted assertion may be used for five minutes from now", () => {
  assert.equal(redeemableUntil("encrypted", NOW), NOW + 5 * MINUTE);
});

Deno.test("clockRemark, assertionWarnings: at the very limits", () => {
  const { assertion } = readSamlResponse(
    buildResponse({ now: NOW, sign: "none", notBefore: null }).xml,
  );
  assert.match(clockRemark(assertion, NOW - 5000) ?? "", /at least 5 s behind the IdP's$/);
  assert.equal(clockRemark(assertion, NOW - 4999), undefined);
  assert.equal(clockRemark(assertion, NOW + 5 * MINUTE - 1), undefined);
  assert.match(clockRemark(assertion, NOW + 5 * MINUTE) ?? "", /or this is an old sign-in$/);
  assert.deepEqual(assertionWarnings(assertion, NOW), []);
});

Deno.test("judge: a Response without a Status is none of a person who is signed in", () => {
  const { xml } = buildResponse({ now: NOW, sign: "none" });
  const error = judge(
    readResponse(xml.replace(/<samlp:Status>.*<\/samlp:Status>/s, "")),
    EXPECTED,
    NOW,
  );
  assert.equal(error?.message, "The IdP did not sign you in: no status");
});

Deno.test("judge: the Response and its assertion must answer the same request, one of ours", () => {
  const { xml } = buildResponse({ now: NOW, sign: "none", inResponseTo: "_1" });
  const requests = new Set(["_1", "_2"]);
  const code = (changed: string) =>
    judge(readResponse(changed), { ...EXPECTED, requests }, NOW)?.code;
  const own = /(?<=<saml:SubjectConfirmationData[^>]*) InResponseTo="_1"/;
  assert.equal(code(xml), undefined);
  assert.notEqual(xml.replace(own, ""), xml);
  assert.equal(code(xml.replace(own, "")), "assertion-not-answer");
  assert.equal(code(xml.replace(own, ' InResponseTo="_2"')), "assertion-not-answer");
  assert.equal(code(xml.replaceAll('"_1"', '"_3"')), "assertion-not-answer");
});

Deno.test("judge: what is offered instead of the wanted role, by lines and by parts", () => {
  const [dev, ops] = ["Dev", "Ops"].map((name) => DEFAULT_ROLE.replace(/[^/]*$/, name));
  const roles = [`${dev},${DEFAULT_PROVIDER}`, `${ops},${DEFAULT_PROVIDER}`, "x", "arn:aws:iam"];
  const role = (name: string) => parseRoleArn(DEFAULT_ROLE.replace(/[^/]*$/, name));
  const near = objection({ roles }, { expected: { role: role("Opps"), provider: undefined } });
  assert.equal(near?.code, "role-not-offered");
  const [available = "", ...others] = near?.hint?.split("\n") ?? [];
  assert.equal(available, `Available: ${ops}, ${dev}`);
  assert.equal(others.length, 2);
  assert.equal(near?.parts.hint, others.join("\n"));
  assert.equal(near?.parts.headline, undefined);
  assert.equal(near?.parts.meant?.text, ops);
  const far = objection({ roles }, { expected: { role: role("Billing"), provider: undefined } });
  assert.equal(far?.parts.meant, undefined);
  const filtered = { role: undefined, provider: undefined, accounts: ["999999999999"] };
  const none = objection({ roles }, { expected: filtered });
  assert.equal(none?.message, "None of the 2 available roles matches --account 999999999999");
  assert.equal(none?.parts.headline, "No role in your sign-in matches");
  const elsewhere = parseProviderArn(`${DEFAULT_PROVIDER}2`);
  const through = objection({ roles }, { expected: { role: role("Dev"), provider: elsewhere } });
  assert.equal(
    through?.message,
    `${dev} is available through ${DEFAULT_PROVIDER}, not through ${DEFAULT_PROVIDER}2`,
  );
});
