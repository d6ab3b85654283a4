/** The browser extension in Chromium. */

import assert from "node:assert/strict";
import { startBrowser } from "../support/browser_tabs.ts";
import { freePort } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import {
  disarmed,
  EXTENSION_CASES,
  type ExtensionCase,
  openStart,
  type Scene,
  setPort,
} from "../support/extension_cases.ts";
import { arrives, FORM, setExtensionScene } from "../support/extension_scene.ts";
import { hasOpenssl } from "../support/certificates.ts";
import { peerTest } from "../support/peers.ts";

/** Submits a form with a field called "submit", as IdPs have whose button is called that. */
const NAMED_SUBMIT = `const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name: "submit", value: "Go" });
  document.forms[0].append(input);
  HTMLFormElement.prototype.submit.call(document.forms[0])`;

/** Signs in at an IdP whose policy does not name the driver. */
async function signInUnderPolicy(scene: Scene, start: string, by = "document.forms[0].submit()") {
  const tab = await openStart(scene, start);
  await tab.goto(`${scene.idp}?policy&by=${encodeURIComponent(by)}`);
  await tab.click("#here");
  return tab;
}

/** Chromium gives an extension the fields of a form in an order of its own. */
function fieldsOf(form: string) {
  return Object.fromEntries(new URLSearchParams(form));
}

const IN_CHROMIUM: readonly ExtensionCase[] = [
  {
    name:
      "the background script was stopped: the tab stays armed, is disarmed after its sign-in, or with its driver",
    async run(scene) {
      await using listener = scene.listen();
      const tab = await openStart(scene, listener.start);
      await scene.browser.stopBackground?.();
      await tab.click("#here");
      await arrives(tab, "Received");
      assert.deepEqual(listener.bodies, [FORM]);
      await disarmed(scene);
      await tab.goto(listener.start);
      await arrives(tab, "Identity provider");
      await scene.browser.stopBackground?.();
      await listener[Symbol.asyncDispose]();
      // Any event wakes it; an alarm does at the latest.
      await tab.goto(scene.idp);
      await disarmed(scene);
      await tab.close();
    },
  },
  {
    name: "an IdP whose page has a form-action policy: it is said, and sent on when asked",
    async run(scene) {
      const before = scene.aws.posts.length;
      await using listener = scene.listen();
      const tab = await signInUnderPolicy(scene, listener.start);
      await arrives(tab, "Send this sign-in to your terminal?");
      await eventually("the IdP's name", async () => await tab.text("#idp") || undefined);
      assert.equal(await tab.text("#idp"), "127.0.0.1");
      assert.equal(await tab.text("#driver"), new URL(listener.start).host);
      assert.deepEqual(listener.bodies, []);
      await tab.click("#sending .primary");
      await arrives(tab, "Received");
      assert.deepEqual(listener.bodies.map(fieldsOf), [fieldsOf(FORM)]);
      await disarmed(scene);

      const second = await signInUnderPolicy(scene, listener.start, NAMED_SUBMIT);
      await arrives(second, "Send this sign-in to your terminal?");
      await second.click("#always");
      await second.click("#sending .primary");
      await arrives(second, "Received");
      const third = await signInUnderPolicy(scene, listener.start, NAMED_SUBMIT);
      await arrives(third, "Received");
      const fields = fieldsOf(`${FORM}&submit=Go`);
      assert.deepEqual(listener.bodies.slice(1).map(fieldsOf), [fields, fields]);
      assert.equal(scene.aws.posts.length, before);
      const options = await scene.browser.open(`${scene.browser.extension}/options.html`);
      await eventually("the host", async () => await options.text("#hosts li") || undefined);
      await options.click("#hosts button");
      const asked = await signInUnderPolicy(scene, listener.start);
      await arrives(asked, "Send this sign-in to your terminal?");
      await Promise.all([tab, second, third, asked, options].map((each) => each.close()));
    },
  },
];

if (hasOpenssl) {
  peerTest("chromium", "the extension in Chromium", async (path, t) => {
    const port = freePort();
    await using scene = setExtensionScene(port);
    await using browser = await startBrowser("chromium", {
      path,
      proxyPort: scene.aws.proxyPort,
    });
    const inside = await browser.open(`${browser.extension}/options.html`);
    await setPort(inside, port);
    for (const { name, run } of [...EXTENSION_CASES, ...IN_CHROMIUM]) {
      await t.step(name, () => run({ ...scene, browser, inside }));
    }
  });
}
