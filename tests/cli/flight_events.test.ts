import assert from "node:assert/strict";
import { plainEvent, reviveEvent } from "../../src/cli/flight_events.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";
import { NOON } from "../support/fakes.ts";

const error = new UserError("assertion-expired", "It expired", {
  exitCode: ExitCode.BAD_ASSERTION,
  hint: "Sign in again",
});

const EVENTS: readonly SignInEvent[] = [
  {
    kind: "listening",
    acs: "http://localhost:8090/saml",
    start: "http://localhost:8090/start/x",
    opens: "xdg-open",
    startUrl: "https://idp.example/",
    until: NOON,
  },
  {
    kind: "listening",
    acs: "http://localhost:8090/saml",
    start: undefined,
    opens: undefined,
    startUrl: undefined,
    until: undefined,
  },
  { kind: "queued", port: 8090, holder: "role/Dev, process 7" },
  { kind: "browser-opened", by: "firefox" },
  { kind: "browser-failed", reason: "none" },
  { kind: "tunnel", hint: "ssh -L" },
  { kind: "asking", message: "Choose", until: NOON },
  { kind: "exchanging", role: "arn:aws:iam::111122223333:role/Dev", region: "us-east-1" },
  { kind: "notice", message: "n" },
  { kind: "warning", message: "w" },
  { kind: "detail", message: "d" },
];

const told = (event: SignInEvent): unknown => JSON.parse(JSON.stringify(plainEvent(event) ?? null));

for (const [index, event] of EVENTS.entries()) {
  Deno.test(`flight events: ${event.kind} (${index}) comes out as it went in`, () => {
    assert.deepEqual(reviveEvent(told(event)), event);
  });
}

Deno.test("flight events: a refusal keeps its words, and becomes an error again", () => {
  const revived = reviveEvent(told({ kind: "refused", error, until: NOON }));
  assert.ok(revived?.kind === "refused");
  assert.equal(revived.until, NOON);
  const { code, message, hint, exitCode } = revived.error;
  assert.deepEqual([code, message, hint, exitCode], [
    "assertion-expired",
    "It expired",
    "Sign in again",
    ExitCode.BAD_ASSERTION,
  ]);
});

Deno.test("flight events: what is no event is none", () => {
  for (const value of [undefined, null, 7, "x", [], {}, { kind: 7 }, { kind: "signed-in" }]) {
    assert.equal(reviveEvent(value), undefined, JSON.stringify(value));
  }
  assert.deepEqual(reviveEvent({ kind: "queued", port: "x" }), {
    kind: "queued",
    port: 0,
    holder: undefined,
  });
});
