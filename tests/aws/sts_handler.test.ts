import assert from "node:assert/strict";
import { HttpRequest } from "@smithy/core/protocols";
import { StsHandler } from "../../src/aws/sts_handler.ts";
import { TransportError } from "../../src/aws/unreachable.ts";
import { UserError } from "../../src/errors.ts";
import { assertSilent } from "../support/checks.ts";
import { type Handler, type Outcome, serveLoopback } from "../support/loopback_http.ts";
import { FIXTURE_SECRET_MARKER } from "../support/sts.ts";

const GOOD = "<AssumeRoleWithSAMLResponse xmlns='x'></AssumeRoleWithSAMLResponse>";
const BODY = `Action=AssumeRoleWithSAML&SAMLAssertion=${FIXTURE_SECRET_MARKER}`;

const requestTo = (url: string) => {
  const { protocol, hostname, port } = new URL(url);
  return new HttpRequest({
    protocol,
    hostname,
    ...(port && { port: Number(port) }),
    method: "POST",
    path: "/",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: BODY,
  });
};

/** What the handler makes of an answer: the status and text, or the error it threw. */
async function handled(
  outcome: Outcome | Handler,
  { tryMs = 5000, signal }: { tryMs?: number; signal?: AbortSignal } = {},
) {
  await using server = serveLoopback(typeof outcome === "function" ? outcome : () => outcome);
  try {
    const { response } = await new StsHandler(undefined, tryMs)
      .handle(requestTo(server.url), { abortSignal: signal });
    return { status: response.statusCode, text: new TextDecoder().decode(response.body) };
  } catch (error) {
    assertSilent(error, [BODY]);
    assert.ok(error instanceof TransportError, Deno.inspect(error));
    assert.equal(error.endpoint, server.url);
    return { kind: error.kind, detail: error.message, again: error.$retryable !== undefined };
  }
}

const answer = (status: number, type: string, body: string) => ({
  status,
  headers: { "Content-Type": type },
  body,
});

Deno.test("StsHandler: answers of STS go through as they are, good and bad", async () => {
  const error = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
  for (
    const [status, body] of [
      [200, GOOD],
      [200, `<?xml version="1.0" encoding="UTF-8"?>\n<!-- words -->\n${GOOD}`],
      [403, error],
      [500, error],
    ] as const
  ) assert.deepEqual(await handled(answer(status, "text/xml", body)), { status, text: body });
});

Deno.test("StsHandler: what is not of STS is told apart, and tried again where a gateway failed", async () => {
  const page = "<!doctype html><p>Welcome";
  const xhtml = '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0" "x"><html/>';
  for (
    const [outcome, kind, detail, again] of [
      [answer(200, "text/html; charset=utf-8", page), "not-sts", "HTTP 200 with a web page", false],
      [answer(200, "text/xml", `\n ${page}`), "not-sts", "HTTP 200 with a web page", false],
      [answer(200, "application/xhtml+xml", xhtml), "not-sts", "HTTP 200 with a web page", false],
      [answer(200, "text/xml", xhtml), "not-sts", "HTTP 200 with a web page", false],
      [answer(200, "text/html", "Welcome"), "not-sts", "HTTP 200 with a web page", false],
      [answer(403, "text/html", page), "not-sts", "HTTP 403 with a web page", false],
      [answer(502, "text/html", page), "not-sts", "HTTP 502 with a web page", true],
      [
        answer(200, "application/json", "{}"),
        "not-sts",
        "HTTP 200 with unexpected content",
        false,
      ],
      [
        answer(403, "text/plain", "Blocked by policy"),
        "not-sts",
        "HTTP 403 with unexpected content",
        false,
      ],
      [
        answer(503, "text/plain", "no upstream"),
        "not-sts",
        "HTTP 503 with unexpected content",
        true,
      ],
      [
        answer(403, "text/xml", "<Nonsense/>"),
        "not-sts",
        "HTTP 403 with unexpected content",
        false,
      ],
      [
        answer(200, "text/xml", "<ListBucketResult/>"),
        "not-sts",
        "HTTP 200 with unexpected content",
        false,
      ],
      [answer(200, "text/xml", ""), "not-sts", "HTTP 200 with an empty body", false],
      [answer(400, "text/xml", ""), "not-sts", "HTTP 400 with an empty body", false],
      [answer(504, "text/xml", ""), "not-sts", "HTTP 504 with an empty body", true],
      [answer(407, "text/html", page), "proxy", "HTTP 407", false],
    ] as const
  ) assert.deepEqual(await handled(outcome), { kind, detail, again });
});

