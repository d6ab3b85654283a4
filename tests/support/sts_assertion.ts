/**
 * From a posted SAMLResponse to what its issuer really said. Everything that is believed comes out of the
 * canonical bytes that a signature covers and is parsed afresh from them, so that a signed part somewhere
 * else in the document cannot vouch for a forged one.
 *
 * @module
 */

import { SignedXml } from "xml-crypto";
import { decryptAssertion } from "./saml_encryption.ts";
import { DS, escapeXml, SAML, SAMLP } from "./saml_names.ts";
import { StsRefusal } from "./sts_errors.ts";
import { childNamed, childrenNamed, findAll, parseXml, type XmlElement } from "./xml_tree.ts";

/** What the stand-in knows of an IAM SAML provider. */
export interface StsProvider {
  readonly arn: string;
  /** The entity ID in its metadata. */
  readonly issuer: string;
  /** Certificates or public keys, PEM. */
  readonly keys: readonly string[];
  /** The private key with which encrypted assertions are opened, PEM. Default: they cannot be. */
  readonly decryptionKeyPem?: string | undefined;
  /** The Audience elements it takes. Default: any. */
  readonly audiences?: readonly string[] | undefined;
}

/** What a verified assertion says. Times in milliseconds since 1970. */
export interface VerifiedAssertion {
  readonly issuer: string;
  readonly issuedAt: number;
  readonly notBefore: number | undefined;
  /** The earliest of all NotOnOrAfter. */
  readonly notOnOrAfter: number | undefined;
  readonly sessionNotOnOrAfter: number | undefined;
  readonly recipient: string;
  readonly audiences: readonly string[];
  readonly nameId: string;
  readonly nameIdFormat: string;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

const invalid = (message: string) => new StsRefusal("InvalidIdentityToken", message);

/**
 * Verifies a SAMLResponse against the keys of a provider.
 *
 * AWS documents the words "Response signature invalid" and "Issuer not present in specified provider". For
 * what is malformed it documents none, so those are ours.
 *
 * @throws StsRefusal in the words of STS
 */
export function verifiedAssertion(base64: string, provider: StsProvider): VerifiedAssertion {
  const xml = decoded(base64);
  const root = parsed(xml);
  if (root.uri !== SAMLP || root.local !== "Response") throw invalid("Invalid SAML response");
  refuseDuplicateIds(root);
  const status = childNamed(childNamed(root, samlp("Status")), samlp("StatusCode"));
  if (status?.attributes.get("Value") !== "urn:oasis:names:tc:SAML:2.0:status:Success") {
    throw new StsRefusal("IDPRejectedClaim");
  }
  const posted = onlyAssertion(root);

  const signedResponse = verifySigned(xml, root, provider.keys);
  const believed = signedResponse === undefined ? undefined : onlyAssertion(parsed(signedResponse));
  if (posted.local === "EncryptedAssertion") {
    const plain = opened(believed ?? posted, provider);
    const element = parsed(plain);
    const signed = verifySigned(plain, element, provider.keys);
    if (signed !== undefined) return factsOf(parsed(signed));
    if (believed !== undefined) return factsOf(element);
    throw invalid("Response signature invalid");
  }
  // Where both are signed, both must be right.
  const signedAssertion = verifySigned(xml, posted, provider.keys);
  if (signedAssertion !== undefined) return factsOf(parsed(signedAssertion));
  if (believed !== undefined) return factsOf(believed);
  throw invalid("Response signature invalid");
}

function decoded(base64: string): string {
  // Stricter than a lenient decoder: what browsers and pages do to base64 is for the caller to mend.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) {
    throw invalid("Invalid base64 SAMLResponse");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(base64));
  } catch {
    throw invalid("Invalid base64 SAMLResponse");
  }
}

function parsed(xml: string): XmlElement {
  try {
    return parseXml(xml);
  } catch {
    throw invalid("Invalid SAML response");
  }
}

const samlp = (local: string) => ({ uri: SAMLP, local });
const saml = (local: string) => ({ uri: SAML, local });

function refuseDuplicateIds(root: XmlElement): void {
  const ids = findAll(root, (it) => it.attributes.has("ID")).map((it) => it.attributes.get("ID"));
  if (new Set(ids).size !== ids.length) throw invalid("Invalid SAML response");
}

/** The one assertion of the whole document, which must be a child of the Response. */
function onlyAssertion(response: XmlElement): XmlElement {
  const isAssertion = (it: XmlElement) =>
    it.uri === SAML && (it.local === "Assertion" || it.local === "EncryptedAssertion");
  const all = findAll(response, isAssertion);
  const [direct] = response.children.filter(isAssertion);
  if (direct === undefined || all.length !== 1) throw invalid("Invalid SAML response");
  return direct;
}

