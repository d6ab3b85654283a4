import assert from "node:assert/strict";
import { acsHandler, type AcsOptions } from "../../../src/sign_in/listener/acs.ts";
import { AGAIN_PATH, startPath } from "../../../src/sign_in/listener/start.ts";
import { html, type Page } from "../../../src/sign_in/pages/page.ts";
import { followed } from "../../support/tab.ts";

const ORIGIN = "http://localhost:8090";
const IDP = new URL("https://idp.example/start?SPID=urn:amazon:webservices&x=1");
const FORM = "application/x-www-form-urlencoded";

function page(title: string, status = 200): Page {
  return { status, title, mood: "neutral", body: html`<p>body</p>` };
}

/** A listener's handler and what came through it. */
function listener(different: Partial<AcsOptions> = {}) {
  const received: string[] = [];
  const strays: string[] = [];
  const opened: boolean[] = [];
  const direct = acsHandler({
    origin: new URL(ORIGIN),
    start: { nonce: "n0nce", cookie: "c00kie", url: IDP, onOpened: () => void opened.push(true) },
    waiting: () => page("Waiting"),
    receive: (field) => {
      received.push(field);
      return Promise.resolve(page("Received"));
    },
    onStray: (what) => void strays.push(what),
    ...different,
  });
  const handle = async (request: Request) => {
    const { url, headers } = request;
    return await followed(direct, await direct(request), { url, headers });
  };
  return { direct, handle, received, strays, opened };
}

interface Sent {
  readonly method?: string;
  readonly host?: string | undefined;
  readonly type?: string | undefined;
  readonly body?: BodyInit;
  readonly headers?: Record<string, string>;
}

function request(path: string, sent: Sent = {}): Request {
  const headers = new Headers(sent.headers);
  const host = "host" in sent ? sent.host : "localhost:8090";
  if (host !== undefined) headers.set("host", host);
  const type = "type" in sent ? sent.type : sent.body === undefined ? undefined : FORM;
  const made = new Request(`${ORIGIN}${path}`, {
    method: sent.method ?? (sent.body === undefined ? "GET" : "POST"),
    headers,
    ...(sent.body !== undefined && { body: sent.body }),
  });
  // A text body gets a type of its own otherwise.
  if (type === undefined) made.headers.delete("content-type");
  else made.headers.set("content-type", type);
  return made;
}

function assertSafe(response: Response, what: string): void {
  const { headers } = response;
  assert.equal(headers.get("cache-control"), "no-store", what);
  assert.equal(headers.get("x-content-type-options"), "nosniff", what);
  assert.equal(headers.get("x-frame-options"), "DENY", what);
  assert.equal(headers.get("referrer-policy"), "no-referrer", what);
  assert.equal(headers.get("cross-origin-resource-policy"), "same-origin", what);
  assert.equal(headers.get("cross-origin-opener-policy"), "same-origin", what);
  const policy = headers.get("content-security-policy") ?? "";
  for (const part of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
    assert.ok(policy.includes(part), `${what}: ${policy}`);
  }
  assert.ok(policy.includes("form-action 'none'"), what);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/, what);
  assert.equal(headers.get("access-control-allow-origin"), null, what);
  const isStart = new URL(IDP).href === headers.get("location");
  if (!isStart) assert.equal(headers.get("set-cookie"), null, what);
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"];

// Status by path: for GET and HEAD, for POST (of an empty form), for every other method.
const PATHS: readonly [path: string, read: number, post: number, other: number][] = [
  ["/", 200, 405, 405],
  ["/?x=1", 200, 405, 405],
  ["/saml", 405, 400, 405],
  ["/saml?SAMLResponse=abc", 405, 400, 405],
  ["/favicon.ico", 204, 204, 204],
  ["/start/n0nce", 303, 404, 404],
  ["/start/n0nce?a", 303, 404, 404],
  ["/start/again", 303, 404, 404],
  ["/start/N0NCE", 404, 404, 404],
  ["/start/n0nce/", 404, 404, 404],
  ["/start/n0nc", 404, 404, 404],
  ["/start/", 404, 404, 404],
  ["/start", 404, 404, 404],
  ["/saml/", 404, 404, 404],
  ["/SAML", 404, 404, 404],
  ["//saml", 404, 404, 404],
  ["/x/../saml", 405, 400, 405],
  ["/%73aml", 404, 404, 404],
  ["/robots.txt", 404, 404, 404],
  ["/.well-known/appspecific/com.chrome.devtools.json", 404, 404, 404],
];

