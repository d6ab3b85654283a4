/**
 * A SAML Response → what it says. It reads and does not judge: `verdict.ts` does.
 *
 * Nothing here checks a signature. STS does, with the certificate that the account's administrator gave
 * to IAM, and STS' answer is the only one that counts: this program could at most repeat it with a key
 * that came along in the very message. What is done here is to refuse every shape in which two readers
 * could take different elements for the assertion (signature wrapping), so that what the person is shown
 * is what STS judges.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf
 * @module
 */

import { unreadable } from "./encoding.ts";
import { childrenOf, descendantsOf, parseXml, type XmlElement } from "./xml.ts";

const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";
const SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";

/** The outcome the IdP reports. */
export interface SamlStatus {
  readonly success: boolean;
  /** The last part of the status code and of the code within it: `Responder`, `NoPassive`. */
  readonly codes: readonly string[];
  readonly message: string | undefined;
}

/** A Response, as far as this program needs it. Instants are milliseconds since 1970, UTC. */
export interface SamlResponse {
  readonly issuer: string | undefined;
  readonly destination: string | undefined;
  readonly inResponseTo: string | undefined;
  readonly status: SamlStatus;
  /** `encrypted`: one is there, and only STS has the key; `absent`: none is there. */
  readonly assertion: Assertion | "encrypted" | "absent";
}

