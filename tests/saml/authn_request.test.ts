import assert from "node:assert/strict";
import {
  type AuthnRequest,
  authnRequestXml,
  newRequestId,
  postField,
  redirectUrl,
} from "../../src/saml/authn_request.ts";
import { childrenOf, parseXml } from "../../src/saml/xml.ts";
import { requestInPage, requestInUrl } from "../support/authn_requests.ts";

const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";

const REQUEST: AuthnRequest = {
  id: "_0123456789abcdef0123456789abcdef",
  issued: Date.UTC(2026, 10, 28, 12, 0, 0, 5),
  destination: new URL("https://idp.example/sso"),
  issuer: "urn:amazon:webservices",
  acs: new URL("http://localhost:8090/saml"),
  forceAuthn: false,
};

Deno.test("newRequestId: an XML ID that nobody can guess", () => {
  const ids = new Set(Array.from({ length: 1000 }, newRequestId));
  assert.equal(ids.size, 1000);
  for (const id of ids) assert.match(id, /^_[0-9a-f]{32}$/);
});

Deno.test("authnRequestXml: what an IdP reads", () => {
  const root = parseXml(authnRequestXml(REQUEST));
  assert.deepEqual([root.namespace, root.local], [PROTOCOL, "AuthnRequest"]);
  const { "xmlns:samlp": _p, "xmlns:saml": _a, ...attributes } = Object.fromEntries(
    root.attributes,
  );
  assert.deepEqual(attributes, {
    ID: REQUEST.id,
    Version: "2.0",
    IssueInstant: "2026-11-28T12:00:00.005Z",
    Destination: "https://idp.example/sso",
    AssertionConsumerServiceURL: "http://localhost:8090/saml",
    ProtocolBinding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
  });
  assert.equal(childrenOf(root, ASSERTION, "Issuer")[0]?.text, "urn:amazon:webservices");
  const [policy] = childrenOf(root, PROTOCOL, "NameIDPolicy");
  assert.deepEqual([...policy?.attributes ?? []], [["AllowCreate", "true"]]);
});

Deno.test("authnRequestXml: an index takes the place of URL and binding", () => {
  const { attributes } = parseXml(authnRequestXml({ ...REQUEST, acs: 0, forceAuthn: true }));
  assert.equal(attributes.get("AssertionConsumerServiceIndex"), "0");
  assert.equal(attributes.has("AssertionConsumerServiceURL"), false);
  assert.equal(attributes.has("ProtocolBinding"), false);
  assert.equal(attributes.get("ForceAuthn"), "true");
});

Deno.test("authnRequestXml: no text of the settings becomes markup", () => {
  const issuer = `"'><saml:Issuer>&<\n\t\ud83d\ude80`;
  const destination = new URL("https://idp.example/?a='b'&c=%22");
  const root = parseXml(authnRequestXml({ ...REQUEST, issuer, destination }));
  assert.equal(childrenOf(root, ASSERTION, "Issuer")[0]?.text, issuer);
  assert.equal(root.attributes.get("Destination"), destination.href);
});

const QUERIES: readonly (readonly [string, string])[] = [
  ["https://idp.example/sso", "https://idp.example/sso?SAMLRequest="],
  ["https://idp.example/sso?", "https://idp.example/sso?SAMLRequest="],
  ["https://idp.example/sso?tenant=a%20b+c", "https://idp.example/sso?tenant=a%20b+c&SAMLRequest="],
  ["https://idp.example/sso#there", "https://idp.example/sso?SAMLRequest="],
];
for (const [endpoint, begin] of QUERIES) {
  Deno.test(`redirectUrl: ${endpoint} keeps its query`, async () => {
    const request = { ...REQUEST, destination: new URL(endpoint) };
    const url = await redirectUrl(request);
    assert.ok(url.href.startsWith(begin), url.href);
    assert.equal(requestInUrl(url).attributes.get("ID"), REQUEST.id);
    assert.equal(request.destination.href, endpoint, "what was given stays");
  });
}

Deno.test("postField: base64 without deflating", () => {
  const field = postField(REQUEST);
  const root = requestInPage(`<input name="SAMLRequest" value="${field}">`);
  assert.equal(root.attributes.get("ID"), REQUEST.id);
});

Deno.test("redirectUrl: a fragment of the endpoint is left out", async () => {
  const destination = new URL("https://idp.example/sso?a=1#part");
  const url = await redirectUrl({
    ...{ id: "_1", issued: 0, destination, issuer: "urn:x", acs: 1, forceAuthn: false },
  });
  assert.equal(url.hash, "");
  assert.match(url.href, /^https:\/\/idp\.example\/sso\?a=1&SAMLRequest=[^#]+$/);
});
