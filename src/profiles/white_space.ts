/**
 * Blanks and line ends as the readers of shared AWS files see them.
 *
 * @module
 */

const LF = 0x0a, CR = 0x0d;

/**
 * Reports what Python's `str.isspace` does; JavaScript's `\s` lacks U+001C to U+001F and U+0085, and has
 * the BOM.
 */
export function isSpace(code: number): boolean {
  if (code < 0x80) {
    return code === 0x20 || (code >= 9 && code <= 13) || (code >= 0x1c && code <= 0x1f);
  }
  return code === 0x85 || (code !== 0xfeff && /\s/.test(String.fromCharCode(code)));
}

/** Trims by {@linkcode isSpace}. By hand, because `/\s+$/` is quadratic in long runs of blanks. */
export function trimSpace(text: string): string {
  let from = 0;
  let to = text.length;
  while (isSpace(text.charCodeAt(to - 1))) to--;
  while (isSpace(text.charCodeAt(from))) from++;
  return text.slice(from, to);
}

/** The end of a line: `\n`, `\r\n`, or nothing. */
export function lineEnding(raw: string): string {
  let from = raw.length;
  if (raw.charCodeAt(from - 1) === LF) from--;
  // "\r\r\n" is what a text-mode copy on Windows leaves; no SDK minds.
  while (raw.charCodeAt(from - 1) === CR) from--;
  return raw.slice(from);
}
