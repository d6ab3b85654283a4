import assert from "node:assert/strict";
import { PARTITIONS } from "../../src/aws/partition.ts";
import { stsExchange } from "../../src/aws/sts.ts";
import { StsHandler } from "../../src/aws/sts_handler.ts";
import { trustedClient } from "../../src/system/trust.ts";
import { assertSilent, userErrorFrom } from "../support/checks.ts";
import { type Certificates, hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { childEnvironment, exchangeRequest, sdkEnvironment } from "../support/exchange.ts";
import { startProxy } from "../support/proxy.ts";
import { startSts, type Sts } from "../support/sts.ts";

// The way to STS as companies build it: their own CA, their own proxy.

const ignore = !hasOpenssl;
const needs = ignore ? " (ignored: openssl is not installed)" : "";

/** The stand-in behind TLS, under a certificate of the company's CA. */
function overTls(sts: Sts, { cert, key }: Certificates) {
  const connections = { count: 0 };
  const server = Deno.serve({
    ...{ hostname: "127.0.0.1", port: 0, cert, key },
    onListen: () => {},
    onError: () => new Response(null, { status: 500 }),
  }, async (request) => {
    connections.count++;
    const body = await request.text();
    const { method, headers } = request;
    const answer = await fetch(sts.url, { method, headers, body, client });
    return new Response(await answer.text(), { status: answer.status, headers: answer.headers });
  });
  // A client of its own, so that no connection outlives the test.
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  return {
    url: `https://127.0.0.1:${server.addr.port}`,
    connections,
    [Symbol.asyncDispose]: async () => {
      await server.shutdown();
      client.close();
    },
  };
}

async function exchanged(environment: Readonly<Record<string, string>>, onTry = () => {}) {
  const client = await trustedClient((name) => environment[name]);
  try {
    const handler = new StsHandler(client, 3000);
    const handle = handler.handle.bind(handler);
    handler.handle = (...args) => {
      onTry();
      return handle(...args);
    };
    const exchange = stsExchange({ handler, deadlineMs: 10_000 });
    return await exchange(exchangeRequest(), new AbortController().signal);
  } finally {
    client?.close();
  }
}

Deno.test({
  name: `stsExchange: a certificate of an unknown CA is refused, and AWS_CA_BUNDLE named${needs}`,
  ignore,
  fn: async () => {
    using certificates = makeCertificates();
    await using sts = startSts();
    await using tls = overTls(sts, certificates);
    using _environment = sdkEnvironment({ AWS_ENDPOINT_URL_STS: tls.url });
    let tries = 0;
    const error = await userErrorFrom(exchanged({}, () => tries++));
    assert.equal(tries, 1, "another try cannot help");
    assert.deepEqual([error.code, error.exitCode], ["sts-unreachable", 7]);
    assert.equal(
      error.message,
      `Cannot reach STS at ${new URL(tls.url).host}: its certificate is not trusted`,
    );
    assert.match(error.hint ?? "", /AWS_CA_BUNDLE/);
    assert.equal(tls.connections.count, 0, "nothing is sent to whom nobody trusts");
  },
});

for (const variable of ["AWS_CA_BUNDLE", "SSL_CERT_FILE"]) {
  Deno.test({
    name: `stsExchange: the same CA in ${variable} is trusted${needs}`,
    ignore,
    fn: async () => {
      using certificates = makeCertificates();
      await using sts = startSts();
      await using tls = overTls(sts, certificates);
      using _environment = sdkEnvironment({ AWS_ENDPOINT_URL_STS: tls.url });
      const { credentials } = await exchanged({ [variable]: certificates.caFile });
      assert.equal(credentials.accessKeyId, sts.handedOut[0]?.accessKeyId);
    },
  });
}

/** What an exchange in a process of its own came to. */
interface Outcome {
  readonly accessKeyId?: string;
  readonly code?: string;
  readonly exitCode?: number;
  readonly message?: string;
  readonly hint?: string;
}

async function inChild(variables: Readonly<Record<string, string>>): Promise<Outcome> {
  const [outcome] = await allInChild(variables, ["us-east-1"]);
  assert.ok(outcome);
  return outcome;
}

async function allInChild(
  variables: Readonly<Record<string, string>>,
  regions: readonly string[],
): Promise<readonly Outcome[]> {
  const child = new URL("exchange_child.ts", import.meta.url).href;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--cached-only", "-A", "--no-check", child, ...regions],
    env: childEnvironment(variables),
    clearEnv: true,
  }).output();
  const out = new TextDecoder().decode(stdout);
  const err = new TextDecoder().decode(stderr);
  assert.ok(success, err);
  assertSilent(out);
  assertSilent(err);
  return out.trim().split("\n").map((line) => JSON.parse(line));
}

