import assert from "node:assert/strict";
import {
  type AccessEntry,
  type RelayHandler,
  relayHandler,
  type RelayOptions,
} from "../../src/relay/handler.ts";
import { decryptionKey } from "../support/keys.ts";
import { detailOf, headingOf, wordsOf } from "../support/page_text.ts";
import { HOSTILE_KINDS, hostileResponse } from "../support/saml_hostile.ts";
import { buildResponse, toBase64, wrapped76 } from "../support/saml_response.ts";

const FORM = "application/x-www-form-urlencoded";
const URL_OF = "https://relay.example/saml";

interface Sent {
  readonly url?: string;
  readonly method?: string;
  readonly type?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyInit;
}

function request({ url = URL_OF, method = "POST", headers, body, ...more }: Sent): Request {
  const made = new Request(url, {
    method,
    headers: { "sec-fetch-dest": "document", "sec-fetch-site": "cross-site", ...headers },
    ...(body !== undefined && { body }),
  });
  const type = "type" in more ? more.type : FORM;
  if (type === undefined) made.headers.delete("content-type");
  else made.headers.set("content-type", type);
  return made;
}

/** A relay, and what it logs. */
function relay(options: RelayOptions = {}): {
  readonly handle: RelayHandler;
  readonly log: readonly AccessEntry[];
} {
  const log: AccessEntry[] = [];
  return { handle: relayHandler({ log: (entry) => void log.push(entry), ...options }), log };
}

const peer = (hostname: string) => ({
  remoteAddr: { transport: "tcp", hostname, port: 4711 } as const,
});

const formOf = (fields: readonly (readonly [string, string])[]) =>
  new URLSearchParams(fields.map(([name, value]) => [name, value])).toString();

