/**
 * The IdP's endpoint for AuthnRequests, from the flags or from its metadata.
 *
 * @module
 */

import { isGuarded } from "../aws/partition.ts";
import { explainTransport, type Route, type Service, transportError } from "../aws/unreachable.ts";
import { readBounded } from "../bounded_body.ts";
import { ExitCode, messageOf, UserError } from "../errors.ts";
import type { Binding } from "../saml/authn_request.ts";
import { foreign } from "../text.ts";
import { Deadline } from "../wait.ts";
import type { Watch } from "./events.ts";
import { ACS_PATH } from "./listener/acs.ts";
import type { ConversationRequest } from "./request.ts";
import { originOf } from "./timeout.ts";

/** Where AuthnRequests are sent, and what they say. */
export interface IdpEndpoint {
  readonly url: URL;
  readonly binding: Binding;
  /** The entity ID of who asks. */
  readonly issuer: string;
  /** Where the IdP is to post to: a URL, or the index of one that it knows. */
  readonly acs: URL | number;
  readonly forceAuthn: boolean;
}

/** The IdP, as far as it is known before a sign-in. */
export interface KnownIdp {
  /** `undefined` where the sign-in starts at the IdP. */
  readonly endpoint: IdpEndpoint | undefined;
  /** The only entity ID that is accepted; `undefined` for any. */
  readonly idp: string | undefined;
}

/** Reads the text of an IdP's metadata from a file or a URL. */
export type ReadMetadata = (source: string, signal: AbortSignal) => Promise<string>;

/**
 * Completes what the flags say by the IdP's metadata.
 *
 * @param idp the only accepted entity ID, when one was named
 * @throws UserError exit code 2 for metadata that is of no use, 7 for an address that cannot be reached
 */
export async function knownIdp(
  request: Pick<ConversationRequest, "sso" | "port" | "tls">,
  idp: string | undefined,
  { readMetadata, now, watch, signal }: {
    readonly readMetadata: ReadMetadata;
    readonly now: () => number;
    readonly watch: Watch;
    readonly signal: AbortSignal;
  },
): Promise<KnownIdp> {
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
