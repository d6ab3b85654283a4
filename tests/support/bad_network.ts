/**
 * A network between a client and a server of this machine that spoils what the server answers.
 *
 * @module
 */

import { connect, createServer, type Socket } from "node:net";

/** What becomes of an answer, counted in its bytes. */
export type NetworkFault =
  /** It comes late. */
  | { readonly kind: "delay"; readonly ms: number }
  /** It ends there, and so does the connection. */
  | { readonly kind: "cut"; readonly at: number }
  /** It ends there, and the other direction stays open. */
  | { readonly kind: "half-close"; readonly at: number }
  /** The connection is reset there. */
  | { readonly kind: "reset"; readonly at: number }
  /** One byte is another. */
  | { readonly kind: "garble"; readonly at: number };

/** A network that runs. */
export interface BadNetwork extends AsyncDisposable {
  readonly port: number;
  /** How many bytes the shortest answer had that came through: a later one over TLS need not begin anew. */
  readonly shortest: number;
  /** What happens to the connections from now on. */
  fault: NetworkFault | undefined;
}

/** Starts a network in front of a port of 127.0.0.1. */
export async function startBadNetwork(target: number): Promise<BadNetwork> {
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    // Both ends may hang up whenever they like.
    socket.on("error", () => {}).on("close", () => open.delete(socket));
    return socket;
  };
  const network = { port: 0, shortest: Infinity, fault: undefined as NetworkFault | undefined };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = keep(connect({ host: "127.0.0.1", port: target, allowHalfOpen: true }));
    keep(client).pipe(upstream);
    const { fault } = network;
    let passed = 0;
    let over = false;
    upstream.on("data", (bytes: Uint8Array) => {
      const from = passed;
      passed += bytes.length;
      if (over) return;
      if (fault?.kind === "delay") {
        setTimeout(() => client.write(bytes), fault.ms);
      } else if (fault === undefined || fault.at < from || fault.at >= passed) {
        client.write(bytes);
      } else if (fault.kind === "garble") {
        const spoiled = Uint8Array.from(bytes);
        spoiled[fault.at - from] = (spoiled[fault.at - from] ?? 0) ^ 0x15;
        client.write(spoiled);
      } else {
        over = true;
        end(client, bytes.subarray(0, fault.at - from), fault.kind);
      }
    });
    upstream.on("end", () => {
      if (fault === undefined) network.shortest = Math.min(network.shortest, passed);
      if (!over) setTimeout(() => client.end(), fault?.kind === "delay" ? fault.ms : 0);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address === "object" && address !== null) network.port = address.port;
  return Object.assign(network, {
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  });
}

function end(client: Socket, last: Uint8Array, how: "cut" | "half-close" | "reset"): void {
  if (how === "reset") client.write(last, () => client.resetAndDestroy());
  else client.end(last, () => how === "cut" && client.destroy());
}
