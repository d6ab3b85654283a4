/** A browser that comes with the other scheme: what the person reads, once. */

import assert from "node:assert/strict";
import type { SignInEvent } from "../../src/sign_in/events.ts";
import { OtherScheme } from "../../src/sign_in/other_scheme.ts";

function other(origin: string) {
  const said: string[] = [];
  const watch = (event: SignInEvent) =>
    void ("message" in event && said.push(`${event.kind}: ${event.message}`));
  return { said, scheme: new OtherScheme(new URL(origin), watch) };
}

Deno.test("OtherScheme: https to a port of http is told once, with what each browser remembers", () => {
  const { said, scheme } = other("http://localhost:8090");
  assert.equal(scheme.clause, undefined);
  scheme.warn();
  const once = [...said];
  scheme.warn();
  assert.deepEqual(said, once);
  assert.equal(
    said[0],
    "warning: A browser tried https://localhost:8090, but this program listens on http://localhost:8090",
  );
  const notices = said.slice(1).join("\n");
  assert.match(notices, /^notice: .*HSTS/);
  for (const browser of ["Chrome, Edge", "Firefox", "Safari"]) assert.ok(notices.includes(browser));
  assert.match(said.at(-1) ?? "", /posts to https:.*must post to http:.*or use --tls-cert/);
  assert.match(scheme.clause ?? "", /^A browser came with https .* on http: remove HSTS/);
});

Deno.test("OtherScheme: http to a port of https has nothing to do with HSTS", () => {
  const { said, scheme } = other("https://localhost:8090");
  scheme.warn();
  assert.equal(said.length, 2);
  assert.doesNotMatch(said.join("\n"), /HSTS|--tls-cert/);
  assert.match(said[1] ?? "", /posts to http:.*must post to https:/);
  assert.match(scheme.clause ?? "", /^A browser came with http .* on https: use https everywhere/);
});
