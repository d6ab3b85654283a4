/**
 * A service of AWS could not be reached, or what answered was something else → cause and remedy.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import { foreign } from "../foreign.ts";

/** What went wrong on the way; `not-sts`: what answered is not the service that was asked. */
export type TransportFailure = "timeout" | "network" | "not-sts" | "proxy";

/** Who was asked, in the words of messages. */
export interface Service {
  /** What the codes of its errors begin with: `sts`. */
  readonly code: string;
  /** Completes "What answered is not …". */
  readonly name: string;
  /** The settings that name its endpoint. */
  readonly settings: string;
  /** What to do in the end, as in "Check the network, then sign in again". */
  readonly again: string;
}

const STS: Service = {
  code: "sts",
  name: "STS",
  settings: "AWS_ENDPOINT_URL_STS",
  again: "sign in again",
};

/** A try that brought no answer of the service; the SDK tries again where that can help. */
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
      return unreachable(`STS in ${asked.region} did not answer in time`, networkHint(STS), error);
    }
    return unreachable(
      `STS in ${asked.region} failed: ${foreign(messageOf(error), 300)}`,
      AGAIN,
      error,
    );
  }
  return explainTransport(error, STS);
}

/** What kept a service from answering, as an error of ours, exit code 7. */
export function explainTransport(error: TransportError, service: Service): UserError {
  const { endpoint, message } = error;
  const explained = (words: string, hint: string) =>
    new UserError(`${service.code}-unreachable`, words, {
      exitCode: ExitCode.UNREACHABLE,
      hint,
      cause: error,
    });
  switch (error.kind) {
    case "timeout":
      return explained(`${endpoint} did not answer in time`, networkHint(service));
    case "proxy":
      return explained(
        `The proxy on the way to ${endpoint} wants a sign-in (HTTP 407)`,
        "Put its user and password into HTTPS_PROXY, or sign in to it.",
      );
    case "not-sts":
      return explained(
        `What answered at ${endpoint} is not ${service.name}: ${message}`,
        "A captive portal, a proxy or a wrong endpoint stands in between. Open any web page to sign in\n" +
          `to the network, check HTTPS_PROXY and ${service.settings}, then ${service.again}.`,
      );
    case "network":
      return explained(
        `Cannot reach ${endpoint}: ${foreign(message, 300)}`,
        isTrust(message) ? TRUST_HINT : networkHint(service),
      );
  }
}

/** Every message along the chain of causes: the one that names the CA or the host is the deepest. */
export function causesOf(error: unknown): string {
  const messages: string[] = [];
  for (let each: unknown = error; each !== undefined && messages.length < 5;) {
    messages.push(messageOf(each));
    each = each instanceof Error ? each.cause : undefined;
  }
  return messages.join(": ");
}

const AGAIN =
  "Sign in again. If it stays so, see whether https://health.aws.amazon.com reports trouble.";
const TRUST_HINT =
  "Something on the way shows a certificate that this machine does not trust, as a company's TLS\n" +
  "inspection does. Set AWS_CA_BUNDLE to a PEM file with its CA, or add that CA to the system's store.";

function networkHint({ again }: Service): string {
  return `Check the network, HTTPS_PROXY and NO_PROXY, and the region, then ${again}.`;
}

function isTrust(message: string): boolean {
  return /certificate|UnknownIssuer|UnknownCA/i.test(message);
}

function unreachable(message: string, hint: string, cause?: unknown): UserError {
  return new UserError("sts-unreachable", message, { exitCode: ExitCode.UNREACHABLE, hint, cause });
}
