/**
 * The AuthnRequest by which a sign-in starts here instead of at the IdP; pure.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf section 3.4.1
 * @module
 */

import { base64 } from "../text.ts";

/** The ways to send an AuthnRequest through a browser. */
export type Binding = "redirect" | "post";

/** One AuthnRequest. */
export interface AuthnRequest {
  /** Unguessable: the answer proves with it that it is ours. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly issued: number;
  /** The IdP's endpoint. */
  readonly destination: URL;
  /** The entity ID of who asks. */
  readonly issuer: string;
  /** Where the IdP is to post to: a URL, or the index of one that it knows. */
  readonly acs: URL | number;
  /** Has the person sign in afresh, whatever session they have at the IdP. */
  readonly forceAuthn: boolean;
}

/** Makes a request's ID: 128 random bits behind an underscore, since an XML ID must not begin with a digit. */
export function newRequestId(): string {
  return `_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** The XML of a request. */
export function authnRequestXml(
  { id, issued, destination, issuer, acs, forceAuthn }: AuthnRequest,
): string {
  const attributes = {
    "xmlns:samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "xmlns:saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    ID: id,
    Version: "2.0",
    IssueInstant: new Date(issued).toISOString(),
    Destination: destination.href,
    ...(forceAuthn && { ForceAuthn: "true" }),
    // The binding belongs to the URL: an index stands for both.
    ...(typeof acs === "number" ? { AssertionConsumerServiceIndex: String(acs) } : {
      AssertionConsumerServiceURL: acs.href,
      ProtocolBinding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
    }),
  };
  const text = Object.entries(attributes).map(([name, value]) => ` ${name}="${escape(value)}"`);
  // AWS takes a NameID of any format, so none is demanded: an IdP that has another one would refuse. But one
  // that makes persistent names may make this person's first.
  return `<samlp:AuthnRequest${text.join("")}><saml:Issuer>${escape(issuer)}</saml:Issuer>` +
    `<samlp:NameIDPolicy AllowCreate="true"/></samlp:AuthnRequest>`;
}

/**
 * The URL of a request sent by HTTP-Redirect: the endpoint's own, whatever is in its query, and the request.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf section 3.4
 */
export async function redirectUrl(request: AuthnRequest): Promise<URL> {
  const url = new URL(request.destination);
  const stream = new Blob([authnRequestXml(request)]).stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  const deflated = new Uint8Array(await new Response(stream).arrayBuffer());
  // Appended to the text: URLSearchParams would write the rest of the query anew, which an IdP may have signed.
  const parameter = `SAMLRequest=${encodeURIComponent(base64(deflated))}`;
  url.search = url.search === "" ? parameter : `${url.search}&${parameter}`;
  url.hash = "";
  return url;
}

/**
 * The value of the form field SAMLRequest, which sends a request by HTTP-POST.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf section 3.5
 */
export function postField(request: AuthnRequest): string {
  return base64(new TextEncoder().encode(authnRequestXml(request)));
}

function escape(text: string): string {
  return text.replace(/[&<>"'\t\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}
