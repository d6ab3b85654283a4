/**
 * The AttributeStatement that AWS reads,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
 *
 * @module
 */

import { escapeXml } from "./saml_names.ts";

/** The prefix of every attribute that AWS reads. */
export const AWS = "https://aws.amazon.com/SAML/Attributes/";

/** The role that is offered when a test does not care. */
export const DEFAULT_ROLE = "arn:aws:iam::111122223333:role/Dev";

/** The SAML provider of that role. */
export const DEFAULT_PROVIDER = "arn:aws:iam::111122223333:saml-provider/Idp";

/** One value of the Role attribute, and how the IdP spells it. */
export interface RoleOffer {
  readonly role: string;
  readonly provider: string;
  /** AWS takes both orders, and IdPs send both. Default: `role-first`. */
  readonly order?: "role-first" | "provider-first" | undefined;
  /** White space around the ARNs and the comma. */
  readonly blanks?: boolean | undefined;
}

/** What is put into values that a sloppy reader cuts short: it means nothing to XML. */
export type Noise = "cdata" | "comment" | "entity";

/** The attributes of a Response; `null` leaves one out. */
export interface AttributeOptions {
  /** Pairs, or values as they are. Default: {@linkcode DEFAULT_ROLE}. An empty list: no Role at all. */
  readonly roles?: readonly (RoleOffer | string)[] | undefined;
  /** This many made-up roles over several accounts, instead of `roles`. */
  readonly count?: number | undefined;
  /** Default: `alice@example.com`. */
  readonly roleSessionName?: string | null | undefined;
  /** Seconds, or text as it is. Default: left out. */
  readonly sessionDuration?: number | string | null | undefined;
  readonly principalTags?: Readonly<Record<string, string>> | undefined;
  readonly transitiveTagKeys?: readonly string[] | undefined;
  readonly sourceIdentity?: string | undefined;
  /** Other attributes by their whole name. */
  readonly attributes?: Readonly<Record<string, readonly string[]>> | undefined;
  /** A Role attribute for each value, instead of one with many values. */
  readonly repeatAttribute?: boolean | undefined;
  /** Put into the middle of each value. */
  readonly noise?: Noise | undefined;
}

/** A value of the Role attribute. */
export function roleValue(offer: RoleOffer | string): string {
  if (typeof offer === "string") return offer;
  const { role, provider, order, blanks } = offer;
  const [first, second] = order === "provider-first" ? [provider, role] : [role, provider];
  return blanks ? `\n  ${first} ,\t${second}\n` : `${first},${second}`;
}

/** Roles over accounts of seven roles each, every third with a path; all of them distinct. */
export function manyRoles(count: number): readonly RoleOffer[] {
  return Array.from({ length: count }, (_, index) => {
    const account = String(100_000_000_001 + Math.floor(index / 7));
    const path = index % 3 === 2 ? "team/platform/" : "";
    return {
      role: `arn:aws:iam::${account}:role/${path}Role${index + 1}`,
      provider: `arn:aws:iam::${account}:saml-provider/Idp`,
      order: index % 2 === 0 ? "role-first" : "provider-first",
    };
  });
}

/** The AttributeStatement element; `saml` is the prefix with its colon. */
export function attributeStatement(options: AttributeOptions, saml: string): string {
  const attributes = attributesOf(options).map(([name, values]) =>
    `<${saml}Attribute Name="${escapeXml(name)}"` +
    ` NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">` +
    values.map((value) =>
      `<${saml}AttributeValue xsi:type="xs:string">${
        noisy(value, options.noise)
      }</${saml}AttributeValue>`
    ).join("") +
    `</${saml}Attribute>`
  );
  // The schema wants at least one attribute.
  if (attributes.length === 0) return "";
  return `<${saml}AttributeStatement>${attributes.join("")}</${saml}AttributeStatement>`;
}

type Attribute = readonly [name: string, values: readonly string[]];

function attributesOf(options: AttributeOptions): readonly Attribute[] {
  const roles =
    (options.count === undefined
      ? options.roles ?? [{ role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER }]
      : manyRoles(options.count)).map(roleValue);
  const single = (name: string, value: string | number | null | undefined): Attribute[] =>
    value === null || value === undefined ? [] : [[AWS + name, [String(value)]]];
  return [
    ...Object.entries(options.attributes ?? {}),
    ...(options.repeatAttribute
      ? roles.map((value): Attribute => [AWS + "Role", [value]])
      : roles.length === 0
      ? []
      : [[AWS + "Role", roles] as const]),
    ...single(
      "RoleSessionName",
      options.roleSessionName === undefined ? "alice@example.com" : options.roleSessionName,
    ),
    ...single("SessionDuration", options.sessionDuration),
    ...Object.entries(options.principalTags ?? {})
      .flatMap(([key, value]) => single(`PrincipalTag:${key}`, value)),
    ...(options.transitiveTagKeys === undefined
      ? []
      : [[AWS + "TransitiveTagKeys", options.transitiveTagKeys] as const]),
    ...single("SourceIdentity", options.sourceIdentity),
  ];
}

function noisy(value: string, noise: Noise | undefined): string {
  const middle = Math.floor(value.length / 2);
  const head = value.slice(0, middle);
  const tail = value.slice(middle);
  switch (noise) {
    case undefined:
      return escapeXml(value);
    case "cdata":
      return `${escapeXml(head)}<![CDATA[${tail.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
    case "comment":
      return `${escapeXml(head)}<!-- not a part of the value -->${escapeXml(tail)}`;
    case "entity":
      return escapeXml(head) +
        Array.from(tail, (sign) => `&#x${sign.codePointAt(0)?.toString(16)};`)
          .join("");
  }
}
