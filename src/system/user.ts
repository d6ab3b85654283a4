/**
 * The user that this process runs as.
 *
 * @module
 */

/** Its number, `null` on Windows; looked up at once, since later nobody may be allowed to ask. */
export const UID: number | null = Deno.uid();