Deno.test("StsHandler: a redirect is never followed", async () => {
  let reached = 0;
  await using target = serveLoopback(() => {
    reached++;
    return answer(200, "text/xml", GOOD);
  });
  for (const status of [300, 301, 302, 303, 307, 308]) {
    const outcome = { status, headers: { Location: `${target.url}/` }, body: GOOD };
    const { kind, detail } = await handled(outcome);
    assert.deepEqual([kind, detail], ["not-sts", `HTTP ${status} redirect`]);
  }
  assert.equal(reached, 0, "the assertion went where it was not sent");
});

Deno.test("StsHandler: a try has a deadline, for the head and for the body", async () => {
  const timeout = { kind: "timeout", again: true };
  const slowBody: Handler = async (_request, signal) => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 2000);
      signal.addEventListener("abort", () => (clearTimeout(timer), resolve()));
    });
    return answer(200, "text/xml", GOOD);
  };
  for (const outcome of ["hang", slowBody] as const) {
    const start = performance.now();
    const { kind, again } = await handled(outcome, { tryMs: 100 });
    assert.deepEqual({ kind, again }, timeout);
    assert.ok(performance.now() - start < 1500);
  }
});

// A page that drips on forever must neither fill the memory nor outlive its deadline.
Deno.test("StsHandler: a body that drips ends with the deadline, one that pours with a limit", async () => {
  const encoder = new TextEncoder();
  const serve = (write: (connection: Deno.Conn) => Promise<void>) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const done = (async () => {
      using connection = await listener.accept();
      await connection.read(new Uint8Array(65_536));
      await connection.write(encoder.encode("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"));
      await write(connection).catch(() => {});
      listener.close();
    })();
    return { url: `http://127.0.0.1:${listener.addr.port}`, done };
  };
  const drip = serve(async (connection) => {
    for (;;) {
      await connection.write(encoder.encode("<a/>"));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  await assert.rejects(
    new StsHandler(undefined, 200).handle(requestTo(drip.url)),
    (error) => error instanceof TransportError && error.kind === "timeout",
  );
  const pour = serve(async (connection) => {
    for (;;) await connection.write(new Uint8Array(65_536).fill(0x20));
  });
  await assert.rejects(
    new StsHandler(undefined, 20_000).handle(requestTo(pour.url)),
    { message: "the response is too long" },
  );
  await Promise.all([drip.done, pour.done]);
});

Deno.test("StsHandler: connections that end early are the network's fault", async () => {
  for (const outcome of ["close", { half: answer(200, "text/xml", GOOD) }] as const) {
    const { kind, again } = await handled(outcome);
    assert.deepEqual({ kind, again }, { kind: "network", again: true });
  }
});

Deno.test("StsHandler: the caller's signal ends it, before and during", async () => {
  const before = AbortSignal.abort(new Error("over"));
  const givenUp = { kind: "timeout", detail: "given up", again: false };
  assert.deepEqual(await handled(answer(200, "text/xml", GOOD), { signal: before }), givenUp);
  const start = performance.now();
  assert.deepEqual(await handled("hang", { signal: AbortSignal.timeout(50) }), givenUp);
  assert.ok(performance.now() - start < 2000);
});

Deno.test("StsHandler: without TLS only this machine is asked", async () => {
  const handler = new StsHandler(undefined, 500);
  for (
    const url of [
      "http://sts.amazonaws.com",
      "http://localhost.evil.example",
      "http://127.0.0.1.evil.example",
      "http://127.evil.example",
      "http://evil.example:8080",
      "http://0.0.0.0:1",
      "http://10.0.0.1",
      "http://[::2]",
      "http://[::ffff:10.0.0.1]",
      "ftp://127.example",
    ]
  ) {
    await assert.rejects(handler.handle(requestTo(url)), (error) => {
      assert.ok(error instanceof UserError);
      assertSilent(error, [BODY]);
      return error.code === "sts-insecure" && error.exitCode === 2;
    }, url);
  }
  await assert.rejects(handler.handle(requestTo("http://sts.corp.example")), {
    message: /^Refused to send the assertion to http:\/\/sts\.corp\.example: /,
  });
  // These are tried; nobody listens there.
  for (const host of ["127.0.0.1", "localhost", "127.1.2.3", "[::1]"]) {
    const url = `http://${host}:${freePort()}`;
    await assert.rejects(handler.handle(requestTo(url)), TransportError, url);
  }
});

const ANSWER = "AssumeRoleWithSAMLResponse";
const nested = (depth: number) =>
  `<${ANSWER}>${"<a>".repeat(depth - 1)}${"</a>".repeat(depth - 1)}</${ANSWER}>`;

const WHOLE: Readonly<Record<string, readonly [body: string | Uint8Array, isWhole: boolean]>> = {
  "an answer": [GOOD, true],
  "one as deep as may be": [nested(20), true],
  "one with many elements side by side": [`<${ANSWER}>${"<a></a>".repeat(50)}</${ANSWER}>`, true],
  "one that is too deep": [nested(21), false],
  "half of one": [GOOD.slice(0, -5), false],
  "two": [GOOD + GOOD, false],
  "one with a DOCTYPE": [`<!DOCTYPE ${ANSWER}><${ANSWER}></${ANSWER}>`, false],
  "one whose prefix is not declared": [`<${ANSWER}><x:a/></${ANSWER}>`, false],
  "one that is no UTF-8": [
    Uint8Array.from(`<${ANSWER}>\xff</${ANSWER}>`, (each) => each.charCodeAt(0)),
    false,
  ],
};
for (const [name, [body, isWhole]] of Object.entries(WHOLE)) {
  Deno.test(`StsHandler: of credentials in ${name}, ${isWhole ? "all" : "nothing"} is taken`, async () => {
    await using server = serveLoopback(() => ({
      status: 200,
      headers: { "Content-Type": "text/xml" },
      body,
    }));
    const handled = new StsHandler(undefined, 5000).handle(requestTo(server.url));
    if (isWhole) return void await handled;
    await assert.rejects(handled, (error) => {
      assert.ok(error instanceof UserError);
      assertSilent(error, [BODY]);
      return error.message === "STS returned incomplete credentials";
    });
  });
}

Deno.test("StsHandler: a refusal that is torn is one all the same", async () => {
  const torn = "<ErrorResponse><Error><Code>AccessDenied</Code>";
  assert.deepEqual(await handled(answer(403, "text/xml", torn)), { status: 403, text: torn });
});

Deno.test("StsHandler: what an answer is, its first 1,000 bytes say", async () => {
  const kindOf = async (body: string) => {
    const { text, detail } = await handled(answer(403, "text/xml", body));
    return text === body ? "as it is" : detail;
  };
  const error = "<ErrorResponse></ErrorResponse>";
  assert.equal(await kindOf(`\n<?xml version="1.0"?> ${error}`), "as it is");
  assert.equal(await kindOf(`${" ".repeat(900)}${error}`), "as it is");
  assert.equal(await kindOf(`${" ".repeat(1000)}${error}`), "HTTP 403 with unexpected content");
  assert.equal(await kindOf(`<ErrorResponse xmlns="x"/>${" ".repeat(1000)}<html>`), "as it is");
  assert.equal(await kindOf("<ErrorResponses/>"), "HTTP 403 with unexpected content");
  assert.equal(await kindOf("<htmlx><ErrorResponse></ErrorResponse></htmlx>"), "as it is");
  assert.equal(
    await kindOf("<html><ErrorResponse></ErrorResponse></html>"),
    "HTTP 403 with a web page",
  );
});

Deno.test("StsHandler: has no settings of the SDK's", () => {
  const handler = new StsHandler(undefined);
  assert.equal(handler.updateHttpClientConfig(), undefined);
  assert.deepEqual(handler.httpHandlerConfigs(), {});
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
