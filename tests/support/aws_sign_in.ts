/**
 * A stand-in for the sign-in of AWS, and the proxy by which a browser gets there: the real name, on loopback.
 *
 * @module
 */

import { makeCertificates } from "./certificates.ts";
import { serveLoopback } from "./loopback_http.ts";
import { startProxy } from "./proxy.ts";
import { tlsInFrontOf } from "./tls.ts";

/** A form that came. */
export interface SignInPost {
  readonly url: string;
  readonly body: string;
}

/** One that runs. */
export interface AwsSignIn extends AsyncDisposable {
  /** The proxy's port. */
  readonly proxyPort: number;
  readonly posts: readonly SignInPost[];
}

/** Starts one, for these hosts. The browser must not look at its certificate. */
export function startAwsSignIn(hosts: readonly string[]): AwsSignIn {
  const stack = new AsyncDisposableStack();
  const certificates = stack.use(makeCertificates());
  const posts: SignInPost[] = [];
  const server = stack.use(serveLoopback(({ method, target, headers, body }) => {
    if (method === "POST") posts.push({ url: `https://${headers.get("host")}${target}`, body });
    return {
      status: 200,
      headers: { "Content-Type": "text/html" },
      body: "<!doctype html><title>AWS</title><h1>AWS console</h1>",
    };
  }));
  const tls = stack.use(tlsInFrontOf(server.port, certificates));
  const proxy = stack.use(startProxy({
    standIn: (hostname) => {
      if (hosts.includes(hostname)) return tls.port;
      throw new Error(`${hostname} is not for the tests`);
    },
  }));
  return {
    proxyPort: Number(new URL(proxy.url).port),
    posts,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
