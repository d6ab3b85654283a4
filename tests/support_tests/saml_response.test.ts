import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { decryptionKey, idpKey, otherKey } from "../support/keys.ts";
import {
  AWS,
  buildResponse,
  DEFAULT_PROVIDER,
  DEFAULT_ROLE,
  type ResponseOptions,
  STYLES,
  wrapped76,
} from "../support/saml_response.ts";
import { type StsProvider, verifiedAssertion } from "../support/sts_assertion.ts";
import { findAll, parseXml } from "../support/xml_tree.ts";
import { EVIL_ROLE, HOSTILE_KINDS, hostileResponse } from "../support/saml_hostile.ts";

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
const PROVIDER: StsProvider = {
  arn: DEFAULT_PROVIDER,
  issuer: "https://idp.example/saml",
  keys: [idpKey().certificatePem],
  decryptionKeyPem: decryptionKey().privateKeyPem,
};

const verified = (options: ResponseOptions) =>
  verifiedAssertion(buildResponse({ now: NOW, ...options }).base64, PROVIDER);

Deno.test("keys are made once, and their certificate is one that signs itself", () => {
  assert.equal(idpKey(), idpKey());
  assert.notEqual(idpKey().certificateBase64, otherKey().certificateBase64);
  const certificate = new X509Certificate(idpKey().certificatePem);
  assert.equal(certificate.subject, "CN=idp.test");
  assert.equal(certificate.issuer, "CN=idp.test");
});

for (const style of STYLES) {
  Deno.test(`buildResponse in the style of ${style} is verified, however it is signed`, () => {
    for (const sign of ["assertion", "response", "both"] as const) {
      for (const more of [{}, { pretty: true }, { declaration: true }, { fraction: true }]) {
        const facts = verified({ style, sign, ...more });
        assert.deepEqual(facts.attributes.get(AWS + "Role"), [
          `${DEFAULT_ROLE},${DEFAULT_PROVIDER}`,
        ]);
        assert.equal(facts.recipient, "http://localhost:8090/saml");
        assert.equal(facts.issuedAt, NOW);
        assert.equal(facts.notOnOrAfter, NOW + 300_000);
        assert.equal(facts.sessionNotOnOrAfter, NOW + 28_800_000);
      }
    }
  });
}

Deno.test("buildResponse: encrypted assertions open again, in every style and signing", () => {
  for (const style of STYLES) {
    for (const sign of ["assertion", "response", "both"] as const) {
      const built = buildResponse({ now: NOW, style, sign, encryptTo: decryptionKey() });
      assert.match(built.assertionXml, /^<saml:EncryptedAssertion /);
      assert.ok(!built.xml.includes("role/Dev"));
      assert.equal(verifiedAssertion(built.base64, PROVIDER).nameId, "alice");
    }
  }
});

Deno.test("buildResponse: noise in values changes the text, not what it means", () => {
  for (const noise of ["cdata", "comment", "entity"] as const) {
    const facts = verified({ noise });
    assert.deepEqual(facts.attributes.get(AWS + "Role"), [`${DEFAULT_ROLE},${DEFAULT_PROVIDER}`]);
  }
});

Deno.test("buildResponse: every AWS attribute, times, status and the rest stand where they belong", () => {
  const facts = verified({
    roles: [{
      role: DEFAULT_ROLE,
      provider: DEFAULT_PROVIDER,
      order: "provider-first",
      blanks: true,
    }, "as it is"],
    repeatAttribute: true,
    roleSessionName: `a<b&"c"`,
    sessionDuration: 900,
    principalTags: { Team: "blue", Cost: "1" },
    transitiveTagKeys: ["Team", "Cost"],
    sourceIdentity: "alice",
    audience: ["one", "two"],
    attributes: { uid: ["alice"] },
    notBefore: null,
    notOnOrAfter: null,
    sessionNotOnOrAfter: null,
    recipient: null,
  });
  assert.deepEqual(
    facts.attributes,
    new Map([
      ["uid", ["alice"]],
      [AWS + "Role", [`${DEFAULT_PROVIDER} ,\t${DEFAULT_ROLE}`, "as it is"]],
      [AWS + "RoleSessionName", [`a<b&"c"`]],
      [AWS + "SessionDuration", ["900"]],
      [AWS + "PrincipalTag:Team", ["blue"]],
      [AWS + "PrincipalTag:Cost", ["1"]],
      [AWS + "TransitiveTagKeys", ["Team", "Cost"]],
      [AWS + "SourceIdentity", ["alice"]],
    ]),
  );
  assert.deepEqual(facts.audiences, ["one", "two"]);
  assert.equal(facts.notOnOrAfter, undefined);
  assert.equal(facts.sessionNotOnOrAfter, undefined);
  assert.equal(facts.recipient, "");
});

