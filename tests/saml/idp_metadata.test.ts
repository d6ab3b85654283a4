import assert from "node:assert/strict";
import { type MetadataChoice, readIdpMetadata } from "../../src/saml/idp_metadata.ts";

const NOW = Date.UTC(2026, 10, 28);
const BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings:";
const ANY: MetadataChoice = { idp: undefined, binding: undefined };

function service(binding: string, location: string): string {
  return `<md:SingleSignOnService Binding="${BINDINGS}${binding}" Location="${location}"/>`;
}

const SERVICES = service("HTTP-POST", "https://idp.example/post") +
  service("HTTP-Redirect", "https://idp.example/redirect?a=1&amp;b=2") +
  service("SOAP", "https://idp.example/soap");

interface EntityOptions {
  readonly id?: string;
  readonly services?: string;
  readonly attributes?: string;
  readonly role?: string;
}

function entity(options: EntityOptions = {}): string {
  const { id = "https://idp.example/id", services = SERVICES, role = "IDPSSODescriptor" } = options;
  return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${id}">` +
    `<md:${role} protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" ${
      options.attributes ?? ""
    }>${services}</md:${role}></md:EntityDescriptor>`;
}

function federation(...entities: readonly string[]): string {
  return `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` +
    `${entities.join("")}</md:EntitiesDescriptor>`;
}

Deno.test("readIdpMetadata: who it is, and where it takes a request", () => {
  const { endpoint, ...rest } = readIdpMetadata(entity(), ANY, NOW);
  assert.equal(endpoint.href, "https://idp.example/redirect?a=1&b=2");
  assert.deepEqual(rest, { entityId: "https://idp.example/id", binding: "redirect", warnings: [] });
});

const CHOICES: readonly {
  readonly what: string;
  readonly text: string;
  readonly choice?: Partial<MetadataChoice>;
  readonly endpoint: string;
}[] = [
  {
    what: "the binding that was asked for",
    text: entity(),
    choice: { binding: "post" },
    endpoint: "https://idp.example/post",
  },
  {
    what: "POST where there is no redirect",
    text: entity({ services: service("HTTP-POST", "https://idp.example/post") }),
    endpoint: "https://idp.example/post",
  },
  {
    what: "the first of several endpoints that a browser can open",
    text: entity({
      services: service("HTTP-Redirect", "ftp://idp.example/") +
        service("HTTP-Redirect", "https://idp.example/second"),
    }),
    endpoint: "https://idp.example/second",
  },
  {
    what: "the one IdP among service providers, in nested federations",
    text: federation(
      entity({ id: "https://sp.example", role: "SPSSODescriptor" }),
      federation(entity()),
    ),
    endpoint: "https://idp.example/redirect?a=1&b=2",
  },
  {
    what: "the IdP that --idp names",
    text: federation(
      entity({ id: "https://other.example", services: service("HTTP-POST", "https://other/") }),
      entity(),
    ),
    choice: { idp: "https://idp.example/id" },
    endpoint: "https://idp.example/redirect?a=1&b=2",
  },
  {
    what: "a file with a byte order mark and a declaration",
    text: `\ufeff<?xml version="1.0"?>\n<!-- made by hand -->${entity()}`,
    endpoint: "https://idp.example/redirect?a=1&b=2",
  },
];
for (const { what, text, choice, endpoint } of CHOICES) {
  Deno.test(`readIdpMetadata: ${what}`, () => {
    assert.equal(readIdpMetadata(text, { ...ANY, ...choice }, NOW).endpoint.href, endpoint);
  });
}

Deno.test("readIdpMetadata: what it asks for and does not get is said", () => {
  const text = entity({
    attributes: `WantAuthnRequestsSigned="true" validUntil="2020-01-01T00:00:00Z"`,
  });
  assert.deepEqual(readIdpMetadata(text, ANY, NOW).warnings, [
    "The IdP's metadata was valid until 2020-01-01T00:00:00Z",
    "The IdP's metadata asks for signed requests; this program does not sign them",
  ]);
});

Deno.test("readIdpMetadata: one warning is enough where all of it is over, and none until it is", () => {
  const until = 'validUntil="2026-11-28T00:00:00Z"';
  const text = federation(entity({ attributes: until })).replace(">", ` ${until}>`);
  const warnings = (now: number) => readIdpMetadata(text, ANY, now).warnings;
  assert.deepEqual(warnings(NOW), ["The IdP's metadata was valid until 2026-11-28T00:00:00Z"]);
  assert.deepEqual(warnings(NOW - 1), []);
});

const SIGNED: Readonly<Record<string, boolean>> = {
  "1": true,
  "true": true,
  "false": false,
  "untrue": false,
  "true?": false,
};
for (const [value, asks] of Object.entries(SIGNED)) {
  Deno.test(`readIdpMetadata: WantAuthnRequestsSigned="${value}" ${asks ? "asks" : "does not ask"}`, () => {
    const text = entity({ attributes: `WantAuthnRequestsSigned="${value}"` });
    assert.equal(readIdpMetadata(text, ANY, NOW).warnings.length, asks ? 1 : 0);
  });
}

