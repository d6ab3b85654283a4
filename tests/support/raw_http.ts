/**
 * Connections that do what no HTTP library would: say nothing, half a header, half a body, several
 * requests in one breath.
 *
 * @module
 */

/** An open connection of a test. */
export interface RawConnection extends Disposable {
  send(text: string): Promise<void>;
  /** Everything that comes until the other side hangs up. */
  rest(): Promise<string>;
  /** Reads until this text has come; throws when the other side hangs up before. */
  until(text: string): Promise<string>;
}

/** Opens a connection to a loopback port and sends what there is to send. */
export async function rawConnection(
  port: number,
  { hostname = "127.0.0.1", text = "" }: { readonly hostname?: string; readonly text?: string } =
    {},
): Promise<RawConnection> {
  const connection = await Deno.connect({ hostname, port });
  const bytes = new Uint8Array(65_536);
  let received = "";
  let closed = false;
  const close = () => {
    if (!closed) connection.close();
    closed = true;
  };
  const more = async () => {
    try {
      const count = await connection.read(bytes);
      if (count === null) return false;
      received += new TextDecoder().decode(bytes.subarray(0, count));
      return true;
    } catch {
      // Reset: the other side hung up without a word.
      return false;
    }
  };
  const raw: RawConnection = {
    async send(what) {
      const rest = new TextEncoder().encode(what);
      for (let done = 0; done < rest.length;) {
        done += await connection.write(rest.subarray(done));
      }
    },
    async rest() {
      while (await more());
      return received;
    },
    async until(wanted) {
      while (!received.includes(wanted)) {
        if (!await more()) throw new Error(`Hung up without "${wanted}", but: ${received}`);
      }
      return received;
    },
    [Symbol.dispose]: close,
  };
  if (text !== "") await raw.send(text);
  return raw;
}

/**
 * Sends bytes and reads the answer meanwhile, which may come before all is sent; of a form it is at an address of
 * its own.
 */
export async function exchange(port: number, text: string): Promise<string> {
  using connection = await rawConnection(port);
  const sending = connection.send(text).catch(() => {});
  const answer = await connection.rest();
  await sending;
  const way = wayOf(answer);
  if (way === undefined) return answer;
  return await exchange(
    port,
    `GET ${way} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`,
  );
}

/** The address that a posted form is answered at; `undefined` where it is not. */
export function wayOf(answer: string): string | undefined {
  return /^HTTP\/1\.1 303 [^]*^location: (\/answer\/\S+)\r$/m.exec(answer)?.[1];
}

/** Ways to take a connection and never finish a request. */
export function strayTexts(port: number): Readonly<Record<string, string>> {
  const head = `POST /saml HTTP/1.1\r\nHost: localhost:${port}\r\n` +
    "Content-Type: application/x-www-form-urlencoded\r\n";
  return {
    "silent": "",
    "one letter": "P",
    "half a header": head,
    "half a body": `${head}Content-Length: 1000\r\n\r\nSAMLResponse=abc`,
    "half a chunk": `${head}Transfer-Encoding: chunked\r\n\r\n40\r\nSAMLRes`,
    "kept alive": `GET /favicon.ico HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
    "TLS on a plain port": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  };
}

/** Whether nothing listens on this port of either family. */
export function portIsFree(port: number): boolean {
  return ["127.0.0.1", "::1", "0.0.0.0"].every((hostname) => {
    try {
      Deno.listen({ hostname, port }).close();
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) return false;
      // A machine without the family.
      return true;
    }
  });
}
