import assert from "node:assert/strict";
import { explainFailure, incomplete, TransportError } from "../../src/aws/unreachable.ts";
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

Deno.test("explainFailure: says which way it went: the proxy, the issuer of the certificate, the CAs", async () => {
  const route = {
    proxyFor: (host: string) =>
      Promise.resolve(host === HOST ? { name: "ALL_PROXY", address: "p.example:3128" } : undefined),
    issuerOf: (endpoint: string) =>
      Promise.resolve(endpoint === ENDPOINT ? "Example Corp\nInspection" : undefined),
    extraCas: () => Promise.resolve("AWS_CA_BUNDLE=/corp.pem"),
  };
  const through = /\nThe request went through the proxy p\.example:3128, which ALL_PROXY names\.$/;
  const untrusted = new TransportError("network", ENDPOINT, {
    detail: "invalid peer certificate: UnknownIssuer",
  });
  const error = checked(await explainFailure(untrusted, { ...asked, route }));
  assert.equal(
    error.message,
    `Cannot reach STS at ${HOST}: its certificate is not trusted (issued by "Example Corp Inspection")`,
  );
  assert.match(error.hint ?? "", /\nThe CAs in AWS_CA_BUNDLE=\/corp\.pem are trusted already\.\n/);
  assert.match(error.hint ?? "", through);

  const refused = new TransportError("proxy", ENDPOINT, { detail: "HTTP 407" });
  const { hint = "" } = checked(await explainFailure(refused, { ...asked, route }));
  assert.match(hint, /^Sign in to the proxy, or set ALL_PROXY to http:/);
  assert.match(hint, through);

  const plain = new TransportError("network", "http://127.0.0.1:1", { detail: "reset" });
  const local = checked(await explainFailure(plain, { ...asked, route }));
  assert.doesNotMatch(local.hint ?? "", /proxy p\.example/, "no proxy is taken to http");
  const nothingKnown = { ...route, issuerOf: () => Promise.resolve(undefined) };
  const unknown = checked(await explainFailure(untrusted, { ...asked, route: nothingKnown }));
  assert.match(unknown.message, /is not trusted$/);
});
