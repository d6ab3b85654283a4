/**
 * Numbers of things.
 *
 * @module
 */

/** `1 role`, `5 roles`, `0 roles`. */
export function plural(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
