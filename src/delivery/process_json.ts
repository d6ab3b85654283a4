/**
 * Credentials → the output of a `credential_process`.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 * @module
 */

import type { Credentials } from "../credentials/credentials.ts";
import { isoSeconds } from "../text.ts";

/** Prints the credentials as one line of JSON, with a line break. */
export function processJson(credentials: Credentials): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey.reveal(),
    SessionToken: credentials.sessionToken.reveal(),
    Expiration: isoSeconds(credentials.expiration),
    AccountId: credentials.accountId,
  }) + "\n";
}
