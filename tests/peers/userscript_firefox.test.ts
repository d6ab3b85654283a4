/** The userscript in Firefox, beside the page as Greasemonkey runs it: as the script of an extension. */

import type { KeyInput } from "puppeteer-core";
import { textIn } from "../support/browser_tabs.ts";
import { hasOpenssl } from "../support/certificates.ts";
import { freePort, temporaryHome } from "../support/driver.ts";
import { setExtensionScene } from "../support/extension_scene.ts";
import { startFirefox } from "../support/firefox.ts";
import { peerTest } from "../support/peers.ts";
import {
  USERSCRIPT_CASES,
  userscriptFor,
  type UserscriptTab,
} from "../support/userscript_cases.ts";

/** As much of a userscript manager as one script needs. */
const MANIFEST = {
  manifest_version: 3,
  name: "userscript",
  version: "1.0.0",
  browser_specific_settings: { gecko: { id: "userscript@example.com" } },
  host_permissions: ["*://*/*"],
  content_scripts: [{ matches: ["*://*/*"], js: ["user.js"], run_at: "document_start" }],
};

if (hasOpenssl) {
  peerTest("firefox", "the userscript in Firefox, beside the page", async (path, t) => {
    const port = freePort();
    await using scene = setExtensionScene(port);
    using folder = temporaryHome();
    Deno.writeTextFileSync(`${folder.path}/manifest.json`, JSON.stringify(MANIFEST));
    Deno.writeTextFileSync(`${folder.path}/user.js`, userscriptFor(port));
    const { proxyPort } = scene.aws;
    await using firefox = await startFirefox(path, { extension: folder.path, proxyPort });
    const page = await firefox.browser.newPage();
    const tab: UserscriptTab = {
      goto: async (url) => void await page.goto(url),
      click: (selector) => page.click(selector),
      press: (key) => page.keyboard.press(key as KeyInput),
      text: (selector) => textIn(page, selector),
      run: (code) => page.evaluate(code),
      url: () => Promise.resolve(page.url()),
    };
    for (const { name, run } of USERSCRIPT_CASES) await t.step(name, () => run({ ...scene, tab }));
  });
}
