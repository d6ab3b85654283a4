/** Attacks on a sign-in of a real browser, by who has the driver's port afterwards or stands beside it. */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { startChromium } from "../support/chromium.ts";
import { commandDriver } from "../support/offering.ts";
import { peerTest } from "../support/peers.ts";
import { recordingProgram } from "../support/aws_files.ts";
import { endOf, waitingDriver } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

/** Another program that has the port, and what it was sent. */
function nextHolder({ port }: Stage): AsyncDisposable & { readonly sent: string[] } {
  const sent: string[] = [];
  const server = Deno.serve(
    { hostname: "localhost", port, onListen: () => {} },
    async (request) => {
      sent.push(`${request.method} ${await request.text()}`);
      return new Response("hello");
    },
  );
  return { sent, [Symbol.asyncDispose]: () => server.shutdown() };
}

const ENDS = [
  { what: "success", sts: [], heading: "Signed in to AWS", code: 0 },
  {
    what: "refusal",
    sts: [{ kind: "error", code: "AccessDenied" }],
    heading: "AWS denied access to that role",
    code: 6,
  },
] as const;

for (const { what, sts, heading, code } of ENDS) {
  peerTest(
    "chromium",
    `attack: a reload of the last page brings no assertion to who has the port by then (${what})`,
    async (path) => {
      await using stage = setStage({ sts: { behaviours: sts } });
      await using chromium = await startChromium(path);
      const { page } = chromium;
      await using driver = await waitingDriver(stage);
      await page.goto(stage.idp.startUrl);
      await page.fill("#user", "alice");
      await page.press("#user", "Enter");
      await page.waitForURL(/\/answer\//);
      assert.equal(await page.textContent("h1"), heading);
      assert.equal((await endOf(driver)).code, code);
      await using holder = nextHolder(stage);
      await page.reload();
      assert.ok(holder.sent.length > 0);
      assert.deepEqual(holder.sent.filter((each) => each !== "GET "), []);
    },
  );
}

/** Signs bob in on the page that the tab shows, and picks a role. */
async function signInAndPick(page: Page, autoPost: boolean): Promise<void> {
  await page.fill("#user", "bob");
  await page.press("#user", "Enter");
  if (!autoPost) await page.click("text=Continue");
  await page.waitForURL(/\/choose\//);
  assert.equal(await page.textContent("h1"), "Choose a role");
  await page.reload();
  await page.click("button:has-text('Audit')");
  await page.waitForURL(/\/answer\//);
  assert.equal(await page.textContent("h1"), "Signed in to AWS");
}

for (const javaScriptEnabled of [true, false]) {
  for (const startsAt of ["the driver", "the IdP"]) {
    peerTest(
      "chromium",
      `Chromium: the tab that signed in is asked, from ${startsAt}, JavaScript ${javaScriptEnabled}`,
      async (path) => {
        await using stage = setStage({ idp: { autoPost: javaScriptEnabled } });
        await using chromium = await startChromium(path, { javaScriptEnabled });
        const { page, context } = chromium;
        const browser = recordingProgram(stage.home, "browser");
        const fromDriver = startsAt === "the driver";
        await using driver = commandDriver(
          stage,
          ["credentials", ...(fromDriver ? ["--start-url", stage.idp.startUrl] : [])],
          { env: { BROWSER: browser.path } },
        );
        await driver.waitFor("Waiting on");
        const start = /http:\S+\/start\/[\w-]+/.exec(driver.said())?.[0];
        await page.goto(fromDriver ? start ?? "" : stage.idp.startUrl);
        await signInAndPick(page, javaScriptEnabled);
        assert.deepEqual(await context.cookies(), []);
        const { code, stderr } = await endOf(driver);
        assert.equal(code, 0, stderr);
      },
    );
  }
}