function opened(encrypted: XmlElement, provider: StsProvider): string {
  if (provider.decryptionKeyPem === undefined) throw invalid("Response could not be decrypted");
  try {
    return decryptAssertion(encrypted, provider.decryptionKeyPem);
  } catch {
    throw invalid("Response could not be decrypted");
  }
}

/**
 * The canonical text of an element as its own Signature covers it; undefined when it carries none.
 *
 * @throws StsRefusal when the signature is false, or covers something else
 */
function verifySigned(
  xml: string,
  element: XmlElement,
  keys: readonly string[],
): string | undefined {
  const signatures = childrenNamed(element, { uri: DS, local: "Signature" });
  const [signature] = signatures;
  if (signature === undefined) return undefined;
  if (signatures.length > 1) throw invalid("Response signature invalid");
  const text = standalone(xml, signature);
  for (const key of keys) {
    const signed = checked(xml, { signature: text, key });
    if (signed === undefined) continue;
    const id = element.attributes.get("ID");
    if (signed.uri !== `#${id}` || id === undefined) break;
    return signed.xml;
  }
  throw invalid("Response signature invalid");
}

function checked(
  xml: string,
  { signature, key }: { readonly signature: string; readonly key: string },
): { readonly uri: string; readonly xml: string } | undefined {
  try {
    const verifier = new SignedXml({ publicCert: key });
    verifier.loadSignature(signature);
    if (!verifier.checkSignature(xml)) return undefined;
    const [reference, ...more] = verifier.getReferences();
    const [signed] = verifier.getSignedReferences();
    if (reference === undefined || signed === undefined || more.length > 0) return undefined;
    return { uri: reference.uri, xml: signed };
  } catch {
    // xml-crypto throws for a false signature, and for much that is malformed.
    return undefined;
  }
}

/** The text of an element with the namespaces it inherits, so that it can be parsed on its own. */
function standalone(xml: string, element: XmlElement): string {
  const startTag = xml.slice(element.start, element.bodyStart);
  const inherited = [...element.scope]
    .map(([prefix, uri]) => [prefix === "" ? "xmlns" : `xmlns:${prefix}`, uri] as const)
    .filter(([name]) => !new RegExp(`\\s${name}\\s*=`).test(startTag))
    .map(([name, uri]) => ` ${name}="${escapeXml(uri)}"`)
    .join("");
  return startTag.replace(/^<[^\s/>]+/, (name) => name + inherited) +
    xml.slice(element.bodyStart, element.end);
}

function factsOf(assertion: XmlElement): VerifiedAssertion {
  const subject = childNamed(assertion, saml("Subject"));
  const nameId = childNamed(subject, saml("NameID"));
  const confirmation = childNamed(
    childNamed(subject, saml("SubjectConfirmation")),
    saml("SubjectConfirmationData"),
  );
  const conditions = childNamed(assertion, saml("Conditions"));
  const authn = childNamed(assertion, saml("AuthnStatement"));
  const ends = [timeOf(conditions, "NotOnOrAfter"), timeOf(confirmation, "NotOnOrAfter")]
    .filter((it) => it !== undefined);
  return {
    issuer: textOf(childNamed(assertion, saml("Issuer"))),
    issuedAt: timeOf(assertion, "IssueInstant") ?? 0,
    notBefore: timeOf(conditions, "NotBefore"),
    notOnOrAfter: ends.length === 0 ? undefined : Math.min(...ends),
    sessionNotOnOrAfter: timeOf(authn, "SessionNotOnOrAfter"),
    recipient: confirmation?.attributes.get("Recipient") ?? "",
    audiences: findAll(assertion, (it) => it.uri === SAML && it.local === "Audience").map(textOf),
    nameId: textOf(nameId),
    nameIdFormat: nameId?.attributes.get("Format") ?? "",
    attributes: attributesOf(assertion),
  };
}

function attributesOf(assertion: XmlElement): ReadonlyMap<string, readonly string[]> {
  const attributes = new Map<string, string[]>();
  for (const it of findAll(assertion, (it) => it.uri === SAML && it.local === "Attribute")) {
    const name = it.attributes.get("Name") ?? "";
    const values = childrenNamed(it, saml("AttributeValue")).map(textOf);
    attributes.set(name, [...attributes.get(name) ?? [], ...values]);
  }
  return attributes;
}

function textOf(element: XmlElement | undefined): string {
  return element?.text.trim() ?? "";
}

function timeOf(element: XmlElement | undefined, name: string): number | undefined {
  const value = element?.attributes.get(name);
  if (value === undefined) return undefined;
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw invalid("Invalid SAML response");
  return time;
}
