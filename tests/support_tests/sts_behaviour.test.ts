import assert from "node:assert/strict";
import { buildResponse, DEFAULT_PROVIDER, DEFAULT_ROLE } from "../support/saml_response.ts";
import { type Behaviour, FIXTURE_SECRET_MARKER, policyArns, startSts } from "../support/sts.ts";
import { childNamed, parseXml } from "../support/xml_tree.ts";
import { call, NAMESPACE, NOW } from "./sts_call.ts";

Deno.test("startSts: an assertion in the URL, or as JSON, is not seen", async () => {
  await using sts = startSts();
  const { base64 } = buildResponse();
  const query = new URLSearchParams({ Action: "AssumeRoleWithSAML", SAMLAssertion: base64 });
  for (
    const [url, init] of [
      [`${sts.url}/?${query}`, { method: "POST" }],
      [`${sts.url}/?${query}`, {}],
      [sts.url, {
        method: "POST",
        body: JSON.stringify(Object.fromEntries(query)),
        headers: { "content-type": "application/json" },
      }],
    ] as const
  ) {
    const response = await fetch(url, init);
    assert.match(await response.text(), /InvalidAction/);
  }
});

Deno.test("startSts records calls, their outcome and how many came at once", async () => {
  await using sts = startSts({ delayMs: 50 });
  const { base64 } = buildResponse();
  const arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
  await Promise.all([
    call(sts.url, { SAMLAssertion: base64, "PolicyArns.member.1.arn": arn }),
    call(sts.url, { SAMLAssertion: base64, DurationSeconds: "7200" }),
    call(sts.url, { SAMLAssertion: base64 }),
  ]);
  assert.equal(sts.highWater, 3);
  assert.deepEqual(sts.calls.map((it) => it.outcome).sort(), [
    "ValidationError",
    "granted",
    "granted",
  ]);
  assert.deepEqual(sts.calls.flatMap((it) => policyArns(it.parameters)), [arn]);
  assert.equal(sts.handedOut.length, 2);
  assert.ok(sts.calls.every((it) => it.parameters.get("SAMLAssertion") === base64));
});

Deno.test("startSts answers GetCallerIdentity for what it handed out, until it ends", async () => {
  let now = NOW;
  await using sts = startSts({ clock: () => now });
  await call(sts.url, { SAMLAssertion: buildResponse({ now }).base64 });
  const [made] = sts.handedOut;
  assert.ok(made);
  const whoAmI = async (accessKeyId: string, token: string) => {
    const response = await fetch(sts.url, {
      method: "POST",
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261123/us-east-1/sts/` +
          `aws4_request, SignedHeaders=host, Signature=0`,
        "x-amz-security-token": token,
      },
      body: new URLSearchParams({ Action: "GetCallerIdentity", Version: "2011-06-15" }),
    });
    return [response.status, parseXml(await response.text())] as const;
  };
  const [status, root] = await whoAmI(made.accessKeyId, made.sessionToken);
  assert.equal(status, 200);
  const result = childNamed(root, { uri: NAMESPACE, local: "GetCallerIdentityResult" });
  assert.deepEqual(result?.children.map((it) => it.text), [made.arn, made.userId, "111122223333"]);
  assert.equal((await whoAmI(made.accessKeyId, "another"))[0], 403);
  assert.equal((await whoAmI("ASIAOTHER", made.sessionToken))[0], 403);
  now = made.expiration;
  assert.equal((await whoAmI(made.accessKeyId, made.sessionToken))[0], 403);
});

async function misbehaving(
  behaviour: Behaviour,
  patienceMs = 20_000,
): Promise<readonly [number, string]> {
  await using sts = startSts({ behaviours: [behaviour] });
  const response = await fetch(sts.url, {
    method: "POST",
    redirect: "manual",
    signal: AbortSignal.timeout(patienceMs),
    body: new URLSearchParams({
      Action: "AssumeRoleWithSAML",
      Version: "2011-06-15",
      RoleArn: DEFAULT_ROLE,
      PrincipalArn: DEFAULT_PROVIDER,
      SAMLAssertion: buildResponse().base64,
    }),
  });
  return [response.status, await response.text()];
}

Deno.test("startSts misbehaves as it is told", async () => {
  assert.match((await misbehaving({ kind: "error", code: "Throttling" }))[1], /Rate exceeded/);
  const [status, text] = await misbehaving({
    kind: "error",
    code: "InternalFailure",
    message: "a<b",
  });
  assert.equal(status, 500);
  assert.match(text, /<Type>Receiver<\/Type>[^]*<Message>a&#60;b</);
  assert.deepEqual(await misbehaving({ kind: "answer", status: 403, body: "no" }), [403, "no"]);
  assert.match((await misbehaving({ kind: "captive-portal" }))[1], /^<!doctype html>/);
  assert.equal((await misbehaving({ kind: "redirect", location: "/x" }))[0], 302);
  await assert.rejects(misbehaving({ kind: "hang" }, 300), { name: "TimeoutError" });
  await assert.rejects(misbehaving({ kind: "close" }), TypeError);
  await assert.rejects(misbehaving({ kind: "truncate" }), TypeError);
  assert.equal((await misbehaving({ kind: "delay", ms: 50 }))[0], 200);
  await assert.rejects(misbehaving({ kind: "delay", ms: 60_000 }, 300), { name: "TimeoutError" });
});

Deno.test("startSts is honest again after so many misbehaviours", async () => {
  await using sts = startSts({
    behaviours: [{ kind: "error", code: "ServiceUnavailable", times: 2 }],
  });
  const statuses = [];
  const SAMLAssertion = buildResponse().base64;
  for (let i = 0; i < 3; i++) statuses.push((await call(sts.url, { SAMLAssertion })).status);
  assert.deepEqual(statuses, [503, 503, 200]);
  sts.behave({ kind: "error", code: "Throttling", times: Infinity });
  assert.equal((await call(sts.url, { SAMLAssertion })).status, 400);
  assert.equal((await call(sts.url, { SAMLAssertion })).status, 400);
  sts.behaveWell();
  assert.equal((await call(sts.url, { SAMLAssertion })).status, 200);
});

Deno.test("startSts: what it tells has no secret in it", async () => {
  const told: string[] = [];
  await using sts = startSts({ onEvent: (text) => told.push(text) });
  const { base64 } = buildResponse();
  await call(sts.url, { SAMLAssertion: base64 });
  await call(sts.url, { SAMLAssertion: base64, DurationSeconds: "7200" });
  assert.equal(told.length, 2);
  assert.match(told.join("\n"), /^STS grants arn:.*\nSTS refuses: ValidationError: The requested/);
  assert.ok(!told.join().includes(FIXTURE_SECRET_MARKER) && !told.join().includes(base64));
});

Deno.test("startSts closes while connections are silent, half sent, or wait", async () => {
  const sts = startSts({ behaviours: [{ kind: "hang" }] });
  const silent = await Deno.connect({ hostname: "127.0.0.1", port: sts.port });
  const half = await Deno.connect({ hostname: "127.0.0.1", port: sts.port });
  await half.write(new TextEncoder().encode("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"));
  const waiting = fetch(sts.url, { method: "POST", body: "x" });
  while (sts.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const gone = assert.rejects(waiting, TypeError);
  await sts.close();
  await gone;
  silent.close();
  half.close();
});
