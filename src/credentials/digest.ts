/**
 * Short names for long texts.
 *
 * @module
 */

/**
 * 128 bits of a text as 32 hexadecimal digits: the name of the file that belongs to it.
 *
 * No cryptography: the texts are one person's settings, and nobody could gain by two that meet, since an
 * entry repeats its text and is compared with it. Computed in place, because the runtime's SHA-256 is an
 * asynchronous call that costs an answer from the cache a tenth of all it does.
 */
export function digest(text: string): string {
  let [a, b, c, d] = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];
  for (let index = 0; index < text.length; index++) {
    // Each lane takes in the one before it, so no two of them ever run alike.
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