const SAML2 = "urn:oasis:names:tc:SAML:2.0:protocol";
const SAML1 = "urn:oasis:names:tc:SAML:1.1:protocol";

Deno.test("readIdpMetadata: of several roles the one that speaks SAML 2.0", () => {
  const [, role = ""] = /(<md:IDPSSODescriptor.*<\/md:IDPSSODescriptor>)/.exec(entity()) ?? [];
  const old = role.replace(SAML2, SAML1).replaceAll("idp.example", "old.example");
  const both = (...roles: readonly string[]) => entity().replace(role, roles.join(""));
  const hostOf = (text: string) => readIdpMetadata(text, ANY, NOW).endpoint.host;
  assert.equal(hostOf(both(old, role)), "idp.example");
  assert.equal(hostOf(both(role, role.replaceAll("idp.example", "second.example"))), "idp.example");
  assert.equal(hostOf(entity().replace(SAML2, `${SAML1}  ${SAML2}`)), "idp.example");
  assert.equal(hostOf(entity().replace(/ protocolSupportEnumeration="[^"]*"/, "")), "idp.example");
  assert.throws(() => hostOf(both(old)), /no SAML 2\.0 identity provider/);
});

Deno.test("readIdpMetadata: other elements of the same name, and others of SAML's, describe nobody", () => {
  const foreign = '<x:EntityDescriptor xmlns:x="urn:x" entityID="x"/><md:Organization/>';
  const { entityId } = readIdpMetadata(federation(foreign, entity()), ANY, NOW);
  assert.equal(entityId, "https://idp.example/id");
});

Deno.test("readIdpMetadata: an endpoint that is none does not hide the next one", () => {
  const services = [
    "not a URL",
    "ftp://x/",
    "xhttp://x/",
    "https-x://x/",
    "http://idp.example/plain",
  ];
  const text = entity({
    services: services.map((each) => service("HTTP-Redirect", each)).join(""),
  });
  assert.equal(readIdpMetadata(text, ANY, NOW).endpoint.href, "http://idp.example/plain");
});

const USELESS: readonly {
  readonly text: string;
  readonly choice?: Partial<MetadataChoice>;
  readonly says: string;
}[] = [
  { text: "", says: "it is not well-formed XML" },
  { text: "<html>Sign in</html>", says: "it is not SAML metadata" },
  { text: "{}", says: "it is not well-formed XML" },
  { text: "<EntityDescriptor/>", says: "it is not SAML metadata" },
  ...["Organization", "XEntityDescriptor", "EntityDescriptors"].map((name) => ({
    text: `<${name} xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>`,
    says: "it is not SAML metadata",
  })),
  {
    text: federation(entity(), entity({ id: "https://other.example" })),
    choice: { idp: "https://wanted.example" },
    says: `it does not describe "https://wanted.example", which --idp names, but 2 others`,
  },
  {
    text: federation(),
    choice: { idp: "https://wanted.example" },
    says: "it describes no SAML 2.0 identity provider",
  },
  { text: `<!DOCTYPE x>${entity()}`, says: "it has a DOCTYPE, which SAML forbids" },
  { text: entity({ role: "SPSSODescriptor" }), says: "it describes no SAML 2.0 identity provider" },
  { text: entity({ id: "" }), says: "its EntityDescriptor has no entityID" },
  {
    text: entity({ services: service("SOAP", "https://idp.example/soap") }),
    says: "it has no SingleSignOnService for HTTP-Redirect or HTTP-POST",
  },
  {
    text: entity({ services: service("HTTP-POST", "https://idp.example/post") }),
    choice: { binding: "redirect" },
    says: "it has no SingleSignOnService for --sso-binding redirect",
  },
  {
    text: entity({ services: service("HTTP-Redirect", "javascript:alert(1)") }),
    says: "it has no SingleSignOnService for HTTP-Redirect or HTTP-POST",
  },
  {
    text: federation(entity(), entity({ id: "https://other.example" })),
    says: "it describes 2 identity providers; choose one with --idp",
  },
  {
    text: entity(),
    choice: { idp: "https://wanted.example" },
    says: `it does not describe "https://wanted.example", which --idp names, but ` +
      `"https://idp.example/id"`,
  },
];
for (const { text, choice, says } of USELESS) {
  Deno.test(`readIdpMetadata: of no use, since ${says}`, () => {
    assert.throws(
      () => readIdpMetadata(text, { ...ANY, ...choice }, NOW),
      (error) => error instanceof Error && error.message === says,
    );
  });
}

Deno.test("readIdpMetadata: a byte order mark is dropped where it is one", () => {
  const id = "https://idp.example/\ufeffid";
  assert.equal(readIdpMetadata(entity({ id }), ANY, NOW).entityId, id);
  assert.equal(readIdpMetadata(`\ufeff${entity({ id })}`, ANY, NOW).entityId, id);
});
