import assert from "node:assert/strict";
import { consoleLogin, federationEndpoint } from "../../src/aws/console.ts";
import { userErrorFrom } from "../support/checks.ts";
import { serveLoopback } from "../support/loopback_http.ts";
import { answer, failed, NOW, requestFor, SECRETS, standIn, world } from "./console_logins.ts";

const signIn = (url: string) => `The AWS console's sign-in at ${new URL(url).host}`;
const unreached = (url: string) => `Cannot reach the AWS console's sign-in at ${new URL(url).host}`;

Deno.test("consoleLogin: a 5xx is tried once more, and no more than that", async () => {
  const broken = answer(500, "text/html", "<html>");
  await using federation = standIn({ behaviours: [broken] });
  const login = await consoleLogin(requestFor(federation.url), world());
  assert.ok(login.reveal().includes("SigninToken="));
  assert.deepEqual(federation.calls.map(({ outcome }) => outcome), ["answer", "granted"]);
  assert.deepEqual(federation.problems, []);

  for (const status of [500, 502, 503, 511]) {
    const { error, calls, url } = await failed([{ ...broken, status, times: Infinity }]);
    assert.deepEqual([error.code, error.exitCode, calls], ["console-unreachable", 7, 2]);
    assert.equal(error.message, `${signIn(url)} failed: HTTP ${status}`);
  }
  const refusal = await failed([broken, { kind: "refuse" }]);
  assert.deepEqual([refusal.error.exitCode, refusal.calls], [6, 2]);
});

Deno.test("consoleLogin: what is not AWS's sign-in is told apart, exit code 7, and asked once", async () => {
  const notIt = (what: string) => (url: string) =>
    `The response from ${new URL(url).host} is not from the AWS console's sign-in: ${what}`;
  const page = "<!doctype html><p>Welcome";
  const form = "with unexpected content";
  for (
    const [behaviour, message] of [
      [{ kind: "captive-portal" }, notIt("HTTP 200 with a web page")],
      [answer(200, "application/json", page), notIt("HTTP 200 with a web page")],
      [answer(200, "application/xhtml+xml", "<x/>"), notIt("HTTP 200 with a web page")],
      [answer(403, "text/html", page), notIt("HTTP 403 with a web page")],
      [answer(404, "text/html", page), notIt("HTTP 404 with a web page")],
      [answer(404, "text/plain", "no"), notIt(`HTTP 404 ${form}`)],
      [answer(200, "application/json", ""), notIt("HTTP 200 with an empty body")],
      [answer(200, "application/json", "{}"), notIt(`HTTP 200 ${form}`)],
      [answer(200, "application/json", "[]"), notIt(`HTTP 200 ${form}`)],
      [answer(200, "application/json", "null"), notIt(`HTTP 200 ${form}`)],
      [answer(200, "application/json", '{"SigninToken":7}'), notIt(`HTTP 200 ${form}`)],
      [answer(200, "application/json", '{"SigninToken":""}'), notIt(`HTTP 200 ${form}`)],
      [answer(200, "application/json", '{"SigninToken":"Fix'), notIt(`HTTP 200 ${form}`)],
      [answer(404, "application/json", '{"SigninToken":"x"}'), notIt(`HTTP 404 ${form}`)],
      [
        answer(407, "text/html", page),
        (url: string) => `${unreached(url)}: the proxy requires a sign-in (HTTP 407)`,
      ],
      [answer(429, "text/plain", ""), (url: string) => `${signIn(url)} failed: HTTP 429`],
      [
        answer(200, "application/json", `{"SigninToken":"${"x".repeat(300_000)}"}`),
        (url: string) => `${unreached(url)}: the response is too long`,
      ],
    ] as const
  ) {
    const { error, calls, url } = await failed([behaviour]);
    assert.deepEqual([error.code, error.exitCode, calls], ["console-unreachable", 7, 1]);
    assert.equal(error.message, message(url));
  }
  const { error } = await failed([{ kind: "captive-portal" }]);
  assert.match(
    error.hint ?? "",
    /captive portal.*\n.*HTTPS_PROXY and --signin-url, then try again\.$/,
  );
});

Deno.test("consoleLogin: a redirect is never followed", async () => {
  let reached = 0;
  await using target = serveLoopback(() => {
    reached++;
    return { status: 200, body: '{"SigninToken":"x"}' };
  });
  for (const status of [300, 301, 302, 303, 307, 308]) {
    const headers = { Location: `${target.url}/federation` };
    const { error, calls } = await failed([{ kind: "answer", status, headers }]);
    assert.match(error.message, new RegExp(`HTTP ${status} redirect$`));
    assert.deepEqual([error.exitCode, calls], [7, 1]);
  }
  assert.equal(reached, 0, "credentials went where they were not sent");
});

