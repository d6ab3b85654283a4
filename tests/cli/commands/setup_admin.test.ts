import assert from "node:assert/strict";
import { requestToAdministrator, signInOrAsk } from "../../../src/cli/commands/setup.ts";
import { linesOf } from "../../../src/cli/event_lines.ts";
import { ExitCode, UserError } from "../../../src/errors.ts";
import type { SignInEvent, Watch } from "../../../src/sign_in/events.ts";
import { requestFake } from "../../support/fakes.ts";
import { pairOf } from "../../support/offers.ts";

const UNKNOWN = requestFake({ role: undefined, provider: undefined });
const GOV = pairOf("aws-us-gov:111122223333/Dev");

/** The statement in a request, and the rest of it. */
function partsOf(text: string) {
  const at = text.indexOf("\n{");
  return { text: text.slice(0, at), statement: JSON.parse(text.slice(at)) };
}

Deno.test("requestToAdministrator: names the address, and what is not known in capitals", () => {
  const { text, statement } = partsOf(requestToAdministrator(UNKNOWN));
  assert.match(text, /\n {3}http:\/\/localhost:8090\/saml\n/);
  assert.match(text, /^ {3}and send me its sign-on URL .*--sso-url/m);
  assert.match(text, /trust policy of the IAM role that I use:$/);
  assert.deepEqual(statement, {
    Effect: "Allow",
    Principal: { Federated: "arn:aws:iam::ACCOUNT:saml-provider/PROVIDER" },
    Action: "sts:AssumeRoleWithSAML",
    Condition: { StringEquals: { "SAML:aud": "http://localhost:8090/saml" } },
  });
});

Deno.test("requestToAdministrator: has the ARNs as far as they are known", () => {
  const role = partsOf(requestToAdministrator({ ...UNKNOWN, role: GOV.role }));
  assert.ok(role.text.endsWith(`trust policy of ${GOV.role.text}:`), role.text);
  assert.equal(
    role.statement.Principal.Federated,
    "arn:aws-us-gov:iam::111122223333:saml-provider/PROVIDER",
  );
  const provider = partsOf(requestToAdministrator({ ...UNKNOWN, provider: GOV.provider }));
  assert.equal(provider.statement.Principal.Federated, GOV.provider.text);
});

Deno.test("requestToAdministrator: has the port and the scheme that are listened on", () => {
  const tls = { cert: "", key: "" };
  const { text, statement } = partsOf(requestToAdministrator({ ...UNKNOWN, port: 8443, tls }));
  assert.match(text, /\n {3}https:\/\/localhost:8443\/saml\n/);
  assert.equal(statement.Condition.StringEquals["SAML:aud"], "https://localhost:8443/saml");
});

const LISTENING: SignInEvent = {
  kind: "listening",
  acs: "http://localhost:8090/saml",
  start: undefined,
  opens: undefined,
  startUrl: undefined,
  until: undefined,
};
const LISTENING_IN_SETUP: SignInEvent = {
  ...LISTENING,
  ifConsole: "press Ctrl-C: setup then shows what to ask your administrator for",
};
const error = (code: string, exitCode: ExitCode = ExitCode.NO_ASSERTION) =>
  new UserError(code, `It ended by ${code}`, { exitCode, hint: "the wait's own" });
const refused: SignInEvent = { kind: "refused", error: error("x"), until: undefined };
const asking: SignInEvent = { kind: "asking", message: "Which?", until: 0 };
const exchanging: SignInEvent = { kind: "exchanging", role: "r", region: "us-east-1" };
const opened: SignInEvent = { kind: "browser-opened", by: "xdg-open" };

const ENDS: readonly {
  readonly name: string;
  readonly events: readonly SignInEvent[];
  readonly thrown: unknown;
  readonly asks: boolean;
}[] = [
  {
    name: "the time is up",
    events: [LISTENING, opened],
    thrown: error("no-assertion"),
    asks: true,
  },
  {
    name: "Ctrl-C",
    events: [LISTENING],
    thrown: error("interrupted", ExitCode.INTERRUPTED),
    asks: true,
  },
  {
    name: "Ctrl-C before the port is ours",
    events: [],
    thrown: error("interrupted"),
    asks: false,
  },
  {
    name: "SIGTERM",
    events: [LISTENING],
    thrown: error("terminated", ExitCode.TERMINATED),
    asks: false,
  },
  { name: "a fault", events: [LISTENING], thrown: new TypeError("x"), asks: false },
  ...[refused, asking, exchanging].map((event) => ({
    name: `Ctrl-C after ${event.kind}`,
    events: [LISTENING, event],
    thrown: error("interrupted"),
    asks: false,
  })),
];

for (const { name, events, thrown, asks } of ENDS) {
  Deno.test(`signInOrAsk: ${name} ${asks ? "says" : "does not say"} what to ask for`, async () => {
    const seen: SignInEvent[] = [];
    const signIn = (watch: Watch) => {
      for (const event of events) watch(event);
      return Promise.reject(thrown);
    };
    const ended: unknown = await signInOrAsk(UNKNOWN, (event) => seen.push(event), signIn)
      .catch((error) => error);
    const wanted = events.map((event) => event === LISTENING ? LISTENING_IN_SETUP : event);
    assert.deepEqual(seen, wanted);
    if (!asks) return assert.equal(ended, thrown);
    assert.ok(ended instanceof UserError && thrown instanceof UserError);
    assert.deepEqual([ended.code, ended.exitCode], [thrown.code, thrown.exitCode]);
    assert.equal(ended.message, thrown.message);
    const asking = requestToAdministrator(UNKNOWN);
    const warning = "\n\nDo not finish the sign-in in the browser: another program may receive it.";
    assert.equal(ended.hint, asking + warning);
  });
}

// The terminal said in its own words, too, what it means when the console opens.
Deno.test("signInOrAsk: the terminal says once, in setup's words, what the AWS console means", async () => {
  const seen: SignInEvent[] = [];
  await signInOrAsk(UNKNOWN, (event) => seen.push(event), (watch) => {
    for (const event of [opened, LISTENING, opened]) watch(event);
    return Promise.resolve();
  });
  const lines = seen.flatMap((event) => linesOf(event, 0)).map(({ text }) => text);
  assert.deepEqual(lines.filter((line) => line.includes("AWS console")), [
    "If the AWS console opens instead, press Ctrl-C: setup then shows what to ask your administrator for",
  ]);
});
