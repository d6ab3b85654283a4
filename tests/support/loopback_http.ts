/**
 * A small HTTP/1.1 server that can misbehave: `Deno.serve` always answers politely, and a client must be
 * tested against servers that hang, hang up, and stop in the middle of a sentence.
 *
 * One request a connection (`Connection: close`), so that a test leaves nothing open behind.
 *
 * @module
 */

/** A request, read whole. */
export interface LoopbackRequest {
  readonly method: string;
  /** The path with its query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: string;
}

/** An answer in order. */
export interface LoopbackAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
}

/**
 * What becomes of a request: an answer, one that stops halfway, silence until the other side gives up, or
 * the end of the connection without a word.
 */
export type Outcome = LoopbackAnswer | { readonly half: LoopbackAnswer } | "hang" | "close";

/** Decides about a request. The signal fires when the server closes. */
export type Handler = (request: LoopbackRequest, signal: AbortSignal) => Promise<Outcome> | Outcome;

/** A server that runs. */
export interface LoopbackServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  /** Ends every connection, also those that hang. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1, on a free port when none is asked for. */
export function serveLoopback(
  handler: Handler,
  options: { readonly port?: number | undefined } = {},
): LoopbackServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: options.port ?? 0 });
  const stop = new AbortController();
  const connections = new Set<Deno.Conn>();
  const tasks = new Set<Promise<void>>();

  const accepting = (async () => {
    for await (const connection of listener) {
      connections.add(connection);
      const task = converse(connection, { handler, signal: stop.signal }).finally(() => {
        connections.delete(connection);
        tasks.delete(task);
        hangUp(connection);
      });
      tasks.add(task);
    }
  })();

  let closing: Promise<void> | undefined;
  const close = () =>
    closing ??= (async () => {
      stop.abort();
      listener.close();
      connections.forEach(hangUp);
      await Promise.all([accepting, ...tasks]);
    })();
  return {
    port: listener.addr.port,
    url: `http://127.0.0.1:${listener.addr.port}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function hangUp(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    // Closed already, by the other of the two who may.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

interface Service {
  readonly handler: Handler;
  readonly signal: AbortSignal;
}

async function converse(connection: Deno.Conn, { handler, signal }: Service): Promise<void> {
  try {
    const request = await readRequest(connection);
    if (request === undefined) return;
    const outcome = await handler(request, signal);
    if (outcome === "close") return;
    if (outcome === "hang") {
      // Ends when the client hangs up, or when the server closes the connection.
      while (await connection.read(new Uint8Array(1024)) !== null);
      return;
    }
    const half = "half" in outcome;
    const bytes = encode(half ? outcome.half : outcome);
    const end = half ? bytes.length - Math.ceil(bytes.bodyLength / 2) : bytes.length;
    await writeAll(connection, bytes.bytes.subarray(0, end));
  } catch (error) {
    if (signal.aborted) return;
    // The client went away: its right.
    const gone = [
      Deno.errors.ConnectionReset,
      Deno.errors.BrokenPipe,
      Deno.errors.BadResource,
      Deno.errors.Interrupted,
      Deno.errors.UnexpectedEof,
    ];
    if (!gone.some((kind) => error instanceof kind)) throw error;
  }
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

async function readRequest(connection: Deno.Conn): Promise<LoopbackRequest | undefined> {
  const input = new Input(connection);
  const head = await input.until("\r\n\r\n");
  if (head === undefined) return undefined;
  const [requestLine = "", ...lines] = head.split("\r\n");
  const [method = "", target = ""] = requestLine.split(" ");
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  // curl waits a second for this before it sends a long body.
  if (headers.get("expect")?.toLowerCase() === "100-continue") {
    await writeAll(connection, encoder.encode("HTTP/1.1 100 Continue\r\n\r\n"));
  }
  const body = headers.get("transfer-encoding")?.toLowerCase() === "chunked"
    ? await readChunks(input)
    : await input.exactly(Number(headers.get("content-length") ?? 0));
  return { method, target, headers, body: decoder.decode(body) };
}

async function readChunks(input: Input): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  while (true) {
    const size = parseInt(await input.until("\r\n") ?? "0", 16);
    chunks.push(await input.exactly(size));
    await input.until("\r\n");
    if (size === 0) return new Uint8Array(await new Blob(chunks).arrayBuffer());
  }
}

/** The bytes of a connection, read ahead. */
class Input {
  #bytes = new Uint8Array(0);

  constructor(private readonly connection: Deno.Conn) {}

  /** The text before the mark, which is dropped; undefined when the other side ends first. */
  async until(mark: string): Promise<string | undefined> {
    const wanted = encoder.encode(mark);
    while (true) {
      const at = indexOf(this.#bytes, wanted);
      if (at >= 0) {
        const text = decoder.decode(this.#bytes.subarray(0, at));
        this.#bytes = this.#bytes.slice(at + wanted.length);
        return text;
      }
      if (!await this.#more()) return undefined;
    }
  }

  /** So many bytes. */
  async exactly(size: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#bytes.length < size) {
      if (!await this.#more()) throw new Deno.errors.UnexpectedEof("The body ended early");
    }
    const taken = this.#bytes.slice(0, size);
    this.#bytes = this.#bytes.slice(size);
    return taken;
  }

  async #more(): Promise<boolean> {
    const chunk = new Uint8Array(65_536);
    const count = await this.connection.read(chunk);
    if (count === null) return false;
    const joined = new Uint8Array(this.#bytes.length + count);
    joined.set(this.#bytes);
    joined.set(chunk.subarray(0, count), this.#bytes.length);
    this.#bytes = joined;
    return true;
  }
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = 0; at + wanted.length <= bytes.length; at++) {
    if (wanted.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}

interface Encoded {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly bodyLength: number;
}

function encode(answer: LoopbackAnswer): Encoded {
  const { body: given = "" } = answer;
  const body = typeof given === "string" ? encoder.encode(given) : given;
  const headers = {
    "Date": new Date().toUTCString(),
    ...answer.headers,
    "Content-Length": String(body.length),
    "Connection": "close",
  };
  const head = encoder.encode(
    `HTTP/1.1 ${answer.status} ${answer.status < 400 ? "OK" : "Error"}\r\n` +
      Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("") + "\r\n",
  );
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return { bytes, length: bytes.length, bodyLength: body.length };
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