/** The statement about the person, read from inside the one Assertion alone. */
export interface Assertion {
  readonly id: string;
  readonly issuer: string;
  readonly issueInstant: number;
  /** The earliest and the latest instant that Conditions and SubjectConfirmationData allow. */
  readonly notBefore: number | undefined;
  readonly notOnOrAfter: number | undefined;
  /** The URLs that the IdP says it posts to; STS compares them with `saml:aud`. */
  readonly recipients: readonly string[];
  /** When the IdP wants the session to end; STS honours it. */
  readonly sessionNotOnOrAfter: number | undefined;
  /** Who signed in, in the IdP's words. */
  readonly nameId: string | undefined;
  /** InResponseTo of every SubjectConfirmationData. */
  readonly inResponseTo: readonly string[];
  /** Attribute name → its values, white space around them removed. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

const NOT_AWS =
  "Check that the IdP's application is the one for AWS, and that it uses SAML 2.0 with " +
  "the HTTP-POST binding.";
const WRAPPED = "A Response of this shape could show one assertion here and another to AWS. " +
  "It was not used.";

/**
 * Reads a Response.
 *
 * @param xml the decoded SAMLResponse
 * @throws UserError (exit code 5) when it is not a Response of a shape that has one meaning only
 */
export function readSamlResponse(xml: string): SamlResponse {
  const root = parseXml(xml);
  if (root.namespace !== PROTOCOL || root.local !== "Response") {
    throw unreadable(
      `What was posted is ${describe(root)}, not a SAML 2.0 Response`,
      NOT_AWS,
    );
  }
  refuseAmbiguity(root);
  const plain = childrenOf(root, ASSERTION, "Assertion")[0];
  const encrypted = childrenOf(root, ASSERTION, "EncryptedAssertion")[0];
  return {
    issuer: textOf(childrenOf(root, ASSERTION, "Issuer")[0]),
    destination: root.attributes.get("Destination"),
    inResponseTo: root.attributes.get("InResponseTo"),
    status: readStatus(root),
    assertion: plain !== undefined
      ? readAssertion(plain)
      : encrypted !== undefined
      ? "encrypted"
      : "absent",
  };
}

/** Refuses what signature wrapping needs: a second assertion anywhere, or one identifier twice. */
function refuseAmbiguity(root: XmlElement): void {
  const direct = new Set(root.children);
  const ids = new Set<string>();
  let assertions = 0;
  for (const element of descendantsOf(root)) {
    // By local name alone: a reader that ignores namespaces must not find another one either.
    if (element.local === "Assertion" || element.local === "EncryptedAssertion") {
      if (!direct.has(element) || element.namespace !== ASSERTION) {
        throw unreadable(
          "The Response was refused: it has an assertion where none may stand",
          WRAPPED,
        );
      }
      if (++assertions > 1) {
        throw unreadable("The Response was refused: it has more than one assertion", WRAPPED);
      }
    }
    if (element !== root && element.local === "Response") {
      throw unreadable("The Response was refused: it has a Response inside a Response", WRAPPED);
    }
    // SAML says ID, XML Signature says Id, XML itself xml:id; a signature's Reference finds any of them.
    for (const name of ["ID", "Id", "id", "xml:id"]) {
      const id = element.attributes.get(name);
      if (id === undefined) continue;
      if (ids.has(id)) {
        throw unreadable("The Response was refused: two of its elements have the same ID", WRAPPED);
      }
      ids.add(id);
    }
  }
}

function readStatus(root: XmlElement): SamlStatus {
  const status = childrenOf(root, PROTOCOL, "Status")[0];
  const code = status && childrenOf(status, PROTOCOL, "StatusCode")[0];
  const value = code?.attributes.get("Value");
  const inner = code && childrenOf(code, PROTOCOL, "StatusCode")[0]?.attributes.get("Value");
  return {
    success: value === SUCCESS,
    codes: [value, inner].filter((each) => each !== undefined).map((each) => lastPart(each)),
    message: textOf(status && childrenOf(status, PROTOCOL, "StatusMessage")[0]),
  };
}

function readAssertion(element: XmlElement): Assertion {
  const subject = childrenOf(element, ASSERTION, "Subject")[0];
  const confirmations = (subject ? childrenOf(subject, ASSERTION, "SubjectConfirmation") : [])
    .flatMap((each) => childrenOf(each, ASSERTION, "SubjectConfirmationData"));
  const windows = [...childrenOf(element, ASSERTION, "Conditions"), ...confirmations];
  const statements = childrenOf(element, ASSERTION, "AuthnStatement");
  const issuer = textOf(childrenOf(element, ASSERTION, "Issuer")[0]);
  const issueInstant = instantOf(element, "IssueInstant");
  if (issuer === undefined || issueInstant === undefined) {
    throw unreadable("The assertion lacks its Issuer or its IssueInstant", NOT_AWS);
  }
  return {
    id: element.attributes.get("ID") ?? "",
    issuer,
    issueInstant,
    notBefore: extreme(windows, "NotBefore", Math.max),
    notOnOrAfter: extreme(windows, "NotOnOrAfter", Math.min),
    recipients: attributeOf(confirmations, "Recipient"),
    sessionNotOnOrAfter: extreme(statements, "SessionNotOnOrAfter", Math.min),
    nameId: textOf(subject && childrenOf(subject, ASSERTION, "NameID")[0]),
    inResponseTo: attributeOf(confirmations, "InResponseTo"),
    attributes: readAttributes(element),
  };
}

function readAttributes(assertion: XmlElement): ReadonlyMap<string, readonly string[]> {
  const attributes = new Map<string, string[]>();
  for (const statement of childrenOf(assertion, ASSERTION, "AttributeStatement")) {
    for (const attribute of childrenOf(statement, ASSERTION, "Attribute")) {
      const name = attribute.attributes.get("Name");
      if (name === undefined) continue;
      const values = attributes.get(name) ?? [];
      for (const value of childrenOf(attribute, ASSERTION, "AttributeValue")) {
        values.push(value.text.trim());
      }
      attributes.set(name, values);
    }
  }
  return attributes;
}

function attributeOf(elements: readonly XmlElement[], name: string): readonly string[] {
  return elements.map((each) => each.attributes.get(name)).filter((each) => each !== undefined);
}

function extreme(
  elements: readonly XmlElement[],
  name: string,
  choose: (...values: number[]) => number,
): number | undefined {
  const instants = elements.map((each) => instantOf(each, name)).filter((each) =>
    each !== undefined
  );
  return instants.length === 0 ? undefined : choose(...instants);
}

/** An attribute of type xs:dateTime; SAML's are in UTC, also where the zone was left out. */
function instantOf(element: XmlElement, name: string): number | undefined {
  const text = element.attributes.get(name)?.trim();
  if (text === undefined) return undefined;
  const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/.exec(text);
  const instant = form === null ? NaN : Date.parse(`${form[1]}${form[2] ?? "Z"}`);
  if (Number.isNaN(instant)) {
    throw unreadable(`Cannot read the assertion: its ${name} is no date and time`, NOT_AWS);
  }
  return instant;
}

function textOf(element: XmlElement | undefined): string | undefined {
  const text = element?.text.trim();
  return text === "" ? undefined : text;
}

function lastPart(urn: string): string {
  return urn.slice(urn.lastIndexOf(":") + 1);
}

/** An element's name for a message; cut, since anybody may have written it. */
function describe(element: XmlElement): string {
  return `the element "${element.local.slice(0, 40)}"`;
}
