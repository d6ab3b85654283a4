/**
 * Credentials → the change that they make to an environment; pure.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
 * @module
 */

import { type Credentials, isoSeconds } from "../credentials/credentials.ts";
import type { VariableChanges } from "./shell.ts";

/**
 * What would be found before these credentials, or beside them, and must go. Of the container provider
 * only what names an endpoint: without one no SDK asks it, and its AWS_CONTAINER_AUTHORIZATION_TOKEN and
 * …_TOKEN_FILE are read for that request alone.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
const UNSET: readonly string[] = [
  // The session token's name of 2012. Botocore still reads it, and before the one of today.
  "AWS_SECURITY_TOKEN",
  // Most SDKs take a profile before keys in the environment.
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/** What is delivered beside the keys. */
export interface VariablesOptions {
  /** The region that somebody named; `undefined` leaves the caller's as it is. */
  readonly region: string | undefined;
}

/** The variables that deliver `credentials`, AWS_ACCESS_KEY_ID first, and those that would defeat them. */
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
        // Botocore reads the second only.
        : [["AWS_REGION", region] as const, ["AWS_DEFAULT_REGION", region] as const]),
    ],
    unset: UNSET,
  };
}
