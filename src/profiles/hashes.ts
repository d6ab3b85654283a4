/**
 * Hashes by FNV-1a, by which a header or a name is told from thousands of others without a text of its own.
 *
 * @module
 */

/** What each step multiplies by. */
export const PRIME = 0x01000193;

/** The hash of a text, FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash;
}

/** Whether all are different. By a table of their low bits, which is much quicker than a set. */
export function allDiffer(hashes: readonly number[]): boolean {
  const size = 1 << (34 - Math.clz32(hashes.length));
  const table = new Int32Array(size);
  // Zero marks a free place.
  let zero = false;
  for (const hash of hashes) {
    if (hash === 0) {
      if (zero) return false;
      zero = true;
      continue;
    }
    let place = (hash ^ (hash >>> 15)) & (size - 1);
    while (table[place] !== 0) {
      if (table[place] === hash) return false;
      place = (place + 1) & (size - 1);
    }
    table[place] = hash;
  }
  return true;
}
