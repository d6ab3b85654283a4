import assert from "node:assert/strict";
import { Secret } from "../src/secret.ts";
import { assertSilent, printedForms } from "./support/checks.ts";
import { FIXTURE_SECRET_MARKER } from "./support/sts.ts";

const VALUE = `${FIXTURE_SECRET_MARKER}/+with=signs`;

Deno.test("Secret: reveal gives the value", () => {
  assert.equal(new Secret(VALUE, "session token").reveal(), VALUE);
});

Deno.test("Secret: nothing that prints it shows more than its label", () => {
  const secret = new Secret(VALUE, "session token");
  assertSilent(secret, [VALUE]);
  assertSilent({ deep: [{ secret }], map: new Map([["key", secret]]) }, [VALUE]);
  assertSilent(new Error("with a cause", { cause: secret }), [VALUE]);
  assert.equal(`${secret}`, "[session token]");
  assert.equal(JSON.stringify({ secret }), '{"secret":"[session token]"}');
  assert.equal(Deno.inspect({ secret }), "{ secret: [session token] }");
  assert.ok(!Deno.inspect(secret, { showHidden: true }).includes(VALUE));
});

Deno.test("Secret: it cannot be copied or enumerated out of its box", () => {
  const secret = new Secret(VALUE, "session token");
  assert.deepEqual(Object.entries({ ...secret }), []);
  assert.deepEqual(Reflect.ownKeys(secret), []);
  assertSilent(structuredClone({ secret }), [VALUE]);
});

Deno.test("assertSilent: it does find a secret, whole or cut", () => {
  assert.ok(printedForms({ token: VALUE }).some((form) => form.includes(VALUE)));
  assert.throws(() => assertSilent({ token: VALUE }));
  const long = "abcdefghijklmnopqrstuvwxyz0123456789".repeat(4);
  assert.throws(() => assertSilent(new Error(`cut: ${long.slice(40, 120)}`), [long]));
});
