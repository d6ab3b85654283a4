/**
 * Accepting connections for as long as somebody waits, whatever is done to the port: `Deno.serve` closes
 * its own socket when it cannot accept, for want of file handles, and then the port is anybody's.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { readKernelFile } from "./machine.ts";
import type { Doorman, Ends } from "./peer_user.ts";
import { pause } from "../wait.ts";

/** What accepts connections, as far as it is needed here. */
export interface Acceptor {
  accept(): Promise<Deno.Conn<Deno.NetAddr>>;
  close(): void;
}

/** A connection to what answers, as far as it is needed here. */
export type InnerConn = Pick<Deno.Conn, "read" | "write" | "closeWrite" | "close">;

/** How connections are accepted, and what becomes of them. */
export interface AcceptOptions {
  /** Connects to what answers. */
  readonly connect: () => Promise<InnerConn>;
  readonly doorman: Doorman;
  /** How many connections may be open at once where the process may have the file handles. Default: {@linkcode MOST}. */
  readonly most?: number | undefined;
  /** Told of a connection that was refused, by its user where that is known. */
  readonly onRefused: (uid: number | undefined) => void;
  /** Told of a connection that begins like TLS where there is none, or without it where there is. */
  readonly onOtherScheme?: (() => void) | undefined;
  /** Told of a client that does not trust the certificate. */
  readonly onUntrusted?: (() => void) | undefined;
  /** Told when the socket cannot accept any more, though nobody closed it: the port is not ours then. */
  readonly onLost: (error: unknown) => void;
}

/**
 * How many connections are open at once: each takes three file handles, and macOS gives a process 256. A
 * browser needs three or four.
 */
const MOST = 64;

/** File handles that the rest of the program may need. */
const SPARE_HANDLES = 40;

/** How long a connection may be silent before a new one may take its place, milliseconds. */
const SILENT_MS = 250;

/** The same for one that has said something, and so may be about to be answered, or is not heard yet. */
const SPOKEN_MS = 3000;

/** How long accepting pauses after it failed, milliseconds. */
const RETRY_MS = 10;

/** The alerts of TLS clients that do not take a certificate. */
const UNTRUSTED = /alert: (UnknownCA|CertificateUnknown|BadCertificate|CertificateExpired)/i;

/** Bytes that are passed on at once; two buffers of them for each connection, which are garbage when it ends. */
const CHUNK = 4 * 1024;

/** Passes the connections of one address on to what answers, and never lets go of the address. */
export class AcceptLoop {
  readonly #acceptor: Acceptor;
  readonly #options: AcceptOptions;
  /** From the oldest to the newest. */
  readonly #open = new Set<Passage>();
  readonly #most: number;
  #arrived: Passage[] = [];
  #closed = false;
  readonly #running: Promise<void>;

  constructor(acceptor: Acceptor, options: AcceptOptions) {
    this.#acceptor = acceptor;
    this.#options = options;
    this.#most = mostOpen(options.most);
    this.#running = this.#run();
  }

