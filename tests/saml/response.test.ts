import assert from "node:assert/strict";
import { ExitCode } from "../../src/errors.ts";
import { type Assertion, readSamlResponse } from "../../src/saml/response.ts";
import { userErrorOf } from "../support/checks.ts";
import {
  EVIL_ROLE,
  HOSTILE_KINDS,
  type HostileKind,
  hostileResponse,
} from "../support/saml_hostile.ts";
import { decryptionKey } from "../support/keys.ts";
import {
  AWS,
  buildResponse,
  DEFAULT_PROVIDER,
  DEFAULT_ROLE,
  type ResponseOptions,
  STYLES,
} from "../support/saml_response.ts";

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
const PAIR = `${DEFAULT_ROLE},${DEFAULT_PROVIDER}`;

const built = (options: ResponseOptions = {}) =>
  readSamlResponse(buildResponse({ now: NOW, ...options }).xml);

const assertionOf = (options: ResponseOptions = {}): Assertion => {
  const { assertion } = built(options);
  assert.ok(typeof assertion === "object");
  return assertion;
};

/** An unsigned Response with something in its text replaced. */
const edited = (from: string | RegExp, to: string, options: ResponseOptions = {}) => {
  const { xml } = buildResponse({ now: NOW, sign: "none", ...options });
  const changed = xml.replace(from, () => to);
  assert.notEqual(changed, xml, "the test changed nothing");
  return changed;
};

for (const style of STYLES) {
  Deno.test(`readSamlResponse: all facts of a Response in the style of ${style}`, () => {
    for (const sign of ["assertion", "response", "both", "none"] as const) {
      for (const more of [{}, { pretty: true }, { declaration: true }, { fraction: true }]) {
        const id = "_assertion";
        const response = built({ style, sign, inResponseTo: "_req", assertionId: id, ...more });
        const { assertion, ...rest } = response;
        assert.deepEqual(rest, {
          issuer: "https://idp.example/saml",
          destination: "http://localhost:8090/saml",
          inResponseTo: "_req",
          status: { success: true, codes: ["Success"], message: undefined },
        });
        assert.deepEqual(assertion, {
          id,
          issuer: "https://idp.example/saml",
          issueInstant: NOW,
          notBefore: NOW - 30_000,
          notOnOrAfter: NOW + 300_000,
          recipients: ["http://localhost:8090/saml"],
          audiences: ["urn:amazon:webservices"],
          sessionNotOnOrAfter: NOW + 28_800_000,
          nameId: "alice",
          inResponseTo: ["_req"],
          attributes: new Map([
            [`${AWS}Role`, [PAIR]],
            [`${AWS}RoleSessionName`, ["alice@example.com"]],
          ]),
          friendlyNames: new Map(),
          unreadable: [],
        });
      }
    }
  });
}

Deno.test("readSamlResponse: values are whole across CDATA, comments and character references", () => {
  for (const noise of ["cdata", "comment", "entity"] as const) {
    for (const style of STYLES) {
      const { attributes } = assertionOf({ noise, style });
      assert.deepEqual(attributes.get(`${AWS}Role`), [PAIR], `${noise} ${style}`);
      assert.deepEqual(attributes.get(`${AWS}RoleSessionName`), ["alice@example.com"]);
    }
  }
});

// CVE-2017-11427 and its kin: readers that cut a name at a comment took admin@x<!---->.evil for admin@x.
Deno.test("readSamlResponse: a comment cuts neither NameID nor Issuer", () => {
  const { assertion } = readSamlResponse(edited(/alice(?=<\/saml:NameID>)/, "alice<!-- -->.evil"));
  assert.ok(typeof assertion === "object");
  assert.equal(assertion.nameId, "alice.evil");
  const { issuer } = readSamlResponse(edited("idp.example/saml</", "idp.<!-- -->example/x</"));
  assert.equal(issuer, "https://idp.example/x");
});

Deno.test("readSamlResponse: an attribute given twice has the values of both, in their order", () => {
  const roles = ["first", "second", "third"];
  assert.deepEqual(
    assertionOf({ roles, repeatAttribute: true }).attributes.get(`${AWS}Role`),
    roles,
  );
  assert.deepEqual(assertionOf({ roles }).attributes.get(`${AWS}Role`), roles);
  assert.equal(assertionOf({ roles: [] }).attributes.get(`${AWS}Role`), undefined);
});

