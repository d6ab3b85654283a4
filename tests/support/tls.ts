/**
 * TLS in front of a server that speaks plain HTTP.
 *
 * @module
 */

import { Relay } from "./relay.ts";

/** Takes TLS off and passes on what was in it. */
export function tlsInFrontOf(
  port: number,
  options: { readonly cert: string; readonly key: string },
): { readonly port: number } & AsyncDisposable {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...options });
  const relay = new Relay();
  const tasks: Promise<void>[] = [];
  const serve = async (client: Deno.Conn) => {
    relay.add(client);
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    relay.add(server);
    await relay.join(client, server);
  };
  const accepting = (async () => {
    for await (const client of listener) tasks.push(serve(client));
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      relay.closeAll();
      await accepting;
      await Promise.all(tasks);
    },
  };
}
