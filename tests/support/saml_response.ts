/**
 * SAML Responses for tests, shaped like those of real identity providers and signed for real, so that
 * whoever verifies them (the STS stand-in, xmlsec1, a library) does not need to look away.
 *
 * Pure but for the key and the random IDs. The element order and the namespaces follow the recordings in
 * `tests/fixtures`; the schema is SAML 2.0 core,
 * https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf
 *
 * @module
 */

import { SignedXml } from "xml-crypto";
import { type AttributeOptions, attributeStatement } from "./saml_attributes.ts";
import { encryptAssertion } from "./saml_encryption.ts";
import { idpKey, type SigningKey } from "./keys.ts";
import { declaredOn, escapeXml, NAMES, type Names, type Style } from "./saml_names.ts";

export { AWS, DEFAULT_PROVIDER, DEFAULT_ROLE, manyRoles, roleValue } from "./saml_attributes.ts";
export type { AttributeOptions, Noise, RoleOffer } from "./saml_attributes.ts";
export { STYLES } from "./saml_names.ts";
export type { Style } from "./saml_names.ts";

/** Where the driver listens, so what an IdP that serves it has as Destination and Recipient. */
export const ACS_URL = "http://localhost:8090/saml";

/** The ACS URL of AWS itself: what an IdP sends that was not told of the driver. */
export const AWS_ACS_URL = "https://signin.aws.amazon.com/saml";

/** The entity ID of the test IdP. */
export const ISSUER = "https://idp.example/saml";

/** The entity ID under which IdPs know AWS. */
export const AWS_AUDIENCE = "urn:amazon:webservices";

const STATUS = "urn:oasis:names:tc:SAML:2.0:status:";
const NAME_ID_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

/** What is signed. */
export type Sign = "assertion" | "response" | "both" | "none";

/**
 * What a Response says. Every time is in milliseconds since 1970 and defaults to something relative to
 * `now`; `null` leaves the attribute or element out.
 */
export interface ResponseOptions extends AttributeOptions {
  /** The IdP's clock. Default: the real one. */
  readonly now?: number | undefined;
  /** Default: `both`, as SimpleSAMLphp, Okta and Auth0 do. Entra ID signs the assertion only. */
  readonly sign?: Sign | undefined;
  /** Default: {@linkcode idpKey}. */
  readonly key?: SigningKey | undefined;
  /** Default: `simplesamlphp`. */
  readonly style?: Style | undefined;
  /** Begin with an XML declaration. Default: as the style does. */
  readonly declaration?: boolean | undefined;
  /** Break lines and indent before signing. Default: false. */
  readonly pretty?: boolean | undefined;
  /** Milliseconds in times. Default: as the style does. */
  readonly fraction?: boolean | undefined;
  readonly id?: string | undefined;
  readonly assertionId?: string | undefined;
  readonly issuer?: string | undefined;
  /** The Issuer of the Response element, where it is not that of the assertion. */
  readonly responseIssuer?: string | null | undefined;
  readonly destination?: string | null | undefined;
  readonly recipient?: string | null | undefined;
  readonly audience?: string | readonly string[] | null | undefined;
  readonly inResponseTo?: string | undefined;
  /** `Success`, `Requester`, `Responder`, or a whole URN. */
  readonly status?: string | undefined;
  /** The second-level status: `NoPassive`, `AuthnFailed`, or a whole URN. */
  readonly subStatus?: string | undefined;
  readonly statusMessage?: string | undefined;
  /** Default: only an answer whose status is Success carries one. */
  readonly withAssertion?: boolean | undefined;
  readonly issueInstant?: number | undefined;
  /** Conditions. Default: 30 seconds before now. */
  readonly notBefore?: number | null | undefined;
  /** Conditions and SubjectConfirmationData. Default: 5 minutes after now. */
  readonly notOnOrAfter?: number | null | undefined;
  /** Default: 8 hours after now. */
  readonly sessionNotOnOrAfter?: number | null | undefined;
  readonly nameId?: string | undefined;
  readonly nameIdFormat?: string | undefined;
  /** Encrypt the assertion (after signing it) to the holder of this key: an EncryptedAssertion. */
  readonly encryptTo?: SigningKey | undefined;
  /** Raw XML for `samlp:Extensions`, in the Response as it is signed. */
  readonly extensions?: string | undefined;
  /** Raw XML for `saml:Advice`, in the assertion as it is signed. */
  readonly advice?: string | undefined;
}

/** A Response as text, and as it is posted. */
export interface BuiltResponse {
  readonly xml: string;
  /** The value of the form field SAMLResponse. */
  readonly base64: string;
  /** The ID of the Response. */
  readonly id: string;
  /** The ID of the assertion, also where there is none. */
  readonly assertionId: string;
  /** The (encrypted) assertion as it stands in `xml`; empty where there is none. */
  readonly assertionXml: string;
}

