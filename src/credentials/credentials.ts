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

/**
 * Formats a date the way SDKs read it: `2026-11-23T07:44:09Z`. Some refuse fractions, others offsets. Cut, not
 * rounded: never later than STS said.
 *
 * @param instant milliseconds since 1970
 */
export function isoSeconds(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}
