/**
 * The relay as a server of its own.
 *
 * @module
 */

import { ExitCode, messageOf, systemReason, UserError } from "../errors.ts";
import { pause, unlessAborted, within } from "../wait.ts";
import type { Origin, RelayHandler } from "./handler.ts";
import { endingAfter } from "../bounded_body.ts";

/** Where the relay listens. */
interface ListenAddress {
  readonly hostname: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** How the relay is served. */
interface ServeOptions {
  readonly address: ListenAddress;
  /** A certificate and its key in PEM; without, it is plain http. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly handler: RelayHandler;
  /** Told the URL once the port is ours. */
  readonly onListening: (url: string) => void;
  /** Told when no more connections could be accepted for a moment. */
  readonly onTrouble: (reason: string) => void;
  /** Ends it: requests that are open are answered. */
  readonly signal: AbortSignal;
}

/** How long requests that are open may take to end, milliseconds. */
const GRACE_MS = 10_000;

/** How long the port stays closed when accepting has failed, milliseconds. */
const RETRY_MS = 250;

/**
 * Reads an address to listen on.
 *
 * @throws an `Error` whose message says what is wrong
 */
export function parseListenAddress(text: string): ListenAddress {
  const [, hostname = "", digits = ""] =
    /^(\[[\da-fA-F:.]+\]|[A-Za-z\d](?:[\w.-]*[A-Za-z\d])?):(\d{1,5})$/.exec(text) ?? [];
  const bare = hostname.replace(/^\[|\]$/g, "");
  const isIpv6 = hostname.startsWith("[");
  if (
    hostname === "" || Number(digits) > 65_535 || (isIpv6 && !URL.canParse(`http://${hostname}`))
  ) {
    throw new Error("must be an address and a port, like 0.0.0.0:8443 or [::]:8443");
  }
  return { hostname: bare, port: Number(digits) };
}

/**
 * Serves until the signal aborts, and resolves when that is done.
 *
 * @throws UserError exit code 3 when it cannot listen, 2 for a certificate that cannot be used
 */
export async function serveRelay(options: ServeOptions): Promise<void> {
  const { signal, onListening, onTrouble } = options;
  const open = new OpenRequests(options.handler);
  let { address } = options;
  for (let first = true; !signal.aborted; first = false) {
    const server = listen(options, address, open);
    address = { ...address, port: server.addr.port };
    if (first) onListening(urlOf(address, options));
    const failure = await failureOf(server, signal);
    if (failure === undefined) return await end(server, open);
    // Deno closes its socket when it cannot accept, for want of file handles most of all.
    onTrouble(systemReason(failure));
    await pause(RETRY_MS, signal).catch(() => {});
  }
}

/** The requests that are being answered. Closing Deno's server cuts off the bodies of those that still come. */
class OpenRequests {
  readonly #handler: RelayHandler;
  #count = 0;
  #ending: "no" | "soon" | "now" = "no";
  readonly #none = Promise.withResolvers<void>();

  constructor(handler: RelayHandler) {
    this.#handler = handler;
  }

  readonly handle = async (request: Request, origin: Origin): Promise<Response> => {
    // Whose body cannot be read any more.
    if (this.#ending === "now") return new Response(null, { status: 503, headers: LAST });
    this.#count++;
    try {
      const response = await this.#handler(request, origin);
      if (this.#ending !== "no") response.headers.set("connection", "close");
      return response;
    } finally {
      if (--this.#count === 0 && this.#ending !== "no") this.#none.resolve();
    }
  };

  /** Waits until none is open, or the time is up; meanwhile each is the last of its connection. */
  async end(ms: number): Promise<void> {
    this.#ending = "soon";
    if (this.#count > 0) await within(ms, this.#none.promise);
    this.#ending = "now";
  }
}

const LAST = { "connection": "close", "cache-control": "no-store", "retry-after": "1" };

async function end(server: RelayServer, open: OpenRequests): Promise<void> {
  await open.end(GRACE_MS);
  await within(GRACE_MS, server.shutdown());
}

type RelayServer = Deno.HttpServer<Deno.NetAddr>;

/** Waits for the error that ends a server; `undefined` when the signal is first. */
async function failureOf(server: RelayServer, signal: AbortSignal): Promise<unknown> {
  const failure = server.finished.then(
    () => new Error("the server has ended"),
    (error: unknown) => error,
  );
  return await unlessAborted(failure, signal).catch(() => undefined);
}

function listen({ tls }: ServeOptions, address: ListenAddress, open: OpenRequests): RelayServer {
  try {
    return Deno.serve(
      { ...address, ...tls, onListen: () => {} },
      async (request, info) => endingAfter(request, await open.handle(request, info)),
    );
  } catch (error) {
    throw explain(error, address, tls !== undefined);
  }
}

function urlOf({ hostname, port }: ListenAddress, { tls }: Pick<ServeOptions, "tls">): string {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${tls === undefined ? "http" : "https"}://${host}:${port}`;
}

function explain(error: unknown, { hostname, port }: ListenAddress, secure: boolean): UserError {
  const at = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  if (secure && !/os error/.test(messageOf(error))) {
    return new UserError(
      "tls-unusable",
      `Cannot use --tls-cert and --tls-key for https: ${messageOf(error)}`,
      {
        exitCode: ExitCode.USAGE,
        hint: "Both must be PEM files, and the key must belong to the certificate.",
        cause: error,
      },
    );
  }
  const [code, hint] = error instanceof Deno.errors.AddrInUse
    ? ["port-taken", "Another program is listening there: stop it, or choose another port."]
    : error instanceof Deno.errors.PermissionDenied
    ? ["port-forbidden", "Ports below 1024 need administrator rights: choose a higher one."]
    : ["port-failed", "Choose an address of this machine, or 0.0.0.0 or [::] for all of them."];
  const message = `Cannot listen on ${at}: ${systemReason(error)}`;
  return new UserError(code, message, { exitCode: ExitCode.PORT, hint, cause: error });
}
