import assert from "node:assert/strict";
import { AcceptLoop } from "../../src/system/accept_loop.ts";
import { rawConnection } from "../support/raw_http.ts";

Deno.test("AcceptLoop: who is still sending when nothing more is taken has the answer", async () => {
  const acceptor = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const refused = Promise.withResolvers<void>();
  const answer = [new TextEncoder().encode("too large")];
  const loop = new AcceptLoop(acceptor, {
    connect: () =>
      Promise.resolve({
        async read(buffer) {
          await refused.promise;
          const next = answer.shift();
          if (next === undefined) return null;
          buffer.set(next);
          return next.length;
        },
        write() {
          refused.resolve();
          return Promise.reject(new Deno.errors.ConnectionReset());
        },
        closeWrite: () => Promise.resolve(),
        close: () => {},
      }),
    doorman: (all) => all.map(() => ({ admitted: true, uid: undefined })),
    onRefused: () => {},
    onLost: () => {},
  });
  using connection = await rawConnection(acceptor.addr.port, { text: "a request" });
  assert.equal(await connection.rest(), "too large");
  loop.cut();
  await loop.close();
});
