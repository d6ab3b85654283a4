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
   * Ends listening. Answers under way are delivered when they take no longer than the grace; connections
   * that are silent or half sent do not hold it up.
   *
   * @param graceMs milliseconds
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

/** One address of the listener. */
interface Server {
  close(graceMs: number): Promise<void>;
}

function startServer(hostname: string, { port, tls, handler }: ListenOptions): Server {
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
  let finished = false;
  const end = server.finished.then(() => void (finished = true));
  return {
    async close(graceMs) {
      // shutdown() waits for silent and half-sent connections, which browsers leave behind, so it is
      // raced; leaving on a request's own end instead would lose the page.
      const timer = Promise.withResolvers<void>();
      const id = setTimeout(timer.resolve, graceMs);
      await Promise.race([server.shutdown(), timer.promise]);
      clearTimeout(id);
      // A server that has ended takes no abort.
      if (!finished) abort.abort();
      await end;
    },
  };
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
