/**
 * A port on both loopback addresses.
 *
 * @module
 */

import { ExitCode, messageOf, systemReason, UserError } from "../errors.ts";

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
}

/** The port to listen on, and the handler. */
export interface ListenOptions {
  readonly port: number;
  /** A certificate and its key in PEM, to listen on https. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly handler: (request: Request) => Promise<Response>;
}

// Both, each by its number: "localhost" only binds 127.0.0.1, Chromium tries ::1 first and Firefox
// 127.0.0.1, and if one of them were free, another process could take the assertion.
const ADDRESSES = ["127.0.0.1", "::1"];

/** The pause before an address is bound again after accepting failed, milliseconds. */
const REOPEN_MS = 50;

/**
 * Binds a port on 127.0.0.1 and on ::1, or on neither. The machine may lack one of the two address
 * families.
 *
 * @throws UserError exit code 3 when another process uses the port on either address or binding it is not
 * permitted, exit code 2 for a certificate and key that cannot be used
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

/** How many free ports to try when another process keeps taking one of the two addresses first. */
const FREE_PORT_TRIES = 20;

/**
 * Listens on a free port of both loopback addresses.
 *
 * @throws UserError exit code 3 when there is none
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
  // A connection that cannot be accepted (no file handle left, reset too early) ends Deno.serve. That must
  // not end the wait, so it is started again.
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
      // connections, which browsers leave behind, so it is raced with a timer; ending with the request
      // instead would lose the page. An abort on top of it throws where nothing can catch it.
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
    // Deno announces every listener on stdout, which is for credentials only.
    onListen: () => {},
    onError: () => new Response("stssamldriver failed.\n", { status: 500 }),
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

/** Tells if this machine lacks the address family: EADDRNOTAVAIL, EAFNOSUPPORT. */
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
    return fail(
      "tls-unusable",
      `Cannot use --tls-cert and --tls-key for https: ${messageOf(error)}`,
      "Both must be PEM files, and the key must belong to the certificate; mkcert localhost makes such a pair.",
      ExitCode.USAGE,
    );
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
