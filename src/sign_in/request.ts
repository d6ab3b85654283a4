/**
 * The request for a sign-in, as the command line, the variables and the profile together say it, and where STS is asked
 * for it: the region, and another STS than AWS's own, which a setting names; pure.
 *
 * @module
 */

import { ExitCode, ifPossible, UserError } from "../errors.ts";
import { type IamArn, parseProviderArn, parseRoleArn } from "../aws/arn.ts";
import type { SessionKey } from "../credentials/cache.ts";
import type { Choice } from "../credentials/remembered.ts";
import type { Binding } from "../saml/authn_request.ts";
import type { RoleFilter } from "../saml/narrow.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import type { OfferedRole } from "../saml/roles.ts";
import { foreign } from "../text.ts";
import { isOwnSts, type Region, regionMismatch } from "../aws/partition.ts";
import type { Watch } from "./events.ts";

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

type Regional = Pick<SignInRequest, "region">;

/**
 * Returns the region that somebody named, else the partition's own; that also when a variable or a profile named
 * one of another partition, since it was named for something else.
 *
 * @throws UserError exit code 2 when the flag names a region of another partition
 */
export function regionFor(request: Regional, pair: OfferedRole): Region {
  const refusal = regionRefusal(request, pair);
  if (refusal !== undefined) throw refusal;
  const { region } = request;
  // In place of a region of another partition it must be set: with that one these credentials do not work.
  const named = region !== undefined && !region.onlyForSts;
  return region === undefined || !isOfRegion(request)(pair)
    ? { name: pair.role.partition.defaultRegion, named }
    : { name: region.name, named };
}

/** The error for a role whose partition does not have the region that the flag names. */
export function regionRefusal({ region }: Regional, { role }: OfferedRole): UserError | undefined {
  if (region?.from !== REGION_FLAG) return undefined;
  const mismatch = regionMismatch(region.name, role.partition);
  return mismatch === undefined
    ? undefined
    : new UserError("region-mismatch", `Cannot use ${REGION_FLAG}: ${mismatch}`, {
      exitCode: ExitCode.USAGE,
      hint: "Use --region with a region of the role's partition",
    });
}

/**
 * Returns the request for one of many roles: with the named region for those of its partition, and without for the
 * others. Where it fits none of them it stays, and {@linkcode regionFor} says so.
 */
export function requestAmong(
  request: SignInRequest,
  pair: OfferedRole,
  roles: readonly OfferedRole[],
): SignInRequest {
  const fits = isOfRegion(request);
  return fits(pair) || !roles.some(fits) ? request : { ...request, region: undefined };
}

/** Says where roles of another partition than the named region get theirs; `undefined` for none. */
export function regionsSentence(
  request: Regional,
  roles: readonly OfferedRole[],
): string | undefined {
  const fits = isOfRegion(request);
  const others = roles.filter((pair) => !fits(pair)).map(({ role }) => role.partition);
  const { region } = request;
  const none = others.length === roles.length;
  if (region === undefined || others.length === 0 || (none && region.from === REGION_FLAG)) {
    return undefined;
  }
  const theirs = [...new Set(others)].map(({ id, defaultRegion }) =>
    `those in ${id} use ${defaultRegion}`
  );
  const [only, ...more] = new Set(others);
  return none && only !== undefined && more.length === 0
    ? `Ignored ${region.from}: ${region.name} is not a region of ${only.id}; ${only.defaultRegion} is used`
    : `Region ${region.name} does not apply to ${none ? "these" : "all"} roles: ${
      theirs.join(", ")
    }`;
}

function isOfRegion({ region }: Regional): (pair: OfferedRole) => boolean {
  return ({ role }) =>
    region === undefined || regionMismatch(region.name, role.partition) === undefined;
}

type Named = Pick<SignInRequest, "endpoint" | "endpointFrom">;

/** The same watch, which also says before the sign-in where its assertion will go, unless that is AWS. */
export function showingEndpoint(watch: Watch, request: Named): Watch {
  const endpoint = whereOf(request);
  if (endpoint === undefined) return watch;
  return (event) =>
    watch(
      event.kind === "listening" || event.kind === "pasting" ? { ...event, endpoint } : event,
    );
}

/** The error of an exchange, with where STS was asked in its hint, unless that was AWS. */
export function withEndpoint(error: UserError, request: Named): UserError {
  const where = whereOf(request);
  const ofSts = error.exitCode === ExitCode.REFUSED || error.exitCode === ExitCode.UNREACHABLE;
  if (where === undefined || !ofSts) return error;
  const asked = `STS was asked at ${where}.`;
  return error.with({}, error.hint === undefined ? asked : `${error.hint}\n${asked}`);
}

function whereOf({ endpoint, endpointFrom }: Named): string | undefined {
  if (endpoint === undefined) return undefined;
  const { origin, hostname } = new URL(endpoint);
  if (isOwnSts(hostname)) return undefined;
  return endpointFrom === undefined ? origin : `${origin} (${endpointFrom})`;
}
