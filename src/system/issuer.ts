/**
 * Who issued the certificate of an https host: fetch says no more than that it does not trust it.
 *
 * @module
 */

import { ifPossible } from "../errors.ts";
import { connect, isIP } from "node:net";
import { connect as secure } from "node:tls";
import { base64 } from "../text.ts";
import { proxyUrlFor } from "./proxy.ts";

/** How long it may take, milliseconds: a message waits for it. */
const PATIENCE_MS = 3000;

/**
 * Shakes hands with a host, on the way that fetch takes, and reads the issuer of the certificate that it shows.
 * Nothing is trusted and nothing is sent.
 *
 * @param endpoint its `https://` URL
 * @returns the common name or the organization; `undefined` when it cannot be found out, such as behind a proxy
 * that is none of http
 */
export async function issuerOf(
  endpoint: string,
  env: (name: string) => string | undefined,
): Promise<string | undefined> {
  const { hostname, port } = new URL(endpoint);
  const target = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 443) };
  const proxy = proxyUrlFor(hostname, env);
  if (proxy !== undefined && proxy?.protocol !== "http:") return undefined;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const giveUp = () => resolve(undefined);
  const timer = setTimeout(giveUp, PATIENCE_MS);
  const socket = proxy === undefined
    ? connect(target)
    : connect({ host: proxy.hostname.replace(/^\[|\]$/g, ""), port: Number(proxy.port || 80) });
  const shakeHands = () => {
    // What an event's listener throws ends the program.
    try {
      const name = isIP(target.host) === 0 ? { servername: target.host } : {};
      const session = secure({ socket, ...name, rejectUnauthorized: false });
      session.on("error", giveUp);
      session.on("secureConnect", () => {
        const { CN, O } = session.getPeerCertificate().issuer ?? {};
        resolve([CN ?? O].flat()[0]);
      });
    } catch {
      giveUp();
    }
  };
  socket.on("error", giveUp);
  socket.on("close", giveUp);
  socket.on("connect", () => {
    if (proxy === undefined) return shakeHands();
    socket.once(
      "data",
      (answer) => /^HTTP\/1\.\d 2/.test(String(answer)) ? shakeHands() : giveUp(),
    );
    socket.write(
      `CONNECT ${hostname}:${target.port} HTTP/1.1\r\n${headersFor(proxy, hostname)}\r\n`,
    );
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function headersFor({ username, password }: URL, host: string): string {
  const user = `${decoded(username)}:${decoded(password)}`;
  const token = base64(new TextEncoder().encode(user));
  return `Host: ${host}\r\n` + (user === ":" ? "" : `Proxy-Authorization: Basic ${token}\r\n`);
}

/** Without the escapes; a `%` that begins none stands for itself, as for the runtime. */
function decoded(text: string): string {
  return ifPossible(() => decodeURIComponent(text.replace(/%(?![\da-f]{2})/gi, "%25"))) ?? text;
}
