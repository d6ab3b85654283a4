/**
 * Another user of the machine at the port of a sign-in. The attacker is a real one: uid 65534, by setpriv,
 * which takes root; and bash, whose /dev/tcp needs nothing else.
 */

import assert from "node:assert/strict";
import { type Listener, listenOnLoopback } from "../../src/system/listen.ts";
import { freePort } from "../support/driver.ts";
import { asNobody, flood, NOBODY, whyNoOther } from "../support/nobody.ts";
import { portIsFree } from "../support/raw_http.ts";

const why = whyNoOther();

function attack(name: string, fn: (stage: Stage) => Promise<void>): void {
  Deno.test({
    name: `another user: ${name}${why === undefined ? "" : ` (${why})`}`,
    ignore: why !== undefined,
    fn: async () => {
      const port = freePort();
      const posted: string[] = [];
      const refused: (number | undefined)[] = [];
      const listener = await listenOnLoopback({
        port,
        handler: async (request) => {
          posted.push(await request.text());
          return new Response("page");
        },
        onRefused: (uid) => refused.push(uid),
      });
      try {
        await fn({ port, listener, posted, refused });
      } finally {
        await listener.close(0);
      }
      assert.ok(portIsFree(port));
    },
  });
}

interface Stage {
  readonly port: number;
  readonly listener: Listener;
  readonly posted: readonly string[];
  readonly refused: readonly (number | undefined)[];
}

/** Says something to the port as another user; what comes back. */
async function say(port: number, host = "127.0.0.1"): Promise<string> {
  const request =
    `POST /saml HTTP/1.1\\r\\nHost: localhost:${port}\\r\\nContent-Length: 5\\r\\n\\r\\nfalse`;
  const script = `exec 3<>/dev/tcp/${host}/${port}; printf '${request}' >&3; cat <&3`;
  const { stdout } = await asNobody(["bash", "-c", script]).output();
  return new TextDecoder().decode(stdout);
}

async function honestPost(port: number, host: string): Promise<string> {
  const response = await fetch(`http://${host}:${port}/saml`, { method: "POST", body: "true" });
  return await response.text();
}

for (const host of ["127.0.0.1", "::1"]) {
  attack(`a posted form is not read (${host})`, async ({ port, posted, refused }) => {
    assert.equal(await say(port, host), "");
    assert.deepEqual(posted, []);
    assert.deepEqual(refused, [NOBODY]);
  });
}

attack("1,100 connections do not free the port", async ({ port, posted }) => {
  await using _flood = await flood(port, 1100);
  for (const host of ["127.0.0.1", "[::1]"]) {
    assert.ok(!portIsFree(port));
    assert.equal(await honestPost(port, host), "page");
  }
  assert.deepEqual(posted, ["true", "true"]);
});

Deno.test("a flood of our own user's connections does not free the port, and an honest post is answered", async () => {
  const port = freePort();
  const listener = await listenOnLoopback({
    port,
    handler: async (request) => new Response(await request.text()),
  });
  const open: Deno.Conn[] = [];
  try {
    for (let count = 0; count < 400; count++) {
      open.push(await Deno.connect({ hostname: count % 2 ? "127.0.0.1" : "::1", port }));
    }
    assert.ok(!portIsFree(port));
    assert.equal(await honestPost(port, "127.0.0.1"), "true");
  } finally {
    for (const conn of open) conn.close();
    await listener.close(0);
  }
});
