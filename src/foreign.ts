/**
 * Text of others in our own messages.
 *
 * @module
 */

/**
 * Makes text from the network safe for our messages: one line, so that it cannot pass for a line of ours;
 * no control characters and none that change the writing direction, so that it cannot control a terminal;
 * and not too long.
 *
 * @param limit the most UTF-16 units to keep
 */
export function foreign(text: string, limit = 200): string {
  const line = text.replace(/[\s\p{C}]+/gu, " ").trim();
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}

/** Control characters, line and paragraph separators, and those that turn the direction of writing. */
export const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * A value as JSON that cannot control a terminal either: `JSON.stringify` leaves some such characters as they
 * are; escaped they mean the same.
 *
 * @param indent spaces of indentation; without it the JSON is one line
 */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    UNPRINTABLE,
    (character) =>
      character === "\n"
        ? character
        : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
