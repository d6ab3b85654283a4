/**
 * TLS in front of a server that speaks plain HTTP.
 *
 * @module
 */

/** Takes TLS off and passes on what was in it. */
export function tlsInFrontOf(
  port: number,
  options: { readonly cert: string; readonly key: string },
): { readonly port: number } & AsyncDisposable {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...options });
  const open = new Set<Deno.Conn>();
  const tasks: Promise<void>[] = [];
  const close = (connection: Deno.Conn) => {
    if (open.delete(connection)) connection.close();
  };
  const pass = async (from: Deno.Conn, to: Deno.Conn) => {
    const bytes = new Uint8Array(65_536);
    try {
      for (let count; (count = await from.read(bytes)) !== null;) {
        for (let at = 0; at < count;) at += await to.write(bytes.subarray(at, count));
      }
    } catch {
      // One side went away, or did not trust the certificate.
    }
    close(from);
    close(to);
  };
  const serve = async (client: Deno.Conn) => {
    open.add(client);
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    open.add(server);
    await Promise.all([pass(client, server), pass(server, client)]);
  };
  const accepting = (async () => {
    for await (const client of listener) tasks.push(serve(client));
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      open.forEach(close);
      await accepting;
      await Promise.all(tasks);
    },
  };
}
