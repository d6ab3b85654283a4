/** Attacks on a sign-in of a real browser, by who has the driver's port afterwards or stands beside it. */

import assert from "node:assert/strict";
import { startChromium } from "../support/chromium.ts";
import { peerTest } from "../support/peers.ts";
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
      assert.deepEqual(holder.sent, ["GET "]);
    },
  );
}
