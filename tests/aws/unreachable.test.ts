import assert from "node:assert/strict";
import {
  causesOf,
  explainFailure,
  incomplete,
  type Route,
  TransportError,
  transportError,
} from "../../src/aws/unreachable.ts";
import { insecureEndpoint, malformedEndpoint } from "../../src/aws/partition.ts";
import { checked } from "../support/checks.ts";

const HOST = "sts.eu-west-1.amazonaws.com";
const ENDPOINT = `https://${HOST}`;
const asked = { region: "eu-west-1", timedOut: false };

Deno.test("explainFailure: every kind of failure says what it was and what to look at", async () => {
  const transport = (...args: ConstructorParameters<typeof TransportError>) =>
    new TransportError(...args);
  for (
    const [error, timedOut, message, hint] of [
      [
        transport("timeout", ENDPOINT, { detail: "aborted" }),
        false,
        `Timed out waiting for STS at ${HOST}`,
        /HTTPS_PROXY and NO_PROXY/,
      ],
      [
        transport("proxy", ENDPOINT, { detail: "HTTP 407" }),
        false,
        `Cannot reach STS at ${HOST}: the proxy requires a sign-in (HTTP 407)`,
        /set HTTPS_PROXY to http:\/\/USER:PASSWORD@HOST:PORT/,
      ],
      [
        transport("not-sts", ENDPOINT, { detail: "HTTP 200 with a web page" }),
        false,
        `The response from ${HOST} is not from STS: HTTP 200 with a web page`,
        /captive portal/,
      ],
      [
        transport("network", ENDPOINT, { detail: "invalid peer certificate: UnknownIssuer" }),
        false,
        `Cannot reach STS at ${HOST}: its certificate is not trusted`,
        /AWS_CA_BUNDLE/,
      ],
      [new Error("aborted"), true, "Timed out waiting for STS in eu-west-1", /Check the network/],
      [
        new Error("strange\nwords"),
        false,
        "Cannot get credentials from STS in eu-west-1: strange words",
        /health\.aws/,
      ],
      [
        "not an error",
        false,
        "Cannot get credentials from STS in eu-west-1: not an error",
        /health\.aws/,
      ],
    ] as const
  ) {
    const explained = checked(await explainFailure(error, { ...asked, timedOut }));
    assert.equal(explained.exitCode, 7);
    assert.equal(explained.code, "sts-unreachable");
    assert.equal(explained.message, message);
    assert.match(explained.hint ?? "", hint);
    assert.equal(explained.cause, error);
  }
});

// As Deno 2.4 and 2.9 throw them.
const FAILED = "fetch failed: error sending request for url (https://sts.example/)";
Deno.test("explainTransport: the runtime's chain of errors becomes a few plain words", async () => {
  for (
    const [detail, reason] of [
      [
        `${FAILED}: client error (Connect): dns error: failed to lookup address information: Name or ` +
        "service not known: failed to lookup address information: Name or service not known",
        "the name cannot be resolved (no network?)",
      ],
      [
        `${FAILED}: client error (Connect): tcp connect error: Connection refused (os error 111)`,
        "connection refused",
      ],
      [
        `${FAILED}: client error (Connect): tcp connect error: No connection could be made because the ` +
        "target machine actively refused it. (os error 10061)",
        "connection refused",
      ],
      [
        `${FAILED}: client error (Connect): tcp connect error: No route to host (os error 113)`,
        "no route to the host (no network?)",
      ],
      [
        `${FAILED}: client error (Connect): tcp connect error: Network is unreachable (os error 101)`,
        "no route to the host (no network?)",
      ],
      [
        `${FAILED}: client error (Connect): tcp connect error: Connection timed out (os error 110)`,
        "the connection timed out",
      ],
      [
        `${FAILED}: client error (Connect): unsuccessful tunnel`,
        "the proxy refused the connection",
      ],
      [
        `${FAILED}: client error (Connect): tunnel error: unexpected eof while tunneling`,
        "the proxy closed the connection",
      ],
      [
        `${FAILED}: client error (Connect): invalid peer certificate: UnknownIssuer`,
        "its certificate is not trusted",
      ],
      [
        `${FAILED}: client error (Connect): invalid peer certificate: Expired`,
        "its certificate has expired",
      ],
      [
        `${FAILED}: client error (Connect): invalid peer certificate: NotValidForName`,
        "its certificate is for another host",
      ],
      [`${FAILED}: client error (Connect): tls handshake eof`, "the TLS handshake failed"],
      [
        `${FAILED}: client error (Connect): received corrupt message of type InvalidContentType`,
        "the TLS handshake failed",
      ],
      [
        "error sending request from 127.0.0.1:1 for http://127.0.0.1:2/: client error (SendRequest): " +
        "connection closed before message completed",
        "the connection was closed",
      ],
      ["error reading a body from connection", "the connection was closed"],
      [
        "error sending request from 127.0.0.1:1 for http://127.0.0.1:2/: client error (SendRequest): " +
        "invalid HTTP version parsed",
        "the response is not HTTP",
      ],
      // Nothing unknown is swallowed.
      [
        `${FAILED}: client error (Connect): something new happened. Read the manual. (os error 999)`,
        "something new happened",
      ],
      ["fetch failed: Requests to port 1 are blocked", "Requests to port 1 are blocked"],
    ] as const
  ) {
    const error = new TransportError("network", ENDPOINT, { detail });
    assert.equal(
      checked(await explainFailure(error, asked)).message,
      `Cannot reach STS at ${HOST}: ${reason}`,
    );
  }
});

