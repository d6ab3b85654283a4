/**
 * The request for a sign-in, as the command line, the variables and the profile together say it.
 *
 * @module
 */

import { ifPossible } from "../errors.ts";
import { type IamArn, parseProviderArn, parseRoleArn } from "../aws/arn.ts";
import type { SessionKey } from "../credentials/cache.ts";
import type { Choice } from "../credentials/remembered.ts";
import type { Binding } from "../saml/authn_request.ts";
import type { RoleFilter } from "../saml/narrow.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import { foreign } from "../text.ts";

/** The settings of a sign-in that starts with a request to the IdP (SP-initiated). */
export interface SsoSettings {
  /** The IdP's endpoint; `undefined` where its metadata says it. */
  readonly url: URL | undefined;
  /** The file or the URL of its metadata. */
  readonly metadata: string | undefined;
  readonly binding: Binding | undefined;
  /** The entity ID of who asks. */
  readonly spEntityId: string;
  /** The index of an ACS that the IdP knows, in place of this listener's URL. */
  readonly acsIndex: number | undefined;
  readonly forceAuthn: boolean;
}

/** The settings of the conversation with the browser. */
export interface ConversationRequest {
  /** The URL that the browser is sent to first, unless {@linkcode sso} says more; http or https. */
  readonly startUrl: URL | undefined;
  /** Set where the sign-in starts with a request to the IdP. */
  readonly sso?: SsoSettings | undefined;
  /** The opener of the browser: a command, `none`, or `undefined` for the system's. */
  readonly browser: string | undefined;
  readonly port: number;
  /** A certificate and its key in PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Set when the Response is pasted, and the port is of no use. */
  readonly paste?: boolean;
  /** The longest wait for an assertion once the port is ours, milliseconds; `undefined` for forever. */
  readonly timeoutMs: number | undefined;
}

/** Tells if a browser is to be opened: who wants none needs no word about there being none. */
export function opensBrowser(request: ConversationRequest): boolean {
  return startsHere(request) && request.browser !== "none";
}

/** Tells if the sign-in has a start address here; else the person starts at the IdP. */
export function startsHere({ startUrl, sso }: ConversationRequest): boolean {
  return startUrl !== undefined || sso !== undefined;
}

/** The flag that names a region for this sign-in. */
export const REGION_FLAG = "--region";

/** Everything that shapes one sign-in. Role and provider are absent where the person is to pick. */
export interface SignInRequest extends ConversationRequest, RoleFilter {
  readonly accounts: readonly string[];
  readonly filters: readonly string[];
  /**
   * The region that somebody named, and where; `undefined` for the partition's default. One of another partition
   * than the role's gives way, unless {@linkcode REGION_FLAG} names it.
   */
  readonly region:
    | {
      readonly name: string;
      readonly from: string;
      /** Set when STS is asked there, but nothing that is delivered names it. */
      readonly onlyForSts?: boolean;
    }
    | undefined;
  /** The endpoint of STS that somebody named; `undefined` for AWS' own. */
  readonly endpoint: string | undefined;
  /** The setting that names it: `AWS_ENDPOINT_URL`. */
  readonly endpointFrom?: string | undefined;
  /** 900 to 43200; `undefined` for the length that the assertion names. */
  readonly durationSeconds: number | undefined;
  readonly strictDuration: boolean;
  readonly policyArns: readonly IamArn[];
  /** A session policy, JSON. */
  readonly policy: string | undefined;
  /** The only IdP whose assertions are taken, by entity ID. */
  readonly idp: string | undefined;
  /** Account number → name, for the picker. */
  readonly accountNames: ReadonlyMap<string, string>;
  /** Its purpose, for the pages, with names between backticks: "profile `dev`". Shapes no session. */
  readonly asker?: string | undefined;
}

/** The memory of the role that was taken last by the same settings, and of who signed in. */
export interface ChoiceMemory {
  /** Never fails. */
  readonly last: () => Choice | undefined | Promise<Choice | undefined>;
  /** Never rejects: what cannot be remembered is asked again. */
  readonly remember: (choice: Choice) => Promise<void>;
}

/**
 * Tells if an assertion is not of the person of last time; where none is known it is of anybody. An answer to our
 * own request is of the person who made it, whoever that is this time.
 */
export function isAnother(
  { person, solicited }: Pick<ReadAssertion, "person" | "solicited">,
  last: string | undefined,
): boolean {
  // IdPs write one name in capitals and small letters as it was typed.
  return !solicited && last !== undefined && last.toLowerCase() !== person?.toLowerCase();
}

/** Says who signed in last time, as a sentence without its final period. */
export function lastTimeSentence(last: string | undefined): string {
  return `Last time it was ${foreign(last ?? "", 80)}`;
}

/** Names what requests are for that are answered together: the one that asks, or how many do. */
export function askerOf(requests: readonly Pick<SignInRequest, "asker">[]): string | undefined {
  const askers = new Set(requests.map(({ asker }) => asker));
  return askers.size > 1 ? `${requests.length} commands` : requests[0]?.asker;
}

/** The pair of a remembered choice; `undefined` for nothing, or for what nobody we know has written. */
export function chosenPair(choice: Choice | undefined): OfferedRole | undefined {
  if (choice === undefined) return undefined;
  const { roleArn, providerArn } = choice;
  return ifPossible(() => ({
    role: parseRoleArn(roleArn),
    provider: parseProviderArn(providerArn),
  }));
}

/**
 * Returns what of a request shapes the session: role and provider, which STS is asked, for how long and narrowed
 * by what, and which IdP was asked in which way. Two requests that differ in any of it share no session.
 *
 * The region does not: what STS gives in one is good in every region of the partition.
 */
export function sessionKey(request: SignInRequest, pair: OfferedRole): SessionKey {
  return {
    role: pair.role.text,
    provider: pair.provider.text,
    partition: pair.role.partition.id,
    ...shapeOf(request),
  };
}

/** Returns what of a request shapes the choice of a role: the settings that one choice is kept for. */
export function settingsKey(request: SignInRequest): SessionKey {
  return {
    role: request.role?.text,
    provider: request.provider?.text,
    accounts: request.accounts,
    filters: request.filters,
    ...shapeOf(request),
  };
}

function shapeOf(request: SignInRequest): SessionKey {
  return {
    endpoint: request.endpoint,
    durationSeconds: request.durationSeconds,
    strictDuration: String(request.strictDuration),
    policyArns: request.policyArns.map((policy) => policy.text),
    policy: request.policy,
    ...idpKey(request),
  };
}

/** Returns which IdP is asked, and in whose name. */
export function idpKey({ startUrl, idp, sso }: SignInRequest): SessionKey {
  return {
    startUrl: startUrl?.href,
    idp,
    ssoUrl: sso?.url?.href,
    idpMetadata: sso?.metadata,
    spEntityId: sso?.spEntityId,
    acsIndex: sso?.acsIndex,
  };
}
