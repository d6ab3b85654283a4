/**
 * A recorded Response → what it says, and what AWS or this program would not take of it but its age. Pure.
 *
 * Values of attributes are in it only where they are the roles, the length of the session and the person's name.
 *
 * @module
 */

import { audiencesOf, isAudienceOf, type Partition, PARTITIONS } from "../aws/partition.ts";
import { trustPolicy } from "../aws/trust_policy.ts";
import { foreign } from "../text.ts";
import { judgeName } from "./attribute_verdict.ts";
import { decodePostedResponse } from "./encoding.ts";
import { audienceFacts } from "./explain.ts";
import { carried } from "./remarks.ts";
import { type Assertion, readSamlResponse, type SamlResponse } from "./response.ts";
import { type OfferedRole, offeredRoles, offerSentences, sessionName } from "./roles.ts";
import { sessionDuration } from "./session_duration.ts";
import { sourceIdentityFault, tagFaults, tagKeys } from "./tags.ts";
import { assertionWarnings, endOf, judge } from "./verdict.ts";
import { childrenOf, parseXml } from "./xml.ts";

const SIGNATURE = "http://www.w3.org/2000/09/xmldsig#";
const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";

/** Something that would be refused. */
export interface Problem {
  /** A sentence without its final period. */
  readonly message: string;
  /** What to do about it: one or more lines. */
  readonly remedy: string | undefined;
}

/** What a Response says. */
export interface ResponseReport {
  readonly response: SamlResponse;
  /** The assertion, where it can be read. */
  readonly assertion: Assertion | undefined;
  /** Its issuer, or that of the Response. */
  readonly issuer: string | undefined;
  readonly person: string | undefined;
  /** Until when STS takes it, milliseconds since 1970. */
  readonly expires: number | undefined;
  readonly durationSeconds: number | undefined;
  readonly signed: readonly ("response" | "assertion")[];
  readonly roles: readonly OfferedRole[];
  readonly tagKeys: readonly string[];
  readonly sourceIdentity: boolean;
  readonly problems: readonly Problem[];
  /** What else to know, as sentences without final periods. */
  readonly remarks: readonly string[];
  /** For each provider the policy of its roles, JSON. */
  readonly policies: readonly TrustedProvider[];
}

/** A provider that the assertion names, and what lets it in. */
export interface TrustedProvider {
  readonly provider: string;
  readonly roles: readonly string[];
  readonly policy: string;
}

/**
 * Reads a Response whatever its age.
 *
 * @param field the form field SAMLResponse
 * @throws UserError exit code 5 when it cannot be read
 */
export function reportOn(field: string): ResponseReport {
  const posted = decodePostedResponse(field);
  const xml = posted.xml.reveal();
  const response = readSamlResponse(xml);
  const signed = signedParts(xml);
  const assertion = typeof response.assertion === "string" ? undefined : response.assertion;
  const offer = assertion ? offeredRoles(assertion) : { roles: [], malformed: [] };
  // At the moment of its issue it was as young as it could be.
  const objection = judge(
    { response, offer },
    {
      role: undefined,
      provider: undefined,
      accounts: [],
      filters: [],
      idp: undefined,
      encrypted: true,
    },
    assertion?.issueInstant ?? 0,
  );
  // The first of several would hide it.
  const name = assertion && judgeName(assertion);
  const objections = [objection, ...name?.code === objection?.code ? [] : [name]]
    .filter((each) => each !== undefined);
  return {
    response,
    assertion,
    issuer: assertion?.issuer ?? response.issuer,
    person: assertion && sessionName(assertion),
    expires: assertion && endOf(assertion),
    durationSeconds: sessionDuration(response.assertion),
    signed,
    roles: offer.roles,
    tagKeys: assertion ? tagKeys(assertion) : [],
    sourceIdentity: assertion !== undefined && carried(assertion).sourceIdentity,
    problems: [
      ...objections.map(({ message, hint }) => ({ message, remedy: hint })),
      ...response.status.success ? unsigned(response, signed) : [],
      ...assertion ? [...audienceProblem(assertion, offer.roles), ...tagProblems(assertion)] : [],
    ],
    remarks: [
      ...offer.roles.length === 0 ? [] : offerSentences(offer),
      ...assertion ? assertionWarnings(assertion, assertion.issueInstant) : [],
      ...assertion ? remarksOnAddress(assertion) : [],
      ...response.assertion === "encrypted"
        ? [
          "The assertion is encrypted, so only AWS can read it: sign in with --role-arn and --saml-provider-arn",
        ]
        : [],
    ],
    policies: assertion ? policiesFor(assertion, offer.roles) : [],
  };
}

