/**
 * A SAML Response → what it says. This file only reads; `verdict.ts` judges.
 *
 * Nothing here checks a signature. STS does, with the certificate that the account's administrator gave
 * to IAM, and only STS's answer counts: this program could at best check against a key that came in the
 * same message. What this file does is refuse every shape in which two readers could take different
 * elements for the assertion (signature wrapping), so that the person sees what STS judges.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf
 * @module
 */

import { unreadable } from "./encoding.ts";
import { childrenOf, descendantsOf, parseXml, type XmlElement } from "./xml.ts";

const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";
const SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/** The outcome the IdP reports. */
export interface SamlStatus {
  readonly success: boolean;
  /** The last part of the status code and of the code inside it: `Responder`, `NoPassive`. */
  readonly codes: readonly string[];
  readonly message: string | undefined;
}

/** The parts of a Response that this program needs. Instants are milliseconds since 1970, UTC. */
export interface SamlResponse {
  readonly issuer: string | undefined;
  readonly destination: string | undefined;
  readonly inResponseTo: string | undefined;
  readonly status: SamlStatus;
  /** `encrypted`: there is one, and only AWS has the key; `absent`: there is none. */
  readonly assertion: Assertion | "encrypted" | "absent";
}

/** The statement about the person, read only from inside the one Assertion. */
export interface Assertion {
  readonly id: string;
  readonly issuer: string;
  readonly issueInstant: number;
  /** The earliest and the latest instant that Conditions and the bearer confirmations allow. */
  readonly notBefore: number | undefined;
  readonly notOnOrAfter: number | undefined;
  /** The URLs that the IdP says it posts to; STS compares them with `saml:aud`. */
  readonly recipients: readonly string[];
  /** The entity IDs that it is for. */
  readonly audiences: readonly string[];
  /** When the IdP wants the session to end; STS honors it. */
  readonly sessionNotOnOrAfter: number | undefined;
  /** The IdP's name for the person. */
  readonly nameId: string | undefined;
  /** InResponseTo of every bearer confirmation. */
  readonly inResponseTo: readonly string[];
  /** Attribute name → its values, without surrounding white space. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  /** Attribute name → its FriendlyName, where it has one. */
  readonly friendlyNames: ReadonlyMap<string, string>;
  /** Optional dates that cannot be read and count as absent: the name and the value. */
  readonly unreadable: readonly (readonly [name: string, value: string])[];
}

const NOT_AWS = "Check that you opened the IdP's AWS application and that it uses SAML 2.0 with " +
  "the HTTP-POST binding.";
const WRAPPED = "A Response like this could show one assertion to you and another to AWS, " +
  "so it was not used.";

/**
 * Reads a Response.
 *
 * @param xml the decoded SAMLResponse
 * @throws UserError (exit code 5) when it is not a Response, or could be read in more than one way
 */
export function readSamlResponse(xml: string): SamlResponse {
  const root = parseXml(xml);
  if (root.namespace !== PROTOCOL || root.local !== "Response") {
    throw unreadable(
      `The posted XML is ${describe(root)}, not a SAML 2.0 Response`,
      NOT_AWS,
    );
  }
  refuseAmbiguity(root);
  const readable = childrenOf(root, ASSERTION, "Assertion")[0];
  const encrypted = childrenOf(root, ASSERTION, "EncryptedAssertion")[0];
  return {
    issuer: textOf(childrenOf(root, ASSERTION, "Issuer")[0]),
    destination: root.attributes.get("Destination"),
    inResponseTo: root.attributes.get("InResponseTo"),
    status: readStatus(root),
    assertion: readable !== undefined
      ? readAssertion(readable)
      : encrypted !== undefined
      ? "encrypted"
      : "absent",
  };
}

