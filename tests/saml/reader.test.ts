import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { readAssertion } from "../../src/saml/reader.ts";
import type { Expectation } from "../../src/saml/verdict.ts";
import { assertSilent, userErrorOf } from "../support/checks.ts";
import {
  HOSTILE_KINDS,
  type HostileKind,
  hostileResponse,
  WRAPPING_KINDS,
} from "../support/saml_hostile.ts";
import { decryptionKey } from "../support/keys.ts";
import {
  ACS_URL,
  buildResponse,
  DEFAULT_PROVIDER,
  DEFAULT_ROLE,
} from "../support/saml_response.ts";
import { FIXTURE_SECRET_MARKER } from "../support/sts.ts";

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);

const expecting = (role: string, provider: string): Expectation => ({
  role: parseRoleArn(role),
  provider: parseProviderArn(provider),
  idp: undefined,
});
const EXPECTED = expecting(DEFAULT_ROLE, DEFAULT_PROVIDER);

const FIXTURES = new URL("../fixtures/responses/", import.meta.url);
const recorded = (name: string) =>
  new URLSearchParams(Deno.readTextFileSync(new URL(`${name}.body`, FIXTURES)))
    .get("SAMLResponse") ?? "";

/** What nothing may ever print of the XML; its facts are another matter. */
const signatureOf = (xml: string) => /SignatureValue>([^<]*)/.exec(xml)?.[1] ?? "";

const account = "arn:aws:iam::111122223333";
const other = "arn:aws:iam::444455556666";
const SSP = {
  issuer: "http://127.0.0.1:8101/idp",
  roles: [[`${account}:role/Dev`, `${account}:saml-provider/Ssp`]],
};
const several = (idp: string) => [
  [`${account}:role/Dev`, `${account}:saml-provider/${idp}`],
  [`${other}:role/path/Admin`, `${other}:saml-provider/${idp}`],
  [`${other}:role/ReadOnly`, `${other}:saml-provider/${idp}`],
];

/** What each recording says; the README of the fixtures has the words. */
const RECORDINGS = {
  "ssp-one": SSP,
  "ssp-one-wrapped76-via-chromium": SSP,
  "ssp-several": { ...SSP, roles: several("Ssp") },
  "ssp-noduration": SSP,
  "ssp-assertion-only": SSP,
  "ssp-response-only": SSP,
  "ssp-relaystate": SSP,
  "ssp-spinitiated": { ...SSP, inResponseTo: "_req1" },
  "samlidp-one": {
    issuer: "http://127.0.0.1:8102/saml-idp",
    roles: [[`${account}:role/Dev`, `${account}:saml-provider/SamlIdp`]],
  },
  "samlidp-several": { issuer: "http://127.0.0.1:8103/saml-idp", roles: several("SamlIdp") },
  "samlidp-relaystate": {
    issuer: "http://127.0.0.1:8104/saml-idp",
    roles: [[`${account}:role/Dev`, `${account}:saml-provider/SamlIdp`]],
  },
};

Deno.test("readAssertion: everything that was recorded is in the table below", () => {
  const names = [...Deno.readDirSync(FIXTURES)].map((each) => each.name)
    .filter((name) => name.endsWith(".body")).map((name) => name.replace(/\.body$/, ""));
  const known = [...Object.keys(RECORDINGS), "ssp-norole", "ssp-nopassive"];
  assert.deepEqual(names.toSorted(), known.toSorted());
});

for (const [name, facts] of Object.entries(RECORDINGS)) {
  Deno.test(`readAssertion: the recorded ${name}, at the time of its issue`, () => {
    const xml = Deno.readTextFileSync(new URL(`${name}.xml`, FIXTURES));
    const issued = Date.parse(/<saml:Assertion[^>]* IssueInstant="([^"]*)"/.exec(xml)?.[1] ?? "");
    assert.ok(issued > Date.UTC(2026, 10, 23));
    const field = recorded(name);
    for (const [role = "", provider = ""] of facts.roles) {
      const read = readAssertion(field, expecting(role, provider), issued + 5000);
      assert.equal(read.posted.xml.reveal().trim(), xml.trim());
      assert.equal(read.posted.base64.reveal(), field.replace(/\s/g, ""));
      const { assertion } = read.response;
      assert.ok(typeof assertion === "object");
      assert.equal(assertion.issuer, facts.issuer);
      assert.equal(assertion.issueInstant, issued);
      assert.deepEqual(assertion.recipients, [ACS_URL]);
      assert.ok((assertion.notOnOrAfter ?? 0) > issued);
      const inResponseTo = "inResponseTo" in facts ? facts.inResponseTo : undefined;
      assert.equal(read.response.inResponseTo, inResponseTo);
      assert.deepEqual(assertion.inResponseTo, inResponseTo === undefined ? [] : [inResponseTo]);
      assert.deepEqual(
        read.offer.roles.map((each) => [each.role.text, each.provider.text]),
        facts.roles,
      );
      assert.match(read.person ?? "", /^[\w.]+@example\.(com|org)$/);
      assertSilent(read, [
        field,
        signatureOf(xml),
      ]);
    }
    const [[role = "", provider = ""] = []] = facts.roles;
    const late = userErrorOf(
      () => readAssertion(field, expecting(role, provider), issued + 61 * 60_000),
      [field],
    );
    assert.equal(late.code, "assertion-expired");
  });
}