/** Which parts have a signature; whether it is good is for AWS to say. */
function signedParts(xml: string): ResponseReport["signed"] {
  const root = parseXml(xml);
  const [assertion] = childrenOf(root, ASSERTION, "Assertion");
  const isSigned = (element: typeof root) => childrenOf(element, SIGNATURE, "Signature").length > 0;
  return [
    ...isSigned(root) ? ["response" as const] : [],
    ...assertion !== undefined && isSigned(assertion) ? ["assertion" as const] : [],
  ];
}

function unsigned(
  { assertion }: SamlResponse,
  signed: ResponseReport["signed"],
): readonly Problem[] {
  // The signature of an encrypted one may be inside.
  if (signed.length > 0 || typeof assertion === "string") return [];
  return [{
    message: "Neither the Response nor the assertion is signed",
    remedy: "In the IdP's AWS application, turn on signing of the assertion.",
  }];
}

function audienceProblem(
  assertion: Assertion,
  roles: readonly OfferedRole[],
): readonly Problem[] {
  const offered = [...new Set(roles.map(({ provider }) => provider.partition))];
  const partitions: readonly Partition[] = offered.length === 0 ? PARTITIONS : offered;
  const fits = (partition: Partition) =>
    assertion.audiences.some((audience) => isAudienceOf(partition, audience));
  const [partition] = partitions;
  if (partition === undefined || partitions.some(fits)) return [];
  const [expected = ""] = audiencesOf(partition);
  return [{
    message: audienceFacts(assertion, { partition }).join(" ").replace(/\.$/, ""),
    remedy: `In the IdP's AWS application, set the audience (SP entity ID) to ${expected}`,
  }];
}

function tagProblems(assertion: Assertion): readonly Problem[] {
  const identity = sourceIdentityFault(assertion);
  return [...tagFaults(assertion), ...identity === undefined ? [] : [identity]].map((message) => ({
    message,
    remedy: "Correct the attribute in the IdP's AWS application.",
  }));
}

function remarksOnAddress(
  { recipients, inResponseTo }: Assertion,
): readonly string[] {
  const local = (each: string) => /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/i.test(each);
  return [
    ...recipients.length === 0
      ? ["The assertion has no Recipient, so a trust policy cannot check SAML:aud"]
      : recipients.some(local)
      ? []
      : [
        `It was for ${
          foreign(recipients.join(" or "))
        }: for this program, add http://localhost:8090/saml as ` +
        "another ACS (reply) URL of the AWS application and sign in with --sso-url, or use --paste",
      ],
    ...inResponseTo.length === 0 ? [] : ["It answers a request (InResponseTo)"],
  ];
}

function policiesFor(
  assertion: Assertion,
  roles: readonly OfferedRole[],
): readonly TrustedProvider[] {
  const needs = { recipients: assertion.recipients, ...carried(assertion) };
  const byProvider = Map.groupBy(roles, ({ provider }) => provider.text);
  return [...byProvider].map(([provider, offered]) => ({
    provider,
    roles: offered.map(({ role }) => role.text),
    policy: trustPolicy({ provider: { text: provider }, ...needs }),
  }));
}
