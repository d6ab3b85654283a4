/**
 * Owning a port on both loopback addresses.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";

/** A listener on this machine's loopback addresses. */
export interface Listener {
  /** The addresses that are ours: `127.0.0.1`, `::1`, or the one that this machine has. */
  readonly addresses: readonly string[];
  /**
   * Ends listening; the port is free at once. Answers under way are delivered when they take no longer
   * than the grace; connections that are silent or half sent do not hold it up, and end with the process.
   *
   * @param graceMs milliseconds; with 0 every connection is cut
   */
  close(graceMs: number): Promise<void>;
}

/** What to listen on, and who answers. */
export interface ListenOptions {
  readonly port: number;
  /** A certificate and its key in PEM, to listen on https. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly handler: (request: Request) => Promise<Response>;
}

// Both, each by its number: "localhost" binds 127.0.0.1 only, Chromium tries ::1 first and Firefox
// 127.0.0.1, and with one of them free another process could take the assertion.
const ADDRESSES = ["127.0.0.1", "::1"];

/** How long until an address is taken again on which accepting failed, milliseconds. */
const REOPEN_MS = 50;

/**
 * Binds a port on 127.0.0.1 and on ::1, or on neither. One of the two families may be absent from the
 * machine.
 *
 * @throws UserError exit code 3 when another process holds the port on either address or it may not be
 * taken, exit code 2 for a certificate and key that cannot be used
 */
export async function listenOnLoopback(options: ListenOptions): Promise<Listener> {
  const { port, tls, handler } = options;
  const servers: Server[] = [];
  const addresses: string[] = [];
  let absent: unknown;
  for (const hostname of ADDRESSES) {
    try {
      servers.push(startServer(hostname, { port, tls, handler }));
      addresses.push(hostname);
    } catch (error) {
      if (isAbsent(error)) {
        absent = error;
        continue;
      }
      await Promise.all(servers.map((server) => server.close(0)));
      throw explain(error, hostname, options);
    }
  }
  if (servers.length === 0) throw explain(absent, "any loopback address", options);
  return {
    addresses,
    async close(graceMs) {
      await Promise.all(servers.map((server) => server.close(graceMs)));
    },
  };
}

/** How often another free port is tried when somebody takes one of its two addresses meanwhile. */
const FREE_PORT_TRIES = 20;

/**
 * Listens on a free port of both loopback addresses.
 *
 * @throws UserError exit code 3 when there is none to be had
 */
export async function listenAnywhere(
  handler: (request: Request) => Promise<Response>,
): Promise<Listener & { readonly port: number }> {
  for (let left = FREE_PORT_TRIES;; left--) {
    const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = probe.addr;
    probe.close();
    try {
      return { ...await listenOnLoopback({ port, handler }), port };
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/** One address of the listener. */
interface Server {
  close(graceMs: number): Promise<void>;
}

function startServer(hostname: string, options: ListenOptions): Server {
  let serving = serve(hostname, options);
  let closing = false;
  // A connection that cannot be accepted (no file handle left, reset before its turn) ends Deno.serve.
  // Strays must not end the wait, so it is started again.
  const stayOpen = async () => {
    while (!closing) {
      try {
        return await serving.server.finished;
      } catch {
        serving = await serveAgain();
      }
    }
  };
  const serveAgain = async () => {
    while (true) {
      await pause(REOPEN_MS);
      try {
        return closing ? serving : serve(hostname, options);
      } catch {
        // Not yet.
      }
    }
  };
  const end = stayOpen();
  return {
    async close(graceMs) {
      closing = true;
      const { server, abort } = serving;
      if (graceMs <= 0) {
        abort.abort();
        await end;
        return;
      }
      // The port is free as soon as shutdown() is called. It then waits for silent and half-sent
      // connections, which browsers leave behind, so it is raced; leaving on a request's own end instead
      // would lose the page. An abort on top of it throws where nobody can catch it.
      const late = new AbortController();
      await Promise.race([server.shutdown(), pause(graceMs, late.signal)]);
      late.abort();
    },
  };
}

function serve(hostname: string, { port, tls, handler }: ListenOptions) {
  const abort = new AbortController();
  const server = Deno.serve({
    hostname,
    port,
    ...tls,
    signal: abort.signal,
    // Deno announces every listener on stdout, which is the product's.
    onListen: () => {},
    onError: () => new Response("The driver failed.\n", { status: 500 }),
  }, handler);
  return { server, abort };
}

/** Resolves after a while, or as soon as the signal aborts. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener("abort", () => {
    clearTimeout(timer);
    resolve();
  });
  return promise;
}

/** Whether this machine lacks the address family: EADDRNOTAVAIL, EAFNOSUPPORT. */
function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.AddrNotAvailable ||
    /os error (97|47|10047|99|49|10049)\b/.test(messageOf(error));
}

function explain(error: unknown, hostname: string, { port, tls }: ListenOptions): UserError {
  const address = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  const fail = (code: string, message: string, hint: string, exitCode: ExitCode = ExitCode.PORT) =>
    new UserError(code, message, { exitCode, hint, cause: error });
  if (error instanceof Deno.errors.AddrInUse) {
    return fail(
      "port-taken",
      `Port ${port} is taken: another program listens on ${address}`,
      `See which: ${
        findHolder(port)
      }\nEnd it, or take another port with --port, which the IdP must then post to.`,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return fail(
      "port-forbidden",
      `Port ${port} may not be taken on ${address}: ${messageOf(error)}`,
      "Ports below 1024 need rights that this program should not have. Take another one with --port.",
    );
  }
  if (tls !== undefined && !/os error/.test(messageOf(error))) {
    return fail(
      "tls-unusable",
      `Cannot listen on https with --tls-cert and --tls-key: ${messageOf(error)}`,
      "Both must be PEM, and the key must belong to the certificate (mkcert localhost makes such a pair).",
      ExitCode.USAGE,
    );
  }
  return fail(
    "port-failed",
    `Cannot listen on ${address}: ${messageOf(error)}`,
    "Take another port with --port, which the IdP must then post to.",
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