/** Refuses what signature wrapping needs: a second assertion anywhere, or the same ID twice. */
function refuseAmbiguity(root: XmlElement): void {
  const direct = new Set(root.children);
  const ids = new Set<string>();
  let assertions = 0;
  for (const element of descendantsOf(root)) {
    // By local name only: a reader that ignores namespaces must not find another one either.
    if (element.local === "Assertion" || element.local === "EncryptedAssertion") {
      if (!direct.has(element) || element.namespace !== ASSERTION) {
        throw unreadable(
          "Refused the SAML Response: it has an assertion in an unexpected place",
          WRAPPED,
        );
      }
      if (++assertions > 1) {
        throw unreadable("Refused the SAML Response: it has more than one assertion", WRAPPED);
      }
    }
    if (element !== root && element.local === "Response") {
      throw unreadable("Refused the SAML Response: it has a Response inside a Response", WRAPPED);
    }
    // SAML says ID, XML Signature says Id, XML itself xml:id; a signature's Reference can mean any of them.
    for (const name of ["ID", "Id", "id", "xml:id"]) {
      const id = element.attributes.get(name);
      if (id === undefined) continue;
      if (ids.has(id)) {
        throw unreadable(
          "Refused the SAML Response: two of its elements have the same ID",
          WRAPPED,
        );
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
  // A browser's sign-in is confirmed by bearer; what other methods say is for others.
  const confirmations = (subject ? childrenOf(subject, ASSERTION, "SubjectConfirmation") : [])
    .filter((each) => each.attributes.get("Method")?.trim() === BEARER)
    .flatMap((each) => childrenOf(each, ASSERTION, "SubjectConfirmationData"));
  const conditions = childrenOf(element, ASSERTION, "Conditions");
  const statements = childrenOf(element, ASSERTION, "AuthnStatement");
  const issuer = textOf(childrenOf(element, ASSERTION, "Issuer")[0]);
  const issued = element.attributes.get("IssueInstant");
  if (issuer === undefined || issued === undefined) {
    throw unreadable("Cannot read the assertion: Issuer or IssueInstant is missing", NOT_AWS);
  }
  const issueInstant = parseInstant(issued);
  if (issueInstant === undefined) {
    throw unreadable("Cannot read the assertion: IssueInstant is not a date and time", NOT_AWS);
  }
  const unread = new Map<string, string>();
  const instants = (elements: readonly XmlElement[], name: string) =>
    elements.map((each) => {
      const text = each.attributes.get(name);
      const instant = text === undefined ? undefined : parseInstant(text);
      if (text !== undefined && instant === undefined) unread.set(name, text);
      return instant;
    });
  // Of several confirmations one is enough, but Conditions must hold.
  const bearer = latest(confirmations, instants);
  const notBefore = [...instants(conditions, "NotBefore"), bearer?.notBefore];
  const notOnOrAfter = [...instants(conditions, "NotOnOrAfter"), bearer?.notOnOrAfter];
  return {
    id: element.attributes.get("ID") ?? "",
    issuer,
    issueInstant,
    notBefore: extreme(notBefore, Math.max),
    notOnOrAfter: extreme(notOnOrAfter, Math.min),
    recipients: attributeOf(confirmations, "Recipient"),
    audiences: conditions.flatMap((each) => childrenOf(each, ASSERTION, "AudienceRestriction"))
      .flatMap((each) => childrenOf(each, ASSERTION, "Audience")).map((each) => each.text.trim()),
    sessionNotOnOrAfter: extreme(instants(statements, "SessionNotOnOrAfter"), Math.min),
    nameId: textOf(subject && childrenOf(subject, ASSERTION, "NameID")[0]),
    inResponseTo: attributeOf(confirmations, "InResponseTo"),
    ...readAttributes(element),
    unreadable: [...unread],
  };
}

type Instants = (elements: readonly XmlElement[], name: string) => readonly (number | undefined)[];

/** The window of the confirmation that ends last; one without an end ends never. */
function latest(
  confirmations: readonly XmlElement[],
  instants: Instants,
): Pick<Assertion, "notBefore" | "notOnOrAfter"> | undefined {
  const starts = instants(confirmations, "NotBefore");
  const [last] = instants(confirmations, "NotOnOrAfter")
    .map((notOnOrAfter, index) => ({ notBefore: starts[index], notOnOrAfter }))
    // Of two without an end the difference is NaN, which sorts them as equal.
    .toSorted((a, b) => (b.notOnOrAfter ?? Infinity) - (a.notOnOrAfter ?? Infinity));
  return last;
}

function readAttributes(
  assertion: XmlElement,
): Pick<Assertion, "attributes" | "friendlyNames"> {
  const attributes = new Map<string, string[]>();
  const friendlyNames = new Map<string, string>();
  for (const statement of childrenOf(assertion, ASSERTION, "AttributeStatement")) {
    for (const attribute of childrenOf(statement, ASSERTION, "Attribute")) {
      const name = attribute.attributes.get("Name");
      if (name === undefined) continue;
      const values = attributes.get(name) ?? [];
      for (const value of childrenOf(attribute, ASSERTION, "AttributeValue")) {
        values.push(value.text.trim());
      }
      attributes.set(name, values);
      const friendlyName = attribute.attributes.get("FriendlyName");
      if (friendlyName !== undefined) friendlyNames.set(name, friendlyName);
    }
  }
  return { attributes, friendlyNames };
}

/** The values of an attribute; an empty one says nothing. */
function attributeOf(elements: readonly XmlElement[], name: string): readonly string[] {
  return elements.flatMap((each) => each.attributes.get(name) || []);
}

function extreme(
  instants: readonly (number | undefined)[],
  choose: (...values: number[]) => number,
): number | undefined {
  const known = instants.filter((each) => each !== undefined);
  return known.length === 0 ? undefined : choose(...known);
}

/** Reads a value of type xs:dateTime; SAML's are in UTC, even without a time zone. */
function parseInstant(text: string): number | undefined {
  const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/.exec(text.trim());
  const instant = form === null ? NaN : Date.parse(`${form[1]}${form[2] ?? "Z"}`);
  return Number.isNaN(instant) ? undefined : instant;
}

function textOf(element: XmlElement | undefined): string | undefined {
  const text = element?.text.trim();
  return text === "" ? undefined : text;
}

function lastPart(urn: string): string {
  return urn.slice(urn.lastIndexOf(":") + 1);
}

/** Names an element in a message; cut, since anyone may have written it. */
function describe(element: XmlElement): string {
  return `an element "${element.local.slice(0, 40)}"`;
}
