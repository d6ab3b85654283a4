/**
 * A company's web proxy on loopback: CONNECT for https, requests with a whole URL for http.
 *
 * @module
 */

import { Relay } from "./relay.ts";

/** A proxy that runs. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** The first line of each request: `CONNECT sts.us-east-1.amazonaws.com:443 HTTP/1.1`. */
  readonly requests: readonly string[];
}

/** What the proxy does with a request that is not allowed through. */
export interface ProxyOptions {
  /** Answer everything with this status instead of passing it on; `close`: hang up without a word. */
  readonly refuseWith?: number | "close";
  /** Answer with 407 whoever does not sign in as this `user:password`. */
  readonly only?: string;
  /** The port of this machine that stands in for a host; its own by default. */
  readonly standIn?: (hostname: string) => number | undefined;
}

/** Starts a proxy on 127.0.0.1. */
export function startProxy(options: ProxyOptions = {}): Proxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const relay = new Relay();
  const tasks: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      relay.add(connection);
      tasks.push(serve(connection).catch(() => {}));
    }
  })();

  async function serve(client: Deno.Conn): Promise<void> {
    const bytes = new Uint8Array(65_536);
    let head = "";
    while (!head.includes("\r\n\r\n")) {
      const count = await client.read(bytes);
      if (count === null) return relay.close(client);
      // Latin-1, so that what follows the head goes on as it came.
      head += String.fromCharCode(...bytes.subarray(0, count));
    }
    const line = head.slice(0, head.indexOf("\r\n"));
    requests.push(line);
    const [method, target = ""] = line.split(" ");
    if (options.refuseWith === "close") return relay.close(client);
    const isStranger = options.only !== undefined &&
      !head.includes(`\r\nProxy-Authorization: Basic ${btoa(options.only)}\r\n`) &&
      !head.includes(`\r\nproxy-authorization: Basic ${btoa(options.only)}\r\n`);
    const status = options.refuseWith ?? (isStranger ? 407 : undefined);
    if (status !== undefined) {
      const text = `HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n` +
        `Proxy-Authenticate: Basic realm="x"\r\nConnection: close\r\n\r\n`;
      await client.write(new TextEncoder().encode(text));
      return relay.close(client);
    }
    const url = new URL(method === "CONNECT" ? `http://${target}` : target);
    const standIn = options.standIn?.(url.hostname);
    const server = await Deno.connect({
      hostname: standIn === undefined ? url.hostname : "127.0.0.1",
      port: standIn ?? Number(url.port || 80),
    });
    relay.add(server);
    if (method === "CONNECT") {
      await client.write(new TextEncoder().encode("HTTP/1.1 200 Established\r\n\r\n"));
    } else {
      await server.write(Uint8Array.from(head, (sign) => sign.charCodeAt(0)));
    }
    await relay.join(client, server);
  }

  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      relay.closeAll();
      await accepting;
      await Promise.all(tasks);
    },
  };
}