Deno.test("buildResponse: a status other than Success carries code, sub-code and message, no assertion", () => {
  const built = buildResponse({
    status: "Responder",
    subStatus: "NoPassive",
    statusMessage: "no & no",
    inResponseTo: "_request",
  });
  const root = parseXml(built.xml);
  const codes = findAll(root, (it) => it.local === "StatusCode")
    .map((it) => it.attributes.get("Value"));
  assert.deepEqual(codes, [
    "urn:oasis:names:tc:SAML:2.0:status:Responder",
    "urn:oasis:names:tc:SAML:2.0:status:NoPassive",
  ]);
  assert.equal(findAll(root, (it) => it.local === "StatusMessage")[0]?.text, "no & no");
  assert.equal(root.attributes.get("InResponseTo"), "_request");
  assert.equal(built.assertionXml, "");
});

Deno.test("buildResponse: hundreds of distinct roles fit into what STS takes", () => {
  const built = buildResponse({ count: 400, now: NOW });
  assert.ok(built.base64.length < 100_000);
  const roles = verifiedAssertion(built.base64, PROVIDER).attributes.get(AWS + "Role") ?? [];
  assert.equal(new Set(roles).size, 400);
});

Deno.test("wrapped76 breaks lines as browsers send them", () => {
  const { base64 } = buildResponse();
  const lines = wrapped76(base64).split("\r\n");
  assert.ok(lines.every((line) => line.length <= 76));
  assert.equal(lines.join(""), base64);
});

const HARMLESS: readonly string[] = ["encrypted-assertion"];

for (const kind of HOSTILE_KINDS.filter((kind) => !HARMLESS.includes(kind))) {
  Deno.test(`hostileResponse ${kind} is refused by the verifier`, () => {
    for (const sign of ["assertion", "response", "both"] as const) {
      // What is said to be unsigned is so whatever is asked.
      const built = hostileResponse(kind, { now: NOW, sign });
      assert.throws(
        () => verifiedAssertion(built.base64, PROVIDER),
        { name: "StsRefusal" },
        `${kind}, signed: ${sign}`,
      );
    }
  });
}

Deno.test("verifiedAssertion refuses an ID that stands twice, even where the IdP signed it so", () => {
  const extensions = `<x:y xmlns:x="urn:x" ID="_twice"/>`;
  assert.doesNotThrow(() => verified({ sign: "response", extensions }));
  assert.throws(() => verified({ sign: "response", extensions, assertionId: "_twice" }), {
    name: "StsRefusal",
  });
});

Deno.test("hostileResponse: forged roles are really in there", () => {
  for (const kind of ["two-assertions", "wrapped-in-object", "nested-assertion"] as const) {
    const { xml } = hostileResponse(kind);
    assert.ok(xml.includes(EVIL_ROLE), kind);
    assert.ok(xml.includes(DEFAULT_ROLE), kind);
    // Well formed, so that only judgement refuses it.
    parseXml(xml);
  }
});

const xmlsec1 = await installed("xmlsec1");

Deno.test({
  name: xmlsec1
    ? "buildResponse: xmlsec1, which nobody here wrote, verifies what we sign"
    : "buildResponse: xmlsec1 is not installed, so no independent program verifies what we sign",
  ignore: !xmlsec1,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/key.pem`, idpKey().certificatePem);
      await Deno.writeTextFile(`${folder}/other.pem`, otherKey().certificatePem);
      for (const style of STYLES) {
        await Deno.writeTextFile(`${folder}/r.xml`, buildResponse({ style, noise: "cdata" }).xml);
        for (const element of ["assertion:Assertion", "protocol:Response"]) {
          assert.ok(await verifies(folder, { element, key: "key.pem" }), `${style} ${element}`);
        }
        assert.ok(!await verifies(folder, { element: "protocol:Response", key: "other.pem" }));
      }
      await Deno.writeTextFile(`${folder}/r.xml`, hostileResponse("tampered").xml);
      assert.ok(!await verifies(folder, { element: "assertion:Assertion", key: "key.pem" }));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function verifies(
  folder: string,
  { element, key }: { readonly element: string; readonly key: string },
): Promise<boolean> {
  const local = element.split(":")[1];
  const { success } = await new Deno.Command("xmlsec1", {
    args: [
      "--verify",
      "--pubkey-cert-pem",
      `${folder}/${key}`,
      // Without a DTD it must be told which attribute is the ID.
      "--id-attr:ID",
      `urn:oasis:names:tc:SAML:2.0:${element}`,
      "--node-xpath",
      `//*[local-name()='${local}']/*[local-name()='Signature']`,
      `${folder}/r.xml`,
    ],
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

async function installed(program: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, {
      args: ["--version"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
