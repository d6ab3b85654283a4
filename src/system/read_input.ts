/**
 * A file, or stdin, read up to a limit: it may be endless.
 *
 * @module
 */

/**
 * Reads the bytes of a file, or of stdin for `undefined`.
 *
 * @returns `undefined` when there are more than `most`
 */
export async function readInput(
  path: string | undefined,
  most: number,
): Promise<Uint8Array | undefined> {
  const file = path === undefined ? undefined : await Deno.open(path);
  try {
    const source = file ?? Deno.stdin;
    const bytes = new Uint8Array(most + 1);
    let size = 0;
    while (size <= most) {
      const count = await source.read(bytes.subarray(size));
      if (count === null) return bytes.subarray(0, size);
      size += count;
    }
    return undefined;
  } finally {
    file?.close();
  }
}
