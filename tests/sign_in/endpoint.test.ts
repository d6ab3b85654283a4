/** Another STS than AWS's: the person reads where the assertion goes, and where it went. */

import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import { showingEndpoint, withEndpoint } from "../../src/sign_in/endpoint.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";

const OTHER = { endpoint: "https://sts.corp.example/path", endpointFrom: "AWS_ENDPOINT_URL_STS" };
const WHERE = "https://sts.corp.example (AWS_ENDPOINT_URL_STS)";
const AWS = { endpoint: "https://sts.eu-west-1.amazonaws.com" };

const PASTING: SignInEvent = {
  kind: "pasting",
  from: "stdin",
  startUrl: undefined,
  opens: undefined,
  until: undefined,
};

Deno.test("showingEndpoint: only another STS is shown, and only before the sign-in", () => {
  const events: SignInEvent[] = [];
  const watch = (event: SignInEvent) => void events.push(event);
  for (const request of [{ endpoint: undefined }, AWS]) {
    assert.equal(showingEndpoint(watch, request), watch);
  }
  const showing = showingEndpoint(watch, OTHER);
  const notice: SignInEvent = { kind: "notice", message: "x" };
  showing(PASTING);
  showing(notice);
  showingEndpoint(watch, { endpoint: "https://sts.corp.example" })(PASTING);
  assert.deepEqual(events, [
    { ...PASTING, endpoint: WHERE },
    notice,
    { ...PASTING, endpoint: "https://sts.corp.example" },
  ]);
});

Deno.test("withEndpoint: errors of another STS say where it was asked, errors of this machine do not", () => {
  const error = (exitCode: ExitCode, hint?: string) =>
    new UserError("x", "It failed", { exitCode, ...(hint !== undefined && { hint }) });
  for (const exitCode of [ExitCode.REFUSED, ExitCode.UNREACHABLE]) {
    assert.equal(withEndpoint(error(exitCode), OTHER).hint, `STS was asked at ${WHERE}.`);
    const both = withEndpoint(error(exitCode, "Try."), OTHER);
    assert.equal(both.hint, `Try.\nSTS was asked at ${WHERE}.`);
    assert.equal(both.exitCode, exitCode);
    assert.equal(withEndpoint(error(exitCode, "Try."), AWS).hint, "Try.");
  }
  assert.equal(withEndpoint(error(ExitCode.FILE, "Try."), OTHER).hint, "Try.");
});
