import assert from "node:assert/strict";
import { parsePolicyArn } from "../../src/aws/arn.ts";
import { processJson } from "../../src/delivery/process_json.ts";
import { Secret } from "../../src/secret.ts";
import { assertSilent } from "../support/checks.ts";
import { eventually } from "../support/eventually.ts";
import { exchangeRequest } from "../support/exchange.ts";
import { serveLoopback } from "../support/loopback_http.ts";
import { buildResponse, DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import {
  FIXTURE_SECRET_MARKER,
  policyArns,
  STS_ERRORS,
  type StsErrorCode,
} from "../support/sts.ts";
import { exchanged, refused, standIn } from "./exchanging.ts";

Deno.test("stsExchange: an assertion becomes the credentials that STS gave", async () => {
  await using sts = standIn();
  const request = exchangeRequest();
  const { credentials, shortenedTo } = await exchanged(request);
  const [given] = sts.handedOut;
  assert.ok(given);
  assert.equal(credentials.accessKeyId, given.accessKeyId);
  assert.equal(credentials.secretAccessKey.reveal(), given.secretAccessKey);
  assert.equal(credentials.sessionToken.reveal(), given.sessionToken);
  assert.equal(credentials.expiration, given.expiration);
  assert.equal(credentials.accountId, "111122223333");
  assert.equal(shortenedTo, undefined);
  assertSilent(credentials);
  assertSilent(request, [request.assertion.reveal()]);
  assert.ok(processJson(credentials).includes(FIXTURE_SECRET_MARKER));
});

Deno.test("stsExchange: what goes over the wire, and that nobody signed it", async () => {
  await using sts = standIn();
  const request = exchangeRequest({
    durationSeconds: 900,
    policyArns: [
      parsePolicyArn("arn:aws:iam::aws:policy/ReadOnlyAccess"),
      parsePolicyArn("arn:aws:iam::111122223333:policy/Ours"),
    ],
    policy: '{"Version":"2012-10-17","Statement":[]}',
  });
  await exchanged(request);
  const [call] = sts.calls;
  assert.ok(call);
  assert.equal(sts.calls.length, 1);
  assert.deepEqual([call.method, call.target], ["POST", "/"]);
  assert.equal(call.headers.get("authorization"), null);
  const { SAMLAssertion, ...parameters } = Object.fromEntries(call.parameters);
  assert.equal(SAMLAssertion, request.assertion.reveal());
  assert.deepEqual(policyArns(call.parameters), request.policyArns.map((each) => each.text));
  assert.equal(parameters["Policy"], request.policy);
  assert.equal(parameters["RoleArn"], DEFAULT_ROLE);
  assert.equal(parameters["PrincipalArn"], DEFAULT_PROVIDER);
  assert.equal(parameters["DurationSeconds"], "900");
});

// The SDK's own form has a word in the assertion's place, which nothing else may be taken for.
Deno.test("stsExchange: each request has its own assertion, whole, and nothing else is touched", async () => {
  await using sts = standIn();
  const policy = '{"Sid":"&SAMLAssertion=attached&SAMLAssertion=attached"}';
  const one = exchangeRequest({ policy });
  const another = { ...one, assertion: new Secret(buildResponse().base64, "assertion") };
  assert.match(one.assertion.reveal(), /[+/].*=$/s);
  for (const request of [one, another, one]) await exchanged(request);
  for (const [index, request] of [one, another, one].entries()) {
    const call = sts.calls[index];
    assert.equal(call?.parameters.get("SAMLAssertion"), request.assertion.reveal());
    assert.deepEqual(call?.parameters.getAll("SAMLAssertion").length, 1);
    assert.equal(call?.parameters.get("Policy"), policy);
    assert.match(call?.headers.get("content-length") ?? "", /^\d+$/);
  }
});

Deno.test("stsExchange: a plain request has no policy in it", async () => {
  await using sts = standIn();
  await exchanged(exchangeRequest());
  const names = [...sts.calls[0]?.parameters.keys() ?? []].toSorted();
  assert.deepEqual(
    names,
    ["Action", "DurationSeconds", "PrincipalArn", "RoleArn", "SAMLAssertion", "Version"],
  );
});

Deno.test("stsExchange: the session is as long as the role allows, with the same assertion", async () => {
  for (
    const [asked, allowed, tried, shortenedTo] of [
      [43_200, 43_200, [43_200], undefined],
      [43_200, 28_800, [43_200, 28_800], 28_800],
      [43_200, 20_000, [43_200, 28_800, 14_400], 14_400],
      [43_200, 7200, [43_200, 28_800, 14_400, 7200], 7200],
      [43_200, 3600, [43_200, 28_800, 14_400, 7200, 3600], 3600],
      [14_400, 3600, [14_400, 7200, 3600], 3600],
      [5000, 3600, [5000, 3600], 3600],
      [3600, 3600, [3600], undefined],
      [900, 3600, [900], undefined],
    ] as const
  ) {
    await using sts = standIn(allowed);
    const request = exchangeRequest({ durationSeconds: asked });
    const result = await exchanged(request);
    assert.equal(result.shortenedTo, shortenedTo);
    assert.deepEqual(
      sts.calls.map((call) => Number(call.parameters.get("DurationSeconds"))),
      tried,
    );
    const assertions = new Set(sts.calls.map((call) => call.parameters.get("SAMLAssertion")));
    assert.deepEqual([...assertions], [request.assertion.reveal()]);
    assert.equal(result.credentials.expiration, sts.handedOut[0]?.expiration);
  }
});

Deno.test("stsExchange: with strictDuration the first refusal is the last", async () => {
  await using sts = standIn(3600);
  const error = await refused(exchangeRequest({ durationSeconds: 43_200, strictDuration: true }));
  assert.deepEqual([error.code, error.exitCode], ["sts-ValidationError", 6]);
  assert.match(error.hint ?? "", /--duration-seconds/);
  assert.equal(sts.calls.length, 1);
});

Deno.test("stsExchange: when even 3600 seconds are refused, it ends", async () => {
  await using sts = standIn();
  sts.behave({ kind: "error", code: "ValidationError", times: Infinity });
  const error = await refused(exchangeRequest({ durationSeconds: 43_200 }));
  assert.equal(error.code, "sts-ValidationError");
  assert.equal(sts.calls.length, 5);
  // Nothing shorter than what was asked is left to try.
  assert.equal((await refused(exchangeRequest({ durationSeconds: 900 }))).exitCode, 6);
  assert.equal(sts.calls.length, 6);
});

Deno.test("stsExchange: another ValidationError is not taken for a session that is too long", async () => {
  await using sts = standIn();
  sts.behave({ kind: "error", code: "ValidationError", message: "1 validation error detected" });
  const error = await refused(exchangeRequest({ durationSeconds: 43_200 }));
  assert.match(error.hint ?? "", /Check the role and provider ARNs/);
  assert.equal(sts.calls.length, 1);
});

Deno.test("stsExchange: every error of STS, its exit code, and how often it was asked", async () => {
  const tries: Partial<Record<StsErrorCode, readonly [calls: number, exitCode: number]>> = {
    InternalFailure: [3, 7],
    ServiceUnavailable: [3, 7],
    Throttling: [3, 6],
    IDPCommunicationError: [3, 6],
  };
  await using sts = standIn();
  for (const code of Object.keys(STS_ERRORS) as StsErrorCode[]) {
    sts.behaveWell();
    sts.behave({ kind: "error", code, times: Infinity });
    const before = sts.calls.length;
    const error = await refused(exchangeRequest());
    const [calls, exitCode] = tries[code] ?? [1, 6];
    assert.equal(error.exitCode, exitCode, code);
    assert.equal(sts.calls.length - before, calls, code);
    assert.equal(error.code, exitCode === 6 ? `sts-${code}` : "sts-unreachable");
    assert.ok(error.message.includes(STS_ERRORS[code][1]), code);
  }
});

Deno.test("stsExchange: trouble that passes is not noticed", async () => {
  await using sts = standIn();
  const page = { "Content-Type": "text/html" };
  for (
    const behaviour of [
      { kind: "error", code: "InternalFailure", times: 2 },
      { kind: "error", code: "Throttling" },
      { kind: "error", code: "IDPCommunicationError" },
      { kind: "close", times: 2 },
      { kind: "truncate", times: 2 },
      { kind: "answer", status: 502, headers: page, body: "<html>Bad gateway" },
      { kind: "answer", status: 503, body: "no upstream" },
      { kind: "hang" },
      { kind: "delay", ms: 200 },
    ] as const
  ) {
    sts.behave(behaviour);
    const times = behaviour.kind === "hang" ? { tryMs: 800 } : {};
    const { credentials } = await exchanged(exchangeRequest(), times);
    assert.equal(credentials.accessKeyId, sts.handedOut.at(-1)?.accessKeyId, behaviour.kind);
    sts.behaveWell();
  }
});

Deno.test("stsExchange: what is not STS ends it with exit code 7, asked once or three times", async () => {
  await using sts = standIn();
  const times = Infinity;
  const SOON = "2030-01-01T00:00:00Z";
  const cut =
    `<AssumeRoleWithSAMLResponse><AssumeRoleWithSAMLResult><Credentials><SecretAccessKey>` +
    `${FIXTURE_SECRET_MARKER}</Secret`;
  const whole = (expiration: string) =>
    `<AssumeRoleWithSAMLResponse><AssumeRoleWithSAMLResult><Credentials>` +
    `<AccessKeyId>A</AccessKeyId><SecretAccessKey>${FIXTURE_SECRET_MARKER}</SecretAccessKey>` +
    `<SessionToken>${FIXTURE_SECRET_MARKER}</SessionToken><Expiration>${expiration}</Expiration>` +
    `</Credentials></AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>`;
  for (
    const [behaviour, calls, message] of [
      [{ kind: "captive-portal", times }, 1, /is not from STS: HTTP 200 with a web page/],
      [{ kind: "answer", status: 200, times }, 1, /is not from STS: HTTP 200 with an empty body/],
      [
        { kind: "answer", status: 200, body: "OK", times },
        1,
        /is not from STS: HTTP 200 with unexpected content/,
      ],
      [{ kind: "answer", status: 502, body: "<html>", times }, 3, /is not from STS: HTTP 502/],
      [
        { kind: "answer", status: 407, times },
        1,
        /^Cannot reach STS at 127.*: the proxy requires a sign-in \(HTTP 407\)$/,
      ],
      [{ kind: "answer", status: 200, body: cut, times }, 1, /incomplete credentials/],
      [
        { kind: "answer", status: 200, body: whole(FIXTURE_SECRET_MARKER), times },
        1,
        /incomplete credentials/,
      ],
      [{ kind: "answer", status: 200, body: whole(""), times }, 1, /incomplete credentials/],
      // All is there, but the SDK's own parser would take these as well.
      ...[
        whole(SOON).replace("<SessionToken>", "<SessionToken>&x;"),
        whole(SOON).replace("<SessionToken>", "<SessionToken>]]>"),
        whole(SOON).replace("<SessionToken>", "<SessionToken>&#27;"),
        whole(SOON).replace("<SessionToken>", "<SessionToken>a b"),
        whole(SOON).replace("<SessionToken>", "<SessionToken>\n"),
        whole(SOON).replace("<AccessKeyId>", "<AccessKeyId>B</AccessKeyId><AccessKeyId>"),
        `<!DOCTYPE a>${whole(SOON)}`,
        `${whole(SOON)}<`,
        `${whole(SOON)}${whole(SOON)}`,
        whole(SOON).replace("</Cred", `${"<a>".repeat(300_000)}</Cred`),
      ].map((body) =>
        [{ kind: "answer", status: 200, body, times }, 1, /incomplete credentials/] as const
      ),
      [
        { kind: "answer", status: 400, body: "<ErrorResponse><Err", times },
        1,
        /incomplete credentials/,
      ],
      [
        { kind: "close", times },
        3,
        /^Cannot reach STS at 127\.0\.0\.1:\d+: the connection was closed$/,
      ],
      [
        { kind: "truncate", times },
        3,
        /^Cannot reach STS at 127\.0\.0\.1:\d+: the connection was closed$/,
      ],
      [{ kind: "hang", times }, 3, /^Timed out waiting for STS at 127\.0\.0\.1:\d+$/],
    ] as const
  ) {
    sts.behaveWell();
    sts.behave(behaviour);
    const before = sts.calls.length;
    const error = await refused(exchangeRequest(), behaviour.kind === "hang" ? { tryMs: 400 } : {});
    assert.match(error.message, message);
    assert.equal(error.exitCode, 7);
    assert.equal(sts.calls.length - before, calls, error.message);
    assert.ok(
      !Deno.inspect(error, { showHidden: true, depth: 20 }).includes(FIXTURE_SECRET_MARKER),
    );
  }
});

// The SDK makes lists of them, which passed for a bug of this program.
Deno.test("stsExchange: a refusal with two codes, or two messages, is a refusal", async () => {
  await using sts = standIn();
  for (
    const fields of [
      "<Code>A</Code><Code>A</Code><Message>m</Message>",
      "<Code>A</Code><Message>m</Message><Message>m</Message>",
    ]
  ) {
    const body = `<ErrorResponse><Error>${fields}</Error></ErrorResponse>`;
    sts.behave({ kind: "answer", status: 400, body });
    const error = await refused(exchangeRequest());
    assert.equal(error.exitCode, 6);
    assert.match(error.message, /^STS refused the sign-in: m(,m)? \(\w+\)$/);
  }
});

Deno.test("stsExchange: a redirect is not followed, whoever it names", async () => {
  await using sts = standIn();
  let reached = 0;
  await using elsewhere = serveLoopback(() => {
    reached++;
    return { status: 200, body: "" };
  });
  for (const location of [`${elsewhere.url}/`, elsewhere.url.replace("127.0.0.1", "localhost")]) {
    sts.behave({ kind: "redirect", location });
    const error = await refused(exchangeRequest());
    assert.match(error.message, /is not from STS: HTTP 302 redirect/);
  }
  assert.equal(reached, 0);
  assert.equal(sts.calls.length, 2);
});

Deno.test("stsExchange: the overall deadline counts whatever the tries may take", async () => {
  await using sts = standIn();
  sts.behave({ kind: "hang", times: Infinity });
  const start = performance.now();
  const error = await refused(exchangeRequest(), { tryMs: 10_000, deadlineMs: 200 });
  assert.ok(performance.now() - start < 3000);
  assert.deepEqual([error.exitCode, error.message], [7, "Timed out waiting for STS in us-east-1"]);
});

Deno.test("stsExchange: the caller's signal ends it with its own reason", async () => {
  await using sts = standIn();
  sts.behave({ kind: "hang", times: Infinity });
  const interrupted = new Error("the person pressed Ctrl-C");
  const controller = new AbortController();
  const exchange = exchanged(exchangeRequest(), { signal: controller.signal });
  await eventually("STS to be asked", () => sts.calls[0]);
  controller.abort(interrupted);
  await assert.rejects(exchange, interrupted);
  assert.equal(sts.calls.length, 1);
  await assert.rejects(exchanged(exchangeRequest(), { signal: controller.signal }), interrupted);
  assert.equal(sts.calls.length, 1, "nothing is sent once it is over");
});

Deno.test("stsExchange: an assertion that STS calls false", async () => {
  await using _sts = standIn();
  const late = buildResponse({ now: Date.now() - 600_000 }).base64;
  const error = await refused(exchangeRequest({ assertion: new Secret(late, "assertion") }));
  assert.deepEqual([error.code, error.exitCode], ["sts-ExpiredTokenException", 6]);
});
