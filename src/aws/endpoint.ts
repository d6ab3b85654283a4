/**
 * Endpoints that secrets may be sent to, and the errors for those that they may not.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { foreign } from "../foreign.ts";

/** The names of this machine: the only hosts that may be used without TLS. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** Tells if secrets may be sent to a URL: over TLS, or to this machine. */
export function isGuarded(url: Pick<URL, "protocol" | "hostname">): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
}

const ENDPOINT_HINT =
  "Correct AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or the profile's endpoint_url.";

/** The error for an endpoint without encryption; exit code 2, since a setting named it. */
export function insecureEndpoint(endpoint: string): UserError {
  return new UserError(
    "sts-insecure",
    `Refused to send the assertion to ${endpoint}: it must start with https:// or be on this machine`,
    {
      exitCode: ExitCode.USAGE,
      hint: ENDPOINT_HINT,
    },
  );
}

/** The error for an endpoint that is not a URL; exit code 2, since a setting named it. */
export function malformedEndpoint(cause: Error): UserError {
  return new UserError(
    "sts-endpoint",
    `Cannot use the STS endpoint: ${foreign(cause.message, 300)}`,
    {
      exitCode: ExitCode.USAGE,
      hint: ENDPOINT_HINT,
      cause,
    },
  );
}
