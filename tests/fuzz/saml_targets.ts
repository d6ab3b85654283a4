/**
 * What is posted, pasted or downloaded as SAML.
 *
 * @module
 */

import assert from "node:assert/strict";
import { copiedResponse } from "../../src/saml/copied_response.ts";
import { decodePostedResponse, STS_ASSERTION_LIMIT } from "../../src/saml/encoding.ts";
import { readIdpMetadata } from "../../src/saml/idp_metadata.ts";
import { readAssertion } from "../../src/saml/reader.ts";
import { reportOn } from "../../src/saml/report.ts";
import { parseXml, type XmlElement } from "../../src/saml/xml.ts";
import { fieldsIn, responseOf } from "../../src/sign_in/listener/form.ts";
import { decryptionKey, idpKey } from "../support/keys.ts";
import { EVIL_ROLE, HOSTILE_KINDS, hostileResponse } from "../support/saml_hostile.ts";
import {
  AWS,
  buildResponse,
  DEFAULT_PROVIDER,
  ISSUER,
  STYLES,
  wrapped76,
} from "../support/saml_response.ts";
import { verifiedAssertion } from "../support/sts_assertion.ts";
import { StsRefusal } from "../support/sts_errors.ts";
import { readWithExpat, type ReadXml } from "./expat.ts";
import type { Subject, Taken, Target } from "./fuzz.ts";
import { type Material, mutatedXml } from "./mutate.ts";

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

function fieldOf(xml: string): string {
  return new TextEncoder().encode(xml).toBase64();
}

/** Pieces of a bearer token: no message may have one. */
function piecesOf(field: string): readonly string[] {
  const pieces = [];
  const text = field.replace(/\s/g, "");
  for (let at = 0; at + 32 <= text.length; at += 256) pieces.push(text.slice(at, at + 32));
  return pieces;
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

function openEncoding(): Subject {
  return {
    secretsOf: piecesOf,
    read: (field) => {
      const { base64, xml, unknownEncoding } = decodePostedResponse(field);
      const text = base64.reveal();
      assert.match(text, /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
      assert.ok(text.length <= STS_ASSERTION_LIMIT);
      // Nothing was left out of what STS gets.
      const letters = (each: string) => each.replace(/[^A-Za-z0-9/]/g, "");
      assert.equal(letters(text), letters(field));
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const again = decodePostedResponse(bytes.toBase64());
      assert.equal(atob(again.base64.reveal()), atob(text));
      assert.equal(again.xml.reveal(), xml.reveal());
      return [unknownEncoding === undefined ? "text" : "text as ASCII", xml.reveal()];
    },
  };
}

function fields(): Material {
  const { xml } = buildResponse({ now: NOW, sign: "none" });
  const utf16 = (bigEndian: boolean) => {
    const bytes = new Uint8Array(2 * xml.length + 2);
    const view = new DataView(bytes.buffer);
    for (const [index, letter] of ["\ufeff", ...xml].entries()) {
      view.setUint16(2 * index, letter.charCodeAt(0), !bigEndian);
    }
    return bytes.toBase64();
  };
  const latin = `<?xml version="1.0" encoding="ISO-8859-1"?>${xml.replace("alice", "\xe9lise")}`;
  const good = fieldOf(xml);
  const corpus = [
    good,
    wrapped76(good),
    good.replaceAll("+", " "),
    good.replace(/=+$/, ""),
    `  ${good}\n`,
    btoa(latin),
    utf16(true),
    utf16(false),
    btoa(good),
    fieldOf(`\ufeff${xml}`),
    fieldOf(xml.replaceAll("<", "&lt;")),
    fieldOf(`<?xml version="1.0" encoding="no-such"?>${xml}`),
    encodeURIComponent(good),
    ...["PA==", "PGEvPg==", "77u/PGEvPg==", "//48AA==", "/v8APA=="],
  ];
  const words = [
    "=",
    "==",
    "+",
    " ",
    "\r\n",
    "\n ",
    "%2B",
    "%0D%0A",
    "PD94",
    "77u/",
    "//4",
    "/v8A",
  ];
  return { corpus, words: [...words, "AAAA", "\t", "-", "_", "PHNhbWxwOlJlc3BvbnNl"] };
}

function openCopied(): Subject {
  return {
    read: (text) => {
      const { field, isWhole } = copiedResponse(text);
      assert.ok(field.length <= text.length + 1, "made up");
      if (!isWhole) return ["a part", field];
      assert.deepEqual(copiedResponse(field), { field, isWhole: true });
      atob(field);
      return ["whole", field];
    },
  };
}

function pastes(): Material {
  const { base64 } = buildResponse({ now: NOW, sign: "none" });
  const corpus = [
    base64,
    wrapped76(base64),
    `SAMLResponse=${encodeURIComponent(base64)}&RelayState=https%3A%2F%2Fx`,
    `RelayState=a&SAMLResponse=${encodeURIComponent(base64)}`,
    `SAMLResponse: ${base64}\nRelayState: x`,
    `{"SAMLResponse": "${base64}", "RelayState": ""}`,
    `<input type="hidden" name="SAMLResponse" value="${base64}"/>`,
    `SAMLResponse\n${base64}\nRelayState\n`,
    base64.replaceAll("+", " "),
    ...["PGEvPg==", "PGE+PC9hPg=="],
  ];
  const words = ["SAMLResponse", "SAMLResponse=", "RelayState", "%0D%0A", "%2B", "%3D", "=", "&"];
  return { corpus, words: [...words, '"', "'", "value=", ": ", "\n", " ", "\ufeff", "%", "PGE+"] };
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

function openForm(): Subject {
  return {
    read: (input): Taken => {
      // Of a half of a character no byte comes.
      const text = input.toWellFormed();
      const found = fieldsIn(text);
      const known = [...new URLSearchParams(text)];
      // URLSearchParams takes a question mark at the beginning for the one of a URL.
      if (!text.startsWith("?")) assert.deepEqual(found, known);
      const again = new URLSearchParams(found.map(([name, value]) => [name, value]));
      assert.deepEqual([...again].length, found.length);
      const field = responseOf(found);
      return [typeof field === "string" ? "a Response" : `${field[0]} ${field[1]}`, found];
    },
  };
}

function forms(): Material {
  const { base64 } = buildResponse({ now: NOW, sign: "none" });
  const corpus = [
    `SAMLResponse=${encodeURIComponent(base64)}&RelayState=a`,
    "SAMLResponse=abc",
    "RelayState=%E2%82%AC+%F0%9F%98%80&SAMLResponse=a%2Bb%3D",
    "SAMLResponse=a&SAMLResponse=b",
    "=&==&a&&b=c=d",
  ];
  const words = ["SAMLResponse", "=", "&", "%", "+", "%00", "%E2%82", "%ff", "%C0%80", "%ED%A0%80"];
  return { corpus, words: [...words, "%", "%2", "%zz", "?", "%EF%BB%BF", "%26", "\ufeff"] };
}

/** The targets of `src/saml`, and the form that brings it. */
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
  { name: "saml/encoding", material: fields, open: openEncoding },
  { name: "saml/copied_response", material: pastes, open: openCopied },
  {
    name: "saml/idp_metadata",
    material: metadata,
    mutate: mutatedXml,
    open: openMetadata,
    plainErrors: true,
  },
  { name: "sign_in/listener/form", material: forms, open: openForm },
];
