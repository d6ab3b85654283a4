import assert from "node:assert/strict";
import {
  type EndpointAnswer,
  endpointHandler,
  endpointUrl,
  newToken,
} from "../../src/delivery/credentials_endpoint.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { RequestHead } from "../../src/system/program_listener.ts";
import { exchangedFake, FAKE_SECRETS } from "../support/fakes.ts";

const HOST = "127.0.0.1:49152";
const { credentials } = exchangedFake();

/** An endpoint, and how often it was asked for an answer. */
function endpoint(answer: EndpointAnswer = { kind: "credentials", credentials }) {
  const token = newToken();
  let asked = 0;
  const handle = endpointHandler({
    host: () => HOST,
    token,
    answer: () => Promise.resolve((asked++, answer)),
  });
  return { handle, token: token.reveal(), asked: () => asked };
}

interface Sent {
  readonly target?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const head = ({ target = "/credentials", method = "GET", headers = {} }: Sent): RequestHead => ({
  target,
  method,
  headers: new Map(Object.entries({ host: HOST, ...headers })),
});

Deno.test("endpointUrl: the URL of the path that is answered", () => {
  assert.equal(endpointUrl(HOST), `http://${HOST}/credentials`);
});

Deno.test("endpointHandler: what SDKs read of a container's credentials", async () => {
  const { handle, token } = endpoint();
  const { status, headers, body, last } = await handle(head({ headers: { authorization: token } }));
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers["cache-control"], "no-store");
  assert.ok(!last, "programs keep their connections");
  assert.deepEqual(JSON.parse(body), {
    AccessKeyId: "ASIAFAKE",
    SecretAccessKey: "fakeSecretAccessKey",
    Token: "fakeSessionToken",
    Expiration: "2026-11-23T13:00:00Z",
    AccountId: "111122223333",
  });
});

const ATTACKS: readonly (readonly [string, (token: string) => Sent])[] = [
  ["no token", () => ({})],
  ["another token", () => ({ headers: { authorization: newToken().reveal() } })],
  ["a token that begins right", (it) => ({ headers: { authorization: it.slice(0, -1) } })],
  ["a token with more behind it", (it) => ({ headers: { authorization: `${it}x` } })],
  ["a token that is sent twice", (it) => ({ headers: { authorization: `${it}, ${it}` } })],
  ["the token as a bearer's", (it) => ({ headers: { authorization: `Bearer ${it}` } })],
  ["the token in the URL", (it) => ({ target: `/credentials?token=${it}` })],
  ["DNS rebinding: another Host", (it) => ({
    headers: { authorization: it, host: "evil.example:49152" },
  })],
  ["localhost as Host", (it) => ({ headers: { authorization: it, host: "localhost:49152" } })],
  ["another port as Host", (it) => ({ headers: { authorization: it, host: "127.0.0.1:80" } })],
  ["a Host that is none", (it) => ({ headers: { authorization: it, host: "[" } })],
  ["another path", (it) => ({ target: "/", headers: { authorization: it } })],
  ["a path below", (it) => ({ target: "/credentials/x", headers: { authorization: it } })],
  ["a query", (it) => ({ target: "/credentials?x", headers: { authorization: it } })],
  ["a whole URL as a proxy gets it", (it) => ({
    target: endpointUrl(HOST),
    headers: { authorization: it },
  })],
  ...["POST", "PUT", "HEAD", "OPTIONS", "DELETE"].map((method) =>
    [method, (it: string) => ({ method, headers: { authorization: it } })] as const
  ),
];

for (const [what, sent] of ATTACKS) {
  Deno.test(`attack: the endpoint says nothing to ${what}`, async () => {
    const { handle, token, asked } = endpoint();
    const origin = { origin: "https://evil.example", "access-control-request-method": "GET" };
    const { headers, ...rest } = sent(token);
    const response = await handle(head({ ...rest, headers: { ...origin, ...headers } }));
    assert.equal(response.status, 404);
    assert.equal(response.body, "");
    assert.equal(response.last, true);
    assert.deepEqual(Object.keys(response.headers).filter((name) => /^access-/.test(name)), []);
    assert.equal(asked(), 0, "no sign-in is begun by a stranger");
  });
}

Deno.test("newToken: 256 bits, other ones each time, that nobody prints by accident", () => {
  const [one, other] = [newToken(), newToken()];
  assert.match(one.reveal(), /^[\w-]{43}$/);
  assert.notEqual(one.reveal(), other.reveal());
  assert.equal(String(one), "[endpoint token]");
});

const FAILURES: readonly (readonly [string, EndpointAnswer, number, string, string])[] = [
  [
    "a sign-in that is under way is a fault of the server, so that Go and Java ask again",
    { kind: "pending", message: "Sign in" },
    503,
    "sign-in-pending",
    "Sign in",
  ],
  [
    "a refusal is none, and has its hint on the same line",
    {
      kind: "refused",
      error: new UserError("no", "It failed", { exitCode: ExitCode.REFUSED, hint: "Do:\n  this" }),
    },
    400,
    "no",
    "It failed. Do: this",
  ],
];

for (const [title, answer, status, code, message] of FAILURES) {
  Deno.test(`endpointHandler: ${title}`, async () => {
    const { handle, token } = endpoint(answer);
    const response = await handle(head({ headers: { authorization: token } }));
    assert.equal(response.status, status);
    assert.equal(response.last, true);
    const text = response.body;
    assert.deepEqual(JSON.parse(text), { code, message, Code: code, Message: message });
    for (const secret of FAKE_SECRETS) assert.ok(!text.includes(secret));
  });
}
