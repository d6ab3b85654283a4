import assert from "node:assert/strict";
import { reachSts } from "../../src/aws/sts_reach.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import { userErrorFrom } from "../support/checks.ts";
import { freePort } from "../support/driver.ts";
import { sdkEnvironment } from "../support/exchange.ts";
import { NOON } from "../support/fakes.ts";
import { type Outcome, serveLoopback } from "../support/loopback_http.ts";
import { refusalAnswer } from "../support/sts_answers.ts";
import { StsRefusal } from "../support/sts_errors.ts";

const REFUSED = refusalAnswer(new StsRefusal("ValidationError"));
const at = (date: string) => ({ ...REFUSED, headers: { ...REFUSED.headers, Date: date } });

/** Asks a server that answers so, with a clock that goes on by two seconds for each look at it. */
async function reach(endpoint: string, signal = new AbortController().signal) {
  using _environment = sdkEnvironment({ AWS_ENDPOINT_URL_STS: endpoint });
  let now = NOON - 2000;
  return await reachSts("eu-west-1", {
    client: undefined,
    route: {
      proxyFor: () => Promise.resolve(undefined),
      issuerOf: () => Promise.resolve(undefined),
      extraCas: () => Promise.resolve(undefined),
    },
    now: () => now += 2000,
    signal,
    deadlineMs: 5000,
  });
}

async function answeredWith(outcome: Outcome) {
  await using server = serveLoopback(() => outcome);
  const reached = await reach(server.url);
  assert.equal(reached.endpoint, server.url);
  return reached;
}

Deno.test("reachSts: a refusal is an answer, and its Date tells how far the clocks are apart", async () => {
  const table: readonly (readonly [date: string, skewMs: number | undefined])[] = [
    // In the middle of the two seconds that it was under way, and of the second that it names.
    ["Mon, 23 Nov 2026 12:00:01 GMT", 500],
    ["Mon, 23 Nov 2026 12:10:01 GMT", 600_500],
    ["Mon, 23 Nov 2026 11:59:00 GMT", -60_500],
    ["some day", undefined],
  ];
  for (const [date, skewMs] of table) {
    const { endpoint: _, ...clock } = await answeredWith(at(date));
    assert.deepEqual(clock, { skewMs, exactMs: 1500 }, date);
  }
});

Deno.test("reachSts: what is no answer of STS is told in the words of a sign-in", async () => {
  const trouble = refusalAnswer(new StsRefusal("ServiceUnavailable"));
  const page = { status: 200, headers: { "content-type": "text/html" }, body: "<html></html>" };
  for (
    const [outcome, message] of [
      [trouble, /^Cannot get credentials from STS in eu-west-1: Service is unavailable$/],
      [page, /^The response from 127\.0\.0\.1:\d+ is not from STS/],
      ["close", /^Cannot reach STS at 127\.0\.0\.1:\d+: /],
    ] as const
  ) {
    const error = await userErrorFrom(answeredWith(outcome));
    assert.equal(error.exitCode, ExitCode.UNREACHABLE, error.message);
    assert.match(error.message, message);
  }
  const nobody = await userErrorFrom(reach(`http://127.0.0.1:${freePort()}`));
  assert.match(nobody.message, /: connection refused$/);
});

Deno.test("reachSts: an endpoint that cannot be used is a wrong setting", async () => {
  for (
    const [endpoint, message] of [
      ["http://sts.example", /http:\/\/sts\.example/],
      ["no url", /^Cannot use the STS endpoint: Invalid URL/],
    ] as const
  ) {
    const error = await userErrorFrom(reach(endpoint));
    assert.equal(error.exitCode, ExitCode.USAGE, error.message);
    assert.match(error.message, message);
  }
});

Deno.test("reachSts: an interruption is told as it is", async () => {
  const interruption = new AbortController();
  const reason = new UserError("interrupted", "Interrupted", { exitCode: ExitCode.INTERRUPTED });
  await using server = serveLoopback(() => {
    interruption.abort(reason);
    return "hang";
  });
  await assert.rejects(reach(server.url, interruption.signal), (error) => error === reason);
});
