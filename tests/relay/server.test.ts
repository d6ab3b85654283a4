import assert from "node:assert/strict";
import { relayHandler } from "../../src/relay/handler.ts";
import { parseListenAddress, serveRelay } from "../../src/relay/server.ts";
import { userErrorFrom } from "../support/checks.ts";
import { idpKey } from "../support/keys.ts";
import { portIsFree, rawConnection } from "../support/raw_http.ts";
import { buildResponse } from "../support/saml_response.ts";

const ADDRESSES: Readonly<Record<string, string | undefined>> = {
  "0.0.0.0:8443": "0.0.0.0 8443",
  "[::]:443": ":: 443",
  "[2001:db8::1]:8443": "2001:db8::1 8443",
  "localhost:0": "localhost 0",
  "relay-1.corp.example:65535": "relay-1.corp.example 65535",
  "8443": undefined,
  ":8443": undefined,
  "0.0.0.0": undefined,
  "0.0.0.0:": undefined,
  "0.0.0.0:65536": undefined,
  "0.0.0.0:-1": undefined,
  "::1:8443": undefined,
  "[::1:8443": undefined,
  "[zz]:1": undefined,
  "[1.2]:1": undefined,
  "http://0.0.0.0:80": undefined,
  "a b:80": undefined,
  "-x:80": undefined,
};

Deno.test("parseListenAddress: a host and a port", () => {
  for (const [text, wanted] of Object.entries(ADDRESSES)) {
    if (wanted === undefined) {
      assert.throws(() => parseListenAddress(text), /must be an address and a port, like /, text);
    } else {
      const { hostname, port } = parseListenAddress(text);
      assert.equal(`${hostname} ${port}`, wanted);
    }
  }
});

/** Serves on a free port of loopback. */
async function serving(
  { handler = relayHandler(), hostname = "127.0.0.1", tls }:
    & Partial<Parameters<typeof serveRelay>[0]>
    & {
      readonly hostname?: string;
    } = {},
) {
  const stop = new AbortController();
  const listening = Promise.withResolvers<string>();
  const troubles: string[] = [];
  const over = serveRelay({
    address: { hostname, port: 0 },
    tls,
    handler,
    onListening: listening.resolve,
    onTrouble: (reason) => void troubles.push(reason),
    signal: stop.signal,
  });
  const url = await Promise.race([listening.promise, over.then(() => "over")]);
  return { url, troubles, over, stop: () => stop.abort() };
}

Deno.test("serveRelay: a form that is on its way when it is to end gets its answer, and the port is free", async () => {
  const { url, over, stop, troubles } = await serving();
  const port = Number(new URL(url).port);
  const form = new URLSearchParams({ SAMLResponse: buildResponse().base64 }).toString();
  using silent = await rawConnection(port);
  using open = await rawConnection(port, {
    text: "POST /saml HTTP/1.1\r\nHost: relay.example\r\n" +
      `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n` +
      form.slice(0, 100),
  });
  using kept = await rawConnection(port, {
    text: "GET /health HTTP/1.1\r\nHost: relay.example\r\n\r\n",
  });
  await kept.until('{"status":"ok"}');
  stop();
  // The next one of a connection is its last.
  await kept.send("GET / HTTP/1.1\r\nHost: relay.example\r\n\r\n");
  assert.match(await kept.until("</html>"), /\r\nconnection: close\r\n[^]*<\/html>/i);
  await open.send(form.slice(100));
  const answer = await open.rest();
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.match(answer, /formaction="http:\/\/localhost:8090\/saml"[^]*<\/html>/);
  await over;
  assert.equal(await silent.rest(), "");
  assert.deepEqual(troubles, []);
  assert.ok(portIsFree(port));
});

Deno.test("serveRelay: tells the URL that it serves, of each family and with TLS", async () => {
  const { certificatePem: cert, privateKeyPem: key } = idpKey();
  for (
    const [options, url] of [
      [{}, /^http:\/\/127\.0\.0\.1:\d+$/],
      [{ hostname: "::1" }, /^http:\/\/\[::1\]:\d+$/],
      [{ tls: { cert, key } }, /^https:\/\/127\.0\.0\.1:\d+$/],
    ] as const
  ) {
    const served = await serving(options);
    assert.match(served.url, url);
    served.stop();
    await served.over;
  }
});

Deno.test("serveRelay: a port that is taken is an error of exit code 3", async () => {
  const { url, over, stop } = await serving();
  const error = await userErrorFrom(
    serveRelay({
      address: { hostname: "127.0.0.1", port: Number(new URL(url).port) },
      tls: undefined,
      handler: relayHandler(),
      onListening: () => assert.fail(),
      onTrouble: () => {},
      signal: new AbortController().signal,
    }),
  );
  assert.equal(error.exitCode, 3);
  assert.equal(error.code, "port-taken");
  stop();
  await over;
});

// What Deno Deploy and `deno serve` call.
Deno.test("relayHandler: is what Deno.serve and `export default { fetch }` take", async () => {
  const handler = relayHandler();
  const entry = { fetch: handler } satisfies Deno.ServeDefaultExport;
  const body = new URLSearchParams({ SAMLResponse: buildResponse().base64 });
  const request = new Request("https://relay.deno.dev/saml", { method: "POST", body });
  const info = {
    remoteAddr: { transport: "tcp", hostname: "192.0.2.1", port: 4711 },
    completed: Promise.resolve(),
  } as const;
  const answer = await entry.fetch(request, info);
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /formaction="http:\/\/localhost:8090\/saml"/);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const health = await fetch(`http://127.0.0.1:${server.addr.port}/health`);
  assert.deepEqual(await health.json(), { status: "ok" });
});

Deno.test("serveRelay: an address that cannot be had is told with what to do", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const refused = (
    address: { hostname: string; port: number },
    tls?: { cert: string; key: string },
  ) =>
    userErrorFrom(serveRelay({
      ...{ address, tls, handler: relayHandler(), signal: new AbortController().signal },
      ...{ onListening: () => {}, onTrouble: () => {} },
    }));
  const { port } = taken.addr;
  const busy = await refused({ hostname: "127.0.0.1", port });
  assert.deepEqual([busy.code, busy.exitCode], ["port-taken", 3]);
  assert.ok(busy.message.startsWith(`Cannot listen on 127.0.0.1:${port}: `), busy.message);
  const foreign = await refused({ hostname: "2001:db8::1", port: 8443 });
  assert.deepEqual([foreign.code, foreign.exitCode], ["port-failed", 3]);
  assert.ok(foreign.message.startsWith("Cannot listen on [2001:db8::1]:8443: "));
  const untrue = await refused({ hostname: "127.0.0.1", port: 0 }, { cert: "x", key: "y" });
  assert.deepEqual([untrue.code, untrue.exitCode], ["tls-unusable", 2]);
});
