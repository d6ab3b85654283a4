/**
 * Where an AuthnRequest goes: by the flags, by metadata, and which metadata is of no use; and the requests of one
 * wait: each has an ID of its own, and one answer.
 */

import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";
import {
  type IdpEndpoint,
  knownIdp,
  type MetadataWorld,
  readMetadata,
  SentRequests,
  startAt,
} from "../../src/sign_in/idp_requests.ts";
import type { SsoSettings } from "../../src/sign_in/request.ts";
import { userErrorFrom } from "../support/checks.ts";
import { NOON } from "../support/fakes.ts";
import { serveLoopback } from "../support/loopback_http.ts";

const BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings:";
const METADATA = `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
  entityID="https://idp.example/id"><md:IDPSSODescriptor WantAuthnRequestsSigned="true"
  protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
  <md:SingleSignOnService Binding="${BINDINGS}HTTP-Redirect" Location="https://idp.example/redirect"/>
  <md:SingleSignOnService Binding="${BINDINGS}HTTP-POST" Location="https://idp.example/post"/>
  </md:IDPSSODescriptor></md:EntityDescriptor>`;

const SSO: SsoSettings = {
  url: undefined,
  metadata: undefined,
  binding: undefined,
  spEntityId: "urn:amazon:webservices",
  acsIndex: undefined,
  forceAuthn: false,
};
const URL_OF_FLAG = new URL("https://idp.example/flag");

async function known(sso: Partial<SsoSettings> | undefined, idp?: string, metadata = METADATA) {
  const events: SignInEvent[] = [];
  const found = await knownIdp(
    { sso: sso && { ...SSO, ...sso }, port: 8090, tls: undefined },
    idp,
    {
      readMetadata: () => Promise.resolve(metadata),
      now: () => NOON,
      watch: (event) => void events.push(event),
      signal: new AbortController().signal,
    },
  );
  return { ...found, events };
}

Deno.test("knownIdp: without a request nothing is known but the name that was given", async () => {
  assert.deepEqual(await known(undefined, "x"), { endpoint: undefined, idp: "x", events: [] });
});

Deno.test("knownIdp: an address of a flag needs no metadata; its binding is redirect unless it is named", async () => {
  const { endpoint, idp } = await known({ url: URL_OF_FLAG });
  assert.deepEqual(endpoint, {
    url: URL_OF_FLAG,
    binding: "redirect",
    issuer: "urn:amazon:webservices",
    acs: new URL("http://localhost:8090/saml"),
    forceAuthn: false,
  });
  assert.equal(idp, undefined);
  const other = await known({ url: URL_OF_FLAG, binding: "post", acsIndex: 0, forceAuthn: true });
  assert.deepEqual(
    [other.endpoint?.binding, other.endpoint?.acs, other.endpoint?.forceAuthn],
    ["post", 0, true],
  );
});

Deno.test("knownIdp: metadata says the address, the binding and the name, and what it says in vain is a warning", async () => {
  const { endpoint, idp, events } = await known({ metadata: "file.xml" });
  assert.equal(endpoint?.url.href, "https://idp.example/redirect");
  assert.equal(endpoint.binding, "redirect");
  assert.equal(idp, "https://idp.example/id");
  assert.deepEqual(events.map((event) => "message" in event && event.message), [
    "The IdP's metadata asks for signed requests; this program does not sign them",
  ]);
  const post = await known({ metadata: "file.xml", binding: "post" });
  assert.equal(post.endpoint?.url.href, "https://idp.example/post");
});

Deno.test("knownIdp: beside an address of a flag metadata only tells the name", async () => {
  const { endpoint, idp } = await known({ url: URL_OF_FLAG, metadata: "x", binding: "post" });
  assert.equal(endpoint?.url.href, URL_OF_FLAG.href);
  assert.equal(idp, "https://idp.example/id");
});

Deno.test("knownIdp: metadata of no use is refused with the reason and its source", async () => {
  for (const [idp, text] of [["other", METADATA], [undefined, "<html/>"]] as const) {
    const error = await userErrorFrom(known({ metadata: "file.xml" }, idp, text));
    assert.deepEqual([error.code, error.exitCode], ["metadata-unusable", ExitCode.USAGE]);
    assert.match(error.message, /^Cannot use --idp-metadata file\.xml: \w/);
  }
});

/** A world with one file, in which nothing stands in the way. */
function world(different: Partial<MetadataWorld> = {}): MetadataWorld {
  return {
    readFile: (path) => Promise.resolve(path === "there" ? METADATA : undefined),
    checkRoute: () => Promise.resolve(),
    client: () => Promise.resolve(undefined),
    route: {
      proxyFor: () => Promise.resolve(undefined),
      issuerOf: () => Promise.resolve(undefined),
      extraCas: () => Promise.resolve(undefined),
    },
    signal: new AbortController().signal,
    ...different,
  };
}

Deno.test("readMetadata: the text of a file", async () => {
  assert.equal(await readMetadata("there", world()), METADATA);
  const gone = await userErrorFrom(readMetadata("gone", world()));
  assert.equal(gone.message, "Cannot use --idp-metadata gone: no such file");
  const readFile = () => Promise.reject(new Error("it is a folder"));
  const unread = await userErrorFrom(readMetadata("there", world({ readFile })));
  assert.equal(unread.message, "Cannot use --idp-metadata there: it is a folder");
});

Deno.test("readMetadata: of an address that nobody can change on the way", async () => {
  await using server = serveLoopback(({ target }) => ({ status: 200, body: `at ${target}` }));
  const asked: string[] = [];
  const checkRoute = (host: string) => Promise.resolve(void asked.push(host));
  assert.equal(await readMetadata(`${server.url}/m`, world({ checkRoute })), "at /m");
  assert.deepEqual(asked, ["127.0.0.1"]);
  for (const [source, reason] of [["http://idp.example/m", /https/], ["https://", /not a URL/]]) {
    const error = await userErrorFrom(readMetadata(String(source), world({ checkRoute })));
    assert.equal(error.exitCode, ExitCode.USAGE);
    assert.match(error.message, new RegExp(reason ?? ""));
  }
  assert.equal(asked.length, 1, "nobody else was asked for");
});

Deno.test("readMetadata: an answer that is none is refused, and a redirect is not followed", async () => {
  const answers = [
    [{ status: 404 }, /HTTP 404$/],
    [
      { status: 302, headers: { location: "https://x.example/" } },
      /302, a redirect to https:\/\/x/,
    ],
  ] as const;
  for (const [answer, says] of answers) {
    await using server = serveLoopback(() => answer);
    const error = await userErrorFrom(readMetadata(server.url, world()));
    assert.deepEqual([error.code, error.exitCode], ["metadata-unusable", ExitCode.USAGE]);
    assert.match(error.message, says);
  }
});

Deno.test("readMetadata: a server that hangs up is unreachable; who leaves is told of nothing", async () => {
  await using server = serveLoopback(() => "close");
  const error = await userErrorFrom(readMetadata(server.url, world()));
  assert.equal(error.exitCode, ExitCode.UNREACHABLE);
  assert.match(error.message, /the IdP's metadata/);
  const leaving = new AbortController();
  const left = new UserError("interrupted", "Interrupted", { exitCode: ExitCode.INTERRUPTED });
  const reading = readMetadata(server.url, world({ signal: leaving.signal }));
  leaving.abort(left);
  await assert.rejects(reading, (thrown) => thrown === left);
});

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
