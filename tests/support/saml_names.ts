/**
 * The ways in which identity providers spell the same namespaces.
 *
 * @module
 */

/** The namespace of protocol messages. */
export const SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol";
/** The namespace of assertions. */
export const SAML = "urn:oasis:names:tc:SAML:2.0:assertion";
/** The namespace of XML signatures. */
export const DS = "http://www.w3.org/2000/09/xmldsig#";

const XSI = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' +
  ' xmlns:xs="http://www.w3.org/2001/XMLSchema"';

/**
 * Whose prefixes: SimpleSAMLphp's (samlp, saml, ds), Auth0's samlp (a Signature without a prefix), Entra
 * ID's (only the Response has a prefix), Okta's (saml2p, saml2, ds), pysaml2's (ns0, ns1, ns2, all
 * declared on top), or none at all.
 */
export type Style = "simplesamlphp" | "samlp" | "entra" | "okta" | "pysaml2" | "bare";

/** Every style, for tables. */
export const STYLES: readonly Style[] = [
  "simplesamlphp",
  "samlp",
  "entra",
  "okta",
  "pysaml2",
  "bare",
];

/** Prefixes with their colon; empty for a default namespace. */
export interface Names {
  readonly samlp: string;
  readonly saml: string;
  readonly ds: string;
}

/** The prefixes of each style. */
export const NAMES: Readonly<Record<Style, Names>> = {
  simplesamlphp: { samlp: "samlp:", saml: "saml:", ds: "ds:" },
  samlp: { samlp: "samlp:", saml: "saml:", ds: "" },
  entra: { samlp: "samlp:", saml: "", ds: "" },
  okta: { samlp: "saml2p:", saml: "saml2:", ds: "ds:" },
  pysaml2: { samlp: "ns0:", saml: "ns1:", ds: "ns2:" },
  bare: { samlp: "", saml: "", ds: "" },
};

/** The namespace declarations that a style puts on an element, with a blank before each. */
export function declaredOn(
  element: "response" | "issuer" | "assertion" | "alone",
  style: Style,
): string {
  const names = NAMES[style];
  const samlp = declaration(names.samlp, SAMLP);
  const saml = declaration(names.saml, SAML);
  // Declared once on top, or again on every element that needs it.
  const onTop = style === "simplesamlphp" || style === "pysaml2";
  switch (element) {
    case "response":
      return samlp + (onTop ? saml : "") + (style === "pysaml2" ? declaration(names.ds, DS) : "");
    case "issuer":
      return onTop ? "" : saml;
    case "assertion":
      return (onTop ? "" : saml) + XSI;
    case "alone":
      return saml + XSI;
  }
}

function declaration(prefix: string, namespace: string): string {
  return prefix === "" ? ` xmlns="${namespace}"` : ` xmlns:${prefix.slice(0, -1)}="${namespace}"`;
}

/** Escapes a value for XML text and for a double-quoted attribute. */
export function escapeXml(value: string): string {
  return value.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
