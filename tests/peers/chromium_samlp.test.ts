/** What samlp, Auth0's IdP library, signs and has Chromium post: it is read, picked from, and taken by STS. */

import assert from "node:assert/strict";
import { peersTest } from "../support/peers_together.ts";
import { assertTaken, atSamlp } from "../support/picker_scene.ts";
import type { SamlpVariant } from "../support/samlp.ts";

const VARIANTS: readonly (readonly [string, SamlpVariant, role: string])[] = [
  ["the assertion signed", {}, "Dev"],
  ["both signed, a prefix at the signature", {
    signResponse: true,
    signatureNamespacePrefix: "ds",
  }, "Admin"],
  ["the Response signed, values without types and formats", {
    signAssertion: false,
    signResponse: true,
    typedAttributes: false,
    includeAttributeNameFormat: false,
  }, "Support@eu"],
];
for (const [name, variant, role] of VARIANTS) {
  peersTest(["chromium"], `Chromium: a role of samlp's is picked, ${name}`, async () => {
    await using scene = await atSamlp(variant);
    const { chromium: { page } } = scene;
    await scene.toPicker(page);
    assert.equal(await page.textContent("h1"), "Choose a role");
    assert.match(await page.innerText(".who"), /sam@example\.com through urn:samlp\.example/);
    assert.deepEqual(await page.locator("button[name=role] .name").allInnerTexts(), [
      "Dev",
      "Support@eu",
      "team/platform/Admin",
    ]);
    await page.click(`button[name=role]:has-text("${role}")`);
    await assertTaken(scene, page, role);
  });
}
