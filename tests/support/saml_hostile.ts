/**
 * What an attacker, or a broken IdP, posts. Signature wrapping starts from a Response that was honestly
 * signed for somebody and moves the signed part to where only the verifier looks; the forged assertion,
 * which offers {@linkcode EVIL_ROLE}, stands where a careless reader looks. See "On Breaking SAML: Be
 * Whoever You Want to Be", USENIX Security 2012.
 *
 * @module
 */

import {
  buildResponse,
  type BuiltResponse,
  finished,
  type ResponseOptions,
} from "./saml_response.ts";
import { decryptionKey, otherKey } from "./keys.ts";
import { DS, NAMES, SAML, SAMLP } from "./saml_names.ts";

/** What every forged assertion offers: no reader may ever report it as offered. */
export const EVIL_ROLE = "arn:aws:iam::666666666666:role/Evil";

const EVIL_PROVIDER = "arn:aws:iam::666666666666:saml-provider/Evil";

const VARIANTS = {
  /** A forged assertion before the signed one. */
  "two-assertions": (options) => {
    const good = build(options);
    return withAssertion(good, forged(good, options).assertionXml + good.assertionXml);
  },
  /** The only assertion stands in samlp:Extensions. */
  "assertion-in-extensions": (options) => {
    const good = build(options);
    return withExtensions(withAssertion(good, ""), good.assertionXml);
  },
  /** The signed one moves to samlp:Extensions, the forged one takes its place. */
  "wrapped-in-extensions": (options) => {
    const good = build(options);
    return withExtensions(
      withAssertion(good, forged(good, options).assertionXml),
      good.assertionXml,
    );
  },
  /** The forged one carries the signed one in a ds:Object of the Signature. */
  "wrapped-in-object": (options) => {
    const good = build(options);
    const signature = slice(good.assertionXml, NAMES.simplesamlphp.ds + "Signature");
    const stripped = good.assertionXml.replace(signature, "");
    const wrapping = signature.replace(
      "</ds:Signature>",
      () => `<ds:Object xmlns:ds="${DS}">${stripped}</ds:Object></ds:Signature>`,
    );
    return withAssertion(good, afterIssuer(forged(good, options).assertionXml, wrapping));
  },
  /** The forged one carries the signed one whole, in its Advice. */
  "nested-assertion": (options) => {
    const good = build(options);
    const evil = forged(good, { ...options, advice: good.assertionXml });
    return withAssertion(good, evil.assertionXml);
  },
  /** An assertion in the Advice of the signed one, signed along with it. */
  "assertion-in-advice": (options) => build({ ...options, advice: unsignedEvil(options) }),
  /** The forged one bears a true signature of another message, which comes along in samlp:Extensions. */
  "foreign-signature": (options) => {
    const signed = build({ ...options, sign: "response", withAssertion: false });
    const signature = slice(signed.xml, NAMES.simplesamlphp.ds + "Signature");
    const outer = forged(signed, options);
    const evil = withAssertion(outer, afterIssuer(outer.assertionXml, signature));
    return withExtensions(evil, signed.xml.replace(signature, ""));
  },
  /** Both under the same ID, so that a reference to it can mean either. */
  "duplicate-ids": (options) => {
    const good = build(options);
    const evil = forged(good, { ...options, assertionId: good.assertionId });
    return withAssertion(good, evil.assertionXml + good.assertionXml);
  },
  /** One assertion only, and another element that bears its ID. */
  "duplicate-id-elsewhere": (options) => {
    const good = build(options);
    return withExtensions(good, `<x:y xmlns:x="urn:x" ID="${good.assertionId}"/>`);
  },
  /** A Response that contains the signed Response. */
  "nested-response": (options) => {
    const good = build(options);
    return withExtensions(withAssertion(good, forged(good, options).assertionXml), good.xml);
  },
  /** Signed by somebody who is not the IdP. */
  "false-key": (options) => build({ ...options, key: otherKey() }),
  /** A role changed after signing. */
  tampered: (options) => {
    const good = build(options);
    return withAssertion(good, good.assertionXml.replace(/role\/[\w/]+/, "role/Tampered"));
  },
  /** Nobody signed. */
  unsigned: (options) => build({ ...options, sign: "none" }),
  /** An external DTD: a request to the attacker, or a file of ours. */
  doctype: (options) =>
    withProlog(build(options), `<!DOCTYPE Response SYSTEM "http://127.0.0.1:9/evil.dtd">`),
  /** An entity that becomes the role. */
  "doctype-entity": (options) => {
    const evil = build({ ...options, sign: "none", roles: ["PLACEHOLDER"] });
    const declared = `<!DOCTYPE Response [<!ENTITY r "${EVIL_ROLE},${EVIL_PROVIDER}">]>`;
    return withProlog(withXml(evil, evil.xml.replace("PLACEHOLDER", "&r;")), declared);
  },
  /** Entities of entities, some gigabytes when expanded. */
  "billion-laughs": (options) => {
    const evil = build({ ...options, sign: "none", roles: ["PLACEHOLDER"] });
    const levels = Array.from("bcdefghij", (name, index) => {
      const below = `&${"abcdefghi"[index]};`;
      return `<!ENTITY ${name} "${below.repeat(10)}">`;
    });
    const declared = `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">${levels.join("")}]>`;
    return withProlog(withXml(evil, evil.xml.replace("PLACEHOLDER", "&j;")), declared);
  },
  /** A hundred thousand tags, one within the other. */
  "deep-nesting": (options) => {
    const good = build(options);
    return withExtensions(good, "<a>".repeat(100_000) + "</a>".repeat(100_000));
  },
  /** Another protocol message in the field SAMLResponse. */
  "logout-response": (options) => {
    const plain = build({ ...options, withAssertion: false });
    return withXml(plain, plain.xml.replaceAll("samlp:Response", "samlp:LogoutResponse"));
  },
  /** Success, and nothing to show for it. */
  "no-assertion": (options) => build({ ...options, withAssertion: false }),
  /** Fine, but only AWS can read it. */
  "encrypted-assertion": (options) => build({ encryptTo: decryptionKey(), ...options }),
  /** An encrypted assertion, and a forged one in the clear. */
  "encrypted-and-plain": (options) => {
    const good = build({ encryptTo: decryptionKey(), ...options });
    return withAssertion(good, forged(good, options).assertionXml + good.assertionXml);
  },
  /** Looks the same to whoever compares prefixes and local names. */
  "wrong-namespace": (options) => replaced(options, SAMLP, "urn:example:not-saml"),
  /** Only the assertion is of another namespace: SAML 1.1's. */
  "wrong-assertion-namespace": (options) =>
    replaced(options, SAML, "urn:oasis:names:tc:SAML:1.0:assertion"),
  /** A bare assertion, without a Response around it. */
  "bare-assertion": (options) => {
    // Okta's declares its own namespaces, so that it stands alone.
    const good = buildResponse({ ...options, style: "okta" });
    return withXml(good, good.assertionXml);
  },
  /** In an envelope, as another binding would send it. */
  "soap-envelope": (options) => {
    const good = build(options);
    const soap = "http://schemas.xmlsoap.org/soap/envelope/";
    return withXml(
      good,
      `<s:Envelope xmlns:s="${soap}"><s:Body>${good.xml}</s:Body></s:Envelope>`,
    );
  },
  /** Two documents in one text. */
  "two-roots": (options) => {
    const good = build(options);
    return withXml(good, good.xml + good.xml);
  },
  /** Cut off in the middle. */
  truncated: (options) => {
    const good = build(options);
    return withXml(good, good.xml.slice(0, good.xml.length * 2 / 3));
  },
  /** A web page instead of a message. */
  "html-page": (options) =>
    withXml(build(options), "<!doctype html><html><body><p>Signed out<br></body></html>"),
} as const satisfies Record<string, (options: ResponseOptions) => BuiltResponse>;

