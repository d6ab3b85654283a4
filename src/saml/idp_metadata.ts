/**
 * An IdP's metadata → who it is, and where it takes an AuthnRequest; pure.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf
 * @module
 */

import { foreign } from "../text.ts";
import type { Binding } from "./authn_request.ts";
import { childrenOf, descendantsOf, parseXml, type XmlElement } from "./xml.ts";

const METADATA = "urn:oasis:names:tc:SAML:2.0:metadata";
const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
const BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings:";

/** What is taken from the metadata. */
export interface IdpMetadata {
  readonly entityId: string;
  readonly endpoint: URL;
  readonly binding: Binding;
  /** Sentences without final periods on what it says and this program cannot do. */
  readonly warnings: readonly string[];
}

/** The settings that choose among what the metadata offers. */
export interface MetadataChoice {
  /** The IdP, by entity ID, of several. */
  readonly idp: string | undefined;
  /** The binding; by default redirect, where there is one. */
  readonly binding: Binding | undefined;
}

/**
 * Reads metadata: of one entity, or of a federation.
 *
 * @param now milliseconds since 1970
 * @throws Error whose message says why it is of no use
 */
export function readIdpMetadata(text: string, choice: MetadataChoice, now: number): IdpMetadata {
  // Editors of Windows begin a file with a byte order mark.
  const root = parseXml(text.replace(/^\ufeff/, ""), (reason) => new Error(reason));
  if (root.namespace !== METADATA || !/^Entit(y|ies)Descriptor$/.test(root.local)) {
    throw new Error("it is not SAML metadata");
  }
  const { entity, role } = chosenIdp(root, choice.idp);
  return {
    entityId: entity.attributes.get("entityID") ?? "",
    ...chosenEndpoint(role, choice.binding),
    warnings: [
      ...[root, entity, role].flatMap((each) => expired(each, now)).slice(0, 1),
      ...(/^(true|1)$/.test(role.attributes.get("WantAuthnRequestsSigned") ?? "")
        ? ["The IdP's metadata asks for signed requests; this program does not sign them"]
        : []),
    ],
  };
}

interface Idp {
  readonly entity: XmlElement;
  readonly role: XmlElement;
}

function chosenIdp(root: XmlElement, wanted: string | undefined): Idp {
  const idps = descendantsOf(root).flatMap((entity) => {
    const roles = childrenOf(entity, METADATA, "IDPSSODescriptor").filter(speaksSaml2);
    return roles.slice(0, 1).map((role): Idp => ({ entity, role }));
  });
  const idOf = ({ entity }: Idp) => entity.attributes.get("entityID");
  const [first, ...others] = wanted === undefined
    ? idps
    : idps.filter((idp) => idOf(idp) === wanted);
  if (first === undefined) {
    throw new Error(
      idps.length === 0
        ? "it describes no SAML 2.0 identity provider"
        : `it does not describe "${wanted}", which --idp names, but ${named(idps.map(idOf))}`,
    );
  }
  if (others.length > 0) {
    throw new Error(`it describes ${idps.length} identity providers; choose one with --idp`);
  }
  if (!idOf(first)) throw new Error("its EntityDescriptor has no entityID");
  return first;
}

function named(ids: readonly (string | undefined)[]): string {
  return ids.length > 1 ? `${ids.length} others` : `"${foreign(ids[0] ?? "")}"`;
}

function speaksSaml2({ attributes }: XmlElement): boolean {
  const protocols = attributes.get("protocolSupportEnumeration");
  return protocols === undefined || protocols.split(/\s/).includes(PROTOCOL);
}

function chosenEndpoint(
  role: XmlElement,
  wanted: Binding | undefined,
): Pick<IdpMetadata, "endpoint" | "binding"> {
  const services = childrenOf(role, METADATA, "SingleSignOnService");
  for (const binding of wanted === undefined ? ["redirect", "post"] as const : [wanted]) {
    const uri = `${BINDINGS}${binding === "post" ? "HTTP-POST" : "HTTP-Redirect"}`;
    for (
      const { attributes } of services.filter((each) => each.attributes.get("Binding") === uri)
    ) {
      const location = attributes.get("Location") ?? "";
      if (!URL.canParse(location)) continue;
      const endpoint = new URL(location);
      if (/^https?:/.test(endpoint.protocol)) return { endpoint, binding };
    }
  }
  throw new Error(
    wanted === undefined
      ? "it has no SingleSignOnService for HTTP-Redirect or HTTP-POST"
      : `it has no SingleSignOnService for --sso-binding ${wanted}`,
  );
}

function expired({ attributes }: XmlElement, now: number): readonly string[] {
  const until = attributes.get("validUntil") ?? "";
  return Date.parse(until) <= now
    ? [`The IdP's metadata was valid until ${foreign(until, 40)}`]
    : [];
}