for (const name of ["HTTPS_PROXY", "https_proxy"]) {
  Deno.test({
    name: `stsExchange: ${name} is taken, with a client of one's own CA too${needs}`,
    ignore,
    fn: async () => {
      using certificates = makeCertificates();
      await using sts = startSts();
      await using tls = overTls(sts, certificates);
      await using proxy = startProxy();
      const outcome = await inChild({
        AWS_ENDPOINT_URL_STS: tls.url,
        AWS_CA_BUNDLE: certificates.caFile,
        [name]: proxy.url,
      });
      assert.equal(outcome.accessKeyId, sts.handedOut[0]?.accessKeyId, outcome.message);
      assert.deepEqual(proxy.requests, [`CONNECT ${new URL(tls.url).host} HTTP/1.1`]);
    },
  });
}

Deno.test({
  name: `stsExchange: NO_PROXY is heeded, with a client of one's own CA too${needs}`,
  ignore,
  fn: async () => {
    using certificates = makeCertificates();
    await using sts = startSts();
    await using tls = overTls(sts, certificates);
    await using proxy = startProxy();
    const outcome = await inChild({
      AWS_ENDPOINT_URL_STS: tls.url,
      AWS_CA_BUNDLE: certificates.caFile,
      HTTPS_PROXY: proxy.url,
      NO_PROXY: "example.com,127.0.0.1",
    });
    assert.equal(outcome.accessKeyId, sts.handedOut[0]?.accessKeyId, outcome.message);
    assert.deepEqual(proxy.requests, []);
  },
});

Deno.test("stsExchange: a proxy that requires a sign-in is reported as one", async () => {
  await using proxy = startProxy({ refuseWith: 407 });
  const outcome = await inChild({ HTTPS_PROXY: proxy.url });
  assert.equal(outcome.exitCode, 7);
  assert.equal(
    outcome.message,
    "Cannot reach STS at sts.us-east-1.amazonaws.com: the proxy requires a sign-in (HTTP 407)",
  );
  assert.match(outcome.hint ?? "", /HTTPS_PROXY/);
});

Deno.test("stsExchange: a proxy that refuses, and one that is not there", async () => {
  await using proxy = startProxy({ refuseWith: 403 });
  const [refused, absent] = await Promise.all([
    inChild({ HTTPS_PROXY: proxy.url }),
    inChild({ HTTPS_PROXY: "http://127.0.0.1:1" }),
  ]);
  const unreached = "Cannot reach STS at sts.us-east-1.amazonaws.com";
  assert.equal(refused.message, `${unreached}: the proxy refused the connection`);
  assert.equal(absent.message, `${unreached}: connection refused`);
  for (const outcome of [refused, absent]) {
    assert.equal(outcome.exitCode, 7);
    assert.match(outcome.hint ?? "", /HTTPS_PROXY and NO_PROXY/);
  }
});

Deno.test("stsExchange: HTTP_PROXY and NO_PROXY count for a stand-in on this machine as well", async () => {
  await using sts = startSts();
  for (const NO_PROXY of ["", "127.0.0.1"]) {
    await using proxy = startProxy();
    const { url } = sts;
    const outcome = await inChild({ AWS_ENDPOINT_URL_STS: url, HTTP_PROXY: proxy.url, NO_PROXY });
    assert.equal(outcome.accessKeyId, sts.handedOut.at(-1)?.accessKeyId, outcome.message);
    assert.deepEqual(proxy.requests, NO_PROXY === "" ? [`POST ${url}/ HTTP/1.1`] : []);
  }
});

Deno.test("stsExchange: every partition's own regional endpoint is asked", async () => {
  await using proxy = startProxy({ refuseWith: 403 });
  const regions = PARTITIONS.map((partition) => partition.defaultRegion);
  await allInChild({ HTTPS_PROXY: proxy.url }, regions);
  assert.deepEqual(
    [...new Set(proxy.requests)],
    PARTITIONS.map(({ defaultRegion, dnsSuffix }) =>
      `CONNECT sts.${defaultRegion}.${dnsSuffix}:443 HTTP/1.1`
    ),
  );
});
