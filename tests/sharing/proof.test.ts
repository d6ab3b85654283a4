import assert from "node:assert/strict";
import { Lines } from "../../src/sharing/lines.ts";
import { newKey, proveAsCaller, proveAsServer } from "../../src/sharing/proof.ts";

/** Two ends of one connection. */
async function withConnection(body: (caller: Lines, server: Lines) => Promise<void>) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [caller, server] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  const ends = [new Lines(caller), new Lines(server)] as const;
  try {
    await body(...ends);
  } finally {
    for (const end of ends) end.close();
  }
}

const KEY = newKey();

Deno.test("proof: who has the same key is known, each way", () =>
  withConnection(async (caller, server) => {
    assert.deepEqual(
      await Promise.all([proveAsCaller(caller, KEY), proveAsServer(server, KEY)]),
      [true, true],
    );
    caller.write("an order");
    assert.equal(await server.read(), "an order");
  }));

Deno.test("proof: a server without the key is none, and learns nothing of it", () =>
  withConnection(async (caller, server) => {
    const asCaller = proveAsCaller(caller, KEY);
    const asServer = proveAsServer(server, newKey());
    assert.equal(await asCaller, false);
    caller.close();
    assert.equal(await asServer, false);
  }));

/** What somebody may answer who has no key, from what the caller sent. */
const ANSWERS: Readonly<Record<string, (sent: Record<string, unknown>) => unknown>> = {
  "the same": (sent) => sent,
  "its nonce as a proof": ({ nonce }) => ({ nonce, proof: nonce }),
  "no proof": ({ nonce }) => ({ nonce }),
  "a proof that is none": ({ nonce }) => ({ nonce, proof: `${"A".repeat(43)}=` }),
  "a proof in another form": ({ nonce }) => ({ nonce, proof: [1, 2] }),
  "an answer of a server": () => ({ kind: "kept" }),
  "nothing": () => null,
};

for (const [what, answer] of Object.entries(ANSWERS)) {
  Deno.test(`proof: a server that answers ${what} is none`, () =>
    withConnection(async (caller, server) => {
      const proven = proveAsCaller(caller, KEY);
      const sent = await server.read();
      assert.ok(typeof sent === "object" && sent !== null);
      server.write(answer({ ...sent }));
      assert.equal(await proven, false);
    }));
}

// A proof of one end sent back to the other.
Deno.test("proof: a caller that sends back the server's proof is none", () =>
  withConnection(async (caller, server) => {
    const proven = proveAsServer(server, KEY);
    caller.write({ nonce: "n" });
    const answer = await caller.read();
    assert.ok(typeof answer === "object" && answer !== null && "proof" in answer);
    caller.write({ proof: answer.proof });
    assert.equal(await proven, false);
  }));

Deno.test("proof: a recorded proof is good for its own connection only", async () => {
  let recorded: unknown;
  await withConnection(async (caller, server) => {
    const proven = proveAsServer(server, KEY);
    const write = caller.write.bind(caller);
    caller.write = (value) => {
      recorded = value;
      return write(value);
    };
    assert.deepEqual(await Promise.all([proveAsCaller(caller, KEY), proven]), [true, true]);
  });
  assert.ok(typeof recorded === "object" && recorded !== null && "proof" in recorded);
  await withConnection(async (caller, server) => {
    const proven = proveAsServer(server, KEY);
    caller.write({ nonce: "n" });
    await caller.read();
    caller.write(recorded);
    assert.equal(await proven, false);
  });
});

Deno.test("proof: the key never travels, and no two are the same", async () => {
  await withConnection(async (caller, server) => {
    const sent: unknown[] = [];
    for (const end of [caller, server]) {
      const write = end.write.bind(end);
      end.write = (value) => {
        sent.push(value);
        return write(value);
      };
    }
    await Promise.all([proveAsCaller(caller, KEY), proveAsServer(server, KEY)]);
    assert.equal(sent.length, 3);
    assert.ok(!JSON.stringify(sent).includes(KEY.slice(0, 36)));
  });
  assert.equal(new Set(Array.from({ length: 100 }, newKey)).size, 100);
});

Deno.test("proof: a caller that says nothing of use is none", async () => {
  for (const said of [null, {}, { nonce: 1 }, "x".repeat(2000)]) {
    await withConnection(async (caller, server) => {
      caller.write(said);
      assert.equal(await proveAsServer(server, KEY), false, JSON.stringify(said).slice(0, 20));
    });
  }
});
