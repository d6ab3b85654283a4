/**
 * A text as numbers.
 *
 * @module
 */

const encoder = new TextEncoder();

/**
 * The UTF-16 units of a text. An array is read several times as quickly as with `charCodeAt`, which looks
 * anew at every step how the text is stored.
 *
 * @param buffer where they are put when that is quick: the text is ASCII and there is room
 */
export function codeUnits(text: string, buffer: Uint8Array): Uint8Array | Uint16Array {
  if (text.length <= buffer.length) {
    const { read, written } = encoder.encodeInto(text, buffer);
    // As many bytes as units: it is all ASCII.
    if (read === text.length && written === read) return buffer.subarray(0, written);
  }
  const units = new Uint16Array(text.length);
  for (let index = 0; index < text.length; index++) units[index] = text.charCodeAt(index);
  return units;
}
