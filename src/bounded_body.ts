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

/**
 * Reads what is left of a body, and forgets it: a server that hangs up on bytes that it has not read resets the
 * connection, and its answer may be lost on the way. Never rejects; what is longer, or takes longer, is given up.
 */
export async function discardRest(
  body: ReadableStream<Uint8Array>,
  { maxBytes, maxMs }: { readonly maxBytes: number; readonly maxMs: number },
): Promise<void> {
  const reader = body.getReader();
  // Not awaited: a body that never ends never finishes its canceling either.
  const giveUp = () => void reader.cancel().catch(() => {});
  const timer = setTimeout(giveUp, maxMs);
  try {
    for (let left = maxBytes; left > 0;) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.byteLength;
    }
  } catch {
    // Whoever sent it is gone.
  } finally {
    clearTimeout(timer);
    giveUp();
  }
}

/** What is read of a body that the handler left unread. */
const REST = { maxBytes: 16 * 1024 * 1024, maxMs: 2000 };

/** The response, whose end comes when what the handler left unread of the request has been read. */
export function endingAfter({ body }: Request, response: Response): Response {
  if (body === null || body.locked || response.status === 204) return response;
  const rest = discardRest(body, REST);
  const end = new TransformStream<Uint8Array, Uint8Array>({ flush: () => rest });
  return new Response((response.body ?? new Blob().stream()).pipeThrough(end), response);
}
