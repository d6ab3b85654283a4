/**
 * An AWS service could not be reached, or something else responded → the cause and the remedy.
 *
 * @module
 */

import { ExitCode, messageOf, systemReason, UserError } from "../errors.ts";
import { foreign } from "../text.ts";

/** The kind of failure; `not-sts`: something other than the requested service responded. */
export type TransportFailure = "timeout" | "network" | "not-sts" | "proxy";

/** The service that was called, in the words of messages. */
export interface Service {
  /** The prefix of its error codes: `sts`. */
  readonly code: string;
  /** Completes "Cannot reach …". */
  readonly name: string;
  /** The setting that names its endpoint. */
  readonly settings: string;
  /** The last step of every remedy, as in "Check the network, then sign in again". */
  readonly again: string;
}

const STS: Service = {
  code: "sts",
  name: "STS",
  settings: "AWS_ENDPOINT_URL_STS",
  again: "sign in again",
};

/** What can be found out about the way to an https endpoint, for a message. */
export interface Route {
  /** The proxy to a host, and the variable that names it; `undefined` for none. */
  readonly proxyFor: (
    host: string,
  ) => Promise<{ readonly name: string; readonly address: string } | undefined>;
  /** Who issued the certificate of an endpoint; `undefined` when that cannot be found out. */
  readonly issuerOf: (endpoint: string) => Promise<string | undefined>;
  /** The setting whose CAs are trusted besides the system's, with its value; `undefined` for none. */
  readonly extraCas: () => Promise<string | undefined>;
}

/** An attempt without a response from the service; the SDK retries it where that can help. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  /** Makes the SDK's retry strategy try again. */
  readonly $retryable: Record<string, never> | undefined;

  /**
   * @param kind what went wrong
   * @param endpoint scheme, host and port of the service
   * @param options what was seen, with the status and the cause if there were any; `final` when the caller
   * gave up, so that there must be no further attempt
   */
  constructor(
    readonly kind: TransportFailure,
    readonly endpoint: string,
    options: {
      readonly detail: string;
      readonly statusCode?: number;
      readonly cause?: unknown;
      readonly final?: boolean;
    },
  ) {
    super(options.detail, { cause: options.cause });
    const gateway = options.statusCode !== undefined && options.statusCode >= 500;
    const trust = isTrust(options.detail);
    if (options.final) return;
    if (kind === "timeout" || (kind === "network" && !trust) || gateway) this.$retryable = {};
  }
}

/**
 * The error for a response that looks like STS's but cannot be read, or has incomplete credentials. It has
 * no cause: the SDK's error carries the response, and half of that may be a secret key.
 */
export function incomplete(): UserError {
  return unreachable("STS returned incomplete credentials", "Sign in again.");
}

/**
 * Explains why STS did not respond, as an error with exit code 7.
 *
 * @param error what the SDK threw
 * @param call the region, `timedOut` when the deadline of all attempts has passed, and the way there
 */
export async function explainFailure(
  error: unknown,
  call: { readonly region: string; readonly timedOut: boolean; readonly route?: Route | undefined },
): Promise<UserError> {
  if (!(error instanceof TransportError)) {
    if (call.timedOut) {
      return unreachable(`Timed out waiting for STS in ${call.region}`, networkHint(STS), error);
    }
    return unreachable(
      `Cannot get credentials from STS in ${call.region}: ${plainReason(messageOf(error))}`,
      AGAIN,
      error,
    );
  }
  return await explainTransport(error, STS, call.route);
}