/** The name of a hostile or broken Response. */
export type HostileKind = keyof typeof VARIANTS;

/** Every kind, for tables. */
export const HOSTILE_KINDS: readonly HostileKind[] = Object.keys(VARIANTS).filter(isKind);

/** Kinds that try to pass off {@linkcode EVIL_ROLE} under somebody else's signature. */
export const WRAPPING_KINDS: readonly HostileKind[] = [
  "two-assertions",
  "wrapped-in-extensions",
  "wrapped-in-object",
  "nested-assertion",
  "foreign-signature",
  "duplicate-ids",
  "nested-response",
  "encrypted-and-plain",
];

/**
 * A Response of this kind. Signed like an honest one (the assertion only, where not asked otherwise: that
 * is what wrapping needs), always in the style of SimpleSAMLphp.
 */
export function hostileResponse(kind: HostileKind, options: ResponseOptions = {}): BuiltResponse {
  return VARIANTS[kind](options);
}

function isKind(name: string): name is HostileKind {
  return name in VARIANTS;
}

function build(options: ResponseOptions): BuiltResponse {
  return buildResponse({ sign: "assertion", ...options, style: "simplesamlphp" });
}

/** The attacker's own assertion: unsigned, but for the rest like the good one. */
function forged(good: BuiltResponse, options: ResponseOptions): BuiltResponse {
  return build({
    assertionId: "_evil" + good.assertionId,
    ...options,
    encryptTo: undefined,
    sign: "none",
    roles: [{ role: EVIL_ROLE, provider: EVIL_PROVIDER }],
    count: undefined,
  });
}

function unsignedEvil(options: ResponseOptions): string {
  return build({
    ...options,
    sign: "none",
    roles: [{ role: EVIL_ROLE, provider: EVIL_PROVIDER }],
  }).assertionXml;
}

function withXml(built: BuiltResponse, xml: string): BuiltResponse {
  return finished(xml, built);
}

function withAssertion(built: BuiltResponse, assertionXml: string): BuiltResponse {
  const xml = built.xml.replace(built.assertionXml, () => assertionXml);
  return finished(xml, { ...built, assertionXml });
}

function withExtensions(built: BuiltResponse, content: string): BuiltResponse {
  const extensions = `<samlp:Extensions>${content}</samlp:Extensions>`;
  return withXml(built, built.xml.replace("<samlp:Status>", () => `${extensions}<samlp:Status>`));
}

function withProlog(built: BuiltResponse, prolog: string): BuiltResponse {
  return withXml(built, prolog + built.xml);
}

function replaced(options: ResponseOptions, from: string, to: string): BuiltResponse {
  // Before signing it would be another document; the signature is not what these are about.
  const plain = build({ ...options, sign: "none" });
  return withXml(plain, plain.xml.replaceAll(from, to));
}

function afterIssuer(assertionXml: string, inserted: string): string {
  return assertionXml.replace("</saml:Issuer>", (end) => end + inserted);
}

function slice(xml: string, name: string): string {
  const end = `</${name}>`;
  return xml.slice(xml.indexOf(`<${name}`), xml.indexOf(end) + end.length);
}
