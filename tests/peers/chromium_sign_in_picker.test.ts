/**
 * The whole sign-in with the picker in Chromium: from SimpleSAMLphp and from our IdP, by keyboard, by click,
 * without JavaScript, and what other pages may not do.
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { productOf } from "../support/aws_files.ts";
import { type Chromium, startChromium } from "../support/chromium.ts";
import { type Driver, freePort, startDriver, temporaryHome } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import type { IdpOptions } from "../support/idp.ts";
import { serveLoopback } from "../support/loopback_http.ts";
import { commandDriver } from "../support/offering.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { endOf } from "../support/sign_ins.ts";
import { SSP_OFFERS, SSP_PASSWORD, startSimpleSamlPhp } from "../support/simplesamlphp.ts";
import { setStage } from "../support/stage.ts";
import { accountsFor, startSts, type Sts } from "../support/sts.ts";

interface Scene extends AsyncDisposable {
  readonly chromium: Chromium;
  readonly driver: Driver;
  readonly sts: Sts;
  /** Signs somebody with several roles in, up to the picker. */
  readonly toPicker: (page: Page) => Promise<void>;
}

/** Our IdP and its user bob. */
async function atOurs(idp: IdpOptions = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(setStage({ idp }));
  const driver = stack.use(
    commandDriver(stage, ["credentials", "--issuer", stage.idp.startUrl, "--browser", "none"]),
  );
  const chromium = stack.use(await startChromium(pathOf("chromium")));
  await driver.waitFor("Waiting on");
  const toPicker = async (page: Page) => {
    await page.goto(stage.idp.startUrl);
    await page.fill("#user", "bob");
    await page.press("#user", "Enter");
    if (idp.autoPost === false) await page.click("text=Continue");
    await page.waitForURL(/\/choose\//);
  };
  const rest = stack.move();
  return {
    driver,
    chromium,
    sts: stage.sts,
    toPicker,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** SimpleSAMLphp and its user with several roles. */
async function atSimpleSamlPhp(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const port = freePort();
  const acsUrl = `http://localhost:${port}/saml`;
  const ssp = stack.use(await startSimpleSamlPhp(pathOf("simplesamlphp"), { acsUrl }));
  const sts = stack.use(startSts(accountsFor(SSP_OFFERS, {
    issuer: ssp.issuer,
    keys: [ssp.certificatePem],
    recipients: [acsUrl],
  })));
  const home = stack.use(temporaryHome());
  const driver = stack.use(startDriver(
    [
      "credentials",
      ...["--issuer", ssp.startUrl("both"), "--browser", "none", "--port", String(port)],
    ],
    { home: home.path, env: { AWS_ENDPOINT_URL_STS: sts.url } },
  ));
  const chromium = stack.use(await startChromium(pathOf("chromium")));
  await driver.waitFor("Waiting on");
  const toPicker = async (page: Page) => {
    await page.goto(ssp.startUrl("both"));
    await page.fill("input[name=username]", "several");
    await page.fill("input[name=password]", SSP_PASSWORD);
    await page.press("input[name=password]", "Enter");
    await page.waitForURL(/\/choose\//);
  };
  const rest = stack.move();
  return { driver, chromium, sts, toPicker, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** The tab shows the success, and what STS handed out for this role came out. */
async function assertTaken({ driver, sts }: Scene, page: Page, role: string): Promise<void> {
  await page.waitForSelector("h1:has-text('Signed in to AWS')");
  const { code, stdout, stderr } = await endOf(driver);
  assert.equal(code, 0, stderr);
  assert.equal(sts.calls.length, 1);
  assert.ok(sts.handedOut[0]?.arn.includes(`:assumed-role/${role}/`), sts.handedOut[0]?.arn);
  assert.deepEqual(JSON.parse(stdout), productOf(sts.handedOut[0]));
}

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
    if (await page.textContent("h1") !== "Cancelled") await page.click("button[name=cancel]");
    return await page.textContent("h1") === "Cancelled" ? true : undefined;
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
    await page.waitForSelector("h1:has-text('A newer sign-in took this page')");
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
