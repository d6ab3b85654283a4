/** The console from a kept session in Chromium, and what its page looks like while AWS is slow. */

import assert from "node:assert/strict";
import { startChromium } from "../support/chromium.ts";
import {
  assertNoSecret,
  consoleDriver,
  setConsoleStage,
  signInToConsole,
} from "../support/console_stage.ts";
import { eventually } from "../support/eventually.ts";
import { FORMS, pathOf, peersTest } from "../support/peers_together.ts";
import { takePictures } from "../support/picker_tab.ts";
import { pageResponse } from "../../src/sign_in/pages/page.ts";
import { consolePage } from "../../src/sign_in/pages/pages.ts";

for (const form of FORMS) {
  peersTest(
    ["chromium", ...form.needs],
    `Chromium: a kept session opens the console by --browser, ${form.name}`,
    async () => {
      await using scene = await setConsoleStage({ manyTokens: true });
      const { stage, federation, urls } = scene;
      const words = ["console", "--console-destination", "ec2", ...stage.args, ...urls];
      assert.equal((await signInToConsole(scene, words)).code, 0);

      await using chromium = await startChromium(pathOf("chromium"));
      const { page } = chromium;
      const browser = `${stage.home}/browser`;
      // Hands the address to the Chromium that is there already, as x-www-browser does.
      Deno.writeTextFileSync(browser, `#!/bin/sh\necho "$1" > '${stage.home}/address'\n`, {
        mode: 0o755,
      });
      await using driver = consoleDriver(scene, [...words, "--browser", browser], {
        program: form.program(),
      });
      const address = await eventually("the address", () => {
        const text = Deno.readTextFileSync(`${stage.home}/address`);
        return text.endsWith("\n") ? text.trim() : undefined;
      });
      const referrers: (string | undefined)[] = [];
      page.on("request", (request) => {
        if (request.url().startsWith(`${federation.url}/federation?`)) {
          referrers.push(request.headers()["referer"]);
        }
      });
      await page.goto(address);
      await page.waitForURL(`${federation.url}/ec2/home`);
      assert.equal(await page.textContent("#who"), stage.sts.handedOut[0]?.accessKeyId);
      assert.ok(referrers.length > 0 && referrers.every((it) => it === undefined));
      const { code, stdout, stderr } = await driver.ended;
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "");
      assertNoSecret(scene, stderr + address, "stderr or the address");
      assert.deepEqual([...federation.problems], []);
      assert.equal(stage.sts.calls.length, 1);

      // Back must not go through the sign-in again.
      await page.goBack().catch(() => {});
      assert.equal(federation.logins.length, 1);
    },
  );
}

peersTest(["chromium"], "Chromium: the page on the way to the console can be read", async () => {
  await using chromium = await startChromium(pathOf("chromium"));
  const { page } = chromium;
  // As it stands there while AWS takes its time: Playwright waits for where it goes on to otherwise.
  const stop = new AbortController();
  const options = { hostname: "127.0.0.1", port: 0, onListen() {}, signal: stop.signal };
  const server = Deno.serve(options, (request) => {
    const { pathname, origin } = new URL(request.url);
    const { refresh: _, ...still } = consolePage(`${origin}/there?a=${"x".repeat(900)}&b='"<`);
    return pathname === "/page" ? pageResponse(still) : new Response(pathname);
  });
  try {
    const faults: string[] = [];
    page.on("console", (message) => faults.push(message.text()));
    await page.goto(`http://localhost:${server.addr.port}/page`);
    assert.equal(await page.textContent("h1"), "Opening the AWS console");
    await takePictures(page, "console");
    await page.click("text=Continue to the AWS console");
    await page.waitForURL(/\/there\?a=x{900}&b=('|%27)%22%3C$/);
    assert.deepEqual(faults, []);
  } finally {
    // A browser's silent connections would keep a shutdown waiting.
    stop.abort();
    await server.finished;
  }
});