Deno.test("acsHandler: every method on every path has its own answer, and its headers", async () => {
  for (const [path, read, post, other] of PATHS) {
    for (const method of METHODS) {
      const { handle, received } = listener();
      const sent = method === "GET" || method === "HEAD" ? {} : { body: "" };
      const response = await handle(request(path, { ...sent, method }));
      const wanted = method === "POST"
        ? post
        : method === "GET" || method === "HEAD"
        ? read
        : other;
      const what = `${method} ${path}`;
      assert.equal(response.status, wanted, what);
      assert.deepEqual(received, [], what);
      assertSafe(response, what);
      if (wanted === 405) {
        assert.equal(
          response.headers.get("allow"),
          path.startsWith("/?") || path === "/" ? "GET, HEAD" : "POST",
          what,
        );
      }
      await response.body?.cancel();
    }
  }
});

Deno.test("acsHandler: the start address sends the browser on, with no page to come back to", async () => {
  const { handle, strays, opened } = listener();
  const response = await handle(request(startPath("n0nce")));
  assert.equal(response.status, 303);
  assert.equal(response.headers.get("location"), IDP.href);
  assert.equal(response.body, null);
  assert.deepEqual(strays, []);
  assert.equal(opened.length, 1);
});

Deno.test("acsHandler: the start address gives a cookie that goes to no other site and to no script", async () => {
  const cases: readonly [origin: string, cookie: string][] = [
    [ORIGIN, "stssamldriver-8090=c00kie; Path=/; HttpOnly; SameSite=Lax"],
    ["http://localhost:80", "stssamldriver-80=c00kie; Path=/; HttpOnly; SameSite=Lax"],
    ["https://localhost:443", "stssamldriver-443=c00kie; Path=/; HttpOnly; SameSite=Lax; Secure"],
  ];
  for (const [origin, cookie] of cases) {
    const { direct } = listener({ origin: new URL(origin) });
    const response = await direct(request(startPath("n0nce"), { host: new URL(origin).host }));
    assert.equal(response.headers.get("set-cookie"), cookie);
  }
});

Deno.test("attack: who has only read a page of ours is not given the cookie", async () => {
  const { direct, opened } = listener();
  const response = await direct(request(AGAIN_PATH));
  assert.equal(response.headers.get("location"), IDP.href);
  assert.equal(response.headers.get("set-cookie"), null);
  assert.deepEqual(opened, []);
});

const COOKIES: readonly [cookie: string | undefined, taken: boolean][] = [
  ["stssamldriver-8090=c00kie", true],
  ["other=1; stssamldriver-8090=c00kie", true],
  ["stssamldriver-8090=c00kie; other=1", true],
  // Of another path, or of HTTP/2, where each has a header of its own.
  ["stssamldriver-8090=old; stssamldriver-8090=c00kie", true],
  ["other=1, stssamldriver-8090=c00kie", true],
  [undefined, false],
  ["", false],
  ["stssamldriver-8090=", false],
  ["stssamldriver-8090=c00ki", false],
  ["stssamldriver-8090=c00kiee", false],
  ["stssamldriver-8090=C00KIE", false],
  ["stssamldriver-8091=c00kie", false],
  ["xstssamldriver-8090=c00kie", false],
  ["other=stssamldriver-8090=c00kie", false],
  ["c00kie", false],
];

