/** The way from the IdP's page to the console, in a real browser. */

import assert from "node:assert/strict";
import { startChromium } from "../support/chromium.ts";
import { startDriver } from "../support/driver.ts";
import { startFederation } from "../support/federation.ts";
import { FORMS, pathOf, peersTest } from "../support/peers_together.ts";
import { setStage } from "../support/stage.ts";

/** `form-action` also governs where a form's answer redirects to: a redirect to AWS would be blocked. */
const IDPS = [
  { what: "without a policy", idp: {} },
  { what: "with a form-action policy", idp: { formAction: ["http://localhost:*"] } },
] as const;

for (const form of FORMS) {
  peersTest(
    ["chromium", ...form.needs],
    `Chromium: the tab of the sign-in becomes the console, ${form.name}`,
    async (t) => {
      for (const { what, idp } of IDPS) {
        for (const picked of [false, true]) {
          await t.step(`${what}${picked ? ", by the picker" : ""}`, async () => {
            await using stage = setStage({ idp });
            await using federation = startFederation({ handedOut: stage.sts.handedOut });
            const args = picked ? ["--port", String(stage.port)] : stage.args;
            await using driver = startDriver(
              [
                ...["--console", "--console-destination", "s3", "--region", "eu-west-1", ...args],
                ...["--signin-url", federation.url, "--console-url", federation.url],
                ...["--issuer", stage.idp.startUrl, "--browser", "none"],
              ],
              { program: form.program(), home: stage.home, env: stage.env },
            );
            await driver.waitFor("Waiting on");
            await using chromium = await startChromium(pathOf("chromium"));
            const { page } = chromium;
            await page.goto(driver.said().match(/^Sign in at (\S+)$/m)?.[1] ?? "");
            await page.fill("#user", "alice");
            await page.press("#user", "Enter");
            if (picked) await page.click("button[name=role]");
            await page.waitForURL(`${federation.url}/s3/**`);
            assert.match(page.url(), /region=eu-west-1/);
            const key = stage.sts.handedOut[0]?.accessKeyId ?? "?";
            assert.ok(
              (await page.textContent("body"))?.includes(key),
              "the session that was given",
            );
            const { code, stdout, stderr } = await driver.ended;
            assert.equal(code, 0, stderr);
            assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut[0]?.accessKeyId);
            assert.deepEqual([...federation.problems], []);
            assert.equal(federation.logins.length, 1);
          });
        }
      }
    },
  );
}
