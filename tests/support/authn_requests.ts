/**
 * AuthnRequests as an IdP reads them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";
import { Buffer } from "node:buffer";
import { parseXml, type XmlElement } from "../../src/saml/xml.ts";

/** Reads the request in the URL that a browser is sent to by HTTP-Redirect. */
export function requestInUrl(location: string | URL): XmlElement {
  const field = new URL(location).searchParams.get("SAMLRequest");
  assert.ok(field, `no SAMLRequest in ${location}`);
  return parseXml(inflateRawSync(Buffer.from(field, "base64")).toString());
}

/** Reads the request in the page that posts one. */
export function requestInPage(page: string): XmlElement {
  const field = /name="SAMLRequest" value="([^"]+)"/.exec(page)?.[1];
  assert.ok(field, page);
  return parseXml(Buffer.from(field, "base64").toString());
}

/** A request's ID. */
export function idOf({ attributes }: XmlElement): string {
  return attributes.get("ID") ?? "";
}
