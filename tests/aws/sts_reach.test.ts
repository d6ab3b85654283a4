import assert from "node:assert/strict";
import { reachSts } from "../../src/aws/sts_reach.ts";
import type { StsReached } from "../../src/aws/sts_reach.ts";
import { userErrorFrom } from "../support/checks.ts";
import { sdkEnvironment } from "../support/exchange.ts";
import { NOON } from "../support/fakes.ts";
import { type LoopbackRequest, type Outcome, serveLoopback } from "../support/loopback_http.ts";

/** STS's answer to a request with nothing in it, two minutes after noon by its own clock. */
const REFUSAL = {
  status: 400,
  headers: { "Content-Type": "text/xml", "Date": new Date(NOON + 120_000).toUTCString() },
  body:
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>` +
    `<Code>ValidationError</Code><Message>3 validation errors detected</Message></Error></ErrorResponse>`,
};

interface Reaching {
  readonly client?: Deno.HttpClient;
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
}

/** Asks what AWS_ENDPOINT_URL_STS names, on a way of 400 ms that begins at noon. */
async function reach(
  endpoint: string,
  { client, signal = new AbortController().signal, deadlineMs = 5000 }: Reaching = {},
): Promise<StsReached> {
  using _environment = sdkEnvironment({ AWS_ENDPOINT_URL_STS: endpoint });
  const times = [NOON, NOON + 400];
  return await reachSts("eu-west-1", {
    client,
    route: {
      proxyFor: () => Promise.resolve(undefined),
      issuerOf: () => Promise.resolve(undefined),
      extraCas: () => Promise.resolve(undefined),
    },
    now: () => times.shift() ?? NaN,
    signal,
    deadlineMs,
  });
}

Deno.test("reachSts: a refusal says that STS is there and how far its clock is ahead", async () => {
  const requests: LoopbackRequest[] = [];
  await using server = serveLoopback((request) => {
    requests.push(request);
    return REFUSAL;
  });
  // The Date may be anywhere in its second, and the answer was made anywhere on the way there and back.
  assert.deepEqual(await reach(server.url), {
    endpoint: server.url,
    skewMs: 120_000 + 500 - 200,
    exactMs: 500 + 200,
  });
  assert.equal(requests.length, 1);
  assert.match(requests[0]?.body ?? "", /^Action=AssumeRoleWithSAML&Version=[\d-]+$/);
});

Deno.test("reachSts: an endpoint without a port is named without one", async () => {
  await using server = serveLoopback(() => REFUSAL);
  using client = Deno.createHttpClient({ proxy: { url: server.url }, poolMaxIdlePerHost: 0 });
  const { endpoint } = await reach("http://127.0.0.1/", { client });
  assert.equal(endpoint, "http://127.0.0.1");
});

Deno.test("reachSts: an answer without a time says nothing of the clock", async () => {
  const headers = { ...REFUSAL.headers, "Date": "noon" };
  await using server = serveLoopback(() => ({ ...REFUSAL, headers }));
  assert.equal((await reach(server.url)).skewMs, undefined);
});

const FAILURES: Readonly<Record<string, readonly [outcome: Outcome, message: RegExp]>> = {
  "STS itself is in trouble": [
    { ...REFUSAL, status: 500 },
    /^Cannot get credentials from STS in eu-west-1: 3 validation errors detected$/,
  ],
  "a web page": [
    { status: 200, headers: { "Content-Type": "text/html" }, body: "<!doctype html>" },
    /^The response from 127\.0\.0\.1:\d+ is not from STS: HTTP 200 with a web page$/,
  ],
  "a closed connection": ["close", /^Cannot reach STS at 127\.0\.0\.1:\d+: /],
  "silence": ["hang", /^Timed out waiting for STS at 127\.0\.0\.1:\d+$/],
};
for (const [name, [outcome, message]] of Object.entries(FAILURES)) {
  Deno.test(`reachSts: ${name} is a failure, and is asked once`, async () => {
    let asked = 0;
    await using server = serveLoopback(() => {
      asked++;
      return outcome;
    });
    const error = await userErrorFrom(reach(server.url, { deadlineMs: 500 }));
    assert.deepEqual([error.code, error.exitCode], ["sts-unreachable", 7]);
    assert.match(error.message, message);
    assert.equal(asked, 1);
  });
}

const ENDPOINTS: readonly (readonly [endpoint: string, code: string])[] = [
  ["http://sts.corp.example:8080", "sts-insecure"],
  ["sts.example", "sts-endpoint"],
];
for (const [endpoint, code] of ENDPOINTS) {
  Deno.test(`reachSts: ${endpoint} is the setting's fault: ${code}`, async () => {
    const error = await userErrorFrom(reach(endpoint));
    assert.deepEqual([error.code, error.exitCode], [code, 2]);
  });
}

Deno.test("reachSts: whoever gives up gets the signal's own reason", async () => {
  const stop = new AbortController();
  await using server = serveLoopback(() => {
    stop.abort(new Error("interrupted"));
    return "hang";
  });
  await assert.rejects(
    reach(server.url, { signal: stop.signal, deadlineMs: 60_000 }),
    /^Error: interrupted$/,
  );
});
