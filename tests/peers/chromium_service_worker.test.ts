/**
 * Another program had the driver's port before, and has left a service worker in the browser: it would see
 * every assertion, and one that only passes requests on made every sign-in fail.
 */

import assert from "node:assert/strict";
import { startChromium } from "../support/chromium.ts";
import { startDriver } from "../support/driver.ts";
import { peerTest } from "../support/peers.ts";
import { startAddress } from "../support/sign_ins.ts";
import { setStage } from "../support/stage.ts";

const PAGE = `<!doctype html><title>Earlier</title><script>
navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready)
  .then(() => document.title = "Ready");
</script>`;

/** Passes everything on, where a hostile one would keep what is posted. */
const WORKER = `
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith(fetch(event.request)));
`;

peerTest(
  "chromium",
  "attack: a service worker that an earlier program left on the port stops no sign-in",
  async (path) => {
    await using stage = setStage();
    await using chromium = await startChromium(path, { whole: true });
    const { page, context } = chromium;
    const earlier = Deno.serve({
      hostname: "localhost",
      port: stage.port,
      onListen: () => {},
    }, (request) => {
      const isWorker = new URL(request.url).pathname === "/sw.js";
      const type = isWorker ? "text/javascript" : "text/html";
      return new Response(isWorker ? WORKER : PAGE, { headers: { "content-type": type } });
    });
    await page.goto(`http://localhost:${stage.port}/`);
    await page.waitForFunction("document.title === 'Ready'");
    assert.equal(context.serviceWorkers().length, 1, "the attack is in place");
    await earlier.shutdown();

    await using driver = startDriver(
      [...stage.args, "--start-url", stage.idp.startUrl, "--browser", "none"],
      { home: stage.home, env: stage.env },
    );
    await driver.waitFor("Waiting on");
    await page.goto(startAddress(driver));
    await page.fill("#user", "alice");
    await page.press("#user", "Enter");
    await page.waitForURL(/\/answer\//);
    assert.equal(await page.textContent("h1"), "Signed in to AWS");
    const { code, stderr } = await driver.ended;
    assert.equal(code, 0, stderr);
  },
);
