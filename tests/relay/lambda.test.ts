import assert from "node:assert/strict";
import type { AccessEntry } from "../../src/relay/handler.ts";
import { type LambdaEvent, lambdaHandler } from "../../src/relay/lambda.ts";
import { headingOf } from "../support/page_text.ts";
import { buildResponse } from "../support/saml_response.ts";

const GOOD = buildResponse();

/**
 * An event as a function URL sends it.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
function event(different: Partial<LambdaEvent> & { readonly method?: string } = {}): LambdaEvent {
  const { method = "POST", ...more } = different;
  const domainName = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws";
  const whole = {
    version: "2.0",
    routeKey: "$default",
    rawPath: "/saml",
    rawQueryString: "",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "content-length": "12",
      "host": domainName,
      "origin": "null",
      "sec-fetch-dest": "document",
      "sec-fetch-mode": "navigate",
      "sec-fetch-site": "cross-site",
      "x-forwarded-for": "192.0.2.7",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    },
    requestContext: {
      accountId: "anonymous",
      apiId: "abcdefghijklmnopqrstuvwxyz012345",
      domainName,
      http: { method, path: "/saml", protocol: "HTTP/1.1", sourceIp: "192.0.2.7", userAgent: "x" },
      requestId: "1",
      stage: "$default",
      timeEpoch: 1,
    },
    isBase64Encoded: false,
    ...more,
  };
  return whole;
}

const form = new URLSearchParams({ SAMLResponse: GOOD.base64, RelayState: "ä" }).toString();

Deno.test("lambdaHandler: a form, as text and as base64", async () => {
  const log: AccessEntry[] = [];
  const handler = lambdaHandler({ log: (entry) => void log.push(entry) });
  for (const body of [{ body: form }, { body: btoa(form), isBase64Encoded: true }]) {
    const { statusCode, headers, body: page, isBase64Encoded } = await handler(event(body));
    assert.equal(statusCode, 200, page);
    assert.equal(isBase64Encoded, false);
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    assert.equal(headers["cache-control"], "no-store");
    assert.match(headers["content-security-policy"] ?? "", /^default-src 'none';/);
    assert.ok(page.includes(`name="SAMLResponse" value="${GOOD.base64}"`));
    assert.ok(page.includes('name="RelayState" value="ä"'));
    assert.ok(page.includes('formaction="https://signin.aws.amazon.com/saml"'));
    assert.ok(page.includes('formaction="http://localhost:8090/saml"'));
  }
  assert.deepEqual(log.map(({ peer }) => peer), ["192.0.2.7", "192.0.2.7"]);
  assert.ok(!JSON.stringify(log).includes(GOOD.base64.slice(0, 30)));
});

Deno.test("lambdaHandler: what is refused elsewhere is refused here", async () => {
  const handler = lambdaHandler();
  const sent: readonly (readonly [LambdaEvent, status: number, heading: string])[] = [
    [event(), 400, "The form has no SAMLResponse"],
    [event({ body: "SAMLResponse=%25" }), 400, "Your IdP's response can't be read"],
    [event({ method: "GET" }), 405, "This page passes on sign-ins to AWS"],
    [event({ method: "GET", body: "x" }), 405, "This page passes on sign-ins to AWS"],
    [event({ method: "TRACE" }), 405, "This page passes on sign-ins to AWS"],
    [event({ method: "GET /" }), 405, "This page passes on sign-ins to AWS"],
    [
      event({ method: "GET", rawQueryString: "SAMLResponse=a&x=%20" }),
      405,
      "Your IdP used HTTP-Redirect",
    ],
    [event({ method: "GET", rawPath: "/" }), 200, "This page passes on sign-ins to AWS"],
    [event({ method: "GET", rawPath: "//evil.example/saml" }), 404, "Nothing to see here"],
    [
      event({ body: form, headers: { "content-type": "text/plain" } }),
      415,
      'The form has type "text/plain"',
    ],
    [
      event({ body: form, headers: { "content-type": "a\nb", "x-a": "\u20ac", "x y": "z" } }),
      415,
      'The form has type "text/plain"',
    ],
    [event({ body: form, headers: {} }), 415, 'The form has type "text/plain"'],
    [
      event({ body: `SAMLResponse=${"A".repeat(400_000)}` }),
      413,
      "The form is larger than 400000 bytes",
    ],
  ];
  for (const [each, status, heading] of sent) {
    const { statusCode, headers, body } = await handler(each);
    assert.equal(statusCode, status, heading);
    assert.equal(headingOf(body), heading);
    assert.equal(headers["connection"], undefined);
  }
});

Deno.test("lambdaHandler: each sender has its own share", async () => {
  const handler = lambdaHandler({ perMinute: 1 });
  assert.equal((await handler(event({ body: form }))).statusCode, 200);
  const { statusCode, headers } = await handler(event({ body: form }));
  assert.equal(statusCode, 429);
  assert.equal(headers["retry-after"], "60");
});
