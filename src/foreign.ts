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