  /**
   * Stops accepting; connections that are open go on until {@linkcode cut}. Resolves when the port is free: the
   * system keeps it until the call that was accepting has returned.
   */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#acceptor.close();
    }
    await this.#running;
  }

  /** Resolves when all who have asked something have their answers; those who are silent are not waited for. */
  async drained(): Promise<void> {
    await Promise.all([...this.#open].filter(({ spoke }) => spoke).map(({ drained }) => drained));
  }

  /** Ends every connection. */
  cut(): void {
    for (const each of this.#open) each.close();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      let conn: Deno.Conn<Deno.NetAddr>;
      try {
        conn = await this.#acceptor.accept();
      } catch (error) {
        if (this.#closed) return;
        if (isDead(error)) return this.#options.onLost(error);
        // No file handle is left, or the connection was reset before its turn: the socket is still ours.
        this.#oldest()?.close();
        await pause(RETRY_MS);
        continue;
      }
      this.#take(conn);
      while (!this.#closed && this.#open.size >= this.#most) await this.#makeRoom();
    }
  }

  #take(conn: Deno.Conn<Deno.NetAddr>): void {
    if (isTls(conn)) {
      // Whoever spoke without TLS is gone before anybody could ask whose it was.
      conn.handshake().catch((error) => {
        if (/InvalidContentType/.test(messageOf(error))) this.#options.onOtherScheme?.();
        if (UNTRUSTED.test(messageOf(error))) this.#options.onUntrusted?.();
      });
    }
    const passage = new Passage(conn, () => this.#open.delete(passage));
    this.#open.add(passage);
    this.#arrived.push(passage);
    // Those who come at the same time are looked up together.
    if (this.#arrived.length === 1) setTimeout(() => this.#admit(), 0);
  }

  #admit(): void {
    const arrived = this.#arrived.splice(0).filter(({ closed }) => !closed);
    const verdicts = this.#options.doorman(arrived.map(({ ends }) => ends));
    for (const [index, passage] of arrived.entries()) {
      const verdict = verdicts[index];
      if (verdict?.admitted) passage.pass(this.#options);
      else {
        passage.close();
        this.#options.onRefused(verdict?.uid);
      }
    }
  }

  #oldest(): Passage | undefined {
    return this.#open.values().next().value;
  }

  /** The oldest that has had its time goes: on a busy machine, too, a browser asks and is answered within it. */
  async #makeRoom(): Promise<void> {
    const now = performance.now();
    const late = [...this.#open].find(({ since, silent }) =>
      now - since > (silent ? SILENT_MS : SPOKEN_MS)
    );
    if (late === undefined) await pause(RETRY_MS);
    else late.close();
  }
}

/** One connection, and the one behind it. */
class Passage {
  /** Since when it is heard; until then, since it came. */
  since = performance.now();
  readonly ends: Ends;
  /** Whether the peer has sent anything. */
  spoke = false;
  readonly #conn: InnerConn;
  readonly #onClosed: () => void;
  /** Resolves when the answers have been passed on, to their end; never rejects. */
  drained: Promise<void> = Promise.resolve();
  #inner: InnerConn | undefined;
  #closed = false;

  constructor(conn: Deno.Conn<Deno.NetAddr>, onClosed: () => void) {
    this.#conn = conn;
    this.#onClosed = onClosed;
    this.ends = { local: conn.localAddr, peer: conn.remoteAddr };
  }

  /** Whether it is heard and has said nothing. */
  get silent(): boolean {
    return this.#inner !== undefined && !this.spoke;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Passes bytes on in both directions until both have ended. */
  async pass(
    { connect, onOtherScheme }: Pick<AcceptOptions, "connect" | "onOtherScheme">,
  ): Promise<void> {
    try {
      const inner = this.#inner = await connect();
      if (this.#closed) return closeQuietly(inner);
      this.since = performance.now();
      let answered = false;
      const answers = pump(inner, this.#conn).finally(() => answered = true);
      this.drained = answers.catch(() => {});
      const asked = {
        // One who is told why no more is taken may still be sending.
        write: (bytes: Uint8Array) =>
          inner.write(bytes).catch((error) => {
            if (answered) throw error;
            return bytes.length;
          }),
        closeWrite: () => inner.closeWrite(),
      };
      const hears = (bytes: Uint8Array) => {
        if (!this.spoke && isTlsHello(bytes)) onOtherScheme?.();
        this.spoke = true;
      };
      await Promise.all([pump(this.#conn, asked, hears), answers]);
    } catch {
      // Reset, or closed here: there is nobody left to answer.
    } finally {
      this.close();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeQuietly(this.#conn);
    if (this.#inner !== undefined) closeQuietly(this.#inner);
    this.#onClosed();
  }
}

async function pump(
  from: Pick<InnerConn, "read">,
  to: Pick<InnerConn, "write" | "closeWrite">,
  onBytes: (bytes: Uint8Array) => void = () => {},
): Promise<void> {
  const buffer = new Uint8Array(CHUNK);
  for (let size; (size = await from.read(buffer)) !== null;) {
    onBytes(buffer.subarray(0, size));
    for (let done = 0; done < size;) done += await to.write(buffer.subarray(done, size));
  }
  await to.closeWrite();
}

function isTls(conn: Deno.Conn): conn is Deno.TlsConn {
  return "handshake" in conn;
}

/** Whether these are the first bytes of a TLS client: a handshake record of version 3. */
function isTlsHello([type, version]: Uint8Array): boolean {
  return type === 0x16 && version === 0x03;
}

function closeQuietly(conn: InnerConn): void {
  try {
    conn.close();
  } catch {
    // It is closed.
  }
}

/** Fewer than usual where the process may have few file handles, by Linux's own account. */
function mostOpen(most = MOST): number {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readKernelFile("/proc/self/limits")) ??
      [];
    const left = (Number(limit ?? Infinity) - SPARE_HANDLES) / 3;
    return Math.max(4, Math.min(most, Math.floor(left)));
  } catch {
    return MOST;
  }
}

/** Whether the socket itself is gone, and not only one connection to it. */
function isDead(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource ||
    /os error (9|22|38|10022|10038)\b/.test(error instanceof Error ? error.message : "");
}
