import assert from "node:assert/strict";
import { ListenerWarnings } from "../../src/sign_in/listener_warnings.ts";
import type { SignInEvent } from "../../src/sign_in/events.ts";

function listening(origin = "http://localhost:8090") {
  const said: string[] = [];
  const watch = (event: SignInEvent) =>
    void ("message" in event && said.push(`${event.kind}: ${event.message}`));
  return { said, warnings: new ListenerWarnings(new URL(origin), watch) };
}

Deno.test("ListenerWarnings: another user is told once each, a connection without one never", () => {
  const { said, warnings } = listening();
  for (const uid of [1001, undefined, 1001, 0]) warnings.onRefused(uid);
  assert.deepEqual(
    said,
    [1001, 0].map((uid) =>
      `warning: Refused a connection from another user of this computer (uid ${uid})`
    ),
  );
});

Deno.test("ListenerWarnings: a certificate that a browser does not trust is told once, with what helps", () => {
  const { said, warnings } = listening();
  warnings.onUntrusted();
  warnings.onUntrusted();
  assert.equal(said.length, 3);
  assert.equal(said[0], "warning: A browser does not trust the certificate of --tls-cert");
  assert.match(said.join(" "), /mkcert -install.*sign in again$/);
});

Deno.test("ListenerWarnings: https to a port of http is told once, with what each browser remembers", () => {
  const { said, warnings } = listening("http://localhost:8090");
  assert.equal(warnings.clause, undefined);
  warnings.onOtherScheme();
  const once = [...said];
  warnings.onOtherScheme();
  assert.deepEqual(said, once);
  assert.equal(
    said[0],
    "warning: A browser tried https://localhost:8090, but this program listens on http://localhost:8090",
  );
  const notices = said.slice(1).join("\n");
  assert.match(notices, /^notice: .*HSTS/);
  for (const browser of ["Chrome, Edge", "Firefox", "Safari"]) assert.ok(notices.includes(browser));
  assert.match(said.at(-1) ?? "", /posts to https:.*must post to http:.*or use --tls-cert/);
  assert.match(warnings.clause ?? "", /^A browser came with https .* on http: remove HSTS/);
});

Deno.test("ListenerWarnings: http to a port of https has nothing to do with HSTS", () => {
  const { said, warnings } = listening("https://localhost:8090");
  warnings.onOtherScheme();
  assert.equal(said.length, 2);
  assert.doesNotMatch(said.join("\n"), /HSTS|--tls-cert/);
  assert.match(said[1] ?? "", /posts to http:.*must post to https:/);
  assert.match(
    warnings.clause ?? "",
    /^A browser came with http .* on https: use https everywhere/,
  );
});