Deno.test("attack: who does not have the cookie of the person's browser can neither read nor answer its page", async () => {
  for (const [cookie, taken] of COOKIES) {
    const { direct, posted } = withPlace({ cookie: "c00kie" });
    const sent = { ...OWN, ...(cookie !== undefined && { cookie }) };
    for (const each of [{ headers: sent }, { headers: sent, body: "role=1" }]) {
      const response = await direct(request("/choose/t0ken", each));
      const text = await response.text();
      const wanted = taken ? "body" in each ? 303 : 200 : 403;
      assert.equal(response.status, wanted, cookie);
      assert.equal(!taken, text.includes("This sign-in was started in another browser"), cookie);
    }
    assert.equal(posted.length, taken ? 1 : 0, cookie);
  }
});

Deno.test("acsHandler: where the person starts at the IdP there is no start address", async () => {
  const { handle } = listener({ start: undefined });
  for (const path of ["/start/", "/start/undefined", "/start/n0nce"]) {
    const response = await handle(request(path));
    assert.equal(response.status, 404, path);
    assert.equal(response.headers.get("location"), null);
    await response.body?.cancel();
  }
});

const HOSTS: readonly [origin: string, host: string | undefined, taken: boolean][] = [
  [ORIGIN, "localhost:8090", true],
  [ORIGIN, "LOCALHOST:8090", true],
  [ORIGIN, "LocalHost:8090", true],
  [ORIGIN, "127.0.0.1:8090", true],
  [ORIGIN, "[::1]:8090", true],
  // DNS rebinding: a page of evil.example whose name points here now.
  [ORIGIN, "evil.example:8090", false],
  [ORIGIN, "evil.example", false],
  [ORIGIN, "localhost.evil.example:8090", false],
  [ORIGIN, "localhost:8090.evil.example", false],
  [ORIGIN, "evil.example:8090, localhost:8090", false],
  [ORIGIN, "localhost:8090@evil.example", false],
  [ORIGIN, undefined, false],
  [ORIGIN, "", false],
  [ORIGIN, "localhost", false],
  [ORIGIN, "127.0.0.1", false],
  [ORIGIN, "[::1]", false],
  [ORIGIN, "localhost:8091", false],
  [ORIGIN, "localhost:08090", false],
  [ORIGIN, "localhost.:8090", false],
  [ORIGIN, "127.0.0.2:8090", false],
  [ORIGIN, "127.1:8090", false],
  [ORIGIN, "0.0.0.0:8090", false],
  [ORIGIN, "::1:8090", false],
  [ORIGIN, "[::]:8090", false],
  [ORIGIN, "[0:0:0:0:0:0:0:1]:8090", false],
  [ORIGIN, "[::ffff:127.0.0.1]:8090", false],
  // Browsers leave out the scheme's own port, and no other.
  ["http://localhost:80", "localhost", true],
  ["http://localhost:80", "localhost:80", true],
  ["http://localhost:80", "127.0.0.1", true],
  ["http://localhost:80", "[::1]", true],
  ["http://localhost:80", "localhost:443", false],
  ["https://localhost:443", "localhost", true],
  ["https://localhost:443", "[::1]:443", true],
  ["https://localhost:443", "localhost:80", false],
  ["https://localhost:80", "localhost", false],
  ["http://localhost:443", "localhost", false],
  ["https://localhost:8443", "localhost:8443", true],
  ["https://localhost:8443", "localhost", false],
];

for (const path of ["/", "/saml", "/start/n0nce", "/favicon.ico"]) {
  Deno.test(`acsHandler: ${path} answers this listener's own names only`, async () => {
    for (const [origin, host, taken] of HOSTS) {
      const { handle, received, strays } = listener({ origin: new URL(origin) });
      const sent = path === "/saml" ? { body: "SAMLResponse=abc" } : {};
      const response = await handle(request(path, { ...sent, host }));
      const text = await response.text();
      assert.equal(response.status !== 403, taken, `${origin} ${host}`);
      assert.equal(received.length, taken && path === "/saml" ? 1 : 0, `${origin} ${host}`);
      assertSafe(response, `${origin} ${host}`);
      if (!taken) {
        assert.match(text, /Wrong address/);
        assert.ok(!text.includes("evil"), "what is said is not echoed");
        assert.equal(response.headers.get("location"), null);
        // Whoever follows there is wrong again.
        assert.equal(strays.length, path === "/saml" ? 2 : 1);
      }
    }
  });
}