const fieldsOf = (text: string) =>
  [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
    .map(([, name = "", value = ""]) => [unescaped(name), unescaped(value)]);

const targetsIn = (text: string) =>
  [...text.matchAll(/formaction="([^"]*)"/g)].map(([, url = ""]) => unescaped(url));

const unescaped = (text: string) =>
  text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

function assertSafe({ headers }: Response, page: string): void {
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("x-frame-options"), "DENY");
  assert.equal(headers.get("set-cookie"), null);
  const policy = headers.get("content-security-policy") ?? "";
  assert.match(policy, /^default-src 'none';/);
  assert.match(policy, /base-uri 'none';.* frame-ancestors 'none'$/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  const nonces = new Set([...page.matchAll(/nonce="([^"]+)"/g)].map(([, nonce]) => nonce));
  for (const nonce of nonces) assert.ok(policy.includes(`'nonce-${nonce}'`));
  const scripts = page.match(/<script/g)?.length ?? 0;
  assert.equal(scripts, page.match(/<script nonce="/g)?.length ?? 0);
  assert.doesNotMatch(
    page,
    /\son\w+=|javascript:|<base|<iframe|<object|<link(?! rel="icon" href="data:)/i,
  );
}

const GOOD = buildResponse({ roleSessionName: "alice@example.com" });

Deno.test("relay: the page carries the form as it came, and says whose it is", async () => {
  const { handle } = relay();
  const fields = [["RelayState", `"<ä>&amp; +%'`], ["SAMLResponse", GOOD.base64]] as const;
  const answer = await handle(request({ body: formOf(fields) }), peer("192.0.2.1"));
  const text = await answer.text();
  assert.equal(answer.status, 200);
  assertSafe(answer, text);
  assert.doesNotMatch(answer.headers.get("content-security-policy") ?? "", /form-action/);
  assert.equal(answer.headers.get("referrer-policy"), "origin");
  assert.deepEqual(fieldsOf(text), fields);
  assert.equal(text.split(GOOD.base64).length, 2, "once");
  assert.deepEqual(targetsIn(text), [
    "https://signin.aws.amazon.com/saml",
    "http://localhost:8090/saml",
  ]);
  assert.match(
    wordsOf(text),
    /Signed in as alice@example\.com .*https:\/\/idp\.example\/saml .*1 role in 1 account/,
  );
  assert.match(text, /<form method="post" accept-charset="utf-8" autocomplete="off">/);
  assert.doesNotMatch(text, /autofocus|running on this computer/);
});

const FIELDS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "no RelayState": [["SAMLResponse", GOOD.base64]],
  "an empty RelayState": [["SAMLResponse", GOOD.base64], ["RelayState", ""]],
  "base64 in lines": [["SAMLResponse", wrapped76(GOOD.base64)]],
  "a long RelayState": [["SAMLResponse", GOOD.base64], ["RelayState", "x".repeat(10_000)]],
  "a field of the IdP's own": [["SAMLResponse", GOOD.base64], ["submit", "Continue"]],
  "two RelayStates": [["RelayState", "a"], ["SAMLResponse", GOOD.base64], ["RelayState", "b"]],
};

for (const [name, fields] of Object.entries(FIELDS)) {
  Deno.test(`relay: ${name} is passed on as it came`, async () => {
    const answer = await relay().handle(request({ body: formOf(fields) }));
    assert.equal(answer.status, 200);
    assert.deepEqual(fieldsOf(await answer.text()), fields);
  });
}

const MARKUP = [
  `"><script>alert(1)</script>`,
  `'><img src=x onerror=alert(1)>`,
  `</form><form action=https://evil.example>`,
  `" formaction="https://evil.example`,
  `{{7*7}}\${7*7}&quot;&#34;`,
  `javascript:alert(1)`,
];

Deno.test("relay: no field, name or attribute of the assertion becomes markup", async () => {
  const { handle } = relay();
  for (const evil of MARKUP) {
    const { base64 } = buildResponse({ issuer: evil, roleSessionName: evil });
    const fields = [["SAMLResponse", base64], ["RelayState", evil], [evil, evil]] as const;
    const answer = await handle(request({ body: formOf(fields) }));
    const text = await answer.text();
    if (answer.status === 200) assert.deepEqual(fieldsOf(text), fields);
    else assert.equal(answer.status, 400);
    assert.ok(!text.includes(evil) || !/[<>"'&]/.test(evil), evil);
    assert.equal(text.match(/<form/g)?.length ?? 0, answer.status === 200 ? 1 : 0);
    assert.ok(targetsIn(text).every((url) => !url.includes("evil")));
    assertSafe(answer, "");
    // Without the values of attributes, in which anything may stand.
    const bare = text.replace(/"[^"]*"/g, '""');
    assert.doesNotMatch(bare, /<[^>]*\son\w+=|<img|<script(?! nonce="")/);
  }
});

const role = (partition: string, account = "111122223333") => ({
  role: `arn:${partition}:iam::${account}:role/Dev`,
  provider: `arn:${partition}:iam::${account}:saml-provider/Idp`,
});

const PARTITIONS: readonly (readonly [partition: string, host: string])[] = [
  ["aws", "signin.aws.amazon.com"],
  ["aws-us-gov", "signin.amazonaws-us-gov.com"],
  ["aws-cn", "signin.amazonaws.cn"],
  ["aws-eusc", "eusc-de-east-1.signin.amazonaws-eusc.eu"],
  ["aws-iso", "signin.c2shome.ic.gov"],
  ["aws-iso-b", "signin.sc2shome.sgov.gov"],
  ["aws-iso-e", "signin.csphome.adc-e.uk"],
  ["aws-iso-f", "signin.csphome.hci.ic.gov"],
];

Deno.test("relay: the console is that of the roles' partition, and never an address of the request", async () => {
  const { handle } = relay({ driverPort: 9000 });
  const consoles = async (roles: Parameters<typeof buildResponse>[0]) => {
    const { base64 } = buildResponse({
      destination: "https://evil.example/saml",
      recipient: "https://evil.example/saml",
      audience: "https://evil.example",
      ...roles,
    });
    const answer = await handle(request({
      url: "https://evil.example/saml?to=https://evil.example&port=1",
      headers: {
        host: "evil.example",
        "x-forwarded-host": "evil.example",
        origin: "https://evil.example",
      },
      body: formOf([["SAMLResponse", base64], ["RelayState", "https://evil.example"]]),
    }));
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    const urls = targetsIn(text);
    const driver = urls.indexOf("http://localhost:9000/saml");
    assert.ok(driver > 0);
    return urls.toSpliced(driver, 1);
  };
  for (const [partition, host] of PARTITIONS) {
    assert.deepEqual(await consoles({ roles: [role(partition)] }), [`https://${host}/saml`]);
  }
  assert.deepEqual(
    await consoles({ roles: [role("aws-cn"), role("aws"), role("aws-cn", "444455556666")] }),
    [
      "https://signin.amazonaws.cn/saml",
      "https://signin.aws.amazon.com/saml",
    ],
  );
  // Nobody can tell; those whose hosts are public.
  assert.deepEqual(
    await consoles({ encryptTo: decryptionKey() }),
    PARTITIONS.slice(0, 4).map(([, host]) => `https://${host}/saml`),
  );
});

interface Bad {
  readonly sent: Sent;
  readonly status: number;
  readonly says: string | RegExp;
}

const field = (value: string) => formOf([["SAMLResponse", value]]);
const one = field(GOOD.base64);

const BAD: Readonly<Record<string, Bad>> = {
  "no body": { sent: {}, status: 400, says: "The form has no SAMLResponse" },
  "no field": {
    sent: { body: "RelayState=x&samlresponse=AAAA" },
    status: 400,
    says: "The form has no SAMLResponse",
  },
  "an empty field": {
    sent: { body: "SAMLResponse=" },
    status: 400,
    says: "The form has an empty SAMLResponse",
  },
  "a field of blanks": {
    sent: { body: "SAMLResponse=++%0d%0a" },
    status: 400,
    says: "The form has an empty SAMLResponse",
  },
  "two fields": {
    sent: { body: `${one}&${one}` },
    status: 400,
    says: "The form has more than one SAMLResponse",
  },
  "eleven fields": {
    sent: { body: one + "&a=b".repeat(10) },
    status: 400,
    says: "The form has 11 fields",
  },
  "a NUL": {
    sent: { body: `${one}&RelayState=a%00b` },
    status: 400,
    says: "The form has a NUL character",
  },
  "JSON": {
    sent: { type: "application/json", body: '{"SAMLResponse":"AAAA"}' },
    status: 415,
    says: 'The form has type "application/json"',
  },
  "text, as a form may be sent without asking": {
    sent: { type: "text/plain", body: one },
    status: 415,
    says: 'The form has type "text/plain"',
  },
  "no content type": {
    sent: { type: undefined, body: one },
    status: 415,
    says: 'The form has type ""',
  },
  "multipart": {
    sent: { type: "multipart/form-data; boundary=b", body: "--b--" },
    status: 415,
    says: 'The form has type "multipart/form-data"',
  },
  "5 MB": {
    sent: { body: field("A".repeat(5_000_000)) },
    status: 413,
    says: "The form is larger than 400000 bytes",
  },
  "5 MB of which nobody knows the length": {
    sent: { body: new Blob([field("A".repeat(5_000_000))]).stream() },
    status: 413,
    says: "The form is larger than 400000 bytes",
  },
  "more than STS takes": {
    sent: { body: field("A".repeat(100_004)) },
    status: 400,
    says: "The assertion has 100004 characters, but STS accepts at most 100000",
  },
  "as many nested tags as STS takes": {
    sent: { body: field(toBase64("<a>".repeat(25_000))) },
    status: 400,
    says: "Cannot read the posted SAMLResponse: it is nested deeper than 64",
  },
  "not base64": {
    sent: { body: field("<Response/>") },
    status: 400,
    says: "Cannot read the posted SAMLResponse: it is not base64",
  },
  "base64url": {
    sent: { body: field("PHNhbWxwOlJlc3BvbnNl_-") },
    status: 400,
    says: "Cannot read the posted SAMLResponse: it is not base64",
  },
  "base64 of bytes": {
    sent: { body: field("/////w==") },
    status: 400,
    says: "Cannot read the posted SAMLResponse: its decoded content is not UTF-8 text",
  },
  "not XML": {
    sent: { body: field(toBase64("hello")) },
    status: 400,
    says: "Cannot read the posted SAMLResponse: it is not well-formed XML",
  },
  "a status that is no success": {
    sent: { body: field(buildResponse({ status: "Responder", subStatus: "AuthnFailed" }).base64) },
    status: 400,
    says: "The IdP did not sign you in: Responder/AuthnFailed",
  },
  "no roles": {
    sent: { body: field(buildResponse({ roles: [] }).base64) },
    status: 400,
    says: /role/,
  },
  "of yesterday": {
    sent: { body: field(buildResponse({ now: Date.now() - 86_400_000 }).base64) },
    status: 400,
    says: "Its time is over by the relay's clock",
  },
  "of tomorrow": {
    sent: { body: field(buildResponse({ now: Date.now() + 86_400_000 }).base64) },
    status: 400,
    says: "It is from the future by the relay's clock",
  },
  "into a frame": {
    sent: { headers: { "sec-fetch-dest": "iframe" }, body: one },
    status: 403,
    says: "Open this in its own tab",
  },
  "by a script": {
    sent: { headers: { "sec-fetch-dest": "empty", "sec-fetch-mode": "cors" }, body: one },
    status: 403,
    says: "Open this in its own tab",
  },
  "the answer in the URL": {
    sent: { method: "GET", url: `${URL_OF}?SAMLResponse=AAAA` },
    status: 405,
    says: "Your IdP used HTTP-Redirect",
  },
  "somebody looks at it": {
    sent: { method: "GET" },
    status: 405,
    says: "This page passes on sign-ins to AWS",
  },
  "PUT": {
    sent: { method: "PUT", body: one },
    status: 405,
    says: "This page passes on sign-ins to AWS",
  },
  "OPTIONS": {
    sent: { method: "OPTIONS" },
    status: 405,
    says: "This page passes on sign-ins to AWS",
  },
  "a POST to the front page": {
    sent: { url: "https://relay.example/", body: one },
    status: 405,
    says: "Wrong address",
  },
  "a POST for health": {
    sent: { url: "https://relay.example/health", body: one },
    status: 405,
    says: "Nothing to see here",
  },
  "a scanner": {
    sent: { method: "GET", url: "https://relay.example/.git/config" },
    status: 404,
    says: "Nothing to see here",
  },
  "a slash too many": {
    sent: { url: "https://relay.example/saml/", body: one },
    status: 404,
    says: "Nothing to see here",
  },
};

for (const [name, { sent, status, says }] of Object.entries(BAD)) {
  Deno.test(`relay: ${name} is refused with a page that says why`, async () => {
    const { handle, log } = relay();
    const answer = await handle(request(sent), peer("192.0.2.1"));
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    assertSafe(answer, text);
    const said = detailOf(text) || headingOf(text);
    if (typeof says === "string") assert.equal(said, says);
    else assert.match(said, says);
    assert.match(text, /<p class="hint">.+<\/p>|<p>.+<\/p>/s, "what to do");
    assert.ok(!text.includes(GOOD.base64));
    assert.doesNotMatch(text, /<form|<script/);
    assert.doesNotMatch(wordsOf(text), /your command|run the command|--\w/i);
    assert.equal(log.length, 1);
    assert.equal(log[0]?.status, status);
  });
}

Deno.test("relay: refuses each hostile Response with the words of the driver, and logs its code alone", async () => {
  for (const kind of HOSTILE_KINDS) {
    const { handle, log } = relay();
    const { base64, xml } = hostileResponse(kind);
    const answer = await handle(request({ body: field(base64) }));
    const text = await answer.text();
    assertSafe(answer, text);
    if (answer.status === 200) continue;
    assert.ok([400, 413].includes(answer.status), kind);
    assert.notEqual(detailOf(text) || headingOf(text), "");
    assert.doesNotMatch(text, /<form/, kind);
    if (answer.status === 400) assert.match(log[0]?.error ?? "", /^assertion-[a-z-]+$/);
    assert.ok(!JSON.stringify(log).includes(xml.slice(0, 40)));
  }
});

Deno.test("relay: a body that does not come is given up", async () => {
  const { handle } = relay({ bodyDeadlineMs: 20 });
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("SAMLResponse=")),
  });
  const answer = await handle(request({ body }));
  assert.equal(answer.status, 408);
  assert.equal(answer.headers.get("connection"), "close");
  await answer.body?.cancel();
});

Deno.test("relay: a browser that tells nothing of itself is served", async () => {
  const body = new URLSearchParams({ SAMLResponse: GOOD.base64 });
  const answer = await relay().handle(new Request(URL_OF, { method: "POST", body }));
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
});

Deno.test("relay: GET / says what it is, HEAD too, and /health what load balancers want", async () => {
  const { handle, log } = relay({ perMinute: 2 });
  for (const method of ["GET", "HEAD"]) {
    const answer = await handle(request({ method, url: "https://relay.example/" }), peer("::1"));
    assert.equal(answer.status, 200);
    assertSafe(answer, await answer.text());
  }
  for (let count = 0; count < 10; count++) {
    const health = await handle(
      request({ method: "GET", url: "https://relay.example/health" }),
      peer("::1"),
    );
    assert.equal(health.status, 200);
    assert.deepEqual(await health.json(), { status: "ok" });
  }
  const icon = await handle(request({ method: "GET", url: "https://relay.example/favicon.ico" }));
  assert.equal(icon.status, 204);
  assert.equal(log.length, 3, "nobody reads a line for each look at its health");
});

Deno.test("relay: who sends too much waits, by the address behind the trusted proxies", async () => {
  const { handle, log } = relay({ perMinute: 3, trustProxy: ["10.0.0.0/8"] });
  const send = async (client: string, from = "10.0.0.1") => {
    const headers = { "x-forwarded-for": client };
    const answer = await handle(request({ headers, body: one }), peer(from));
    const text = await answer.text();
    assertSafe(answer, text);
    return { status: answer.status, headers: answer.headers, text };
  };
  for (let count = 0; count < 3; count++) assert.equal((await send("192.0.2.1")).status, 200);
  const { status, headers, text } = await send("192.0.2.1");
  assert.equal(status, 429);
  assert.match(headers.get("retry-after") ?? "", /^[1-9]\d?$/);
  assert.equal(headers.get("connection"), "close");
  assert.equal(headingOf(text), "Too many requests from your network");
  assert.equal((await send("203.0.113.9, 192.0.2.1")).status, 429, "what the client wrote itself");
  assert.equal((await send("192.0.2.2")).status, 200);
  assert.equal((await send("192.0.2.1", "198.51.100.1")).status, 200, "no proxy of ours");
  assert.deepEqual(
    log.slice(-2).map((entry) => entry.peer),
    ["192.0.2.2", "198.51.100.1"],
  );
  // Without an address nobody can be told apart; the platform has its own limits then.
  for (let count = 0; count < 5; count++) {
    const answer = await handle(request({ body: one }));
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
  }
});

Deno.test("relay: the log has words of this program alone", async () => {
  const now = Date.now();
  const { handle, log } = relay({ now: () => now });
  const secret = GOOD.base64.slice(0, 60);
  const sent: readonly Sent[] = [
    { body: one },
    { url: `https://relay.example/${secret}`, body: one },
    { url: `${URL_OF}?SAMLResponse=${secret}`, method: "GET" },
    {
      method: secret.replace(/[^\w]/g, ""),
      headers: { "user-agent": secret, referer: `https://x/${secret}` },
    },
    { type: secret, body: one },
    { headers: { "x-forwarded-for": secret }, body: field(secret) },
  ];
  for (const each of sent) {
    const answer = await handle(request(each), peer("192.0.2.1"));
    await answer.body?.cancel();
  }
  assert.equal(log.length, sent.length);
  assert.ok(!JSON.stringify(log).includes(secret.slice(0, 20)));
  assert.deepEqual(
    log.map(({ method, path, status, error }) =>
      [method, path, status, error].filter(Boolean).join(" ")
    ),
    [
      "POST /saml 200",
      "POST other 404",
      "GET /saml 405",
      "other /saml 405",
      "POST /saml 415",
      "POST /saml 400 assertion-unreadable",
    ],
  );
  for (const entry of log) {
    assert.equal(Date.parse(entry.time), now);
    assert.equal(entry.peer, "192.0.2.1");
    assert.ok(entry.ms >= 0);
  }
});

Deno.test("relayHandler: refuses a network that is none", () => {
  assert.throws(() => relayHandler({ trustProxy: ["10.1.2.3/8"] }), /not the first address/);
});