/** Builds a Response. Without options it is a fine one: one role, signed, valid from now on. */
export function buildResponse(options: ResponseOptions = {}): BuiltResponse {
  const context = contextOf(options);
  const { names, style, sign, id, assertionId } = context;
  let xml = responseXml(options, context);
  if (options.pretty) xml = indent(xml);
  const hasAssertion = xml.includes(`<${names.saml}Assertion`);
  if (hasAssertion && (sign === "assertion" || sign === "both")) {
    xml = signed(xml, { id: assertionId, context });
  }
  if (hasAssertion && options.encryptTo !== undefined) {
    const plain = sliceAssertion(xml, names);
    xml = xml.replace(plain, () => encryptAssertion(plain, options.encryptTo ?? context.key));
  }
  if (sign === "response" || sign === "both") xml = signed(xml, { id, context });
  // After signing: a serializer in between might drop it.
  if (options.declaration ?? style === "pysaml2") {
    xml = `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`;
  }
  return finished(xml, { id, assertionId, assertionXml: sliceAssertion(xml, names) });
}

/** Adds the base64 form to a text that was put together by hand. */
export function finished(
  xml: string,
  parts: Pick<BuiltResponse, "id" | "assertionId" | "assertionXml">,
): BuiltResponse {
  // `parts` may be a whole BuiltResponse, so its own text comes first and loses.
  return { ...parts, xml, base64: toBase64(xml) };
}

/** A text as an IdP puts it into the form field: UTF-8, base64, one line. */
export function toBase64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

/** Base64 in lines of 76, as pages of some IdPs (and so browsers, with CRLF) send it. */
export function wrapped76(base64: string): string {
  return (base64.match(/.{1,76}/g) ?? []).join("\r\n");
}

interface Context {
  readonly names: Names;
  readonly style: Style;
  readonly sign: Sign;
  readonly key: SigningKey;
  readonly now: number;
  readonly id: string;
  readonly assertionId: string;
}

function contextOf(options: ResponseOptions): Context {
  const style = options.style ?? "simplesamlphp";
  return {
    style,
    names: NAMES[style],
    sign: options.sign ?? "both",
    key: options.key ?? idpKey(),
    now: options.now ?? Date.now(),
    id: options.id ?? randomId(),
    assertionId: options.assertionId ?? randomId(),
  };
}

/** An ID is an NCName, so it never begins with a digit. */
function randomId(): string {
  return "_" + crypto.getRandomValues(new Uint8Array(21)).toHex();
}

function responseXml(options: ResponseOptions, context: Context): string {
  const { names: { samlp }, id, now } = context;
  const success = urn(options.status ?? "Success") === urn("Success");
  const attributes = attributesXml({
    ID: id,
    Version: "2.0",
    IssueInstant: time(options.issueInstant ?? now, options),
    Destination: options.destination === undefined ? ACS_URL : options.destination,
    InResponseTo: options.inResponseTo,
  });
  const subStatus = options.subStatus === undefined
    ? ""
    : `<${samlp}StatusCode Value="${escapeXml(urn(options.subStatus))}"/>`;
  const message = options.statusMessage === undefined
    ? ""
    : `<${samlp}StatusMessage>${escapeXml(options.statusMessage)}</${samlp}StatusMessage>`;
  const issuer = options.responseIssuer === undefined
    ? options.issuer ?? ISSUER
    : options.responseIssuer;
  return `<${samlp}Response${declaredOn("response", context.style)}${attributes}>` +
    (issuer === null ? "" : issuerXml(issuer, context)) +
    (options.extensions === undefined
      ? ""
      : `<${samlp}Extensions>${options.extensions}</${samlp}Extensions>`) +
    `<${samlp}Status>` +
    `<${samlp}StatusCode Value="${
      escapeXml(urn(options.status ?? "Success"))
    }">${subStatus}</${samlp}StatusCode>` +
    `${message}</${samlp}Status>` +
    (options.withAssertion ?? success ? assertionXml(options, context) : "") +
    `</${samlp}Response>`;
}

