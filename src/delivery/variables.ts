/**
 * Credentials → the changes to an environment; pure.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
 * @module
 */

import type { Credentials } from "../credentials/credentials.ts";
import type { VariableChanges } from "./shell.ts";
import { isoSeconds } from "../time.ts";

/**
 * The variables that SDKs would use instead of these credentials, or together with them, and that must be
 * unset. Of the container provider, only those that name an endpoint: without one no SDK calls it, and its
 * AWS_CONTAINER_AUTHORIZATION_TOKEN and …_TOKEN_FILE are only read for that request.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
const UNSET: readonly string[] = [
  // The session token's name until 2012. Botocore still reads it, and before today's name.
  "AWS_SECURITY_TOKEN",
  // Most SDKs prefer a profile to keys in the environment.
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/** The variables besides the keys. */
export interface VariablesOptions {
  /** The named region; `undefined` leaves the caller's as it is. */
  readonly region: string | undefined;
}

/** Lists the variables to set for `credentials`, AWS_ACCESS_KEY_ID first, and those to unset. */
export function variablesOf(
  credentials: Credentials,
  { region }: VariablesOptions,
): VariableChanges {
  const expiration = isoSeconds(credentials.expiration);
  return {
    set: [
      ["AWS_ACCESS_KEY_ID", credentials.accessKeyId],
      ["AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey.reveal()],
      ["AWS_SESSION_TOKEN", credentials.sessionToken.reveal()],
      // Botocore and the JavaScript SDK read the first; the second is the original's, for old scripts.
      ["AWS_CREDENTIAL_EXPIRATION", expiration],
      ["AWS_EXPIRATION", expiration],
      ...(region === undefined
        ? []
        // Botocore only reads the second.
        : [["AWS_REGION", region] as const, ["AWS_DEFAULT_REGION", region] as const]),
    ],
    unset: UNSET,
  };
}
