/**
 * AssumeRoleWithSAML as STS decides it: pure, but for the random credentials.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { ACS_URL, AWS, AWS_ACS_URL, type RoleOffer } from "./saml_response.ts";
import { type StsProvider, type VerifiedAssertion, verifiedAssertion } from "./sts_assertion.ts";
import { StsRefusal } from "./sts_errors.ts";

/**
 * In every secret key and session token that the stand-in hands out: a test that greps all that was
 * printed for this finds any leak.
 */
export const FIXTURE_SECRET_MARKER = "FixtureSecret";

/** A role and its trust policy. */
export interface StsRole {
  readonly arn: string;
  /** The providers that its trust policy names. */
  readonly providers: readonly string[];
  /** Its `saml:aud` condition, compared with the Recipient. Default: the driver's ACS URL and AWS'. */
  readonly recipients?: readonly string[] | undefined;
  /** Seconds. Default: 3600, as a new role has. */
  readonly maxSessionDuration?: number | undefined;
  /** The trust policy allows sts:TagSession. Default: true. */
  readonly tagSession?: boolean | undefined;
  /** The trust policy allows sts:SetSourceIdentity. Default: true. */
  readonly setSourceIdentity?: boolean | undefined;
}

/** What the stand-in knows of the accounts. */
export interface StsAccounts {
  readonly providers: readonly StsProvider[];
  readonly roles: readonly StsRole[];
}

/** Credentials that were handed out, and to whom. */
export interface HandedOut {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since 1970, a whole second. */
  readonly expiration: number;
  /** `arn:aws:sts::…:assumed-role/…/…` */
  readonly arn: string;
  readonly userId: string;
  readonly account: string;
}

/** The fields of an AssumeRoleWithSAMLResult, in the order of AWS. */
export interface Exchange {
  readonly credentials: HandedOut;
  readonly audience: string;
  readonly issuer: string;
  readonly subject: string;
  readonly subjectType: string;
  readonly nameQualifier: string;
  readonly sourceIdentity: string | undefined;
  readonly packedPolicySize: number | undefined;
}

const FIVE_MINUTES = 300_000;
const NAME = /^[\w+=,.@-]{2,64}$/;

/**
 * Decides about a request.
 *
 * @throws StsRefusal
 */
export function exchange(
  parameters: URLSearchParams,
  { accounts, now }: { readonly accounts: StsAccounts; readonly now: number },
): Exchange {
  const asked = validated(parameters);
  const provider = accounts.providers.find((it) => it.arn === asked.principalArn);
  if (provider === undefined) {
    throw new StsRefusal("InvalidIdentityToken", "Specified provider doesn't exist");
  }
  const assertion = verifiedAssertion(asked.assertion, provider);
  checkIssuer(assertion, provider);
  checkTimes(assertion, now);
  const role = trustingRole(assertion, { asked, accounts });
  const session = sessionName(assertion);
  const sourceIdentity = checkTags(assertion, role);
  const maximum = role.maxSessionDuration ?? 3600;
  if (asked.seconds > maximum) throw new StsRefusal("ValidationError");
  const end = Math.min(
    now + asked.seconds * 1000,
    assertion.sessionNotOnOrAfter ?? Number.POSITIVE_INFINITY,
  );
  return {
    credentials: newCredentials({ roleArn: role.arn, session, end }),
    audience: assertion.recipient,
    issuer: assertion.issuer,
    subject: assertion.nameId,
    subjectType: /^urn:oasis:names:tc:SAML:2\.0:nameid-format:(persistent|transient)$/
      .exec(assertion.nameIdFormat)?.[1] ?? assertion.nameIdFormat,
    nameQualifier: nameQualifier(assertion.issuer, provider.arn),
    sourceIdentity,
    packedPolicySize: packedPolicySize(parameters),
  };
}

/** Providers and roles that trust just these offers, for an IdP with this issuer and these keys. */
export function accountsFor(
  offers: readonly RoleOffer[],
  idp: Omit<StsProvider, "arn"> & Omit<StsRole, "arn" | "providers">,
): StsAccounts {
  const { issuer, keys, decryptionKeyPem, audiences, ...trust } = idp;
  return {
    providers: [...new Set(offers.map((it) => it.provider))]
      .map((arn) => ({ arn, issuer, keys, decryptionKeyPem, audiences })),
    roles: [...Map.groupBy(offers, (it) => it.role)]
      .map(([arn, pairs]) => ({ arn, providers: pairs.map((it) => it.provider), ...trust })),
  };
}

