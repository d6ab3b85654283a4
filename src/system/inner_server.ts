/**
 * The server behind the listener: what was accepted is passed on to it.
 *
 * @module
 */

import { endingAfter } from "../bounded_body.ts";
import { ExitCode, systemReason, UserError } from "../errors.ts";
import { pause } from "../wait.ts";
import type { InnerConn } from "./accept_loop.ts";

/**
 * What answers: Deno's own server, at an address that only this process can reach. That is a socket in a
 * folder of our own; Windows, where Deno has none, gets a port of loopback on which only our own connections
 * are answered.
 */
export class InnerServer {
  readonly #server: Deno.HttpServer<Deno.Addr>;
  readonly #removeFolder: () => void = () => {};
  readonly #abort = new AbortController();
  /** Our own ends of connections to a port. */
  readonly #ours = new Set<number>();

  constructor(handler: (request: Request) => Promise<Response>) {
    const answer = async (request: Request) => endingAfter(request, await handler(request));
    const common = {
      signal: this.#abort.signal,
      // Deno announces every listener on stdout, which is for credentials only.
      onListen: () => {},
      onError: () => new Response("stssamldriver failed.\n", { status: 500 }),
    };
    if (Deno.build.os === "windows") {
      const guarded = (request: Request, { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>) =>
        this.#ours.has(remoteAddr.port) ? answer(request) : new Response(null, { status: 403 });
      this.#server = Deno.serve({ ...common, hostname: "127.0.0.1", port: 0 }, guarded);
    } else {
      try {
        // 0700 from birth.
        const folder = Deno.makeTempDirSync({ prefix: "stssamldriver-" });
        this.#removeFolder = () => removeFolder(folder);
        // Also where a second Ctrl-C ends the process.
        globalThis.addEventListener("unload", this.#removeFolder);
        this.#server = Deno.serve({ ...common, path: `${folder}/listener` }, answer);
      } catch (error) {
        this.#forgetFolder();
        throw noSocket(error);
      }
    }
  }

  /** Connects to it, for bytes that somebody has sent. */
  async connect(): Promise<InnerConn> {
    const { addr } = this.#server;
    if ("path" in addr) return await Deno.connect({ transport: "unix", path: addr.path });
    if (!("port" in addr)) throw new Error("Deno serves neither a path nor a port");
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: addr.port });
    const { port } = conn.localAddr;
    this.#ours.add(port);
    return {
      read: (buffer) => conn.read(buffer),
      write: (bytes) => conn.write(bytes),
      closeWrite: () => conn.closeWrite(),
      close: () => {
        // From now on it may be the port of somebody else's connection.
        this.#ours.delete(port);
        conn.close();
      },
    };
  }

  /**
   * Stops it.
   *
   * @param graceMs milliseconds; 0 cuts every connection
   * @param drained resolves when its answers have reached those who asked
   */
  async close(graceMs: number, drained: () => Promise<void>): Promise<void> {
    this.#forgetFolder();
    if (graceMs <= 0) {
      this.#abort.abort();
      return await this.#server.finished;
    }
    // shutdown() ends each connection once it is answered, and itself waits for silent ones as well, which
    // browsers leave behind. So what counts is that the answers have been passed on. An abort on top of it
    // throws where nobody can catch it.
    this.#server.shutdown().catch(() => {});
    const late = new AbortController();
    await Promise.race([drained(), pause(graceMs, late.signal)]);
    late.abort();
  }

  #forgetFolder(): void {
    this.#removeFolder();
    globalThis.removeEventListener("unload", this.#removeFolder);
  }
}

/** Removes the folder of a socket. Nothing depends on it: an empty one may stay in the temporary folder. */
function removeFolder(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch {
    // For example a disk that has become read-only.
  }
}

/** Says why there can be no socket in the system's temporary folder: it is full, or its path too long. */
function noSocket(cause: unknown): UserError {
  return new UserError(
    "temporary-folder",
    `Cannot create a socket in the temporary folder: ${systemReason(cause)}`,
    {
      exitCode: ExitCode.FILE,
      hint: "Free some space there, or set TMPDIR to another folder, with a short path.",
      cause,
    },
  );
}
