/**
 * SAML as XML: Responses, and the metadata of an IdP.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readIdpMetadata } from "../../src/saml/idp_metadata.ts";
import { readAssertion } from "../../src/saml/reader.ts";
import { reportOn } from "../../src/saml/report.ts";
import { parseXml, type XmlElement } from "../../src/saml/xml.ts";
import { decryptionKey, idpKey } from "../support/keys.ts";
import { EVIL_ROLE, HOSTILE_KINDS, hostileResponse } from "../support/saml_hostile.ts";
import { AWS, buildResponse, DEFAULT_PROVIDER, ISSUER, STYLES } from "../support/saml_response.ts";
import { verifiedAssertion } from "../support/sts_assertion.ts";
import { StsRefusal } from "../support/sts_errors.ts";
import { readWithExpat, type ReadXml } from "./expat.ts";
import type { Subject, Target } from "./fuzz.ts";
import { type Material, mutatedXml } from "./mutate.ts";
import { fieldOf, piecesOf } from "./posted_targets.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

/** Any IdP, any role. */
const ANY = { role: undefined, provider: undefined, accounts: [], filters: [], idp: undefined };

const XML_WORDS: readonly string[] = [
  ...["<", ">", "</", "/>", "<a>", "</a>", "<b/>", "<x:y xmlns:x='urn:x'>", "</x:y>"],
  ...["<!--", "-->", "<!-- -->", "<![CDATA[", "]]>", "<?x y?>", "<!DOCTYPE a>", "<!ENTITY a 'b'>"],
  ...["&lt;", "&amp;", "&#60;", "&#x3c;", "&#0;", "&#27;", "&#x10ffff;", "&x;", "&"],
  ...["xmlns=", "xmlns:saml=", 'xmlns=""', "xml:id='a'", "ID='_a'", 'Id="_a"', "id='_a'"],
  ...["'urn:oasis:names:tc:SAML:2.0:assertion'", "'urn:oasis:names:tc:SAML:2.0:protocol'"],
  ...["<?xml version='1.0'?>", "<?xml version='1.1' encoding='utf-8'?>", "encoding='UTF-16'"],
];

const SAML_WORDS: readonly string[] = [
  ...XML_WORDS,
  ...["saml:", "samlp:", "Assertion", "EncryptedAssertion", "Response", "Issuer", "Subject"],
  ...["NameID", "Attribute", "AttributeValue", "AttributeStatement", "Conditions", "Audience"],
  ...["NotBefore=", "NotOnOrAfter=", "SessionNotOnOrAfter=", "IssueInstant=", "Recipient="],
  ...["2026-11-23T12:00:00Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:60.999999999+14:00"],
  ...[`${AWS}Role`, `${AWS}RoleSessionName`, `${AWS}SessionDuration`, `${AWS}PrincipalTag:a`],
  ...[`${AWS}SourceIdentity`, `${AWS}TransitiveTagKeys`, "arn:aws:iam::111122223333:role/A"],
  ...["arn:aws-cn:iam::111122223333:saml-provider/P", ",", " ", EVIL_ROLE, "urn:x:Success"],
];

const FIXTURES = new URL("../fixtures/responses/", import.meta.url);

function recorded(extension: "xml" | "body"): readonly string[] {
  return [...Deno.readDirSync(FIXTURES)].map(({ name }) => name)
    .filter((name) => name.endsWith(extension) && /one|several|nopassive/.test(name)).toSorted()
    .map((name) => Deno.readTextFileSync(new URL(name, FIXTURES)));
}

/** Those that only size makes hostile have tests of their own. */
const LARGE: readonly string[] = ["deep-nesting", "billion-laughs"];

function responses(): Material {
  const small = { now: NOW, sign: "none" } as const;
  const built = [
    ...STYLES.map((style) => buildResponse({ now: NOW, style, sign: "assertion" })),
    buildResponse(small),
    buildResponse({ ...small, status: "Responder", subStatus: "NoPassive", statusMessage: "no" }),
    buildResponse({ ...small, encryptTo: decryptionKey() }),
    ...HOSTILE_KINDS.filter((kind) => !LARGE.includes(kind))
      .map((kind) => hostileResponse(kind, { now: NOW })),
  ];
  return { corpus: [...built.map(({ xml }) => xml), ...recorded("xml")], words: SAML_WORDS };
}

