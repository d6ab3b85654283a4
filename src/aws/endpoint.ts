/**
 * Where STS is asked when somebody named an endpoint, and where nothing secret may go.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { foreign } from "../foreign.ts";

/** Names this machine itself: the only hosts that may be asked without TLS. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether what is secret may go there: over TLS, or to this machine. */
export function isGuarded(url: Pick<URL, "protocol" | "hostname">): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
}

const ENDPOINT_HINT =
  "Correct AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or the endpoint_url of the profile.";

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