Deno.test("readSamlResponse: attribute names that are words of JavaScript are names like others", () => {
  const { attributes } = assertionOf({
    attributes: { ["__proto__x"]: ["a"], constructor: ["b"], toString: ["c"] },
  });
  assert.deepEqual([attributes.get("constructor"), attributes.get("toString")], [["b"], ["c"]]);
  assert.equal(attributes.get("valueOf"), undefined);
});

Deno.test("readSamlResponse: what an IdP leaves out is undefined, not a failure", () => {
  const { destination, issuer } = built({
    destination: null,
    responseIssuer: null,
    sign: "none",
  });
  assert.deepEqual([destination, issuer], [undefined, undefined]);
  const assertion = assertionOf({
    recipient: null,
    notBefore: null,
    notOnOrAfter: null,
    sessionNotOnOrAfter: null,
    roles: [],
    roleSessionName: null,
    nameId: " ",
  });
  assert.deepEqual(
    [assertion.recipients, assertion.notBefore, assertion.notOnOrAfter],
    [[], undefined, undefined],
  );
  assert.deepEqual([assertion.sessionNotOnOrAfter, assertion.nameId], [undefined, undefined]);
  assert.equal(assertion.attributes.size, 0);
});

Deno.test("readSamlResponse: the earliest end and the latest beginning of all windows count", () => {
  const { assertion } = readSamlResponse(
    edited(
      /(?<=<saml:Conditions )[^>]*/,
      'NotBefore="2026-11-23T11:59:00Z" NotOnOrAfter="2026-11-23T12:01:00Z"',
    ),
  );
  assert.ok(typeof assertion === "object");
  assert.equal(assertion.notOnOrAfter, NOW + 60_000);
  assert.equal(assertion.notBefore, NOW - 60_000);
});