Deno.test("consoleLogin: connections that end early, and hosts that are not there, are the network's fault", async () => {
  for (const kind of ["close", "truncate"] as const) {
    const { error, calls, url } = await failed([{ kind }]);
    assert.deepEqual([error.code, error.exitCode, calls], ["console-unreachable", 7, 1]);
    assert.equal(error.message, `${unreached(url)}: the connection was closed`);
    assert.match(error.hint ?? "", /HTTPS_PROXY and NO_PROXY/);
  }
  const gone = serveLoopback(() => "close");
  await gone.close();
  const error = await userErrorFrom(consoleLogin(requestFor(gone.url), world()), SECRETS);
  assert.equal(error.exitCode, 7);
  assert.equal(error.message, `${unreached(gone.url)}: connection refused`);
});

Deno.test("consoleLogin: slow is waited for, until one deadline for both tries", async () => {
  await using slow = standIn({ behaviours: [{ kind: "delay", ms: 150 }] });
  assert.ok((await consoleLogin(requestFor(slow.url), world())).reveal());

  const broken = { ...answer(503, "", ""), times: Infinity };
  for (
    const [behaviours, calls, pauseMs] of [
      [[{ kind: "hang" }], 1, 1],
      [[{ kind: "delay", ms: 10_000 }], 0, 1],
      [[broken], 1, 10_000],
      [[answer(503, "", ""), { kind: "hang" }], 2, 1],
    ] as const
  ) {
    const start = performance.now();
    const made = await failed(behaviours, { world: { deadlineMs: 200, pauseMs } });
    assert.ok(performance.now() - start < 3000);
    assert.deepEqual([made.error.exitCode, made.calls], [7, calls]);
    assert.equal(
      made.error.message,
      `Timed out waiting for the AWS console's sign-in at ${new URL(made.url).host}`,
    );
  }
});

Deno.test("consoleLogin: the caller's signal ends it with its own reason, before, during and between", async () => {
  const over = new Error("over");
  await using federation = standIn({
    behaviours: [{ kind: "hang" }, { ...answer(500, "", ""), times: Infinity }],
  });
  const request = requestFor(federation.url);
  await assert.rejects(
    consoleLogin(request, world({ signal: AbortSignal.abort(over) })),
    (error) => error === over,
  );
  assert.equal(federation.calls.length, 0);
  for (const calls of [1, 2]) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(over), 100);
    const login = consoleLogin(request, world({ signal: controller.signal, pauseMs: 10_000 }));
    await assert.rejects(login, (error) => error === over);
    clearTimeout(timer);
    assert.equal(federation.calls.length, calls);
  }
});

const refused = "The AWS console's sign-in refused the credentials";
const NOT_ALLOWED = "The credentials may also have been revoked, or not belong to partition aws.";
const AGAIN =
  "Sign in again. If this keeps happening, try --console-duration 3600 and check this computer's clock.";
const PROXY =
  "A proxy may have responded instead of AWS: check if the sign-in page opens in your browser.";

Deno.test("consoleLogin: what to do about each failure, whole", async () => {
  for (
    const [behaviour, request, hint] of [
      [answer(400, "", ""), {}, `${AGAIN}\n${NOT_ALLOWED}`],
      [answer(403, "", ""), {}, `${AGAIN}\n${NOT_ALLOWED}\n${PROXY}`],
      [
        answer(400, "", ""),
        { durationSeconds: 7200 },
        "AWS may not allow a session of 7200 s: leave out --console-duration, or request less.\n" +
        NOT_ALLOWED,
      ],
      [
        answer(429, "", ""),
        {},
        "Try again in a few minutes. If this keeps happening, check https://health.aws.amazon.com for an\n" +
        "outage, and your proxy if you use one.",
      ],
    ] as const
  ) {
    const { error } = await failed([behaviour], { request });
    assert.equal(error.hint, hint);
  }
  const wrong =
    "Correct --signin-url: it is the address of AWS's sign-in, such as https://signin.example.";
  for (
    const [url, message] of [
      [
        "http://signin.example/x",
        "Refused to send credentials to http://signin.example: it must start with https:// or be on this machine",
      ],
      [
        "https://signin.example/?x",
        "Cannot use the --signin-url on signin.example: it must only have a host and a path",
      ],
    ] as const
  ) {
    const error = await userErrorFrom(consoleLogin(requestFor(url), world()));
    assert.deepEqual([error.message, error.hint], [message, wrong]);
  }
});