Deno.test("explainFailure: words of others are cut and drive no terminal", async () => {
  const detail = `\x1b[2J${"x\n".repeat(5000)}`;
  const { message } = checked(
    await explainFailure(new TransportError("network", ENDPOINT, { detail }), asked),
  );
  assert.ok(message.length < 400);
});

Deno.test("TransportError: tried again where another try can help", () => {
  for (
    const [kind, detail, statusCode, again] of [
      ["timeout", "", undefined, true],
      ["network", "connection reset", undefined, true],
      ["network", "invalid peer certificate: UnknownIssuer", undefined, false],
      ["not-sts", "", 200, false],
      ["not-sts", "", 302, false],
      ["not-sts", "", 502, true],
      ["proxy", "", 407, false],
    ] as const
  ) {
    const error = new TransportError(kind, ENDPOINT, {
      detail,
      ...(statusCode !== undefined && { statusCode }),
    });
    assert.equal(error.$retryable !== undefined, again, `${kind} ${detail}${statusCode}`);
  }
});

Deno.test("insecureEndpoint, malformedEndpoint: a setting is wrong, so exit code 2", () => {
  for (
    const error of [
      insecureEndpoint("http://sts.example"),
      malformedEndpoint(new TypeError("Invalid URL: 'x'")),
    ]
  ) {
    assert.equal(checked(error).exitCode, 2);
    assert.match(error.hint ?? "", /AWS_ENDPOINT_URL_STS/);
  }
});

Deno.test("incomplete: no cause, since that would carry half an answer", () => {
  assert.equal(checked(incomplete()).exitCode, 7);
  assert.equal(incomplete().cause, undefined);
});

const REASONS: readonly (readonly [detail: string, reason: string])[] = [
  ["name resolution failed", "the name cannot be resolved (no network?)"],
  ["the host is unreachable", "no route to the host (no network?)"],
  ["tried an unreachable network", "no route to the host (no network?)"],
  ["eof while tunneling", "the proxy closed the connection"],
  ["tunnel error", "the proxy refused the connection"],
  ["invalid peer certificate: NotValidYet", "its certificate is not valid yet"],
  ["certificate: not valid yet", "its certificate is not valid yet"],
  ["certificate: not valid for name", "its certificate is for another host"],
  ["UnknownCA", "its certificate is not trusted"],
  ["fatal alert: x", "the TLS handshake failed"],
  ["connection reset by peer", "the connection was closed"],
  ["forcibly closed by the remote host", "the connection was closed"],
  ["unexpected end of file", "the connection was closed"],
  // Letters within other words say nothing.
  ["xdns error", "xdns error"],
  ["First. Second.", "First"],
  ["1.5 was said", "1.5 was said"],
  ["client error of mine", "client error of mine"],
  ["a fetch failed: x", "a fetch failed: x"],
];
for (const [detail, reason] of REASONS) {
  Deno.test(`explainFailure: "${detail}" is said as "${reason}"`, async () => {
    const error = new TransportError("network", ENDPOINT, { detail });
    const { message } = checked(await explainFailure(error, asked));
    assert.equal(message, `Cannot reach STS at ${HOST}: ${reason}`);
  });
}

const ROUTE: Route = {
  proxyFor: (host) => Promise.resolve({ name: "https_proxy", address: `http://proxy-to.${host}` }),
  issuerOf: (endpoint) => Promise.resolve(`CN=Inspector of ${endpoint}`),
  extraCas: () => Promise.resolve("AWS_CA_BUNDLE=/etc/ca.pem"),
};
const NETWORK = "Check the network, HTTPS_PROXY and NO_PROXY, and the region, then sign in again.";
const THROUGH =
  `\nThe request went through the proxy http://proxy-to.${HOST}, which https_proxy names.`;
