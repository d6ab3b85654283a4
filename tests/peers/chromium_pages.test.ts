/**
 * The listener's pages in Chromium, and what IdPs do differently, with the IdP stand-in. The screenshots in
 * `build/screenshots` are for people to look at.
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { type Chromium, startChromium } from "../support/chromium.ts";
import { type Driver, startDriver } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import type { IdpOptions } from "../support/idp.ts";
import { serveLoopback } from "../support/loopback_http.ts";
import { peerTest } from "../support/peers.ts";
import { takePictures } from "../support/picker_tab.ts";
import { setStage, type Stage, type StageOptions } from "../support/stage.ts";

interface Scene extends AsyncDisposable {
  readonly stage: Stage;
  readonly driver: Driver;
  readonly chromium: Chromium;
}

async function setScene(chromiumPath: string, options: StageOptions = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(setStage(options));
  const driver = stack.use(startDriver(
    [...stage.args, "--issuer", stage.idp.startUrl, "--browser", "none"],
    { home: stage.home, env: stage.env },
  ));
  const chromium = stack.use(await startChromium(chromiumPath));
  await driver.waitFor("Waiting on");
  const rest = stack.move();
  return { stage, driver, chromium, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** Types a name into the stand-in's form; its answer brings the browser to the driver. */
async function signIn(page: Page, { stage }: Scene, user: string): Promise<void> {
  await page.goto(stage.idp.startUrl);
  await page.fill("#user", user);
  await page.press("#user", "Enter");
  await page.waitForURL(/\/answer\//);
}

peerTest(
  "chromium",
  "Chromium: the pages can be read in light, in dark and on a phone",
  async (path) => {
    await using scene = await setScene(path);
    const { stage, chromium: { page }, driver } = scene;
    const origin = new URL(stage.acsUrl).origin;
    const faults: string[] = [];
    page.on("console", (message) => {
      const text = message.text();
      // The status of a page that says what is wrong is an error, and Chromium says so too.
      const isStatus = text.includes("the server responded with a status of 4");
      // What an earlier program on this port has left in the browser is removed.
      const isClearing = text.startsWith("Clear-Site-Data header on ") && text.includes("Cleared");
      if (!isStatus && !isClearing) faults.push(text);
    });
    await page.goto(`${origin}/`);
    await takePictures(page, "waiting");
    await page.goto(`${origin}/nothing`);
    await takePictures(page, "stray");
    await signIn(page, scene, "dave");
    assert.match(await page.innerText("main"), /has no roles\. .* assign you a role/);
    await takePictures(page, "trouble");
    await signIn(page, scene, "carol");
    assert.match(await page.innerText("main"), /Your command is still waiting\.\s+Sign in again/);
    await takePictures(page, "trouble-many-roles");
    await signIn(page, scene, "alice");
    assert.equal(await page.textContent("h1"), "Signed in to AWS");
    await takePictures(page, "success");
    assert.equal((await driver.ended).code, 0);
    assert.deepEqual(faults, [], "Chromium refused a part of our own pages");
  },
);

peerTest(
  "chromium",
  "Chromium: what STS refuses is told in the tab as in the terminal",
  async (path) => {
    await using scene = await setScene(path, {
      sts: { behaviours: [{ kind: "error", code: "AccessDenied" }] },
    });
    const { chromium: { page }, driver } = scene;
    await signIn(page, scene, "alice");
    assert.equal(await page.textContent("h1"), "AWS denied access to that role");
    const parts = await page.locator(".detail, .hint, pre").allTextContents();
    await takePictures(page, "refused");
    const { code, stdout, stderr } = await driver.ended;
    assert.equal(code, 6);
    assert.equal(stdout, "");
    // Lines are broken elsewhere.
    const words = (text: string) => text.replace(/\s+/g, " ");
    const said = words(stderr).split("stssamldriver: ")[1] ?? "";
    assert.equal(parts.length, 3);
    for (const part of parts) assert.ok(said.includes(words(part).trim()), part);
  },
);

const IDPS: readonly { readonly what: string; readonly idp: IdpOptions }[] = [
  { what: "form-action that allows the driver", idp: { formAction: ["http://localhost:*"] } },
  { what: "base64 in lines of 76", idp: { wrapBase64: true } },
  { what: "an empty RelayState", idp: { relayState: "" } },
  { what: "a RelayState before it", idp: { relayState: "/a?b=c&d", relayStateFirst: true } },
  { what: "a RelayState behind it", idp: { relayState: `"<\u00e4>&amp; +%` } },
  { what: "a button instead of a script", idp: { autoPost: false } },
];
peerTest(
  "chromium",
  "Chromium: an assertion arrives however the IdP's page posts it",
  async (path, t) => {
    for (const { what, idp } of IDPS) {
      await t.step(what, async () => {
        await using scene = await setScene(path, { idp });
        const { stage, chromium: { page }, driver } = scene;
        await page.goto(driver.said().match(/^Sign in at (\S+)$/m)?.[1] ?? "");
        await page.fill("#user", "alice");
        await page.press("#user", "Enter");
        if (idp.autoPost === false) await page.click("text=Continue");
        await page.waitForURL(/\/answer\//);
        assert.equal(await page.textContent("h1"), "Signed in to AWS");
        const { code, stdout, stderr } = await driver.ended;
        assert.equal(code, 0, stderr);
        assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut[0]?.accessKeyId);
      });
    }
  },
);

peerTest("chromium", "Chromium: a page of another site cannot frame ours", async (path) => {
  await using scene = await setScene(path);
  const { stage, chromium: { page } } = scene;
  const origin = new URL(stage.acsUrl).origin;
  await using foreign = serveLoopback(() => ({
    status: 200,
    headers: { "Content-Type": "text/html" },
    body: `<!doctype html><iframe src="${origin}/"></iframe>`,
  }));
  const refused = page.waitForEvent("console", (message) => /frame/i.test(message.text()));
  await page.goto(foreign.url);
  assert.match((await refused).text(), new RegExp(`${origin}.*frame-ancestors 'none'`));
  const frame = await eventually("the frame", () => page.frames()[1]);
  const text = await eventually("its error page", async () => await frame.innerText("body"));
  assert.ok(!text.includes("Waiting for your sign-in"), "a foreign page shows ours");
});

peerTest(
  "chromium",
  "Chromium: Back and Reload after the end find nobody, and do no harm",
  async (path) => {
    await using scene = await setScene(path);
    const { stage, chromium: { page }, driver } = scene;
    await signIn(page, scene, "alice");
    assert.equal(await page.textContent("h1"), "Signed in to AWS");
    assert.equal((await driver.ended).code, 0);
    await assert.rejects(page.reload(), /ERR_(CONNECTION_REFUSED|CACHE_MISS)/);
    assert.equal(stage.sts.calls.length, 1);
  },
);
