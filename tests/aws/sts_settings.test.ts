import assert from "node:assert/strict";
import type { HttpRequest } from "@smithy/core/protocols";
import { stsExchange } from "../../src/aws/sts.ts";
import { TransportError } from "../../src/aws/unreachable.ts";
import { exchangeRequest, sdkEnvironment } from "../support/exchange.ts";
import { startSts } from "../support/sts.ts";
import { exchanged, refused, standIn } from "./exchanging.ts";

// What the variables of AWS make of an exchange.

Deno.test("stsExchange: an endpoint in the clear that is not this machine is never asked", async () => {
  for (const name of ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"]) {
    using _environment = sdkEnvironment({ [name]: "http://sts.corp.example:8080" });
    const error = await refused(exchangeRequest());
    assert.deepEqual([error.code, error.exitCode], ["sts-insecure", 2]);
    assert.match(
      error.message,
      /^Refused to send the assertion to http:\/\/sts\.corp\.example:8080/,
    );
  }
});

Deno.test("stsExchange: an endpoint that is no URL is the setting's fault", async () => {
  for (const endpoint of ["sts.example", "https://", "http://[::1"]) {
    using _environment = sdkEnvironment({ AWS_ENDPOINT_URL_STS: endpoint });
    const error = await refused(exchangeRequest());
    assert.deepEqual([error.code, error.exitCode], ["sts-endpoint", 2], endpoint);
    assert.match(error.hint ?? "", /AWS_ENDPOINT_URL_STS/);
  }
});

Deno.test("stsExchange: each region's host is asked, of one exchange in any order", async () => {
  using _environment = sdkEnvironment({});
  const hosts: string[] = [];
  const exchange = stsExchange({
    handler: {
      handle: ({ hostname }: HttpRequest) => {
        hosts.push(hostname);
        throw new TransportError("not-sts", hostname, {
          detail: "nobody is asked here",
          final: true,
        });
      },
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
    },
  });
  for (const region of ["eu-west-1", "cn-north-1", "eu-west-1", "us-east-1"]) {
    const { signal } = new AbortController();
    await assert.rejects(exchange(exchangeRequest({ region }), signal));
  }
  assert.deepEqual(hosts, [
    "sts.eu-west-1.amazonaws.com",
    "sts.cn-north-1.amazonaws.com.cn",
    "sts.eu-west-1.amazonaws.com",
    "sts.us-east-1.amazonaws.com",
  ]);
});

Deno.test("stsExchange: AWS_ENDPOINT_URL_STS beats AWS_ENDPOINT_URL, and that serves too", async () => {
  await using sts = standIn();
  Deno.env.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  await exchanged(exchangeRequest());
  Deno.env.delete("AWS_ENDPOINT_URL_STS");
  Deno.env.set("AWS_ENDPOINT_URL", sts.url);
  await exchanged(exchangeRequest());
  assert.equal(sts.handedOut.length, 2);
});

Deno.test("stsExchange: a host that nobody knows and a port where nobody listens", async () => {
  const free = startSts();
  await free.close();
  for (
    const [endpoint, reason] of [
      ["https://sts.nowhere.invalid", /: the name cannot be resolved \(no network\?\)$/],
      [free.url, /: connection refused$/],
      // Newer Deno does not even try this port.
      ["https://127.0.0.1:1", /: (connection refused|Requests to port 1 are blocked)$/],
    ] as const
  ) {
    using _environment = sdkEnvironment({ AWS_ENDPOINT_URL_STS: endpoint });
    const error = await refused(exchangeRequest());
    assert.deepEqual([error.code, error.exitCode], ["sts-unreachable", 7]);
    const host = endpoint.replace(/^https?:\/\//, "");
    assert.ok(error.message.startsWith(`Cannot reach STS at ${host}: `), error.message);
    assert.match(error.message, reason);
    assert.match(error.hint ?? "", /Check the network, HTTPS_PROXY and NO_PROXY/);
  }
});

Deno.test("stsExchange: keys, profiles and variables of AWS that mean nothing here change nothing", async () => {
  await using sts = standIn();
  for (
    const [name, value] of [
      ["AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"],
      ["AWS_SECRET_ACCESS_KEY", "x"],
      ["AWS_SESSION_TOKEN", "x"],
      ["AWS_PROFILE", "missing"],
      ["AWS_REGION", "cn-north-1"],
      ["AWS_CONFIG_FILE", "/"],
      ["AWS_MAX_ATTEMPTS", "words"],
      ["AWS_RETRY_MODE", "words"],
      ["AWS_STS_REGIONAL_ENDPOINTS", "legacy"],
      ["AWS_USE_FIPS_ENDPOINT", "words"],
      ["AWS_SDK_UA_APP_ID", "two\nlines"],
    ] as const
  ) {
    Deno.env.set(name, value);
    await exchanged(exchangeRequest());
    assert.equal(sts.calls.at(-1)?.headers.get("authorization"), null, name);
  }
});
