/**
 * The listener on https in Chromium, with a certificate of a private CA: one that the browser was given, as mkcert
 * and companies do it, and one that it was not.
 */

import assert from "node:assert/strict";
import { makeCertificates } from "../support/certificates.ts";
import { startChromium } from "../support/chromium.ts";
import { type Driver, startDriver } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { tlsInFrontOf } from "../support/tls.ts";

/** A driver on https, and an IdP on https too. */
interface Scene extends AsyncDisposable {
  readonly stage: Stage;
  readonly driver: Driver;
  readonly caFile: string;
  /** Where the driver says to sign in. */
  readonly start: string;
}

async function setScene(flags: readonly string[]): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const certificates = stack.use(makeCertificates());
  const stage = stack.use(setStage({ secure: true }));
  const idp = stack.use(tlsInFrontOf(stage.idp.port, certificates));
  Deno.writeTextFileSync(`${stage.home}/cert.pem`, certificates.cert);
  Deno.writeTextFileSync(`${stage.home}/key.pem`, certificates.key, { mode: 0o600 });
  const driver = stack.use(startDriver([
    ...flags,
    ...["--port", String(stage.port), "--tls-cert", "~/cert.pem", "--tls-key", "~/key.pem"],
    ...["--start-url", `https://localhost:${idp.port}/start`, "--browser", "none"],
  ], { home: stage.home, env: stage.env }));
  await driver.waitFor("Waiting on https://");
  const start = /https:\/\/localhost:\d+\/start\/\S+/.exec(driver.said())?.[0] ?? "";
  const rest = stack.move();
  return {
    ...{ stage, driver, start, caFile: certificates.caFile },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

peersTest(
  ["chromium", "certutil"],
  "Chromium: over https with a CA that it trusts, from the start to the role that is picked",
  async () => {
    await using scene = await setScene([]);
    const { driver, stage, start } = scene;
    await using chromium = await startChromium(pathOf("chromium"), {
      whole: true,
      trusts: scene.caFile,
    });
    const { page, context } = chromium;
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(start);
    assert.match(page.url(), /^https:\/\/localhost:\d+\/start$/, "at the IdP");
    await page.fill("#user", "bob");
    await page.press("#user", "Enter");
    await page.waitForURL(/\/choose\//);
    const protocol = () =>
      page.evaluate(`performance.getEntriesByType("navigation")[0].nextHopProtocol`);
    assert.equal(new URL(page.url()).origin, new URL(stage.acsUrl).origin);
    assert.equal(await protocol(), "h2");
    assert.equal(await page.evaluate("isSecureContext"), true);
    const [cookie, ...others] = await context.cookies(stage.acsUrl);
    assert.deepEqual(others, []);
    assert.ok(cookie?.httpOnly && cookie.secure, "its cookie is for https and for no script");
    await page.getByRole("button", { name: /Audit/ }).click();
    await page.waitForURL(/\/answer\//);
    assert.equal(await page.textContent("h1"), "Signed in to AWS");
    assert.equal(await protocol(), "h2");
    const { code, stdout, stderr } = await driver.ended;
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).AccountId, "777788889999");
    assert.deepEqual(await context.cookies(stage.acsUrl), [], "it leaves no cookie");
    assert.deepEqual(faults, []);
    assert.doesNotMatch(stderr, /certificate/);
  },
);

peersTest(
  ["chromium"],
  "Chromium: a certificate that it does not trust is said on the terminal, once, and the wait goes on",
  async () => {
    await using scene = await setScene([]);
    await using chromium = await startChromium(pathOf("chromium"));
    for (let times = 0; times < 2; times++) {
      await assert.rejects(chromium.page.goto(scene.start), /ERR_CERT_AUTHORITY_INVALID/);
    }
    const said = scene.driver.said;
    await eventually(
      "the warning",
      () => /does not trust the certificate/.test(said()) || undefined,
    );
    assert.equal(said().match(/does not trust the certificate of --tls-cert/g)?.length, 1, said());
    assert.match(said(), /mkcert -install/);
  },
);