Deno.test("readAssertion: the recordings without a role and without an assertion say so", () => {
  const [[role = "", provider = ""] = []] = SSP.roles;
  for (
    const [name, code] of [["ssp-norole", "role-not-offered"], [
      "ssp-nopassive",
      "assertion-status",
    ]] as const
  ) {
    const xml = Deno.readTextFileSync(new URL(`${name}.xml`, FIXTURES));
    const issued = Date.parse(/ IssueInstant="([^"]*)"/.exec(xml)?.[1] ?? "");
    const field = recorded(name);
    const error = userErrorOf(() => readAssertion(field, expecting(role, provider), issued), [
      field,
    ]);
    assert.equal(error.code, code);
  }
});

Deno.test("readAssertion: the person is the RoleSessionName, unknown when it is encrypted", () => {
  const person = (options: Parameters<typeof buildResponse>[0]) =>
    readAssertion(buildResponse({ now: NOW, ...options }).base64, EXPECTED, NOW).person;
  assert.equal(person({}), "alice@example.com");
  assert.equal(person({ encryptTo: decryptionKey() }), undefined);
});

Deno.test("readAssertion: without a RoleSessionName that AWS takes it is refused", () => {
  for (const roleSessionName of [null, " ", "x", "a b", "x".repeat(65), "ä@example.com"]) {
    const { base64 } = buildResponse({ now: NOW, roleSessionName });
    const error = userErrorOf(() => readAssertion(base64, EXPECTED, NOW), [base64]);
    assert.equal(error.code, "assertion-session-name", String(roleSessionName));
  }
});

Deno.test("readAssertion: hostile kinds are refused, and those that only STS can tell go to STS", () => {
  const passed: readonly HostileKind[] = ["false-key", "unsigned", "encrypted-assertion"];
  for (const kind of HOSTILE_KINDS) {
    const { base64, xml } = hostileResponse(kind, {
      now: NOW,
      attributes: { "urn:marker": [FIXTURE_SECRET_MARKER] },
    });
    const read = () => readAssertion(base64, EXPECTED, NOW);
    if (passed.includes(kind)) {
      assert.doesNotThrow(read, kind);
      continue;
    }
    const error = userErrorOf(read, [base64, signatureOf(xml)]);
    assert.equal(error.exitCode, 5, kind);
  }
});

Deno.test("readAssertion: no wrapping ever offers the forged role", () => {
  const evil = expecting(
    "arn:aws:iam::666666666666:role/Evil",
    "arn:aws:iam::666666666666:saml-provider/Evil",
  );
  for (const kind of WRAPPING_KINDS) {
    const { base64 } = hostileResponse(kind, { now: NOW });
    userErrorOf(() => readAssertion(base64, evil, NOW), [base64]);
  }
});

Deno.test("readAssertion: what it gives keeps the assertion out of everything printed", () => {
  const { base64, xml } = buildResponse({ now: NOW });
  const read = readAssertion(base64, EXPECTED, NOW);
  assertSilent(read, [base64, signatureOf(xml)]);
  assertSilent(read.posted, [base64, xml]);
});

Deno.test("readAssertion: what else is known of an assertion, by whom it was asked for", () => {
  const { base64 } = buildResponse({ now: NOW, inResponseTo: "_1", sign: "none" });
  const unasked = readAssertion(base64, EXPECTED, NOW);
  assert.deepEqual([unasked.solicited, unasked.person], [false, "alice@example.com"]);
  assert.equal(unasked.expires, NOW + 300_000);
  assert.equal(
    readAssertion(base64, { ...EXPECTED, requests: new Set(["_1"]) }, NOW).solicited,
    true,
  );
  // A clock that is ahead leaves a minute to choose in, which STS may not.
  const late = readAssertion(base64, EXPECTED, NOW + 290_000);
  assert.deepEqual([late.redeemableUntil, late.expires], [NOW + 350_000, NOW + 300_000]);
});

Deno.test("readAssertion: an encrypted assertion offers nothing, and lasts for five minutes from now", () => {
  const { base64 } = buildResponse({ now: NOW, encryptTo: decryptionKey() });
  const read = readAssertion(base64, EXPECTED, NOW + 7000);
  assert.deepEqual(read.offer, { roles: [], malformed: [] });
  assert.deepEqual([read.person, read.warnings], [undefined, []]);
  assert.deepEqual([read.redeemableUntil, read.expires], [NOW + 307_000, NOW + 307_000]);
});

Deno.test("readAssertion: a refusal knows the person; an unknown encoding is a warning", () => {
  const { base64, xml } = buildResponse({ now: NOW, sign: "none" });
  const error = userErrorOf(() => readAssertion(base64, { ...EXPECTED, idp: "urn:x" }, NOW));
  assert.equal(error.parts.person, "alice@example.com");
  const declared = `<?xml version="1.0" encoding="x-klingon"?>${xml.replace(/^<\?.*?\?>/, "")}`;
  assert.deepEqual(readAssertion(btoa(declared), EXPECTED, NOW).warnings, [
    'The SAML Response declares the encoding "x-klingon", which is not known; it was read as ASCII',
  ]);
});
