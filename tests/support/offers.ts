/**
 * Assertions with a few roles, for conversations in the fake world.
 *
 * @module
 */

import { parseProviderArn, parseRoleArn } from "../../src/aws/arn.ts";
import { readAssertion } from "../../src/saml/reader.ts";
import type { OfferedRole } from "../../src/saml/roles.ts";
import { type FakeWorld, fakeWorld, type FakeWorldOptions, NOON } from "./fakes.ts";
import { decryptionKey } from "./keys.ts";
import { buildResponse, type ResponseOptions, type RoleOffer } from "./saml_response.ts";
import { personsBrowser, type Send } from "./tab.ts";

/** Where the fake world listens. */
export const ACS = "http://localhost:8090/saml";

/** The SAMLResponse of somebody who is offered these roles, issued at {@linkcode NOON}. */
export function assertionOf(roles: readonly string[], more: ResponseOptions = {}): string {
  return buildResponse({ sign: "none", now: NOON, roles: roles.map(offerOf), ...more }).base64;
}

/** `111122223333/Dev` or `aws-cn:111122223333/team/Dev`, through the account's provider Idp. */
export function offerOf(text: string): RoleOffer {
  const [, partition = "aws", account, name] = /^(?:([\w-]+):)?(\d{12})\/(.+)$/.exec(text) ?? [];
  return {
    role: `arn:${partition}:iam::${account}:role/${name}`,
    provider: `arn:${partition}:iam::${account}:saml-provider/Idp`,
  };
}

/** The same as a pair of ARNs. */
export function pairOf(text: string, provider?: string): OfferedRole {
  const offer = offerOf(text);
  return {
    role: parseRoleArn(offer.role),
    provider: parseProviderArn(
      provider === undefined ? offer.provider : offer.provider.replace(/Idp$/, provider),
    ),
  };
}

/** A fake world that reads assertions for real. */
export function readingWorld(options: FakeWorldOptions = {}): FakeWorld & { readonly tab: Send } {
  const world = fakeWorld({ loadReader: () => Promise.resolve(readAssertion), ...options });
  const start = async () => {
    const event = await world.events.find(({ kind }) => kind === "listening");
    return event.kind === "listening" ? event.start : undefined;
  };
  return { ...world, tab: personsBrowser((request) => world.send(request), start) };
}

/** An assertion that only STS can read. */
export function encryptedBase64(): string {
  return buildResponse({ sign: "none", now: NOON, encryptTo: decryptionKey() }).base64;
}
