/** What a listener warns of, each once. */

import assert from "node:assert/strict";
import { listenerWarnings } from "../../src/sign_in/listener_warnings.ts";

function listening() {
  const said: string[] = [];
  const warnings = listenerWarnings((event) =>
    void ("message" in event && said.push(`${event.kind}: ${event.message}`))
  );
  return { said, ...warnings };
}

Deno.test("listenerWarnings: another user is told once each, a connection without one never", () => {
  const { said, onRefused } = listening();
  for (const uid of [1001, undefined, 1001, 0]) onRefused(uid);
  assert.deepEqual(
    said,
    [1001, 0].map((uid) =>
      `warning: Refused a connection from another user of this computer (uid ${uid})`
    ),
  );
});

Deno.test("listenerWarnings: a certificate that a browser does not trust is told once, with what helps", () => {
  const { said, onUntrusted } = listening();
  onUntrusted();
  onUntrusted();
  assert.equal(said.length, 3);
  assert.equal(said[0], "warning: A browser does not trust the certificate of --tls-cert");
  assert.match(said.join(" "), /mkcert -install.*sign in again$/);
});