// A proxy's page says nothing of the credentials.
const PAGES: readonly (readonly [
  name: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  ofAws: boolean,
])[] = [
  ["a header of AWS's", { "x-amz-rid": "1" }, "<html>", true],
  ["another header of AWS's", { "x-amzn-requestid": "1" }, "<html>", true],
  [
    "a policy for Amazon's hosts",
    { "content-security-policy": "x Amazon.example" },
    "<html>",
    true,
  ],
  ["a header with a similar name", { "x-amazing": "1", "my-x-amz-rid": "1" }, "<html>", false],
  ["a policy for others", { "content-security-policy": "x.example" }, "<html lang='en'>", false],
  ["a doctype", {}, "\n<!DOCTYPE html>", false],
  ["a page by its type alone", { "content-type": "text/HTML" }, "Blocked", false],
  ["no page", { "content-type": "text/plain" }, "<htmlx>", true],
  ["no page at its beginning", {}, `${" ".repeat(1000)}<html>`, true],
];
for (const [name, headers, body, ofAws] of PAGES) {
  Deno.test(`consoleLogin: a 403 with ${name} is ${ofAws ? "AWS's" : "a proxy's"}`, async () => {
    for (const status of [401, 403]) {
      const { error } = await failed([{ kind: "answer", status, headers, body }]);
      assert.equal(error.code, ofAws ? "console-refused" : "console-unreachable");
    }
  });
}

const REASONS: readonly (readonly [body: string, reason: string])[] = [
  ['{"message":"No."}', ": No"],
  ['{"Message":"No"}', ": No"],
  ['{"message":"a.b."}', ": a.b"],
  ['{"message":7,"Message":"No"}', ": No"],
  ["<b>message</b> <u>No.</u>", ": No"],
  ["<B>Message</B>No<br>", ": No"],
  ["<title>Error</title><b>message</b> \n<u>No</u>", ": No"],
  ["<TITLE>No.</TITLE>", ": No"],
  ["<title></title>", ""],
  [`<title>${"abc ".repeat(60)}</title>`, `: ${"abc ".repeat(37)}ab\u2026`],
  [`<title>${"a".repeat(19)}</title>`, `: ${"a".repeat(19)}`],
  [`<title>x ${"a".repeat(20)}</title>`, ""],
  ["7", ""],
  ["null", ""],
  ["", ""],
];
for (const [body, reason] of REASONS) {
  Deno.test(`consoleLogin: of ${JSON.stringify(body.slice(0, 60))} is repeated "${reason.slice(0, 20)}"`, async () => {
    const { error } = await failed([answer(400, "text/html", body)]);
    assert.equal(error.message, `${refused} (HTTP 400${reason})`);
  });
}

Deno.test("consoleLogin: credentials are over at the very moment when they expire", async () => {
  const credentials = { ...requestFor().credentials, expiration: NOW };
  const { error } = await failed([{ kind: "refuse" }], { request: { credentials } });
  assert.match(error.message, /, which expired at 2026-11-23 08:00:00 UTC \(HTTP 400/);
});

Deno.test("consoleLogin: a page is one from its first bytes on, and not far behind", async () => {
  for (
    const [body, what] of [
      [`${" ".repeat(900)}<html>`, "a web page"],
      [`${"x".repeat(1000)}<html>`, "unexpected content"],
      ["  \n", "an empty body"],
    ] as const
  ) {
    const { error } = await failed([answer(200, "text/plain", body)]);
    assert.ok(error.message.endsWith(`: HTTP 200 with ${what}`), error.message);
  }
});

Deno.test("consoleLogin: asks for JSON, at the very path of the given address", async () => {
  const accepted: (string | null)[] = [];
  await using server = serveLoopback(({ headers, target }) => {
    accepted.push(`${target} ${headers.get("accept")}`);
    return { status: 407 };
  });
  const error = await userErrorFrom(
    consoleLogin(requestFor(`${server.url}/a/b`), world()),
    SECRETS,
  );
  assert.deepEqual(accepted, ["/a/b application/json"]);
  assert.equal(error.cause instanceof Error && error.cause.message, "HTTP 407");
  const { partition } = requestFor();
  const signInUrl = new URL("https://signin.example/a/b");
  assert.equal(federationEndpoint({ partition, region: undefined, signInUrl }), signInUrl);
});

Deno.test("consoleLogin: by default the clock is this machine's", async () => {
  await using federation = standIn({ behaviours: [{ kind: "refuse" }] });
  const { now: _, ...rest } = world();
  const credentials = { ...requestFor().credentials, expiration: 1000 };
  const request = requestFor(federation.url, { credentials });
  const error = await userErrorFrom(consoleLogin(request, rest), SECRETS);
  assert.match(error.message, /, which expired at 1970-01-01 00:00:01 UTC/);
});
