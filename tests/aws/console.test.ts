import assert from "node:assert/strict";
import { consoleLogin } from "../../src/aws/console.ts";
import { PARTITIONS, signInHost } from "../../src/aws/partition.ts";
import { assertSilent, printedForms, userErrorFrom } from "../support/checks.ts";
import { serveLoopback } from "../support/loopback_http.ts";
import { FIXTURE_SECRET_MARKER } from "../support/sts.ts";
import {
  answer,
  DESTINATION,
  failed,
  NOW,
  requestFor,
  SECRETS,
  SESSION,
  standIn,
  world,
} from "./console_logins.ts";

Deno.test("consoleLogin: one POST without a secret in its URL, then a login URL that opens the page once", async () => {
  await using federation = standIn();
  const issuer = new URL("https://idp.example/start?app=aws&x=ä b#c");
  const login = await consoleLogin(requestFor(federation.url, { issuer }), world());
  assert.deepEqual(federation.calls, [{ duration: "3600", outcome: "granted" }]);
  assert.deepEqual(federation.problems, []);
  assert.equal(
    login.reveal(),
    `${federation.url}/federation?Action=login` +
      `&Issuer=https%3A%2F%2Fidp.example%2Fstart%3Fapp%3Daws%26x%3D%25C3%25A4%2520b%23c` +
      `&Destination=https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fs3%2Fhome%3F` +
      `region%3Deu-west-1%26a%3Db%2520c%23top` +
      `&SigninToken=${encodeURIComponent(federation.tokens[0] ?? "")}`,
  );
  const page = await fetch(login.reveal());
  assert.match(await page.text(), /region=eu-west-1&#38;a=b%20c#top<\/code>/);
  assert.deepEqual(federation.logins, [{
    issuer: issuer.href,
    destination: new URL(DESTINATION).href,
    accessKeyId: SESSION.accessKeyId,
  }]);
  const again = await fetch(login.reveal());
  await again.body?.cancel();
  assert.equal(again.status, 400, "a token is good for once");
});

Deno.test("consoleLogin: a destination on the stand-in's own console is reached, and only signed in", async () => {
  await using federation = standIn();
  const destination = new URL("/s3/home?region=eu-west-1", federation.url);
  const login = await consoleLogin(requestFor(federation.url, { destination }), world());
  const sent = await fetch(login.reveal(), { redirect: "manual" });
  await sent.body?.cancel();
  assert.deepEqual([sent.status, sent.headers.get("location")], [302, destination.href]);
  const [cookie = ""] = sent.headers.get("set-cookie")?.split(";") ?? [];
  const page = await fetch(destination, { headers: { cookie } });
  assert.match(
    await page.text(),
    /ASIAEXAMPLEEXAMPLE22<\/b>, at <code id="page">\/s3\/home\?region/,
  );
  const stranger = await fetch(destination);
  await stranger.body?.cancel();
  assert.equal(stranger.status, 403);
});

Deno.test("consoleLogin: the login URL shows itself to nobody who does not ask for it", async () => {
  await using federation = standIn();
  const login = await consoleLogin(requestFor(federation.url), world());
  assertSilent({ login, list: [login] }, [...SECRETS, ...federation.tokens]);
  for (const form of printedForms(login)) assert.match(form, /\[console login URL\]|^Secret \{/);
  assert.ok(!login.reveal().includes("Issuer"), "without an issuer there is none");
});

Deno.test("consoleLogin: SessionDuration is what was asked, else the credentials' life in AWS's limits", async () => {
  for (
    const [leftMs, durationSeconds, expected] of [
      [3_600_000, undefined, "3600"],
      [3_599_999, undefined, "3599"],
      [900_000, undefined, "900"],
      [30_000, undefined, "900"],
      [43_200_000, undefined, "43200"],
      [48 * 3_600_000, undefined, "43200"],
      [3_600_000, 43_200, "43200"],
      [3_600_000, 900, "900"],
    ] as const
  ) {
    const expiration = NOW + leftMs;
    await using federation = standIn({ handedOut: [{ ...SESSION, expiration }] });
    const request = requestFor(federation.url, { durationSeconds });
    await consoleLogin(
      { ...request, credentials: { ...request.credentials, expiration } },
      world(),
    );
    assert.deepEqual(federation.calls, [{ duration: expected, outcome: "granted" }]);
    assert.deepEqual(federation.problems, []);
  }
});

Deno.test("consoleLogin: a given sign-in address may name the path or leave it out", async () => {
  for (const path of ["", "/", "/federation"]) {
    await using federation = standIn();
    const login = await consoleLogin(requestFor(federation.url + path), world());
    assert.ok(login.reveal().startsWith(`${federation.url}/federation?Action=login&`));
  }
});

// Nothing leaves this machine: the proxy hears who is wanted, and refuses.
Deno.test("consoleLogin: without a given address the partition's host is asked, through the client's proxy", async () => {
  const wanted: string[] = [];
  await using proxy = serveLoopback(({ method, target }) => {
    wanted.push(`${method} ${target}`);
    return { status: 407, headers: { "Proxy-Authenticate": "Basic" } };
  });
  using client = Deno.createHttpClient({ proxy: { url: proxy.url } });
  for (const partition of PARTITIONS) {
    for (const region of [undefined, ...partition.examples]) {
      const request = requestFor(undefined, { partition, region });
      const error = await userErrorFrom(consoleLogin(request, world({ client })), SECRETS);
      const host = signInHost(partition, region);
      assert.equal(wanted.pop(), `CONNECT ${host}:443`);
      assert.equal(error.exitCode, 7);
      assert.equal(
        error.message,
        `Cannot reach the AWS console's sign-in at ${host}: the proxy requires a sign-in (HTTP 407)`,
      );
    }
  }
});

Deno.test("consoleLogin: a refusal names its cause and remedy, exit code 6, and is not repeated", async () => {
  const ended = { ...requestFor().credentials, expiration: NOW - 1000 };
  const json = answer(403, "application/json", '{"message":"The security token is invalid."}');
  const blocked = answer(403, "text/plain", "Blocked");
  const aws = { "Content-Type": "text/html", "Content-Security-Policy": "x https://*.aws.example" };
  const refused = "The AWS console's sign-in refused the credentials";
  for (
    const [behaviour, request, message, hint] of [
      [
        { kind: "refuse" },
        {},
        `${refused} (HTTP 400: Invalid credentials parameter)`,
        /^Sign in again\. .* try --console-duration 3600 .* clock\.\n.* partition aws\.$/,
      ],
      [
        { kind: "refuse" },
        { durationSeconds: 43_200 },
        `${refused} (HTTP 400: Invalid credentials parameter)`,
        /^AWS may not allow a session of 43200 s: leave out --console-duration/,
      ],
      [
        { kind: "refuse" },
        { credentials: ended },
        `${refused}, which expired at 2026-11-23 07:59:59 UTC ` +
        "(HTTP 400: Invalid credentials parameter)",
        /^Sign in again\.$/,
      ],
      [
        json,
        {},
        `${refused} (HTTP 403: The security token is invalid)`,
        /partition aws\.\nA proxy may have responded instead of AWS/,
      ],
      [blocked, {}, `${refused} (HTTP 403)`, /A proxy may have responded/],
      [answer(401, "", ""), {}, `${refused} (HTTP 401)`, /A proxy may have responded/],
      [answer(400, "", "\x1b[2J"), {}, `${refused} (HTTP 400)`, /console-duration/],
      [
        { kind: "answer", status: 403, headers: aws, body: "<html><title>Sign\x1b[2J in</title>" },
        {},
        `${refused} (HTTP 403: Sign [2J in)`,
        /console-duration/,
      ],
    ] as const
  ) {
    const { error, calls } = await failed([behaviour], { request });
    assert.deepEqual([error.code, error.exitCode, calls], ["console-refused", 6, 1]);
    assert.equal(error.message, message);
    assert.match(error.hint ?? "", hint);
  }
});

Deno.test("consoleLogin: sessions that AWS does not know are refused by its own page", async () => {
  await using federation = standIn({ handedOut: [] });
  const error = await userErrorFrom(consoleLogin(requestFor(federation.url), world()), SECRETS);
  assert.deepEqual([error.exitCode, federation.problems], [6, []]);
});

// An error page may show what was posted.
Deno.test("consoleLogin: a refusal that repeats our secrets is not repeated by us", async () => {
  for (
    const body of [
      `<title>Bad ${SESSION.secretAccessKey}</title>`,
      `<b>message</b> <u>${SESSION.sessionToken.slice(20, 300)}</u>`,
      `<title>Bad ${SESSION.sessionToken.slice(16, 50)}</title>`,
      JSON.stringify({ message: `Session=${encodeURIComponent(SESSION.sessionToken)}` }),
    ]
  ) {
    const { error } = await failed([answer(400, "text/html", body)]);
    assert.match(error.message, /\(HTTP 400\)$/);
  }
});

Deno.test("consoleLogin: credentials go over TLS or to this machine only", async () => {
  for (
    const url of [
      "http://signin.aws.amazon.com/federation",
      "http://localhost.evil.example",
      "http://127.0.0.1.evil.example",
      "http://10.0.0.1",
      "http://[::2]",
      "ftp://127.0.0.1",
      "ws://127.0.0.1",
    ]
  ) {
    const error = await userErrorFrom(consoleLogin(requestFor(url), world()), SECRETS);
    assert.deepEqual([error.code, error.exitCode], ["console-insecure", 2], url);
    assert.match(error.hint ?? "", /--signin-url/);
  }
});

Deno.test("consoleLogin: a sign-in address with more than a host and a path is refused", async () => {
  for (
    const url of [
      `https://ada:${FIXTURE_SECRET_MARKER}@signin.example`,
      `https://${FIXTURE_SECRET_MARKER}@signin.example`,
      `https://:${FIXTURE_SECRET_MARKER}@signin.example`,
      "https://signin.example/federation?Action=login",
      "https://signin.example/#x",
    ]
  ) {
    const error = await userErrorFrom(consoleLogin(requestFor(url), world()), SECRETS);
    assert.deepEqual([error.code, error.exitCode], ["console-signin-url", 2], url);
  }
});

// What AWS's documentation shows as an example, and a replay: a stand-in that took them would prove nothing.
