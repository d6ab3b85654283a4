/** The userscript in Chromium, in the page's own world as Tampermonkey and Violentmonkey run it. */

import { startChromium } from "../support/chromium.ts";
import { hasOpenssl } from "../support/certificates.ts";
import { textIn } from "../support/browser_tabs.ts";
import { freePort } from "../support/driver.ts";
import { setExtensionScene } from "../support/extension_scene.ts";
import { peerTest } from "../support/peers.ts";
import {
  USERSCRIPT_CASES,
  userscriptFor,
  type UserscriptTab,
} from "../support/userscript_cases.ts";

if (hasOpenssl) {
  peerTest("chromium", "the userscript in Chromium", async (path, t) => {
    const port = freePort();
    await using scene = setExtensionScene(port);
    await using chromium = await startChromium(path, {
      flags: [
        `--proxy-server=http://127.0.0.1:${scene.aws.proxyPort}`,
        "--ignore-certificate-errors",
      ],
    });
    const { page } = chromium;
    await page.addInitScript(userscriptFor(port));
    const tab: UserscriptTab = {
      goto: async (url) => void await page.goto(url),
      click: (selector) => page.click(selector),
      press: (key) => page.keyboard.press(key),
      text: (selector) => textIn(page, selector),
      run: (code) => page.evaluate(code),
      url: () => Promise.resolve(page.url()),
    };
    for (const { name, run } of USERSCRIPT_CASES) await t.step(name, () => run({ ...scene, tab }));
  });
}