Deno.test("acsHandler: on https the authority of HTTP/2 stands for Host", async () => {
  const cases: readonly [url: string, taken: boolean][] = [
    ["https://localhost:8443/", true],
    ["https://127.0.0.1:8443/", true],
    ["https://[::1]:8443/", true],
    ["https://evil.example:8443/", false],
    ["https://localhost/", false],
    ["https://localhost.evil.example:8443/", false],
  ];
  for (const [url, taken] of cases) {
    const { handle } = listener({ origin: new URL("https://localhost:8443") });
    const response = await handle(new Request(url));
    await response.body?.cancel();
    assert.equal(response.status, taken ? 200 : 403, url);
  }
});

const TYPES: readonly [type: string | undefined, taken: boolean][] = [
  [FORM, true],
  ["Application/X-WWW-Form-URLencoded", true],
  [`${FORM}; charset=utf-8`, true],
  [`${FORM};charset="UTF-8"`, true],
  [` ${FORM} ; charset=utf-8`, true],
  [undefined, false],
  ["text/plain", false],
  ["text/plain;charset=UTF-8", false],
  ["multipart/form-data; boundary=x", false],
  ["application/json", false],
  ["application/xml", false],
  [`x${FORM}`, false],
  [`${FORM}x`, false],
  [`text/plain; ${FORM}`, false],
  ["<script>alert(1)</script>", false],
];

Deno.test("acsHandler: takes urlencoded forms only, charset or not", async () => {
  for (const [type, taken] of TYPES) {
    const { handle, received } = listener();
    const response = await handle(request("/saml", { body: "SAMLResponse=abc", type }));
    const text = await response.text();
    assert.equal(response.status, taken ? 200 : 415, String(type));
    assert.equal(received.length, taken ? 1 : 0, String(type));
    assert.ok(!text.includes("<script"), "what came is escaped");
  }
});

Deno.test("acsHandler: a multipart form is named as what it is", async () => {
  const form = new FormData();
  form.set("SAMLResponse", "abc");
  const made = new Request(`${ORIGIN}/saml`, { method: "POST", body: form });
  made.headers.set("host", "localhost:8090");
  const { handle, received } = listener();
  const response = await handle(made);
  assert.equal(response.status, 415);
  assert.match(await response.text(), /multipart\/form-data/);
  assert.deepEqual(received, []);
});

const FORMS: readonly [body: string, field: string | undefined, says: RegExp][] = [
  ["SAMLResponse=abc", "abc", /Received/],
  ["SAMLResponse=abc&RelayState=", "abc", /Received/],
  ["SAMLResponse=abc&RelayState=https%3A%2F%2Fx%2F", "abc", /Received/],
  ["RelayState=x&SAMLResponse=abc", "abc", /Received/],
  ["RelayState=x&RelayState=y&SAMLResponse=abc", "abc", /Received/],
  ["other=1&SAMLResponse=abc&samlresponse=no&SAMLRequest=no", "abc", /Received/],
  ["SAMLResponse=a%2Bb%2F%3D%3D", "a+b/==", /Received/],
  ["SAMLResponse=a%0D%0Ab", "a\r\nb", /Received/],
  // A page that does not escape: what reads the field knows what a blank was.
  ["SAMLResponse=a+b", "a b", /Received/],
  ["SAMLResponse=a=b==", "a=b==", /Received/],
  ["SAMLResponse=%FF", "\ufffd", /Received/],
  ["SAMLResponse=%", "%", /Received/],
  ["", undefined, /no SAMLResponse/],
  ["RelayState=x", undefined, /no SAMLResponse/],
  ["samlresponse=abc", undefined, /no SAMLResponse/],
  ["SAMLRequest=abc", undefined, /no SAMLResponse/],
  ["SAMLResponse[]=abc", undefined, /no SAMLResponse/],
  [" SAMLResponse=abc", undefined, /no SAMLResponse/],
  ["\0", undefined, /no SAMLResponse/],
  ["SAMLResponse", undefined, /an empty SAMLResponse/],
  ["SAMLResponse=", undefined, /an empty SAMLResponse/],
  ["SAMLResponse=+%0D%0A%09", undefined, /an empty SAMLResponse/],
  ["SAMLResponse=a&SAMLResponse=b", undefined, /more than one SAMLResponse/],
  ["SAMLResponse=a&SAMLResponse=a", undefined, /more than one SAMLResponse/],
  ["SAMLResponse=a&SAMLResponse=", undefined, /more than one SAMLResponse/],
  ["SAMLResponse=a&%53AMLResponse=b", undefined, /more than one SAMLResponse/],
];

