/**
 * A port for programs that ask over and over: HTTP/1.1 for requests that have no body, answered where they
 * are accepted. `Deno.serve` would let the port go as soon as file handles run out, and behind the accept loop
 * it costs each request four more turns.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 * @module
 */

import { systemReason } from "../errors.ts";
import { AcceptLoop, type InnerConn } from "./accept_loop.ts";
import { everybody } from "./peer_user.ts";

/** A request that has no body. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** By name in small letters; what came twice has a comma between. */
  readonly headers: ReadonlyMap<string, string>;
}

/** The answer to one. */
export interface HeadResponse {
  readonly status: 200 | 400 | 404 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Set where the connection is to be closed: room for others is scarce. */
  readonly last?: boolean;
}

/** Never rejects. */
export type HeadHandler = (head: RequestHead) => Promise<HeadResponse>;

/** A listener on 127.0.0.1. */
export interface ProgramListener {
  readonly port: number;
  /** Rejects when the port is not ours any more though nobody closed it. */
  readonly lost: Promise<never>;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}

/** The connections that are open at once: programs keep theirs for as long as they run. */
const MOST_PROGRAMS = 300;

/** The longest head that is read, in bytes. */
const MOST_BYTES = 16 * 1024;

const REASONS = { 200: "OK", 400: "Bad Request", 404: "Not Found", 503: "Service Unavailable" };

const MALFORMED: HeadResponse = { status: 400, headers: {}, body: "", last: true };

/**
 * Listens on a free port of 127.0.0.1. Any user of this machine may connect: looking up whose a connection is
 * takes too long where there are many, so a request must prove who asks.
 */
export function listenForPrograms(handler: HeadHandler): ProgramListener {
  const acceptor = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { promise: lost, reject } = Promise.withResolvers<never>();
  // Who does not wait for it is not to be ended by it.
  lost.catch(() => {});
  const loop = new AcceptLoop(acceptor, {
    connect: () => Promise.resolve(new HeadConn(handler)),
    doorman: everybody,
    most: MOST_PROGRAMS,
    onRefused: () => {},
    onLost: (error) => reject(new Error(systemReason(error), { cause: error })),
  });
  return {
    port: acceptor.addr.port,
    lost,
    close: async () => {
      await loop.close();
      loop.cut();
    },
  };
}

/** One connection: heads are written to it, and answers are read from it. */
class HeadConn implements InnerConn {
  readonly #handler: HeadHandler;
  /** What was sent behind the last head. */
  #sent = "";
  readonly #answers: Uint8Array[] = [];
  #ended = false;
  #news = Promise.withResolvers<void>();

  constructor(handler: HeadHandler) {
    this.#handler = handler;
  }

  /** Takes bytes of requests; resolves when those that are whole are answered, one after the other. */
  async write(bytes: Uint8Array): Promise<number> {
    if (this.#ended) throw new Deno.errors.BrokenPipe("Nothing more is answered here");
    this.#sent += LATIN1.decode(bytes);
    for (let end; !this.#ended && (end = this.#sent.indexOf("\r\n\r\n")) >= 0;) {
      const head = parseHead(this.#sent.slice(0, end));
      this.#sent = this.#sent.slice(end + 4);
      if (head === undefined) this.#say(MALFORMED);
      else this.#say(await this.#handler(head), isKept(head));
    }
    if (this.#sent.length > MOST_BYTES) this.#say(MALFORMED);
    return bytes.length;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    let answer: Uint8Array | undefined;
    while ((answer = this.#answers.shift()) === undefined) {
      if (this.#ended) return null;
      await this.#news.promise;
    }
    const part = answer.subarray(0, buffer.length);
    if (part.length < answer.length) this.#answers.unshift(answer.subarray(part.length));
    buffer.set(part);
    return part.length;
  }

  closeWrite(): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  close(): void {
    this.#ended = true;
    this.#news.resolve();
  }

  #say({ status, headers, body, last }: HeadResponse, kept = false): void {
    const isLast = last || !kept;
    const lines = Object.entries({
      ...headers,
      "content-length": ENCODER.encode(body).length,
      date: new Date().toUTCString(),
      connection: isLast ? "close" : "keep-alive",
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    const first = `HTTP/1.1 ${status} ${REASONS[status]}\r\n`;
    this.#answers.push(ENCODER.encode(`${first}${lines.join("")}\r\n${body}`));
    if (isLast) this.#ended = true;
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

const ENCODER = new TextEncoder();

// A character for each byte.
const LATIN1 = new TextDecoder("latin1");

/** Reads a head without its last line; `undefined` for what is none, or announces a body. */
function parseHead(text: string): (RequestHead & { readonly minor: string }) | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, target, minor] = /^([A-Z]+) ([!-~]+) HTTP\/1\.([01])$/.exec(first) ?? [];
  if (method === undefined || target === undefined || minor === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([^\0\r\n]*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  const hasBody = headers.has("transfer-encoding") ||
    (headers.get("content-length") ?? "0") !== "0";
  return hasBody ? undefined : { method, target, minor, headers };
}

function isKept(
  { minor, headers }: { readonly minor: string; readonly headers: ReadonlyMap<string, string> },
): boolean {
  const wanted = headers.get("connection")?.toLowerCase() ?? "";
  return minor === "1" ? !/\bclose\b/.test(wanted) : /\bkeep-alive\b/.test(wanted);
}