/** Explains why a service did not respond, as an error with exit code 7. */
export async function explainTransport(
  error: TransportError,
  service: Service,
  route?: Route,
): Promise<UserError> {
  const { message } = error;
  const host = error.endpoint.replace(/^\w+:\/\//, "");
  const proxy = /^https:/.test(error.endpoint)
    ? await route?.proxyFor(new URL(error.endpoint).hostname)
    : undefined;
  const through = proxy &&
    `\nThe request went through the proxy ${
      foreign(proxy.address, 200)
    }, which ${proxy.name} names.`;
  const explained = (words: string, hint: string) =>
    new UserError(`${service.code}-unreachable`, words, {
      exitCode: ExitCode.UNREACHABLE,
      hint: `${hint}${through ?? ""}`,
      cause: error,
    });
  switch (error.kind) {
    case "timeout":
      return explained(`Timed out waiting for ${service.name} at ${host}`, networkHint(service));
    case "proxy":
      return explained(
        `Cannot reach ${service.name} at ${host}: the proxy requires a sign-in (HTTP 407)`,
        `Sign in to the proxy, or set ${proxy?.name ?? "HTTPS_PROXY"} to ` +
          "http://USER:PASSWORD@HOST:PORT.",
      );
    case "not-sts":
      return explained(
        `The response from ${host} is not from ${service.name}: ${message}`,
        "This may be a captive portal, a proxy or a wrong endpoint. Open any web page to sign in to the\n" +
          `network, check HTTPS_PROXY and ${service.settings}, then ${service.again}.`,
      );
    case "network": {
      const words = `Cannot reach ${service.name} at ${host}: ${plainReason(message)}`;
      if (!isTrust(message)) return explained(words, networkHint(service));
      const issuer = await route?.issuerOf(error.endpoint);
      return explained(
        issuer === undefined ? words : `${words} (issued by "${foreign(issuer, 100)}")`,
        trustHint(await route?.extraCas()),
      );
    }
  }
}

/** Joins the messages along the chain of causes: the deepest one names the CA or the host. */
export function causesOf(error: unknown): string {
  const messages: string[] = [];
  for (let each: unknown = error; each !== undefined && messages.length < 5;) {
    messages.push(messageOf(each));
    each = each instanceof Error ? each.cause : undefined;
  }
  return messages.join(": ");
}

/** Patterns in the runtime's messages, and their meaning in plain words; the first match counts. */
const REASONS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [
    /\bdns error|failed to lookup address|name resolution/i,
    "the name cannot be resolved (no network?)",
  ],
  [/connection refused|actively refused/i, "connection refused"],
  [
    /no route to host|(network|host) is unreachable|unreachable (network|host)/i,
    "no route to the host (no network?)",
  ],
  [/eof while tunneling/i, "the proxy closed the connection"],
  [/unsuccessful tunnel|tunnel error/i, "the proxy refused the connection"],
  [/certificate.*expired/i, "its certificate has expired"],
  [/certificate.*(NotValidYet|not valid yet)/i, "its certificate is not valid yet"],
  [/certificate.*(NotValidForName|not valid for name)/i, "its certificate is for another host"],
  [/certificate|UnknownIssuer|UnknownCA/i, "its certificate is not trusted"],
  [/handshake|corrupt message|fatal alert/i, "the TLS handshake failed"],
  [/timed out/i, "the connection timed out"],
  [
    /reset by peer|forcibly closed|closed before|error reading a body|end of file/i,
    "the connection was closed",
  ],
  [/invalid HTTP/i, "the response is not HTTP"],
];

/** Says why a connection failed in plain words; of an unknown reason, the runtime's own last words. */
function plainReason(chain: string): string {
  const known = REASONS.find(([pattern]) => pattern.test(chain));
  if (known !== undefined) return known[1];
  // "fetch failed: error sending request for url (…): client error (Connect): WORDS".
  const words = chain.replace(/^(.*\bclient error \(\w+\): |fetch failed: )/is, "");
  return foreign(systemReason(words).replace(/\.\s.*/s, ""), 120);
}

const AGAIN =
  "Sign in again. If this keeps happening, check https://health.aws.amazon.com for an outage.";

function trustHint(extraCas: string | undefined): string {
  return "Your company may inspect TLS traffic with a CA of its own. Set AWS_CA_BUNDLE to a PEM file with the\n" +
    "certificate of that CA, or add it to the system's trust store. Also check this computer's clock." +
    (extraCas === undefined ? "" : `\nThe CAs in ${foreign(extraCas, 300)} are trusted already.`);
}

function networkHint({ again }: Service): string {
  return `Check the network, HTTPS_PROXY and NO_PROXY, and the region, then ${again}.`;
}

function isTrust(message: string): boolean {
  return /certificate|UnknownIssuer|UnknownCA/i.test(message);
}

function unreachable(message: string, hint: string, cause?: unknown): UserError {
  return new UserError("sts-unreachable", message, { exitCode: ExitCode.UNREACHABLE, hint, cause });
}

/** Says what kept a request from its response. */
export function transportError(
  error: unknown,
  endpoint: string,
  { passed }: { readonly passed: boolean },
): TransportError {
  const detail = causesOf(error);
  const kind = passed
    ? "timeout"
    // fetch's message for a 407 in response to CONNECT: there is no status then.
    : /proxy auth/i.test(detail)
    ? "proxy"
    : "network";
  return new TransportError(kind, endpoint, { detail, cause: error });
}