Deno.test("acsHandler: one SAMLResponse that is not empty is received, RelayState where it likes", async () => {
  for (const [body, field, says] of FORMS) {
    const { handle, received, strays } = listener();
    const response = await handle(request("/saml", { body }));
    assert.equal(response.status, field === undefined ? 400 : 200, body);
    assert.match(await response.text(), says, body);
    assert.deepEqual(received, field === undefined ? [] : [field], body);
    assert.equal(strays.length, field === undefined ? 1 : 0, body);
  }
});

// A page of any site once replaced the open picker by a fetch in the background, and ended `roles` with a
// list of its own.
Deno.test("acsHandler: takes what is posted into a tab only, where the browser tells", async () => {
  for (
    const [dest, taken] of [
      [undefined, true],
      ["document", true],
      ...["empty", "iframe", "frame", "embed", "object", "fencedframe", "script", "Document", ""]
        .map((name) => [name, false] as const),
    ] as const
  ) {
    const { handle, received, strays } = listener();
    // A body that never ends: it is refused before anything is read.
    const body = taken ? "SAMLResponse=abc" : new ReadableStream<Uint8Array>();
    const headers = dest === undefined ? {} : { "sec-fetch-dest": dest };
    const response = await handle(request("/saml", { body, headers, method: "POST", type: FORM }));
    assert.equal(response.status, taken ? 200 : 403, dest);
    assertSafe(response, String(dest));
    await response.body?.cancel();
    assert.equal(received.length, taken ? 1 : 0, dest);
    assert.deepEqual(strays, taken ? [] : ["POST /saml: 403 Open this in its own tab"]);
  }
});

Deno.test("acsHandler: the sign-in's own page is what is answered, with all the headers", async () => {
  const { handle } = listener({ receive: () => Promise.resolve(page("Trouble here", 502)) });
  const response = await handle(request("/saml", { body: "SAMLResponse=abc" }));
  assert.equal(response.status, 502);
  assertSafe(response, "page");
  assert.match(await response.text(), /<title>Trouble here<\/title>/);
});

Deno.test("attack: a reload posts the assertion to who has the port by then: a form is answered by a page of its own", async () => {
  const assertion = "SAMLResponse=abc";
  const cases: readonly [path: string, sent: Sent, status: number][] = [
    ["/saml", { body: assertion }, 502],
    ["/saml", { body: `${assertion}&${assertion}` }, 400],
    ["/saml", { body: assertion, type: "text/plain" }, 415],
    ["/saml", { body: `${assertion}${"A".repeat(400_000)}` }, 413],
    ["/saml/", { body: assertion }, 404],
    ["/", { body: assertion }, 405],
    ["/answer/unknown", { body: assertion }, 404],
  ];
  for (const [path, sent, status] of cases) {
    const { direct } = listener({ receive: () => Promise.resolve(page("Trouble", 502)) });
    const posted = await direct(request(path, sent));
    assert.equal(posted.status, 303, path);
    assert.equal(posted.body, null);
    assertSafe(posted, path);
    const way = posted.headers.get("location") ?? "";
    assert.match(way, /^\/answer\/[\w-]{36}$/);
    // As often as it is reloaded; a look by HEAD is none.
    for (const method of ["HEAD", "GET", "GET"]) {
      const shown = await direct(request(way, { method }));
      assert.equal(shown.status, method === "HEAD" ? 200 : status, path);
      assertSafe(shown, path);
      await shown.body?.cancel();
    }
  }
});

