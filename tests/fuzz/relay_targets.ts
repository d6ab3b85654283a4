/**
 * What the relay is sent, as a server and as a function of Lambda.
 *
 * @module
 */

import assert from "node:assert/strict";
import { relayHandler } from "../../src/relay/handler.ts";
import { lambdaHandler } from "../../src/relay/lambda.ts";
import { buildResponse } from "../support/saml_response.ts";
import type { Subject, Taken, Target } from "./fuzz.ts";
import type { Material } from "./mutate.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

const FORM = "application/x-www-form-urlencoded";

function openRelay(): Subject {
  let logged = "";
  const handle = relayHandler({
    now: () => NOW,
    log: (entry) => void (logged = `${logged}${entry}`),
  });
  return {
    read: async (body): Promise<Taken> => {
      const request = new Request("https://relay.example/saml", {
        method: "POST",
        headers: { "content-type": FORM, "sec-fetch-dest": "document" },
        body: body.toWellFormed(),
      });
      logged = "";
      const response = await handle(request);
      const page = await response.text();
      assert.ok(response.status < 500, `status ${response.status}`);
      assert.equal(response.headers.get("cache-control"), "no-store");
      assert.match(response.headers.get("content-security-policy") ?? "", /^default-src 'none';/);
      const scripts = page.match(/<script/gi)?.length ?? 0;
      assert.equal(scripts, page.match(/<script nonce="/g)?.length ?? 0, "a script of a stranger");
      assert.doesNotMatch(page, /<iframe|<base|<object/i);
      for (const tag of page.match(/<[a-z](?:"[^"]*"|[^>"])*>/gi) ?? []) {
        assert.doesNotMatch(tag.replace(/"[^"]*"/g, '""'), /\son\w+=/i, "a handler of a stranger");
      }
      for (const [, to = ""] of page.matchAll(/formaction="([^"]*)"/g)) {
        assert.match(
          to,
          /^(?:https:\/\/[\w.-]*signin[\w.-]*\/saml|http:\/\/localhost:8090\/saml)$/,
        );
      }
      if (response.status === 200) {
        assert.deepEqual(fieldsOf(page), fieldsSent(body.toWellFormed()));
      }
      return [`${response.status} ${/<h1[^>]*>([^<]*)/.exec(page)?.[1]?.replace(/\d+/g, "0")}`];
    },
  };
}

/** What the page would pass on. */
function fieldsOf(page: string): readonly (readonly string[])[] {
  const unescaped = (text: string) =>
    text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  return [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
    .map(([, name = "", value = ""]) => [unescaped(name), unescaped(value)]);
}

function fieldsSent(body: string): readonly (readonly string[])[] {
  return [...new URLSearchParams(body.startsWith("?") ? `&${body}` : body)];
}

function relayForms(): Material {
  const field = (xml: string) => `SAMLResponse=${encodeURIComponent(xml)}`;
  const built = (options = {}) => buildResponse({ now: NOW, sign: "none", ...options }).base64;
  const corpus = [
    `${field(built())}&RelayState=https%3A%2F%2Fx%3Fa%26b`,
    field(built({ nameId: "<script>alert(1)</script>", roleSessionName: "a@b" })),
    `RelayState=%22%3E%3Cscript%3E&${field(built())}&submit=%E2%82%AC%0D%0A`,
    field(built({ status: "Responder", statusMessage: "<img src=x onerror=alert(1)>" })),
    "SAMLResponse=abc",
    "a=b",
  ];
  const words = ["SAMLResponse=", "RelayState=", "&", "=", "%", "+", "%00", "%22", "%3Cscript%3E"];
  return { corpus, words: [...words, "%27", "%0A", "%E2%80%AE", "%ff", "PD94", '"', "<", "'>"] };
}

/** An event of Lambda: method, path, query, two headers, the address, the body; each a line. */
function openLambda(): Subject {
  const handle = lambdaHandler({ now: () => NOW, perMinute: 1e9 });
  return {
    read: async (input): Promise<Taken> => {
      const [method = "", rawPath = "", query = "", type = "", more = "", sourceIp = "", ...rest] =
        input.split("\n");
      const { statusCode, body } = await handle({
        version: "2.0",
        rawPath,
        rawQueryString: query,
        headers: { "content-type": type, "x-forwarded-for": more },
        requestContext: { http: { method, sourceIp } },
        body: rest.join("\n"),
      });
      assert.ok(statusCode < 500, `status ${statusCode}`);
      return [`${statusCode} ${/<h1[^>]*>([^<]*)/.exec(body)?.[1]?.replace(/\d+/g, "0")}`];
    },
  };
}

function events(): Material {
  const { corpus, words } = relayForms();
  const event = (...lines: string[]) => lines.join("\n");
  return {
    corpus: [
      ...corpus.map((body) => event("POST", "/saml", "", FORM, "192.0.2.1", "192.0.2.2", body)),
      event("GET", "/", "a=b", "", "", "2001:db8::1", ""),
      event("GET", "/saml", "SAMLResponse=a", "", "for=unknown", "192.0.2.2", ""),
      event("HEAD", "/health", "", "", "", "", ""),
    ],
    words: [...words, "\n", "GET", "POST", "TRACE", "CONNECT", "/", "..", "//", "%2e", "\\", "::1"],
  };
}

/** The targets of `src/relay`. */
export const RELAY_TARGETS: readonly Target[] = [
  {
    name: "relay/handler",
    material: relayForms,
    open: openRelay,
    // In the value of a field; the check of handlers took it for one.
    found: [`${relayForms().corpus[0]}&a=%0Aonx=`],
  },
  {
    name: "relay/lambda",
    material: events,
    open: openLambda,
    found: ["GET /\n/saml", "POST\n/saml\n\na\x00b\n\u20ac\n::1\na=b"],
  },
];
