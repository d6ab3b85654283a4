/**
 * The AuthnRequests of one wait: where they are sent, by the flags or the IdP's metadata, and which of them the IdP
 * has answered.
 *
 * @module
 */

import { isGuarded } from "../aws/partition.ts";
import { explainTransport, type Route, type Service, transportError } from "../aws/unreachable.ts";
import { readBounded } from "../bounded_body.ts";
import { ExitCode, messageOf, UserError } from "../errors.ts";
import {
  type AuthnRequest,
  type Binding,
  newRequestId,
  postField,
  redirectUrl,
} from "../saml/authn_request.ts";
import { foreign } from "../text.ts";
import { Deadline } from "../wait.ts";
import type { Watch } from "./events.ts";
import { ACS_PATH } from "./listener/acs.ts";
import type { ConversationRequest } from "./request.ts";
import { originOf } from "./timeout.ts";
import { refusal } from "../saml/attribute_verdict.ts";
import type { Start } from "./listener/start.ts";
import type { Page } from "./pages/page.ts";
import type { ConversationWorld, Purpose } from "./next.ts";

/** Where AuthnRequests are sent, and what they say. */
export interface IdpEndpoint extends Pick<AuthnRequest, "issuer" | "acs" | "forceAuthn"> {
  readonly url: URL;
  readonly binding: Binding;
}

/**
 * Completes what the flags say by the IdP's metadata.
 *
 * @param idp the only accepted entity ID, when one was named
 * @returns the endpoint, where the sign-in does not start at the IdP, and the only accepted entity ID, if one is known
 * @throws UserError exit code 2 for metadata that is of no use, 7 for an address that cannot be reached
 */
export async function knownIdp(
  request: Pick<ConversationRequest, "sso" | "port" | "tls">,
  idp: string | undefined,
  { readMetadata, now, watch, signal }: Pick<
    ConversationWorld,
    "readMetadata" | "now" | "watch" | "signal"
  >,
): Promise<{ readonly endpoint: IdpEndpoint | undefined; readonly idp: string | undefined }> {
  const { sso } = request;
  if (sso === undefined) return { endpoint: undefined, idp };
  const { url, metadata: source, binding, spEntityId, acsIndex, forceAuthn } = sso;
  const common = {
    issuer: spEntityId,
    acs: acsIndex ?? new URL(ACS_PATH, originOf(request)),
    forceAuthn,
  };
  const named = url && { ...common, url, binding: binding ?? "redirect" };
  if (source === undefined) return { endpoint: named, idp };
  const text = await readMetadata(source, signal);
  const { readIdpMetadata } = await import("../saml/idp_metadata.ts");
  try {
    const metadata = readIdpMetadata(text, {
      idp,
      binding: url === undefined ? binding : undefined,
    }, now());
    for (const message of metadata.warnings) watch({ kind: "warning", message });
    const found = { ...common, url: metadata.endpoint, binding: metadata.binding };
    return { endpoint: named ?? found, idp: metadata.entityId };
  } catch (error) {
    throw unusable(source, messageOf(error));
  }
}

/** The most that is read of metadata, bytes: a federation's is as long as it has members. */
const MAX_BYTES = 5_000_000;

const DEADLINE_MS = 20_000;

const METADATA: Service = {
  code: "metadata",
  name: "the IdP's metadata",
  settings: "--idp-metadata",
  again: "sign in again",
};

/** The world in which metadata is read. */
export interface MetadataWorld {
  /** The text of a file; `undefined` when there is none. */
  readonly readFile: (path: string) => Promise<string | undefined>;
  /** Looks at the proxies and CAs of the way to a host. */
  readonly checkRoute: (host: string) => Promise<void>;
  /** A client that trusts extra CAs; `undefined` for fetch's own. */
  readonly client: () => Promise<Deno.HttpClient | undefined>;
  readonly route: Route;
  readonly signal: AbortSignal;
}

/**
 * Reads the text of metadata from a file or a URL.
 *
 * @throws UserError exit code 7 when an address cannot be reached, 2 for anything else that is of no use
 */