Deno.test("acsHandler: of answers that nobody comes for the oldest are dropped", async () => {
  const { direct } = listener();
  const ways: string[] = [];
  for (let count = 0; count < 101; count++) {
    const posted = await direct(request("/saml", { body: "SAMLResponse=abc" }));
    ways.push(posted.headers.get("location") ?? "");
  }
  const statuses = [];
  for (const way of [ways[0], ways[1], ways[100]]) {
    const shown = await direct(request(way ?? ""));
    statuses.push(shown.status);
    await shown.body?.cancel();
  }
  assert.deepEqual(statuses, [404, 200, 200]);
});

Deno.test("acsHandler: a SAMLResponse in the query is told from somebody who looks in", async () => {
  const { handle, received } = listener();
  const redirected = await handle(request("/saml?SAMLResponse=fZJ&RelayState="));
  assert.match(await redirected.text(), /Your IdP used HTTP-Redirect/);
  const lookedIn = await handle(request("/saml"));
  assert.match(await lookedIn.text(), /where your IdP sends its response/);
  assert.deepEqual(received, []);
});

Deno.test("acsHandler: strays are told without what they carried", async () => {
  const { handle, strays } = listener();
  const secret = "c2VjcmV0QXNzZXJ0aW9u";
  const posts = [
    request(`/saml?SAMLResponse=${secret}`),
    request("/saml", { body: `SAMLResponse=${secret}&SAMLResponse=${secret}` }),
    request("/saml", { body: `SAMLResponse=${secret}`, type: "text/plain" }),
    request("/elsewhere", { body: `SAMLResponse=${secret}` }),
    request(`/x?SAMLResponse=${secret}`),
    request("/saml", { body: `SAMLResponse=${secret}`, host: "evil.example" }),
  ];
  for (const each of posts) {
    const response = await handle(each);
    assert.ok(!(await response.text()).includes(secret), each.url);
  }
  assert.equal(strays.length, posts.length + 1, "at the wrong host a second one follows");
  assert.ok(strays.every((stray) => !stray.includes(secret) && stray.length < 300), strays.join());
  assert.match(strays[0] ?? "", /^GET \/saml: 405 /);
});

Deno.test("acsHandler: an endless path makes no endless line", async () => {
  const { handle, strays } = listener();
  await (await handle(request(`/${"x".repeat(10_000)}`))).body?.cancel();
  assert.ok((strays[0] ?? "").length < 300, `${strays[0]?.length}`);
});

const OWN = { "origin": ORIGIN, "sec-fetch-site": "same-origin", "sec-fetch-dest": "document" };

/** A listener that serves one place with a form. */
function withPlace(more: { readonly cookie?: string } = {}) {
  const posted: string[] = [];
  const place = {
    ...more,
    get: () => page("Choose"),
    post: (form: URLSearchParams) => {
      posted.push(form.toString());
      return Promise.resolve(page("Chosen"));
    },
  };
  const made = listener({ resource: (path) => path === "/choose/t0ken" ? place : undefined });
  return { ...made, posted };
}

const PLACE_POSTS: readonly [name: string, headers: Record<string, string>, status: number][] = [
  ["its own page", OWN, 200],
  [
    "another site",
    { ...OWN, "origin": "https://evil.example", "sec-fetch-site": "cross-site" },
    403,
  ],
  ["a sandboxed frame", { ...OWN, origin: "null" }, 403],
  ["another port of this machine", { ...OWN, origin: "http://localhost:1" }, 403],
  ["the other name of this machine", { ...OWN, origin: "http://127.0.0.1:8090" }, 403],
  ["https on the same port", { ...OWN, origin: "https://localhost:8090" }, 403],
  ["a site beside it", { ...OWN, "sec-fetch-site": "same-site" }, 403],
  ["inside a frame", { ...OWN, "sec-fetch-dest": "iframe" }, 403],
  ["a script", { ...OWN, "sec-fetch-dest": "empty" }, 403],
  ["who says nothing of itself", {}, 403],
  ["who says no site", { origin: ORIGIN }, 403],
  ["who says no origin", { "sec-fetch-site": "same-origin" }, 403],
];

