/**
 * A port on both loopback addresses.
 *
 * @module
 */

import { ExitCode, messageOf, systemReason, UserError } from "../errors.ts";
import { AcceptLoop, type Acceptor } from "./accept_loop.ts";
import { InnerServer } from "./inner_server.ts";
import { type Doorman, doorman, realPeerWorld } from "./peer_user.ts";
import { checkTlsPair, refusedPair } from "./tls_pair.ts";

/** A listener on this machine's loopback addresses. */
export interface Listener {
  /** The bound addresses: `127.0.0.1` and `::1`, or the only one that this machine has. */
  readonly addresses: readonly string[];
  /**
   * Stops listening; the port is free at once. Responses in progress are delivered if they finish within the
   * grace period; silent or half-sent connections do not delay it, and end with the process.
   *
   * @param graceMs milliseconds; 0 cuts every connection
   */
  close(graceMs: number): Promise<void>;
  /** Rejects with a UserError, exit code 3, when the port is not ours any more though nobody closed it. */
  readonly lost: Promise<never>;
}

/** The port to listen on, and the handler. */
export interface ListenOptions {
  readonly port: number;
  /** A certificate and its key in PEM, to listen on https. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Answers a request. Of its URL only path and query count: what is before them is the inner server's. */
  readonly handler: (request: Request) => Promise<Response>;
  /** Told when another user of this machine was refused; the user is known on Linux only. */
  readonly onRefused?: ((uid: number | undefined) => void) | undefined;
  /** Told of a connection that begins like TLS where there is none, or without it where there is. */
  readonly onOtherScheme?: (() => void) | undefined;
  /** Told of a browser that does not trust the certificate. */
  readonly onUntrusted?: (() => void) | undefined;
}

// Both, each by its number: "localhost" only binds 127.0.0.1, Chromium tries ::1 first and Firefox
// 127.0.0.1, and if one of them were free, another process could take the assertion.
const ADDRESSES = ["127.0.0.1", "::1"];

/** How often an address that the machine did not have is looked for again, milliseconds. */
const LOOK_AGAIN_MS = 1000;

/**
 * Binds a port on 127.0.0.1 and on ::1, or on neither. The machine may lack one of the two address
 * families.
 *
 * @throws UserError exit code 3 when another process uses the port on either address or binding it is not
 * permitted, exit code 2 for a certificate and key that cannot be used
 */
export async function listenOnLoopback(options: ListenOptions): Promise<Listener> {
  if (options.tls !== undefined) {
    await checkTlsPair(options.tls, Date.now());
  }
  const listener = new LoopbackListener(options);
  try {
    listener.bind();
  } catch (error) {
    await listener.close(0);
    throw error;
  }
  return listener;
}

class LoopbackListener implements Listener {
  readonly lost: Promise<never>;
  readonly #lose: (error: UserError) => void;
  readonly #options: ListenOptions;
  readonly #answers: InnerServer;
  readonly #doorman: Doorman;
  readonly #loops = new Map<string, AcceptLoop>();
  #lookAgain: ReturnType<typeof setInterval> | undefined;

  constructor(options: ListenOptions) {
    const { promise, reject } = Promise.withResolvers<never>();
    // Who does not wait for it is not to be ended by it.
    promise.catch(() => {});
    this.lost = promise;
    this.#lose = reject;
    this.#options = options;
    this.#doorman = doorman(realPeerWorld());
    this.#answers = new InnerServer(options.handler);
  }