export async function readMetadata(source: string, world: MetadataWorld): Promise<string> {
  if (/^https?:\/\//i.test(source)) return await fetchMetadata(source, world);
  try {
    const text = await world.readFile(source);
    if (text !== undefined) return text;
  } catch (error) {
    throw unusable(source, messageOf(error));
  }
  throw unusable(source, "no such file");
}

async function fetchMetadata(source: string, world: MetadataWorld): Promise<string> {
  const url = URL.parse(source);
  if (url === null) throw unusable(source, "it is not a URL");
  if (!isGuarded(url)) {
    // Whoever could change it on the way would choose where the person types the password.
    throw unusable(source, "it must start with https:// or be on this machine");
  }
  await world.checkRoute(url.hostname);
  const client = await world.client();
  using deadline = new Deadline(DEADLINE_MS, world.signal);
  try {
    const response = await fetch(url, {
      ...(client && { client }),
      signal: deadline.signal,
      // It could lead to an address that is not guarded.
      redirect: "manual",
    });
    if (!response.ok) {
      await response.body?.cancel();
      const to = response.headers.get("location");
      const where = to === null ? "" : `, a redirect to ${foreign(to)}`;
      throw unusable(source, `the server responded with HTTP ${response.status}${where}`);
    }
    const bytes = await readBounded(response.body, {
      maxBytes: MAX_BYTES,
      signal: deadline.signal,
    });
    return new TextDecoder().decode(bytes);
  } catch (error) {
    world.signal.throwIfAborted();
    if (error instanceof UserError) throw error;
    throw await explainTransport(
      transportError(error, url.origin, deadline),
      METADATA,
      world.route,
    );
  }
}

/** The error for metadata that is of no use. */
function unusable(source: string, reason: string): UserError {
  return new UserError("metadata-unusable", `Cannot use --idp-metadata ${source}: ${reason}`, {
    exitCode: ExitCode.USAGE,
    hint:
      "Give the file or the address of your IdP's SAML metadata, as its administrator hands it out.",
  });
}

/** The warning when another browser than the first comes for the way to the IdP. */
const SECOND =
  "Another browser or program opened the address of this sign-in and was refused. If that was not you, " +
  "press Ctrl-C and do not finish the sign-in in the browser";

/** The requests that one wait has sent, each under an ID of its own. */
export class SentRequests {
  readonly #endpoint: IdpEndpoint;
  readonly #now: () => number;
  readonly #ids = new Set<string>();
  readonly #answered = new Set<string>();

  /**
   * @param endpoint where they are sent, and what they say
   * @param now milliseconds since 1970
   */
  constructor(endpoint: IdpEndpoint, now: () => number) {
    this.#endpoint = endpoint;
    this.#now = now;
  }

  /** The page of the IdP that they are taken to. */
  get url(): URL {
    return this.#endpoint.url;
  }

  /** The IDs that an answer may name. */
  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /** Makes a request, and the way on which the browser takes it to the IdP. */
  async send(): Promise<URL | Page> {
    const { url, binding, issuer, acs, forceAuthn } = this.#endpoint;
    const id = newRequestId();
    this.#ids.add(id);
    const request = { id, issued: this.#now(), destination: url, issuer, acs, forceAuthn };
    if (binding === "redirect") return await redirectUrl(request);
    const { sentPage } = await import("./pages/pages.ts");
    return sentPage(url, postField(request));
  }

  /** Takes the answer to a request; returns the error when there was one already. */
  answer(id: string | undefined): UserError | undefined {
    if (id === undefined) return undefined;
    if (!this.#answered.has(id)) return void this.#answered.add(id);
    return refusal(
      "assertion-replayed",
      "The SAML Response answers a request that was answered before",
      "Sign in again, without the browser's Back or Reload button.",
    );
  }
}

/** A purpose, and the requests to the IdP where the sign-in starts with one. */
export type Begun = Purpose & { readonly requests: SentRequests | undefined };

/** Completes a purpose by what is known of the IdP. */
export async function begin(
  request: ConversationRequest,
  world: ConversationWorld,
  purpose: Purpose,
): Promise<Begun> {
  const { endpoint, idp } = await knownIdp(request, purpose.expected.idp, world);
  const requests = endpoint && new SentRequests(endpoint, world.now);
  return { ...purpose, expected: { ...purpose.expected, idp, requests: requests?.ids }, requests };
}

/**
 * Makes the start address; `undefined` where the person starts at the IdP.
 *
 * @param startUrl the page that it leads to where no requests are sent
 */
export function startAt(
  startUrl: URL | undefined,
  requests: SentRequests | undefined,
  { watch, onOpened }: { readonly watch: Watch; readonly onOpened: () => void },
): Start | undefined {
  const url = requests?.url ?? startUrl;
  return url && {
    nonce: crypto.randomUUID(),
    cookie: crypto.randomUUID(),
    url,
    onOpened,
    request: requests && {
      make: () => requests.send(),
      onSecond: () => watch({ kind: "warning", message: SECOND }),
    },
  };
}
