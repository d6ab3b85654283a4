/**
 * Credentials → the changes to an environment; pure.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
 * @module
 */

import type { Credentials } from "../credentials/credentials.ts";
import type { Secret } from "../secret.ts";
import type { VariableChanges } from "./shell.ts";
import { isoSeconds } from "../text.ts";

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
      ...regionVariables(region),
    ],
    unset: UNSET,
  };
}

/**
 * What SDKs would use before they ask an endpoint: keys, under all names that they ever had, and what names another
 * endpoint, or another token for this one.
 */
const UNSET_FOR_ENDPOINT: readonly string[] = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_EXPIRATION",
  // Go, Java and Ruby still read these.
  "AWS_ACCESS_KEY",
  "AWS_SECRET_KEY",
  "AMAZON_ACCESS_KEY_ID",
  "AMAZON_SECRET_ACCESS_KEY",
  "AMAZON_SESSION_TOKEN",
  // A file of keys, to botocore.
  "AWS_CREDENTIAL_FILE",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  ...UNSET.filter((name) => name !== "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
];

/** An endpoint that gives credentials. */
export interface Endpoint {
  readonly url: string;
  /** The whole Authorization header. */
  readonly token: Secret;
}

/** Lists the variables to set so that SDKs ask an endpoint, and those to unset. */
export function endpointVariables(
  { url, token }: Endpoint,
  { region }: VariablesOptions,
): VariableChanges {
  return {
    set: [
      ["AWS_CONTAINER_CREDENTIALS_FULL_URI", url],
      ["AWS_CONTAINER_AUTHORIZATION_TOKEN", token.reveal()],
      ...regionVariables(region),
    ],
    unset: UNSET_FOR_ENDPOINT,
  };
}

function regionVariables(region: string | undefined): VariableChanges["set"] {
  // Botocore only reads the second.
  return region === undefined ? [] : [["AWS_REGION", region], ["AWS_DEFAULT_REGION", region]];
}
