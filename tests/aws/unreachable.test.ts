import assert from "node:assert/strict";
import { explainFailure, incomplete, TransportError } from "../../src/aws/unreachable.ts";
import { insecureEndpoint, malformedEndpoint } from "../../src/aws/endpoint.ts";
import { checked } from "../support/checks.ts";

const ENDPOINT = "https://sts.eu-west-1.amazonaws.com";
const asked = { region: "eu-west-1", timedOut: false };

Deno.test("explainFailure: every kind of failure says what it was and what to look at", () => {
  const transport = (...args: ConstructorParameters<typeof TransportError>) =>
    new TransportError(...args);
  for (
    const [error, timedOut, message, hint] of [
      [
        transport("timeout", ENDPOINT, { detail: "aborted" }),
        false,
        `${ENDPOINT} did not answer in time`,
        /HTTPS_PROXY and NO_PROXY/,
      ],
      [
        transport("proxy", ENDPOINT, { detail: "HTTP 407" }),
        false,
        `The proxy on the way to ${ENDPOINT} wants a sign-in (HTTP 407)`,
        /user and password into HTTPS_PROXY/,
      ],
      [
        transport("not-sts", ENDPOINT, { detail: "HTTP 200 with a web page" }),
        false,
        `What answered at ${ENDPOINT} is not STS: HTTP 200 with a web page`,
        /captive portal/,
      ],
      [
        transport("network", ENDPOINT, { detail: "dns error" }),
        false,
        `Cannot reach ${ENDPOINT}: dns error`,
        /Check the network/,
      ],
      [
        transport("network", ENDPOINT, { detail: "invalid peer certificate: UnknownIssuer" }),
        false,
        `Cannot reach ${ENDPOINT}: invalid peer certificate: UnknownIssuer`,
        /AWS_CA_BUNDLE/,
      ],
      [new Error("aborted"), true, "STS in eu-west-1 did not answer in time", /Check the network/],
      [new Error("odd\nwords"), false, "STS in eu-west-1 failed: odd words", /health\.aws/],
      ["not an error", false, "STS in eu-west-1 failed: not an error", /health\.aws/],
    ] as const
  ) {
    const explained = checked(explainFailure(error, { ...asked, timedOut }));
    assert.equal(explained.exitCode, 7);
    assert.equal(explained.code, "sts-unreachable");
    assert.equal(explained.message, message);
    assert.match(explained.hint ?? "", hint);
    assert.equal(explained.cause, error);
  }
});

Deno.test("explainFailure: words of others are cut and drive no terminal", () => {
  const detail = `\x1b[2J${"x\n".repeat(5000)}`;
  const { message } = checked(
    explainFailure(new TransportError("network", ENDPOINT, { detail }), asked),
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