Deno.test("readSamlResponse: dates and times in every form of xs:dateTime", () => {
  const read = (text: string) => {
    const { assertion } = readSamlResponse(
      edited(/(?<=AuthnInstant="[^>]*SessionNotOnOrAfter=")[^"]*/, text),
    );
    assert.ok(typeof assertion === "object");
    return assertion;
  };
  for (
    const [text, instant] of [
      ["2026-11-23T12:00:00Z", NOW],
      ["2026-11-23T12:00:00", NOW],
      ["2026-11-23T12:00:00.1Z", NOW + 100],
      ["2026-11-23T12:00:00.123Z", NOW + 123],
      ["2026-11-23T12:00:00.1234567Z", NOW + 123],
      ["2026-11-23T12:00:00.1234567", NOW + 123],
      ["2026-11-23T14:00:00+02:00", NOW],
      ["2026-11-23T04:30:00-07:30", NOW],
      ["2026-11-23T12:00:00.5+00:00", NOW + 500],
      [" 2026-11-23T12:00:00Z\n", NOW],
      ["2026-11-23T24:00:00Z", NOW + 12 * 3_600_000],
      ["9999-12-31T23:59:59Z", Date.UTC(9999, 11, 31, 23, 59, 59)],
    ] as const
  ) assert.equal(read(text).sessionNotOnOrAfter, instant, text);
  for (
    const text of [
      "",
      "now",
      "1795435200",
      "2026-11-23",
      "2026-11-23 12:00:00Z",
      "2026-11-23T12:00Z",
      "2026-13-23T12:00:00Z",
      "2026-11-23T12:60:00Z",
      "2026-11-23T25:00:00Z",
      "2026-11-23T12:00:00+25:00",
      "2026-11-23T12:00:00z",
      "2026-11-23T12:00:00,5Z",
      "2026-11-23T12:00:00 UTC",
      "Mon, 23 Nov 2026 12:00:00 GMT",
      "+002026-11-23T12:00:00Z",
    ]
  ) {
    // It is optional: the whole assertion was refused for it.
    const { sessionNotOnOrAfter, unreadable } = read(text);
    assert.equal(sessionNotOnOrAfter, undefined, text);
    assert.deepEqual(unreadable, [["SessionNotOnOrAfter", text]]);
  }
});

Deno.test("readSamlResponse: optional dates that cannot be read count as absent, each by its name", () => {
  for (
    const [name, pattern] of [
      ["NotBefore", /(?<=<saml:Conditions NotBefore=")[^"]*/],
      ["NotOnOrAfter", /(?<=<saml:Conditions [^>]*NotOnOrAfter=")[^"]*/],
      ["NotOnOrAfter", /(?<=<saml:SubjectConfirmationData NotOnOrAfter=")[^"]*/],
    ] as const
  ) {
    const { assertion } = readSamlResponse(edited(pattern, ""));
    assert.ok(typeof assertion === "object");
    assert.deepEqual(assertion.unreadable, [[name, ""]]);
    // The other window still holds.
    assert.equal(assertion.notOnOrAfter, NOW + 300_000);
  }
  const { assertion } = readSamlResponse(edited(/(?<= Recipient=")[^"]*/, ""));
  assert.ok(typeof assertion === "object");
  assert.deepEqual(assertion.recipients, []);
  const issued = userErrorOf(() =>
    readSamlResponse(edited(/(?<=<saml:Assertion[^>]* IssueInstant=")[^"]*/, ""))
  );
  assert.match(issued.message, /IssueInstant is not a date and time/);
});

const CONFIRMATION = "<saml:SubjectConfirmation ";
const confirmation = (method: string, data: string) =>
  `${CONFIRMATION}Method="urn:oasis:names:tc:SAML:2.0:cm:${method}">` +
  `<saml:SubjectConfirmationData ${data}/></saml:SubjectConfirmation>`;
const at = (ms: number) => new Date(NOW + ms).toISOString();

// An assertion was refused, and the clock blamed, for a confirmation that is not for browsers (java-saml#317).
const CONFIRMATIONS: readonly (readonly [
  name: string,
  more: string,
  ends: number | undefined,
  recipients: number,
])[] = [
  [
    "of sender-vouches that is over",
    confirmation("sender-vouches", `NotOnOrAfter="${at(-70_000)}"`),
    300_000,
    1,
  ],
  [
    "of holder-of-key",
    confirmation("holder-of-key", `Recipient="x" NotBefore="${at(9e5)}"`),
    300_000,
    1,
  ],
  ["of bearer that is over", confirmation("bearer", `NotOnOrAfter="${at(-70_000)}"`), 300_000, 1],
  [
    "of bearer that begins later and is over",
    confirmation("bearer", `NotBefore="${at(-9e4)}" NotOnOrAfter="${at(-7e4)}"`),
    300_000,
    1,
  ],
  [
    "of bearer that ends later",
    confirmation("bearer", `NotOnOrAfter="${at(600_000)}" Recipient="x"`),
    600_000,
    2,
  ],
  ["of bearer without an end", confirmation("bearer", `Recipient="x"`), undefined, 2],
  [
    "without a method that is known",
    confirmation("of-tomorrow", `NotOnOrAfter="${at(-9e5)}"`),
    300_000,
    1,
  ],
];
for (const [name, more, ends, recipients] of CONFIRMATIONS) {
  Deno.test(`readSamlResponse: a second confirmation ${name}, before or behind the first`, () => {
    const first = /<saml:SubjectConfirmation .*?<\/saml:SubjectConfirmation>/;
    const { xml } = buildResponse({ now: NOW, sign: "none" });
    // Conditions have no end of their own here.
    const open = xml.replace(/(<saml:Conditions [^>]*) NotOnOrAfter="[^"]*"/, "$1");
    for (const both of [(own: string) => own + more, (own: string) => more + own]) {
      const { assertion } = readSamlResponse(open.replace(first, both));
      assert.ok(typeof assertion === "object");
      assert.equal(assertion.notOnOrAfter, ends === undefined ? undefined : NOW + ends);
      assert.equal(assertion.notBefore, NOW - 30_000);
      assert.equal(assertion.recipients.length, recipients);
    }
  });
}

Deno.test("readSamlResponse: every Audience, and the FriendlyName of attributes", () => {
  const audiences = ["urn:a", "urn:b"];
  assert.deepEqual(assertionOf({ audience: audiences }).audiences, audiences);
  assert.deepEqual(assertionOf({ audience: null }).audiences, []);
  const { assertion } = readSamlResponse(
    edited(/ NameFormat=/, ' FriendlyName="Role" NameFormat='),
  );
  assert.ok(typeof assertion === "object");
  assert.deepEqual([...assertion.friendlyNames], [[`${AWS}Role`, "Role"]]);
});

Deno.test("readSamlResponse: an assertion without Issuer or IssueInstant cannot be used", () => {
  for (
    const xml of [
      edited(/(?<=<saml:Assertion.*?)<saml:Issuer>.*?<\/saml:Issuer>/, ""),
      edited(/(?<=<saml:Assertion.*?<saml:Issuer>).*?(?=<)/, "  "),
      edited(/(?<=<saml:Assertion[^>]*) IssueInstant="[^"]*"/, ""),
    ]
  ) {
    assert.equal(
      userErrorOf(() => readSamlResponse(xml)).message,
      "Cannot read the assertion: Issuer or IssueInstant is missing",
    );
  }
});

Deno.test("readSamlResponse: what the IdP reports when it did not sign the person in", () => {
  const { status, assertion } = built({
    status: "Responder",
    subStatus: "NoPassive",
    statusMessage: "Passive authentication not supported.",
  });
  assert.equal(assertion, "absent");
  assert.deepEqual(status, {
    success: false,
    codes: ["Responder", "NoPassive"],
    message: "Passive authentication not supported.",
  });
  assert.deepEqual(readSamlResponse(edited(/<samlp:Status>.*<\/samlp:Status>/, "")).status, {
    success: false,
    codes: [],
    message: undefined,
  });
  // The first level alone says whether it worked.
  const inner = built({ status: "Requester", subStatus: "Success" }).status;
  assert.deepEqual([inner.success, inner.codes], [false, ["Requester", "Success"]]);
});

Deno.test("readSamlResponse: an encrypted assertion is there, and unreadable", () => {
  for (const style of STYLES) {
    const response = built({ style, encryptTo: decryptionKey() });
    assert.equal(response.assertion, "encrypted");
    assert.equal(response.issuer, "https://idp.example/saml");
  }
});

Deno.test("readSamlResponse: every hostile kind is refused, or read as what it openly says", () => {
  const refused: Partial<Record<HostileKind, RegExp>> = {
    "two-assertions": /more than one assertion/,
    "assertion-in-extensions": /in an unexpected place/,
    "wrapped-in-extensions": /in an unexpected place/,
    "wrapped-in-object": /in an unexpected place/,
    "nested-assertion": /in an unexpected place/,
    "assertion-in-advice": /in an unexpected place/,
    "foreign-signature": /a Response inside a Response/,
    "duplicate-ids": /more than one assertion|the same ID/,
    "duplicate-id-elsewhere": /the same ID/,
    "nested-response": /in an unexpected place|a Response inside a Response/,
    "doctype": /DOCTYPE/,
    "doctype-entity": /DOCTYPE/,
    "billion-laughs": /DOCTYPE/,
    "deep-nesting": /nested deeper/,
    "logout-response": /an element "LogoutResponse", not a SAML 2.0 Response/,
    "encrypted-and-plain": /more than one assertion/,
    "wrong-namespace": /an element "Response", not a SAML 2.0 Response/,
    "wrong-assertion-namespace": /in an unexpected place/,
    "bare-assertion": /an element "Assertion", not/,
    "soap-envelope": /an element "Envelope", not/,
    "two-roots": /not well-formed/,
    "truncated": /not well-formed/,
    "html-page": /not well-formed/,
  };
  // Only STS knows the IdP's key; these two are open about what they lack.
  const leftToSts = ["false-key", "tampered", "unsigned"];
  const open = ["no-assertion", "encrypted-assertion"];
  for (const kind of HOSTILE_KINDS) {
    const { xml, base64 } = hostileResponse(kind, { now: NOW });
    const why = refused[kind];
    if (why === undefined) {
      assert.ok([...leftToSts, ...open].includes(kind), `nobody thought of ${kind}`);
      assert.equal(typeof readSamlResponse(xml).assertion === "object", leftToSts.includes(kind));
      continue;
    }
    const start = performance.now();
    const error = userErrorOf(() => readSamlResponse(xml), [base64]);
    assert.ok(performance.now() - start < 2000, kind);
    assert.match(error.message, why, kind);
    assert.equal(error.exitCode, ExitCode.BAD_ASSERTION);
    assert.ok(!`${error.message}${error.hint}`.includes(EVIL_ROLE), kind);
  }
});

Deno.test("readSamlResponse: an ID that stands twice is refused under every name that IDs have", () => {
  const twice = (name: string) =>
    edited("<samlp:Status>", `<samlp:Status ${name}="_same"><x ${name}="_same"/>`);
  for (const name of ["ID", "Id", "id", "xml:id"]) {
    const error = userErrorOf(() => readSamlResponse(twice(name)));
    assert.match(error.message, /the same ID/, name);
  }
  const mixed = edited("<samlp:Status>", `<samlp:Status Id="_same"><x ID="_same"/>`);
  assert.match(userErrorOf(() => readSamlResponse(mixed)).message, /the same ID/);
});

Deno.test("readSamlResponse: an element's long name is cut in the message", () => {
  const error = userErrorOf(() => readSamlResponse(`<${"x".repeat(500)}/>`));
  assert.ok(error.message.length < 120);
});

// authentik leaves all of Conditions out (authentik#15781).
Deno.test("readSamlResponse: an assertion without Conditions is read, and STS decides", () => {
  const { assertion } = readSamlResponse(edited(/<saml:Conditions.*<\/saml:Conditions>/, ""));
  assert.ok(typeof assertion === "object");
  assert.deepEqual(assertion.audiences, []);
  assert.deepEqual([assertion.notBefore, assertion.notOnOrAfter], [undefined, NOW + 300_000]);
});

Deno.test("readSamlResponse: another root, of another protocol or another message, is none", () => {
  const { xml } = buildResponse({ now: NOW, sign: "none" });
  for (
    const other of [
      xml.replace('xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"', 'xmlns:samlp="urn:x"'),
      xml.replaceAll("samlp:Response", "samlp:LogoutResponse"),
    ]
  ) {
    assert.notEqual(other, xml);
    const error = userErrorOf(() => readSamlResponse(other));
    assert.match(error.message, /^The posted XML is .*, not a SAML 2\.0 Response$/);
    assert.equal(
      error.hint,
      "Check that you opened the IdP's AWS application and that it uses SAML 2.0 with the HTTP-POST binding.",
    );
  }
});

Deno.test("readSamlResponse: an assertion of another namespace is in an unexpected place, also within the Response", () => {
  const foreign = '<x:Assertion xmlns:x="urn:x"/></samlp:Response>';
  const error = userErrorOf(() => readSamlResponse(edited("</samlp:Response>", foreign)));
  assert.equal(
    error.message,
    "Refused the SAML Response: it has an assertion in an unexpected place",
  );
  assert.equal(
    error.hint,
    "A Response like this could show one assertion to you and another to AWS, so it was not used.",
  );
});

Deno.test("readSamlResponse: blanks around an Audience or a Method are none of it, and an attribute needs a name", () => {
  const { xml } = buildResponse({ now: NOW, sign: "none", audience: "urn:a" });
  const method = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
  const spaced = xml.replace(">urn:a<", ">\n  urn:a\n<").replace(method, ` ${method} `)
    .replace("<saml:Attribute ", "<saml:Attribute/><saml:Attribute ");
  const { assertion } = readSamlResponse(spaced);
  assert.ok(typeof assertion === "object");
  assert.deepEqual(assertion.audiences, ["urn:a"]);
  assert.equal(assertion.recipients.length, 1);
  assert.ok([...assertion.attributes.keys()].every((name) => typeof name === "string"));
  const without = readSamlResponse(xml.replace(` Method="${method}"`, "")).assertion;
  assert.ok(typeof without === "object");
  assert.deepEqual(without.recipients, []);
});

Deno.test("readSamlResponse: of two confirmations without an end the first one's beginning counts", () => {
  const first = /<saml:SubjectConfirmation .*?<\/saml:SubjectConfirmation>/;
  const { xml } = buildResponse({ now: NOW, sign: "none" });
  const both = confirmation("bearer", `NotBefore="${at(60_000)}"`) +
    confirmation("bearer", `NotBefore="${at(90_000)}"`);
  const { assertion } = readSamlResponse(xml.replace(first, both));
  assert.ok(typeof assertion === "object");
  assert.equal(assertion.notBefore, NOW + 60_000);
});

Deno.test("readSamlResponse: an assertion without a Subject is read, and STS decides", () => {
  const { assertion } = readSamlResponse(edited(/<saml:Subject>.*<\/saml:Subject>/s, ""));
  assert.ok(typeof assertion === "object");
  assert.deepEqual([assertion.nameId, assertion.recipients, assertion.inResponseTo], [
    undefined,
    [],
    [],
  ]);
  assert.equal(assertion.issuer, "https://idp.example/saml");
});

Deno.test("readSamlResponse: a time without a zone is UTC, wherever this machine is", () => {
  const before = Deno.env.get("TZ");
  Deno.env.set("TZ", "America/New_York");
  try {
    assert.equal(new Date(NOW).getHours(), 7, "the test is about another zone");
    const xml = edited(/(?<=<saml:Assertion[^>]* IssueInstant=")[^"]*/, "2026-11-23T12:00:00");
    const { assertion } = readSamlResponse(xml);
    assert.ok(typeof assertion === "object");
    assert.equal(assertion.issueInstant, NOW);
  } finally {
    if (before === undefined) Deno.env.delete("TZ");
    else Deno.env.set("TZ", before);
  }
});