const TRUST =
  "Your company may inspect TLS traffic with a CA of its own. Set AWS_CA_BUNDLE to a PEM file " +
  "with the\ncertificate of that CA, or add it to the system's trust store. Also check this computer's clock.";

Deno.test("explainFailure: what a person reads, whole, with what is known of the way", async () => {
  const untrusted = { detail: "invalid peer certificate: UnknownIssuer" };
  for (
    const [kind, options, message, hint, alone] of [
      ["timeout", { detail: "" }, `Timed out waiting for STS at ${HOST}`, NETWORK, NETWORK],
      [
        "proxy",
        { detail: "" },
        `Cannot reach STS at ${HOST}: the proxy requires a sign-in (HTTP 407)`,
        "Sign in to the proxy, or set https_proxy to http://USER:PASSWORD@HOST:PORT.",
        "Sign in to the proxy, or set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT.",
      ],
      [
        "not-sts",
        { detail: "HTTP 404" },
        `The response from ${HOST} is not from STS: HTTP 404`,
        "This may be a captive portal, a proxy or a wrong endpoint. Open any web page to sign in to the\n" +
        "network, check HTTPS_PROXY and AWS_ENDPOINT_URL_STS, then sign in again.",
        undefined,
      ],
      [
        "network",
        untrusted,
        `Cannot reach STS at ${HOST}: its certificate is not trusted ` +
        `(issued by "CN=Inspector of ${ENDPOINT}")`,
        `${TRUST}\nThe CAs in AWS_CA_BUNDLE=/etc/ca.pem are trusted already.`,
        TRUST,
      ],
    ] as const
  ) {
    const error = new TransportError(kind, ENDPOINT, options);
    const told = checked(await explainFailure(error, { ...asked, route: ROUTE }));
    assert.deepEqual([told.message, told.hint], [message, hint + THROUGH]);
    // Nothing is known of the way.
    const silent = checked(await explainFailure(error, asked));
    assert.equal(silent.hint, alone ?? hint);
    assert.equal(silent.message, message.replace(/ \(issued by .*/, ""));
  }
});

Deno.test("explainFailure: no proxy is asked for on the way to this machine", async () => {
  const endpoint = "http://127.0.0.1:4566";
  const error = new TransportError("timeout", endpoint, { detail: "" });
  const { message, hint } = checked(await explainFailure(error, { ...asked, route: ROUTE }));
  assert.deepEqual([message, hint], ["Timed out waiting for STS at 127.0.0.1:4566", NETWORK]);
});

Deno.test("explainFailure: what is unknown names the region, and an outage", async () => {
  const { hint } = checked(await explainFailure(new Error("x"), asked));
  assert.equal(
    hint,
    "Sign in again. If this keeps happening, check https://health.aws.amazon.com for an outage.",
  );
  assert.deepEqual([incomplete().message, incomplete().hint], [
    "STS returned incomplete credentials",
    "Sign in again.",
  ]);
});

Deno.test("causesOf: the messages of five errors at most, the deepest last", () => {
  const chain = (depth: number): Error =>
    new Error(`e${depth}`, depth === 0 ? {} : { cause: chain(depth - 1) });
  assert.equal(causesOf(chain(2)), "e2: e1: e0");
  assert.equal(causesOf(chain(6)), "e6: e5: e4: e3: e2");
  assert.equal(causesOf(new Error("a", { cause: "words" })), "a: words");
});

Deno.test("transportError: a deadline that has passed, a proxy's sign-in, or the network", () => {
  const cause = new Error("a", { cause: new Error("Proxy authentication required") });
  for (
    const [error, passed, kind] of [
      [cause, true, "timeout"],
      [cause, false, "proxy"],
      [new Error("a"), false, "network"],
    ] as const
  ) {
    const made = transportError(error, ENDPOINT, { passed });
    assert.deepEqual([made.kind, made.endpoint, made.cause], [kind, ENDPOINT, error]);
    assert.equal(made.name, "TransportError");
  }
  assert.equal(
    transportError(cause, ENDPOINT, { passed: false }).message,
    "a: Proxy authentication required",
  );
});

Deno.test("TransportError: a gateway begins at 500, and whoever gave up is not asked again", () => {
  const again = (statusCode: number) =>
    new TransportError("not-sts", ENDPOINT, { detail: "", statusCode }).$retryable !== undefined;
  assert.deepEqual([499, 500].map(again), [false, true]);
  const final = new TransportError("timeout", ENDPOINT, { detail: "", final: true });
  assert.equal(final.$retryable, undefined);
});
