/**
 * Words of others in our own messages.
 *
 * @module
 */

/**
 * Text from the network for a message of ours: on one line, so that it cannot pass for a line of ours;
 * without control characters and those that turn the direction of writing, so that it drives no terminal
 * wherever it is shown; and cut.
 *
 * @param limit how many UTF-16 units are kept at most
 */
export function foreign(text: string, limit = 200): string {
  const line = text.replace(/[\s\p{C}]+/gu, " ").trim();
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}
