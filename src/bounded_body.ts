/**
 * Bodies of bounded size.
 *
 * @module
 */

/** Reads a whole body; throws when it is longer than it may be, and the signal's reason when that aborts. */
export async function readBounded(
  body: AsyncIterable<Uint8Array> | null,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    signal.throwIfAborted();
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error("the response is too long");
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
