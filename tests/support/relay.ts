/**
 * Connections whose bytes are passed on to each other.
 *
 * @module
 */

/** All connections of a server that passes bytes on; each is closed once. */
export class Relay {
  readonly #open = new Set<Deno.Conn>();

  add(connection: Deno.Conn): void {
    this.#open.add(connection);
  }

  close(connection: Deno.Conn): void {
    if (this.#open.delete(connection)) connection.close();
  }

  /** Passes on in both directions until one side ends. */
  async join(one: Deno.Conn, other: Deno.Conn): Promise<void> {
    await Promise.all([this.#pass(one, other), this.#pass(other, one)]);
  }

  closeAll(): void {
    for (const connection of this.#open) this.close(connection);
  }

  async #pass(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const bytes = new Uint8Array(65_536);
    try {
      for (let count; (count = await from.read(bytes)) !== null;) {
        for (let at = 0; at < count;) at += await to.write(bytes.subarray(at, count));
      }
    } catch {
      // One of the two went away, or did not trust a certificate.
    }
    this.close(from);
    this.close(to);
  }
}
