/**
 * Numbers of things.
 *
 * @module
 */

/** `1 role`, `5 roles`, `0 roles`. */
export function plural(number: number, what: string): string {
  return `${number} ${noun(number, what)}`;
}

/** `role` for one, else `roles`. */
export function noun(number: number, what: string): string {
  return number === 1 ? what : `${what}s`;
}