Deno.test("acsHandler: a place takes a form of this listener's own page only", async () => {
  for (const [name, headers, status] of PLACE_POSTS) {
    const { handle, posted } = withPlace();
    const response = await handle(request("/choose/t0ken", { body: "role=1", headers }));
    await response.body?.cancel();
    assert.equal(response.status, status, name);
    assert.deepEqual(posted, status === 200 ? ["role=1"] : [], name);
  }
});

Deno.test("acsHandler: a place is looked at in a tab of its own, and gone when it is not served", async () => {
  const cases: readonly [path: string, sent: Sent, status: number][] = [
    ["/choose/t0ken", {}, 200],
    ["/choose/t0ken", { headers: { "sec-fetch-dest": "document" } }, 200],
    ["/choose/t0ken", { method: "HEAD" }, 200],
    ["/choose/t0ken", { headers: { "sec-fetch-dest": "iframe" } }, 403],
    ["/choose/t0ken", { headers: { "sec-fetch-dest": "script" } }, 403],
    ["/choose/t0ken", { host: "evil.example" }, 403],
    ["/choose/t0ken", { method: "PUT", body: "", headers: OWN }, 405],
    ["/choose/t0ken", { body: "a=b", type: "text/plain", headers: OWN }, 415],
    ["/choose/other", {}, 404],
    ["/choose/", {}, 404],
  ];
  for (const [path, sent, status] of cases) {
    const { handle, posted } = withPlace();
    const response = await handle(request(path, sent));
    await response.body?.cancel();
    assert.equal(response.status, status, JSON.stringify([path, sent]));
    assertSafe(response, path);
    assert.deepEqual(posted, []);
  }
});

Deno.test("acsHandler: a place without a form takes none", async () => {
  const { handle } = listener({ resource: () => ({ get: () => page("Look") }) });
  const response = await handle(request("/x", { body: "a=b", headers: OWN }));
  await response.body?.cancel();
  assert.equal(response.status, 405);
});

Deno.test("acsHandler: the way to an address of ours is a redirect that leaves no page behind", async () => {
  const { handle } = listener({ receive: () => Promise.resolve({ redirect: "/choose/t0ken" }) });
  const response = await handle(request("/saml", { body: "SAMLResponse=abc" }));
  assert.equal(response.status, 303);
  assert.equal(response.headers.get("location"), "/choose/t0ken");
  assert.equal(response.body, null);
  assertSafe(response, "redirect");
});

/** A body that is made as it is read. */
function stream(
  next: (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>,
  cancelled: () => void = () => {},
): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: next, cancel: cancelled }, { highWaterMark: 0 });
}

const A_CHUNK = new TextEncoder().encode("a".repeat(50_000));

Deno.test("acsHandler: a form of 5 MB is refused by its length, unread", async () => {
  const { handle, received } = listener();
  let read = 0;
  const body = stream((controller) => {
    read++;
    controller.enqueue(A_CHUNK);
  });
  const response = await handle(
    request("/saml", { body, headers: { "content-length": String(5 * 1024 * 1024) } }),
  );
  assert.equal(response.status, 413);
  assert.match(await response.text(), /100,000 characters/);
  assert.equal(read, 0);
  assert.deepEqual(received, []);
});

for (const length of [undefined, "10", "-1", "x", "1e3"]) {
  Deno.test(`acsHandler: a body without end is refused at the cap, whatever its length says (${length})`, async () => {
    let read = 0;
    const body = stream((controller) => {
      read++;
      controller.enqueue(A_CHUNK);
    });
    const { handle, received } = listener();
    const headers = length === undefined ? {} : { "content-length": length };
    const asked = request("/saml", { body, headers });
    const response = await handle(asked);
    assert.equal(response.status, 413);
    await response.body?.cancel();
    assert.ok(read <= 10, `${read} chunks were read`);
    assert.equal(asked.body?.locked, false, "the rest is left to the server");
    assert.deepEqual(received, []);
  });
}

Deno.test("acsHandler: a form that fills the cap is still taken", async () => {
  const { handle, received } = listener();
  const body = `SAMLResponse=${"a".repeat(400_000 - "SAMLResponse=".length)}`;
  const response = await handle(request("/saml", { body }));
  await response.body?.cancel();
  assert.equal(response.status, 200);
  assert.equal(received[0]?.length, 400_000 - "SAMLResponse=".length);
  const longer = await handle(request("/saml", { body: `${body}a` }));
  await longer.body?.cancel();
  assert.equal(longer.status, 413);
});

