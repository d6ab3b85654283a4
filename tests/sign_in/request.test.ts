import assert from "node:assert/strict";
import { askerOf, chosenPair, sessionKey, settingsKey } from "../../src/sign_in/request.ts";
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

Deno.test("settingsKey: how the IdP is asked for a sign-in shapes it", () => {
  const sso = {
    url: new URL("https://idp.example/sso"),
    metadata: "/m.xml",
    binding: undefined,
    spEntityId: "urn:amazon:webservices",
    acsIndex: 1,
    forceAuthn: false,
  };
  const { ssoUrl, idpMetadata, spEntityId, acsIndex } = settingsKey(requestFake({ sso }));
  assert.deepEqual([ssoUrl, idpMetadata, spEntityId, acsIndex], [
    ...["https://idp.example/sso", "/m.xml", "urn:amazon:webservices", 1],
  ]);
});

Deno.test("chosenPair: the pair of a choice; nothing of a file that says something else", () => {
  const { role, provider } = pairOf("111122223333/Dev");
  const choice = { roleArn: role.text, providerArn: provider.text };
  assert.deepEqual(chosenPair(choice), { role, provider });
  assert.equal(chosenPair(undefined), undefined);
  assert.equal(chosenPair({ ...choice, roleArn: "arn:x" }), undefined);
});
