import assert from "node:assert/strict";
import { askerOf, sessionKey, settingsKey } from "../../src/sign_in/request.ts";
import { requestFake } from "../support/fakes.ts";
import { pairOf } from "../support/offers.ts";

Deno.test("askerOf: the one that asks, or how many do", () => {
  const [dev, ops] = [{ asker: "profile `dev`" }, { asker: "profile `ops`" }];
  assert.equal(askerOf([dev]), "profile `dev`");
  assert.equal(askerOf([dev, dev, dev]), "profile `dev`");
  assert.equal(askerOf([dev, ops, dev]), "3 commands");
  assert.equal(askerOf([{ asker: undefined }]), undefined);
  assert.equal(askerOf([]), undefined);
});

Deno.test("sessionKey, settingsKey: what a sign-in is for shapes neither session nor choice", () => {
  const [one, other] = ["profile `dev`", "`env` in your terminal"].map((asker) =>
    requestFake({ asker })
  );
  assert.ok(one !== undefined && other !== undefined);
  assert.deepEqual(settingsKey(one), settingsKey(other));
  const pair = pairOf("111122223333/Dev");
  assert.deepEqual(sessionKey(one, pair), sessionKey(other, pair));
});
