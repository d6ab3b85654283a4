/**
 * A driver that waits for somebody with several roles, Chromium, and an IdP that leads to the picker.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { productOf } from "./aws_files.ts";
import { type Chromium, startChromium } from "./chromium.ts";
import { type Driver, freePort, startDriver, temporaryHome } from "./driver.ts";
import type { IdpOptions } from "./idp.ts";
import { commandDriver } from "./offering.ts";
import { pathOf } from "./peers_together.ts";
import { SAMLP_OFFERS, type SamlpVariant, startSamlp } from "./samlp.ts";
import { endOf } from "./sign_ins.ts";
import { SSP_OFFERS, SSP_PASSWORD, startSimpleSamlPhp } from "./simplesamlphp.ts";
import { setStage } from "./stage.ts";
import { accountsFor, startSts, type Sts } from "./sts.ts";

/** A sign-in that has come as far as the driver waits. */
export interface Scene extends AsyncDisposable {
  readonly chromium: Chromium;
  readonly driver: Driver;
  readonly sts: Sts;
  /** Signs somebody with several roles in, up to the picker. */
  readonly toPicker: (page: Page) => Promise<void>;
}

/** As long as the IdPs ask for, so that STS is asked once. */
const LONG_SECONDS = 43_200;

/** Our IdP and one of its users. */
export async function atOurs(
  idp: IdpOptions = {},
  { user = "bob", words = ["credentials"] }: {
    readonly user?: string;
    readonly words?: readonly string[];
  } = {},
): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(setStage({ idp, maxSessionDuration: LONG_SECONDS }));
  const driver = stack.use(
    commandDriver(stage, [...words, "--issuer", stage.idp.startUrl, "--browser", "none"]),
  );
  const chromium = stack.use(await startChromium(pathOf("chromium")));
  await driver.waitFor("Waiting on");
  const toPicker = async (page: Page) => {
    await page.goto(stage.idp.startUrl);
    await page.fill("#user", user);
    await page.press("#user", "Enter");
    if (idp.autoPost === false) await page.click("text=Continue");
    await page.waitForURL(/\/(choose|confirm)\//);
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
export async function atSimpleSamlPhp(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const port = freePort();
  const acsUrl = `http://localhost:${port}/saml`;
  const ssp = stack.use(await startSimpleSamlPhp(pathOf("simplesamlphp"), { acsUrl }));
  const sts = stack.use(startSts(accountsFor(SSP_OFFERS, {
    issuer: ssp.issuer,
    keys: [ssp.certificatePem],
    recipients: [acsUrl],
    maxSessionDuration: LONG_SECONDS,
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

/** An IdP of samlp's, whose person is signed in already. */
export async function atSamlp(variant: SamlpVariant): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const port = freePort();
  const acsUrl = `http://localhost:${port}/saml`;
  const idp = stack.use(startSamlp({ acsUrl, variant }));
  const sts = stack.use(startSts(accountsFor(SAMLP_OFFERS, {
    issuer: idp.issuer,
    keys: [idp.certificatePem],
    recipients: [acsUrl],
    maxSessionDuration: LONG_SECONDS,
  })));
  const home = stack.use(temporaryHome());
  const driver = stack.use(startDriver(
    [
      "credentials",
      ...["--issuer", idp.startUrl, "--idp", idp.issuer, "--browser", "none"],
      ...["--port", String(port)],
    ],
    { home: home.path, env: { AWS_ENDPOINT_URL_STS: sts.url } },
  ));
  const chromium = stack.use(await startChromium(pathOf("chromium")));
  await driver.waitFor("Waiting on");
  const toPicker = async (page: Page) => {
    await page.goto(idp.startUrl);
    await page.waitForURL(/\/choose\//);
  };
  const rest = stack.move();
  return { driver, chromium, sts, toPicker, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** The tab shows the success, and what STS handed out for this role came out. */
export async function assertTaken({ driver, sts }: Scene, page: Page, role: string): Promise<void> {
  await page.waitForSelector("h1:has-text('Signed in to AWS')");
  const { code, stdout, stderr } = await endOf(driver);
  assert.equal(code, 0, stderr);
  assert.equal(sts.calls.length, 1);
  assert.ok(sts.handedOut[0]?.arn.includes(`:assumed-role/${role}/`), sts.handedOut[0]?.arn);
  assert.deepEqual(JSON.parse(stdout), productOf(sts.handedOut[0]));
}
