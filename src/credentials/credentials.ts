/**
 * The value that this program delivers.
 *
 * @module
 */

import type { Secret } from "../secret.ts";

/** Temporary credentials of one role. Its secret parts redact themselves when printed. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
  /** When they expire, milliseconds since 1970, as STS returned it: never computed from the request. */
  readonly expiration: number;
  /** The role's account, twelve digits. */
  readonly accountId: string;
}
