/** The requests of one wait: each has an ID of its own, and one answer. */

import assert from "node:assert/strict";
import type { IdpEndpoint } from "../../src/sign_in/idp_endpoint.ts";
import { SentRequests, startAt } from "../../src/sign_in/sent_requests.ts";
import { NOON } from "../support/fakes.ts";

const ENDPOINT: IdpEndpoint = {
  url: new URL("https://idp.example/sso?a=1"),
  binding: "redirect",
  issuer: "urn:amazon:webservices",
  acs: new URL("http://localhost:8090/saml"),
  forceAuthn: false,
};

const requests = (different: Partial<IdpEndpoint> = {}) =>
  new SentRequests({ ...ENDPOINT, ...different }, () => NOON);

Deno.test("SentRequests: by redirect each is an address of the IdP's, and its ID is remembered", async () => {
  const sent = requests();
  assert.equal(sent.url, ENDPOINT.url);
  const ways = [await sent.send(), await sent.send()];
  assert.equal(sent.ids.size, 2);
  for (const way of ways) {
    assert.ok(way instanceof URL);
    assert.equal(way.origin + way.pathname, "https://idp.example/sso");
    assert.ok(way.searchParams.has("SAMLRequest"));
  }
});

Deno.test("SentRequests: by POST it is a page that sends the form on", async () => {
  const sent = requests({ binding: "post" });
  const page = await sent.send();
  assert.ok(!(page instanceof URL));
  const [, field = ""] = /name="SAMLRequest" value="([^"]*)"/.exec(page.body.markup) ?? [];
  const [id = ""] = sent.ids;
  const xml = atob(field);
  assert.ok(xml.includes(`ID="${id}"`), xml);
  assert.ok(xml.includes('IssueInstant="2026-11-23T12:00:00.000Z"'), xml);
});

Deno.test("SentRequests: the second answer to a request is refused; one that answers none is nobody's", () => {
  const sent = requests();
  assert.equal(sent.answer("a"), undefined);
  assert.equal(sent.answer("b"), undefined);
  assert.equal(sent.answer(undefined), undefined);
  assert.equal(sent.answer(undefined), undefined);
  assert.equal(sent.answer("a")?.code, "assertion-replayed");
});

Deno.test("startAt: the start address leads to a page, or makes a request; a second browser is a warning", async () => {
  const events: unknown[] = [];
  const how = { watch: (event: unknown) => void events.push(event), onOpened: () => {} };
  assert.equal(startAt(undefined, undefined, how), undefined);
  const page = new URL("https://portal.example/");
  const plain = startAt(page, undefined, how);
  assert.deepEqual([plain?.url, plain?.request], [page, undefined]);
  const sent = requests();
  const start = startAt(page, sent, how);
  assert.equal(start?.url, ENDPOINT.url);
  assert.notEqual(start.nonce, plain?.nonce);
  assert.notEqual(start.nonce, start.cookie);
  assert.ok(await start.request?.make() instanceof URL);
  assert.equal(sent.ids.size, 1);
  assert.deepEqual(events, []);
  start.request?.onSecond();
  assert.match(JSON.stringify(events), /"warning".*Another browser or program/);
});