interface Asked {
  readonly roleArn: string;
  readonly principalArn: string;
  readonly assertion: string;
  readonly seconds: number;
}

function validated(parameters: URLSearchParams): Asked {
  const text = (field: string, least: number, most: number) => {
    const member = field === "SAMLAssertion" ? "sAMLAssertion" : lowerFirst(field);
    const value = parameters.get(field);
    // The message of AWS repeats the value. That of an assertion would be a secret in our logs.
    const shown = field === "SAMLAssertion" ? "***" : `'${value}'`;
    if (value === null) throw constraint(`Value null at '${member}'`, "not be null");
    if (value.length < least) {
      throw constraint(
        `Value ${shown} at '${member}'`,
        `have length greater than or equal to ${least}`,
      );
    }
    if (value.length > most) {
      throw constraint(
        `Value ${shown} at '${member}'`,
        `have length less than or equal to ${most}`,
      );
    }
    return value;
  };
  const seconds = Number(parameters.get("DurationSeconds") ?? 3600);
  const at = `Value '${parameters.get("DurationSeconds")}' at 'durationSeconds'`;
  if (!Number.isInteger(seconds) || seconds < 900) {
    throw constraint(at, "have value greater than or equal to 900");
  }
  if (seconds > 43_200) throw constraint(at, "have value less than or equal to 43200");
  checkPolicies(parameters);
  const asked = {
    roleArn: text("RoleArn", 20, 2048),
    principalArn: text("PrincipalArn", 20, 2048),
    assertion: text("SAMLAssertion", 4, 100_000),
    seconds,
  };
  if (!/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(asked.roleArn)) {
    throw new StsRefusal("ValidationError", `${asked.roleArn} is invalid`);
  }
  if (!/^arn:[\w-]+:iam::\d{12}:saml-provider\/.+$/.test(asked.principalArn)) {
    throw new StsRefusal("ValidationError", `${asked.principalArn} is invalid`);
  }
  return asked;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function constraint(what: string, must: string): StsRefusal {
  return new StsRefusal(
    "ValidationError",
    `1 validation error detected: ${what} failed to satisfy constraint: Member must ${must}`,
  );
}

function checkPolicies(parameters: URLSearchParams): void {
  const policy = parameters.get("Policy");
  if (policy !== null) {
    if (policy.length > 2048) throw new StsRefusal("PackedPolicyTooLarge");
    try {
      JSON.parse(policy);
    } catch {
      throw new StsRefusal("MalformedPolicyDocument");
    }
  }
  if (policyArns(parameters).length > 10) throw new StsRefusal("PackedPolicyTooLarge");
}

/** The managed session policies of a request, `PolicyArns.member.N.arn`. */
export function policyArns(parameters: URLSearchParams): readonly string[] {
  return [...parameters].filter(([name]) => /^PolicyArns\.member\.\d+\.arn$/.test(name))
    .map(([, value]) => value);
}

function packedPolicySize(parameters: URLSearchParams): number | undefined {
  const policy = parameters.get("Policy");
  return policy === null ? undefined : Math.ceil(policy.length / 20.48);
}

function checkIssuer(assertion: VerifiedAssertion, provider: StsProvider): void {
  if (assertion.issuer !== provider.issuer) {
    throw new StsRefusal("InvalidIdentityToken", "Issuer not present in specified provider");
  }
  const { audiences } = provider;
  if (audiences !== undefined && !assertion.audiences.some((it) => audiences.includes(it))) {
    throw new StsRefusal(
      "InvalidIdentityToken",
      "Response does not contain the required audience",
    );
  }
}

function checkTimes(assertion: VerifiedAssertion, now: number): void {
  if (now - assertion.issuedAt > FIVE_MINUTES) throw new StsRefusal("ExpiredTokenException");
  if (assertion.notOnOrAfter !== undefined && now >= assertion.notOnOrAfter) {
    throw new StsRefusal("ExpiredTokenException");
  }
  if (assertion.notBefore !== undefined && now < assertion.notBefore) {
    // AWS documents no words for this one; these are ours.
    throw new StsRefusal("InvalidIdentityToken", "Token is not valid yet");
  }
}

function trustingRole(
  assertion: VerifiedAssertion,
  { asked, accounts }: { readonly asked: Asked; readonly accounts: StsAccounts },
): StsRole {
  const offered = (assertion.attributes.get(AWS + "Role") ?? [])
    .map((value) => value.split(",").map((arn) => arn.trim()))
    .some((pair) =>
      pair.length === 2 && pair.includes(asked.roleArn) && pair.includes(asked.principalArn)
    );
  const role = accounts.roles.find((it) => it.arn === asked.roleArn);
  // AWS gives the same answer to all of these, so that nobody can find out which roles exist.
  if (
    !offered || role === undefined || !role.providers.includes(asked.principalArn) ||
    !(role.recipients ?? [ACS_URL, AWS_ACS_URL]).includes(assertion.recipient)
  ) throw new StsRefusal("AccessDenied");
  return role;
}

function sessionName(assertion: VerifiedAssertion): string {
  const [name] = assertion.attributes.get(AWS + "RoleSessionName") ?? [];
  if (name === undefined || name === "") {
    throw new StsRefusal("InvalidIdentityToken", "RoleSessionName is required in AuthnResponse");
  }
  if (!NAME.test(name)) {
    throw new StsRefusal(
      "InvalidIdentityToken",
      "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
    );
  }
  return name;
}

function checkTags(assertion: VerifiedAssertion, role: StsRole): string | undefined {
  const tagged = [...assertion.attributes.keys()].some((name) =>
    name.startsWith(AWS + "PrincipalTag:")
  );
  if (tagged && role.tagSession === false) {
    throw new StsRefusal("AccessDenied", "Not authorized to perform sts:TagSession");
  }
  const [identity] = assertion.attributes.get(AWS + "SourceIdentity") ?? [];
  if (identity === undefined) return undefined;
  if (!NAME.test(identity) || identity.startsWith("aws:")) {
    throw new StsRefusal(
      "InvalidIdentityToken",
      'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
    );
  }
  if (role.setSourceIdentity === false) {
    throw new StsRefusal("AccessDenied", "Not authorized to perform sts:SetSourceIdentity");
  }
  return identity;
}

/** A session of a role, as nobody has one yet; `end` in milliseconds since 1970. */
export function newCredentials(
  { roleArn, session, end }: {
    readonly roleArn: string;
    readonly session: string;
    readonly end: number;
  },
): HandedOut {
  const [, partition = "", , , account = "", resource = ""] = roleArn.split(":");
  const roleName = resource.slice(resource.lastIndexOf("/") + 1);
  const roleId = "AROA" + createHash("sha256").update(roleArn).digest("hex").slice(0, 17)
    .toUpperCase();
  return {
    accessKeyId: "ASIA" + randomText(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    // With the signs of base64 that shells and INI files trip over.
    secretAccessKey: `${FIXTURE_SECRET_MARKER}/+${randomText(25)}`,
    sessionToken: `IQoJb3JpZ2luX2Vj//${FIXTURE_SECRET_MARKER}+${randomText(700)}==`,
    // AWS counts in whole seconds.
    expiration: Math.floor(end / 1000) * 1000,
    // The path of a role is not a part of its assumed-role ARN.
    arn: `arn:${partition}:sts::${account}:assumed-role/${roleName}/${session}`,
    userId: `${roleId}:${session}`,
    account,
  };
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Both alphabets have 32 or 64 signs, so a byte falls on them evenly. */
function randomText(length: number, alphabet = BASE64): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => alphabet.charAt(byte % alphabet.length)).join("");
}

/** `BASE64(SHA1(issuer + account + "/" + provider name))`, as the API reference defines it. */
function nameQualifier(issuer: string, providerArn: string): string {
  const [, , , , account = "", resource = ""] = providerArn.split(":");
  const name = resource.replace(/^saml-provider/, "");
  return createHash("sha1").update(issuer + account + name).digest("base64");
}