/** The elements of a tree, each in a line. */
function lines(root: XmlElement): string[] {
  const found: string[] = [];
  const walk = (element: XmlElement, depth: number) => {
    const attributes = [...element.attributes].filter(([name]) => !/^xmlns(?::|$)/.test(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    found.push(
      JSON.stringify([depth, element.namespace, element.local, attributes, element.text]),
    );
    for (const child of element.children) walk(child, depth + 1);
  };
  walk(root, 0);
  return found;
}

function openXml(): Subject {
  let read: ReadXml[] = [];
  return {
    read: (xml) => {
      const tree = lines(parseXml(xml));
      assert.ok(tree.length <= 20_000, "too many elements");
      if (xml.length <= 20_000) read.push({ xml, lines: tree });
      return ["a tree", tree];
    },
    async settle() {
      const checked = read;
      read = [];
      await readWithExpat(checked);
    },
  };
}

/** How an element of this name begins, in a text without comments and such. */
const ASSERTION_TAG = /<(?:[\w.-]+:)?(?:Encrypted)?Assertion[\s/>]/g;

/** The IdP whose signatures the corpus has. */
const idp = () => ({ arn: DEFAULT_PROVIDER, issuer: ISSUER, keys: [idpKey().certificatePem] });

function openResponse(): Subject {
  let count = 0;
  return {
    secretsOf: (xml) => piecesOf(fieldOf(xml)),
    read: (xml) => {
      const field = fieldOf(xml);
      const { response, offer, person, warnings = [] } = readAssertion(
        field,
        { ...ANY, encrypted: true },
        NOW,
      );
      const plain = xml.replace(/<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>/g, "");
      assert.equal(plain.match(ASSERTION_TAG)?.length ?? 0, 1, "one assertion, and no other");
      for (const warning of warnings) assertPrintable(warning);
      const { assertion } = response;
      if (typeof assertion === "string") return [assertion, response];
      // Where a signature holds that the IdP made, what was read is what it signed. It takes a while to tell.
      if (count++ % 20 === 0 && xml.includes("SignatureValue")) checkSigned(field, offer.roles);
      return [
        `${offer.roles.length} roles, ${warnings.length} warnings, ${person === undefined}`,
        [...assertion.attributes, assertion.issuer, assertion.nameId],
      ];
    },
  };
}

function checkSigned(
  field: string,
  roles: readonly { readonly role: { readonly text: string } }[],
): void {
  let values: readonly string[];
  try {
    values = verifiedAssertion(field, idp()).attributes.get(`${AWS}Role`) ?? [];
  } catch (error) {
    // Refused by STS, too.
    if (error instanceof StsRefusal) return;
    throw error;
  }
  for (const { role } of roles) {
    assert.ok(values.some((value) => value.includes(role.text)), "a role that nobody signed");
  }
}

/** No control character, none that turns the direction of writing. */
function assertPrintable(text: string): void {
  assert.doesNotMatch(text, /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/u, "not printable");
}

function openReport(): Subject {
  return {
    secretsOf: (xml) => piecesOf(fieldOf(xml)),
    read: (xml) => {
      const report = reportOn(fieldOf(xml));
      for (const { message, remedy = "" } of report.problems) {
        assertPrintable(message);
        assertPrintable(remedy.replaceAll("\n", " "));
      }
      report.remarks.forEach(assertPrintable);
      for (const { policy } of report.policies) JSON.parse(policy);
      const problems = report.problems.map(({ message }) => message.slice(0, 20));
      return [`a report: ${problems.join("; ")}`, report.remarks];
    },
  };
}

function openMetadata(): Subject {
  return {
    read: (xml) => {
      const { entityId, endpoint, binding, warnings } = readIdpMetadata(
        xml,
        { idp: undefined, binding: undefined },
        NOW,
      );
      assert.match(endpoint.protocol, /^https?:$/);
      assert.notEqual(entityId, "");
      warnings.forEach(assertPrintable);
      return [`${binding}, ${warnings.length} warnings`, [entityId, endpoint.href]];
    },
  };
}

function metadata(): Material {
  const service = (binding: string) =>
    `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-${binding}" ` +
    `Location="https://idp.example/sso?a=b&amp;c"/>`;
  const role = (...bindings: string[]) =>
    `<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" ` +
    `WantAuthnRequestsSigned="true">${bindings.map(service).join("")}</md:IDPSSODescriptor>`;
  const entity = (id: string, content: string) =>
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${id}" ` +
    `validUntil="2026-11-01T00:00:00Z">${content}</md:EntityDescriptor>`;
  const corpus = [
    entity("https://idp.example/saml", role("Redirect", "POST")),
    `<?xml version="1.0"?>\n${entity("a", role("POST"))}`,
    `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${
      entity("a", role("Redirect")) + entity("b", "<md:SPSSODescriptor/>")
    }</md:EntitiesDescriptor>`,
  ];
  const words = [
    "md:",
    "EntityDescriptor",
    "IDPSSODescriptor",
    "Location=",
    "Binding=",
    "entityID",
  ];
  return {
    corpus,
    words: [...XML_WORDS, ...words, "javascript:alert(1)", "file:///etc/passwd", "http://[::1"],
  };
}

/** The targets of `src/saml` that read XML. */
export const SAML_TARGETS: readonly Target[] = [
  {
    name: "saml/xml",
    material: () => ({
      corpus: [
        `<a xmlns="urn:1" xmlns:p="urn:2" p:x="1" y='2 &lt; 3'>t<p:b/>&#65;<![CDATA[<c>]]><!-- x -->u</a>`,
        "<?xml version='1.0' encoding='UTF-8'?>\n<p:a xmlns:p='urn:1'><b xmlns=''/></p:a>\n<!-- -->",
        ...responses().corpus.filter(({ length }) => length < 3000).slice(0, 8),
      ],
      words: XML_WORDS,
    }),
    mutate: mutatedXml,
    open: openXml,
    // The parser took these namespaces for "urn:1".
    found: [
      ...["<a xmlns='\ufeffurn:1'/>", "<p:a xmlns:p='urn:1 '><p:b/></p:a>"],
      ...["<a xmlns:p='u' p:.='1'/>", "<p:-a xmlns:p='u'/>"],
    ],
  },
  {
    name: "saml/response",
    material: responses,
    mutate: mutatedXml,
    open: openResponse,
  },
  {
    name: "saml/report",
    material: responses,
    mutate: mutatedXml,
    open: openReport,
  },
  {
    name: "saml/idp_metadata",
    material: metadata,
    mutate: mutatedXml,
    open: openMetadata,
    plainErrors: true,
  },
];