function assertionXml(options: ResponseOptions, context: Context): string {
  const { names: { saml }, assertionId, now, style } = context;
  const issued = time(options.issueInstant ?? now, options);
  const until = options.notOnOrAfter === undefined ? now + 300_000 : options.notOnOrAfter;
  const notBefore = options.notBefore === undefined ? now - 30_000 : options.notBefore;
  const session = options.sessionNotOnOrAfter === undefined
    ? now + 28_800_000
    : options.sessionNotOnOrAfter;
  const confirmation = attributesXml({
    NotOnOrAfter: time(until, options),
    Recipient: options.recipient === undefined ? ACS_URL : options.recipient,
    InResponseTo: options.inResponseTo,
  });
  const audiences = options.audience === null ? [] : [options.audience ?? AWS_AUDIENCE].flat();
  const restriction = audiences.length === 0
    ? ""
    : `<${saml}AudienceRestriction>${
      audiences.map((it) => `<${saml}Audience>${escapeXml(it)}</${saml}Audience>`).join("")
    }</${saml}AudienceRestriction>`;
  // An encrypted assertion is a document of its own and must bring its namespaces along.
  const alone = options.encryptTo !== undefined;
  return `<${saml}Assertion${declaredOn(alone ? "alone" : "assertion", style)}` +
    attributesXml({ ID: assertionId, Version: "2.0", IssueInstant: issued }) + ">" +
    issuerXml(options.issuer ?? ISSUER, context) +
    `<${saml}Subject><${saml}NameID SPNameQualifier="${AWS_AUDIENCE}"` +
    ` Format="${escapeXml(options.nameIdFormat ?? NAME_ID_FORMAT)}">` +
    `${escapeXml(options.nameId ?? "alice")}</${saml}NameID>` +
    `<${saml}SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">` +
    `<${saml}SubjectConfirmationData${confirmation}/></${saml}SubjectConfirmation></${saml}Subject>` +
    `<${saml}Conditions${
      attributesXml({ NotBefore: time(notBefore, options), NotOnOrAfter: time(until, options) })
    }>${restriction}</${saml}Conditions>` +
    (options.advice === undefined ? "" : `<${saml}Advice>${options.advice}</${saml}Advice>`) +
    `<${saml}AuthnStatement${
      attributesXml({
        AuthnInstant: issued,
        SessionNotOnOrAfter: time(session, options),
        SessionIndex: randomId(),
      })
    }><${saml}AuthnContext><${saml}AuthnContextClassRef>` +
    `urn:oasis:names:tc:SAML:2.0:ac:classes:Password` +
    `</${saml}AuthnContextClassRef></${saml}AuthnContext></${saml}AuthnStatement>` +
    attributeStatement(options, saml) +
    `</${saml}Assertion>`;
}

function issuerXml(issuer: string, { names: { saml }, style }: Context): string {
  return `<${saml}Issuer${declaredOn("issuer", style)}>${escapeXml(issuer)}</${saml}Issuer>`;
}

/** Signs the element of this ID; the Signature comes right after its Issuer, as the schema demands. */
function signed(xml: string, { id, context }: { id: string; context: Context }): string {
  const target = `//*[@ID='${id}']`;
  const signer = new SignedXml({
    privateKey: context.key.privateKeyPem,
    publicCert: context.key.certificatePem,
    signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    canonicalizationAlgorithm: "http://www.w3.org/2001/10/xml-exc-c14n#",
  });
  signer.addReference({
    xpath: target,
    digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
    transforms: [
      "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
      "http://www.w3.org/2001/10/xml-exc-c14n#",
    ],
  });
  const { ds } = context.names;
  const issuer = `${target}/*[local-name(.)='Issuer']`;
  // The schema has the Signature second. Where there is no Issuer it is the first.
  const location = xml.includes(`<${context.names.saml}Issuer`)
    ? { reference: issuer, action: "after" as const }
    : { reference: target, action: "prepend" as const };
  signer.computeSignature(xml, ds === "" ? { location } : { location, prefix: ds.slice(0, -1) });
  return signer.getSignedXml();
}

function sliceAssertion(xml: string, { saml }: Names): string {
  // An encrypted one has the same prefix in every style.
  for (const name of ["saml:EncryptedAssertion", `${saml}Assertion`]) {
    const match = new RegExp(`<${name}[ >].*</${name}>`, "s").exec(xml);
    if (match !== null) return match[0];
  }
  return "";
}

/** Line breaks between elements, never inside text: what a pretty printer does to a message. */
function indent(xml: string): string {
  return xml.replace(/>(?=<[^/!])/g, ">\n  ");
}

function urn(code: string): string {
  return code.includes(":") ? code : STATUS + code;
}

function time(at: number, options: ResponseOptions): string;
function time(at: number | null, options: ResponseOptions): string | null;
function time(at: number | null, options: ResponseOptions): string | null {
  if (at === null) return null;
  const iso = new Date(at).toISOString();
  return options.fraction ?? options.style === "samlp" ? iso : iso.replace(/\.\d+Z$/, "Z");
}

function attributesXml(attributes: Record<string, string | null | undefined>): string {
  return Object.entries(attributes)
    .map(([name, value]) =>
      value === null || value === undefined ? "" : ` ${name}="${escapeXml(value)}"`
    )
    .join("");
}