  get addresses(): readonly string[] {
    return [...this.#loops.keys()];
  }

  /** Binds both addresses; one of the two families may be absent from the machine. */
  bind(): void {
    const absent = ADDRESSES.flatMap((hostname) => this.#bindOne(hostname) ?? []);
    const [first] = absent;
    if (first === undefined) return;
    if (this.#loops.size === 0) throw explain(first, "any loopback address", this.#options);
    // What comes up later would be anybody's.
    this.#lookAgain = setInterval(() => this.#bindAbsent(), LOOK_AGAIN_MS);
  }

  async close(graceMs: number): Promise<void> {
    await this.#letGo();
    if (graceMs <= 0) { for (const loop of this.#loops.values()) loop.cut(); }
    await this.#answers.close(graceMs, async () => {
      for (const loop of this.#loops.values()) await loop.drained();
    });
  }

  /** @returns the error that says that the machine has no such address */
  #bindOne(hostname: string): unknown {
    const { port, tls } = this.#options;
    let acceptor: Acceptor;
    try {
      acceptor = tls === undefined
        ? Deno.listen({ hostname, port })
        : Deno.listenTls({ hostname, port, ...tls, alpnProtocols: ["h2", "http/1.1"] });
    } catch (error) {
      if (isAbsent(error)) return error;
      throw explain(error, hostname, this.#options);
    }
    this.#loops.set(
      hostname,
      new AcceptLoop(acceptor, {
        connect: () => this.#answers.connect(),
        doorman: this.#doorman,
        onRefused: (uid) => this.#options.onRefused?.(uid),
        onOtherScheme: this.#options.onOtherScheme,
        onUntrusted: this.#options.onUntrusted,
        onLost: (error) => this.#giveUp(explain(error, hostname, this.#options)),
      }),
    );
  }

  #bindAbsent(): void {
    try {
      for (const hostname of ADDRESSES) if (!this.#loops.has(hostname)) this.#bindOne(hostname);
    } catch (error) {
      this.#giveUp(error);
    }
    if (this.#loops.size === ADDRESSES.length) clearInterval(this.#lookAgain);
  }

  /** With one of the two addresses in other hands the browser may bring the assertion there. */
  #giveUp(error: unknown): void {
    this.#letGo();
    this.#lose(
      new UserError("port-lost", messageOf(error), {
        exitCode: ExitCode.PORT,
        hint:
          "Do not finish the sign-in in the browser: close its tab. Another program may receive it.",
        cause: error,
      }),
    );
  }

  async #letGo(): Promise<void> {
    clearInterval(this.#lookAgain);
    await Promise.all([...this.#loops.values()].map((loop) => loop.close()));
  }
}

/** How many free ports to try when another process keeps taking one of the two addresses first. */
const FREE_PORT_TRIES = 20;

/**
 * Listens on a free port of both loopback addresses.
 *
 * @throws UserError exit code 3 when there is none
 */
export async function listenAnywhere(
  handler: ListenOptions["handler"],
): Promise<Listener & { readonly port: number }> {
  for (let left = FREE_PORT_TRIES;; left--) {
    const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = probe.addr;
    probe.close();
    try {
      const listener = await listenOnLoopback({ port, handler });
      return {
        port,
        addresses: listener.addresses,
        lost: listener.lost,
        close: (graceMs) => listener.close(graceMs),
      };
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/** Tells if this machine lacks the address family: EADDRNOTAVAIL, EAFNOSUPPORT. */
function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.AddrNotAvailable ||
    /os error (97|47|10047|99|49|10049)\b/.test(messageOf(error));
}

function explain(error: unknown, hostname: string, { port, tls }: ListenOptions): UserError {
  const address = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  const fail = (code: string, message: string, hint: string) =>
    new UserError(code, message, { exitCode: ExitCode.PORT, hint, cause: error });
  if (error instanceof Deno.errors.AddrInUse) {
    return fail(
      "port-taken",
      `Port ${port} is in use: another program is listening on ${address}`,
      `To see which one: ${findHolder(port)}\n` +
        "Stop it, or choose another port with --port; your IdP must then post to that port.",
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return fail(
      "port-forbidden",
      `Cannot listen on ${address}: no permission`,
      "Ports below 1024 need administrator rights, which this program should not have.\n" +
        "Choose a higher port with --port; your IdP must then post to that port.",
    );
  }
  if (tls !== undefined && !/os error/.test(messageOf(error))) {
    return refusedPair(error);
  }
  return fail(
    "port-failed",
    `Cannot listen on ${address}: ${systemReason(error)}`,
    "Choose another port with --port; your IdP must then post to that port.",
  );
}

function findHolder(port: number): string {
  switch (Deno.build.os) {
    case "windows":
      return `netstat -ano | findstr :${port}`;
    case "linux":
      return `ss -ltnp 'sport = :${port}'`;
    default:
      return `lsof -nP -iTCP:${port} -sTCP:LISTEN`;
  }
}
