/**
 * STS could not be reached, or what answered was not STS → cause and remedy.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import { foreign } from "../foreign.ts";

/** What went wrong on the way. */
export type TransportFailure = "timeout" | "network" | "not-sts" | "proxy";

/** A try that brought no answer of STS; the SDK tries again where that can help. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  /** Tells the SDK's retry strategy to try again. */
  readonly $retryable: Record<string, never> | undefined;

  /**
   * @param kind what went wrong
   * @param endpoint scheme, host and port that were asked
   * @param options what was seen, with the status and the cause where there were any; `final` when the
   * caller gave up, so that no further try is to be made
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

/** An endpoint that would send the assertion in the clear; exit code 2, since a setting asked for it. */
export function insecureEndpoint(endpoint: string): UserError {
  return new UserError(
    "sts-insecure",
    `Refused to send the assertion to ${endpoint}: it is not https, and not this machine`,
    {
      exitCode: ExitCode.USAGE,
      hint: ENDPOINT_HINT,
    },
  );
}

/** An endpoint that is no URL at all; exit code 2, since a setting asked for it. */
export function malformedEndpoint(cause: Error): UserError {
  return new UserError("sts-endpoint", `Cannot ask STS: ${foreign(cause.message, 300)}`, {
    exitCode: ExitCode.USAGE,
    hint: ENDPOINT_HINT,
    cause,
  });
}

/**
 * An answer that looks like STS' and cannot be read, or has no whole credentials in it. Without a cause:
 * the SDK's error carries the answer, and half of it may be a secret key.
 */
export function incomplete(): UserError {
  return unreachable("STS answered without whole credentials", "Sign in again.");
}

/**
 * Anything that kept STS from answering, as an error of ours, exit code 7.
 *
 * @param error what the SDK threw
 * @param asked the region, and whether the deadline of all tries was over
 */
export function explainFailure(
  error: unknown,
  asked: { readonly region: string; readonly timedOut: boolean },
): UserError {
  if (!(error instanceof TransportError)) {
    if (asked.timedOut) {
      return unreachable(`STS in ${asked.region} did not answer in time`, NETWORK_HINT, error);
    }
    return unreachable(
      `STS in ${asked.region} failed: ${foreign(messageOf(error), 300)}`,
      AGAIN,
      error,
    );
  }
  const { endpoint, message } = error;
  switch (error.kind) {
    case "timeout":
      return unreachable(`${endpoint} did not answer in time`, NETWORK_HINT, error);
    case "proxy":
      return unreachable(
        `The proxy on the way to ${endpoint} wants a sign-in (HTTP 407)`,
        "Put its user and password into HTTPS_PROXY, or sign in to it.",
        error,
      );
    case "not-sts":
      return unreachable(
        `What answered at ${endpoint} is not STS: ${message}`,
        "A captive portal, a proxy or a wrong endpoint stands in between. Open any web page to sign in\n" +
          "to the network, check HTTPS_PROXY and AWS_ENDPOINT_URL_STS, then sign in again.",
        error,
      );
    case "network":
      return unreachable(
        `Cannot reach ${endpoint}: ${foreign(message, 300)}`,
        isTrust(message) ? TRUST_HINT : NETWORK_HINT,
        error,
      );
  }
}

const ENDPOINT_HINT =
  "Correct AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or the endpoint_url of the profile.";
const AGAIN =
  "Sign in again. If it stays so, see whether https://health.aws.amazon.com reports trouble.";
const NETWORK_HINT =
  "Check the network, HTTPS_PROXY and NO_PROXY, and the region, then sign in again.";
const TRUST_HINT =
  "Something on the way shows a certificate that this machine does not trust, as a company's TLS\n" +
  "inspection does. Set AWS_CA_BUNDLE to a PEM file with its CA, or add that CA to the system's store.";

function isTrust(message: string): boolean {
  return /certificate|UnknownIssuer|UnknownCA/i.test(message);
}

function unreachable(message: string, hint: string, cause?: unknown): UserError {
  return new UserError("sts-unreachable", message, { exitCode: ExitCode.UNREACHABLE, hint, cause });
}
