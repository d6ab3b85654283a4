import assert from "node:assert/strict";
import { issuerOf } from "../../src/system/issuer.ts";
import { CA_NAME, hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { freePort } from "../support/driver.ts";
import { serveLoopback } from "../support/loopback_http.ts";
import { startProxy } from "../support/proxy.ts";
import { tlsInFrontOf } from "../support/tls.ts";

const none = () => undefined;

Deno.test({
  name: "issuerOf: the CA of a certificate that nobody trusts, by name and by address",
  ignore: !hasOpenssl,
  fn: async () => {
    using certificates = makeCertificates();
    await using server = serveLoopback(() => ({ status: 200, headers: {}, body: "" }));
    await using tls = tlsInFrontOf(server.port, certificates);
    for (const host of ["localhost", "127.0.0.1"]) {
      assert.equal(await issuerOf(`https://${host}:${tls.port}`, none), CA_NAME, host);
    }
  },
});

Deno.test("issuerOf: nothing where nobody listens, and behind a proxy that lets nobody through", async () => {
  await using proxy = startProxy({ refuseWith: 403 });
  const via = (HTTPS_PROXY: string) => (name: string) => ({ HTTPS_PROXY })[name];
  for (
    const [endpoint, env] of [
      [`https://127.0.0.1:${freePort()}`, none],
      ["https://sts.nowhere.invalid", via(proxy.url)],
      // These are not spoken here: the host is not asked on another way than fetch's.
      ["https://sts.nowhere.invalid", via(proxy.url.replace("http", "socks5"))],
      ["https://sts.nowhere.invalid", via(proxy.url.replace("http", "https"))],
    ] as const
  ) assert.equal(await issuerOf(endpoint, env), undefined, endpoint);
  assert.deepEqual(proxy.requests, ["CONNECT sts.nowhere.invalid:443 HTTP/1.1"]);
});
