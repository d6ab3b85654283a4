/** The browser extension in Firefox. */

import assert from "node:assert/strict";
import { startBrowser } from "../support/browser_tabs.ts";
import { hasOpenssl } from "../support/certificates.ts";
import { freePort } from "../support/driver.ts";
import {
  EXTENSION_CASES,
  type ExtensionCase,
  openStart,
  setPort,
} from "../support/extension_cases.ts";
import { arrives, FORM, setExtensionScene } from "../support/extension_scene.ts";
import { peerTest } from "../support/peers.ts";

const IN_FIREFOX: readonly ExtensionCase[] = [
  {
    // Firefox looks at form-action where the form is sent, and not again where that is redirected.
    name: "an IdP whose page has a form-action policy needs nothing",
    async run(scene) {
      await using listener = scene.listen();
      const tab = await openStart(scene, listener.start);
      await tab.goto(`${scene.idp}?policy`);
      await tab.click("#here");
      await arrives(tab, "Received");
      assert.deepEqual(listener.bodies, [FORM]);
      await tab.close();
    },
  },
];

if (hasOpenssl) {
  peerTest("firefox", "the extension in Firefox", async (path, t) => {
    const port = freePort();
    await using scene = setExtensionScene(port);
    await using browser = await startBrowser("firefox", { path, proxyPort: scene.aws.proxyPort });
    const inside = await browser.open(`${browser.extension}/options.html`);
    await setPort(inside, port);
    for (const { name, run } of [...EXTENSION_CASES, ...IN_FIREFOX]) {
      await t.step(name, () => run({ ...scene, browser, inside }));
    }
  });
}
