/**
 * Short names for long texts.
 *
 * @module
 */

/**
 * Hashes a text to 128 bits, as 32 hexadecimal digits: the name of the file that belongs to it.
 *
 * Not cryptographic: the texts are one person's settings, and a collision does no harm, since an entry
 * contains its text and is compared with it. Computed here, because the runtime's SHA-256 is asynchronous
 * and makes an answer from the cache a tenth slower.
 */
export function digest(text: string): string {
  let [a, b, c, d] = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];
  for (let index = 0; index < text.length; index++) {
    // Each lane depends on the one before it, so no two of them are ever the same.
    a = Math.imul(a ^ text.charCodeAt(index), 0x01000193);
    b = Math.imul(b ^ a ^ (a >>> 15), 0x85ebca6b);
    c = Math.imul(c ^ b ^ (b >>> 13), 0xc2b2ae35);
    d = Math.imul(d ^ c ^ (c >>> 16), 0x27d4eb2f);
  }
  return hex(a ^ d) + hex(b) + hex(c) + hex(d);
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}