Deno.test("acsHandler: a body that stops coming is given up at its deadline", async () => {
  let cancelled = false;
  let first = true;
  const body = stream((controller) => {
    if (!first) return new Promise<void>(() => {});
    first = false;
    controller.enqueue(new TextEncoder().encode("SAMLResponse=abc"));
  }, () => void (cancelled = true));
  const { handle, received, strays } = listener({ bodyDeadlineMs: 20 });
  const response = await handle(request("/saml", { body }));
  assert.equal(response.status, 408);
  assertSafe(response, "late");
  await response.body?.cancel();
  assert.deepEqual(received, []);
  assert.equal(strays.length, 1);
  assert.ok(cancelled);
});

Deno.test("acsHandler: the deadline is for the whole body, not for each piece of it", async () => {
  let open = true;
  const body = stream(async (controller) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (open) controller.enqueue(new TextEncoder().encode("x"));
  }, () => void (open = false));
  const { handle } = listener({ bodyDeadlineMs: 60 });
  const response = await handle(request("/saml", { body }));
  assert.equal(response.status, 408);
  await response.body?.cancel();
  await new Promise((resolve) => setTimeout(resolve, 20));
});

Deno.test("attack: many large forms that hang share a budget, and an honest one is taken", async () => {
  const { handle, received } = listener();
  const open: ReadableStreamDefaultController<Uint8Array>[] = [];
  const hanging = Array.from({ length: 12 }, () => {
    let first = true;
    const body = stream((controller) => {
      if (!first) return new Promise<void>(() => {});
      first = false;
      open.push(controller);
      controller.enqueue(new Uint8Array(399_000).fill(97));
    });
    return handle(request("/saml", { body }));
  });
  // Together they would hold more than ten full forms: the oldest are given up at once, not at their deadline.
  const oldest = await Promise.all(hanging.slice(0, 2));
  assert.deepEqual(oldest.map(({ status }) => status), [408, 408]);
  const honest = await handle(request("/saml", { body: "SAMLResponse=honest" }));
  assert.deepEqual([honest.status, received], [200, ["honest"]]);
  for (const controller of open.slice(2)) controller.close();
  const others = await Promise.all(hanging.slice(2));
  assert.deepEqual(new Set(others.map(({ status }) => status)), new Set([400]));
  for (const { body } of [...oldest, honest, ...others]) await body?.cancel();
});

Deno.test("acsHandler: a body that breaks off is nothing that was posted", async () => {
  let first = true;
  const body = stream((controller) => {
    if (first) controller.enqueue(new TextEncoder().encode("SAMLResponse=abc"));
    else controller.error(new Error("connection reset"));
    first = false;
  });
  const { handle, received } = listener();
  const response = await handle(request("/saml", { body }));
  assert.equal(response.status, 400);
  await response.body?.cancel();
  assert.deepEqual(received, []);
});

Deno.test("acsHandler: a letter that is cut in two by the network is one letter again", async () => {
  const bytes = new TextEncoder().encode("SAMLResponse=é&x=1");
  const pieces = [bytes.slice(0, 14), bytes.slice(14)];
  const body = stream((controller) => {
    const piece = pieces.shift();
    if (piece === undefined) controller.close();
    else controller.enqueue(piece);
  });
  const { handle, received } = listener();
  await (await handle(request("/saml", { body }))).body?.cancel();
  assert.deepEqual(received, ["é"]);
});

Deno.test("acsHandler: a request for no valid URL is answered like any other stray", async () => {
  const { handle } = listener();
  // What Deno.serve makes of a Host with a blank in it.
  const made = request("/saml", { host: "local host:8090" });
  Object.defineProperty(made, "url", { value: "http://local host:8090/saml" });
  const response = await handle(made);
  assert.equal(response.status, 403);
  assertSafe(response, "no URL");
  await response.body?.cancel();
});
