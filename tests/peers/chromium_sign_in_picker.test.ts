/**
 * The whole sign-in with the picker in Chromium: from SimpleSAMLphp and from our IdP, by keyboard, by click,
 * without JavaScript, and what other pages may not do.
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { eventually } from "../support/eventually.ts";
import { serveLoopback } from "../support/loopback_http.ts";
import { peersTest } from "../support/peers_together.ts";
import { assertTaken, atOurs, atSimpleSamlPhp } from "../support/picker_scene.ts";
import { buildResponse } from "../support/saml_response.ts";
import { takePictures } from "../support/picker_tab.ts";
import { endOf } from "../support/sign_ins.ts";

const focusedText = (page: Page) => page.evaluate("document.activeElement.innerText");

peersTest(
  ["chromium", "simplesamlphp"],
  "Chromium: a role of SimpleSAMLphp's is picked by a click",
  async () => {
    await using scene = await atSimpleSamlPhp();
    const { chromium: { page } } = scene;
    await scene.toPicker(page);
    assert.equal(await page.textContent("h1"), "Choose a role");
    assert.match(await page.innerText("main"), /several@example\.com/);
    assert.equal(await page.locator("button[name=role]").count(), 3);
    await page.click("button[name=role]:has-text('Admin')");
    await assertTaken(scene, page, "Admin");
  },
);

peersTest(
  ["chromium", "simplesamlphp"],
  "Chromium: a role of SimpleSAMLphp's is picked by keyboard",
  async () => {
    await using scene = await atSimpleSamlPhp();
    const { chromium: { page } } = scene;
    await scene.toPicker(page);
    await eventually(
      "the focus",
      async () => await focusedText(page) === "Dev" || undefined,
    );
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.match(String(await focusedText(page)), /ReadOnly/);
    await page.keyboard.press("Enter");
    await assertTaken(scene, page, "ReadOnly");
  },
);

peersTest(
  ["chromium"],
  "Chromium: a role of our IdP's is found and taken by keyboard",
  async () => {
    await using scene = await atOurs();
    const { chromium: { page } } = scene;
    await scene.toPicker(page);
    await page.keyboard.press("/");
    await page.keyboard.type("admin");
    await page.keyboard.press("Enter");
    await assertTaken(scene, page, "Admin");
  },
);

peersTest(
  ["chromium"],
  "Chromium: one out of forty roles is typed for and taken",
  async () => {
    await using scene = await atOurs({}, { user: "carol" });
    const { chromium: { page }, driver } = scene;
    await scene.toPicker(page);
    assert.equal(await page.locator("button[name=role]").count(), 40);
    assert.match(
      driver.said(),
      /^Choose one of 40 roles in your browser, \d minutes left$/m,
    );
    await page.keyboard.type("role37");
    assert.equal(await page.innerText("#count"), "1 of 40 roles");
    await page.keyboard.press("Enter");
    await assertTaken(scene, page, "Role37");
  },
);

peersTest(
  ["chromium"],
  "Chromium: sync asks on a page that can be read, takes no stray click, and writes after the yes",
  async () => {
    await using scene = await atOurs({}, { user: "carol", words: ["sync"] });
    const { chromium: { page }, driver, sts } = scene;
    await scene.toPicker(page);
    assert.equal(await page.textContent("h1"), "Write 40 profiles?");
    assert.match(await page.innerText("#time"), /^[45]:\d\d left to confirm$/);
    await eventually(
      "focus on the yes",
      async () => await page.evaluate("document.activeElement.name") === "confirm" || undefined,
    );
    await takePictures(page, "sync-question");
    await page.evaluate(`window.dispatchEvent(new Event("focus"))`);
    await page.evaluate(`document.querySelector(".take").click()`);
    assert.equal(await page.innerText("#say"), "Click again to confirm");
    assert.equal(sts.calls.length, 0);
    await page.waitForTimeout(500);
    await page.click(".take");
    await page.waitForSelector("h1:has-text('Signed in to AWS')");
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 0, stderr);
    assert.equal(sts.calls.length, 40);
  },
);

peersTest(["chromium"], "Chromium: without JavaScript the whole way is plain forms", async () => {
  await using scene = await atOurs({ autoPost: false });
  const browser = scene.chromium.context.browser();
  assert.ok(browser !== null);
  await using context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await scene.toPicker(page);
  await page.click("button[name=role]:has-text('Audit')");
  await assertTaken(scene, page, "Audit");
});

peersTest(["chromium"], "Chromium: Cancel ends the driver with 130", async () => {
  await using scene = await atOurs();
  const { chromium: { page }, driver, sts } = scene;
  await scene.toPicker(page);
  // The script takes no click in the first moment after a window came to the front.
  await eventually("the page to settle", async () => {
    if (await page.textContent("h1") !== "Canceled") await page.click("button[name=cancel]");
    return await page.textContent("h1") === "Canceled" ? true : undefined;
  });
  const { code, stdout } = await endOf(driver);
  assert.deepEqual([code, stdout, sts.calls.length], [130, "", 0]);
});

peersTest(
  ["chromium"],
  "Chromium: of two tabs the newer one picks, the older one says so",
  async () => {
    await using scene = await atOurs();
    const { chromium: { page, context } } = scene;
    await scene.toPicker(page);
    const newer = await context.newPage();
    await scene.toPicker(newer);
    await page.bringToFront();
    await page.waitForTimeout(500);
    await page.click("button[name=role]:has-text('Audit')");
    await page.waitForSelector("h1:has-text('A newer sign-in replaced this page')");
    assert.equal(scene.sts.calls.length, 0);
    await newer.bringToFront();
    await newer.waitForTimeout(500);
    await newer.click("button[name=role]:has-text('Dev')");
    await assertTaken(scene, newer, "Dev");
  },
);

peersTest(
  ["chromium"],
  "Chromium: a reloaded page picks on; after a closed tab another sign-in does",
  async () => {
    await using scene = await atOurs();
    const { chromium: { page, context } } = scene;
    await scene.toPicker(page);
    await page.reload();
    assert.equal(await page.locator("button[name=role]").count(), 5);
    await page.goto("about:blank");
    await page.goBack();
    assert.equal(await page.textContent("h1"), "Choose a role");
    const closed = await context.newPage();
    await scene.toPicker(closed);
    await closed.close();
    await scene.toPicker(page);
    await page.click("button[name=role]:has-text('Dev')");
    await assertTaken(scene, page, "Dev");
  },
);

peersTest(
  ["chromium"],
  "Chromium: another site's page can neither choose, nor read, nor frame the picker",
  async () => {
    await using scene = await atOurs();
    const { chromium: { page, context }, sts } = scene;
    await scene.toPicker(page);
    const url = page.url();
    const token = await page.getAttribute("input[name=token]", "value") ?? "";
    // Even one that has guessed the token; localhost on another port is the same site, 127.0.0.1 another.
    await using evil = serveLoopback(() => ({
      status: 200,
      headers: { "Content-Type": "text/html" },
      body: `<!doctype html><form method="post" action="${url}">
      <input name="token" value="${token}"><input name="role" value="0"></form>
      <iframe id="framed" src="${url}"></iframe><iframe name="target"></iframe>`,
    }));
    const other = await context.newPage();
    const forged = JSON.stringify(new URL("/saml", url).href);
    const SAMLResponse = JSON.stringify(buildResponse({ sign: "none" }).base64);
    for (const host of ["localhost", "127.0.0.1"]) {
      const origin = `http://${host}:${evil.port}`;
      await other.goto(origin);
      const frame = await eventually("the frame", () => other.frames()[1]);
      const shown = await eventually("its error page", async () => await frame.innerText("body"));
      assert.ok(!shown.includes("Choose a role"), "a foreign page shows the picker");
      const read = await other.evaluate(
        `fetch(${JSON.stringify(url)}).then((it) => it.text()).catch((error) => String(error))`,
      );
      assert.match(String(read), /TypeError/);
      await other.evaluate(
        `fetch(${JSON.stringify(url)}, {method: "POST", mode: "no-cors",
        body: new URLSearchParams({token: ${JSON.stringify(token)}, role: "0"})}).catch(() => {})`,
      );
      // An assertion of its own, in the background: the picker stays what it is.
      await other.evaluate(
        `fetch(${forged}, {method: "POST", mode: "no-cors",
        body: new URLSearchParams({SAMLResponse: ${SAMLResponse}})}).catch(() => {})`,
      );
      await other.evaluate(
        `{const form = document.forms[0]; form.target = "target"; form.submit(); form.target = ""}`,
      );
      await other.evaluate("document.forms[0].submit()");
      await other.waitForSelector("h1:has-text('Not from this page')");
      assert.equal(sts.calls.length, 0, "a foreign page chose");
    }
    await page.bringToFront();
    await page.waitForTimeout(500);
    await page.click("button[name=role]:has-text('Audit')");
    await assertTaken(scene, page, "Audit");
  },
);
