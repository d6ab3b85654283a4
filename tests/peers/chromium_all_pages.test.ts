/**
 * Every page in Chromium: it can be read, says with more than color whether it is good or bad, and what it
 * does in the browser. The screenshots in `build/screenshots` are for people to look at.
 */

import assert from "node:assert/strict";
import type { Page as Tab } from "playwright-core";
import { ALL_PAGES } from "../support/all_pages.ts";
import { type Chromium, startChromium } from "../support/chromium.ts";
import { NOON } from "../support/fakes.ts";
import { type PageServer, servePages } from "../support/page_server.ts";
import { peerTest } from "../support/peers.ts";
import { takePictures } from "../support/picker_tab.ts";

/** What text must stand out by; WCAG wants 4.5 for text and 3 for what is large. */
const CONTRAST = 5;

/** Says which texts of the page stand out by less. */
const FAINT = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = rgba(color).map((each) => each / 255)
      .map((each) => each <= .04045 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return rgba(backgroundColor)[3] === 255 ? backgroundColor : behind(element.parentElement);
  };
  const ratio = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((a, b) => a - b);
    return (light + .05) / (dark + .05);
  };
  const found = [];
  const look = (what, style, background) => {
    const contrast = ratio(style.color, background);
    if (contrast < ${CONTRAST}) found.push(what.trim() + ": " + contrast.toFixed(2));
  };
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || element.matches("script, style")) continue;
    const text = [...element.childNodes].filter((node) => node.nodeType === 3)
      .map((node) => node.data).join("").trim();
    if (text !== "") look(text, getComputedStyle(element), behind(element));
    const icon = getComputedStyle(element, "::before");
    if (icon.content !== "none") look(icon.content, icon, icon.backgroundColor);
    if (element.matches("input[placeholder]")) {
      look(element.placeholder, getComputedStyle(element, "::placeholder"), behind(element));
    }
  }
  return found;
})()`;

/** Says which words among the details go over to the next line, between places that are meant for it. */
const BROKEN = `(() => {
  const found = [];
  for (const element of document.querySelectorAll(".detail, .detail *, pre, pre *, dd, dd *, td, td *, code")) {
    for (const node of element.childNodes) {
      if (node.nodeType !== 3) continue;
      for (const { index, 0: word } of node.data.matchAll(/\\S+/g)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) found.push(word);
      }
    }
  }
  return found;
})()`;

/** Pages with names that are longer than any line. */
const TOO_LONG = ["trouble-hostile", "picker-long"];

const ICONS: Readonly<Record<string, RegExp>> = {
  good: /^"\u2713"/,
  bad: /^"!"/,
  neutral: /^none$/,
};

/** Runs with a listener of all pages, and fails on everything that Chromium has against one. */
async function withPages(
  chromium: Chromium,
  run: (page: Tab, pages: PageServer) => Promise<void>,
): Promise<void> {
  await using pages = servePages(ALL_PAGES);
  await using page = await chromium.context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    // The status of a page that says what is wrong is an error, and Chromium says so too.
    if (!message.text().includes("the server responded with a status of")) {
      faults.push(message.text());
    }
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  await run(page, pages);
  assert.deepEqual(faults, []);
}

peerTest(
  "chromium",
  "Chromium: every page can be read, in light, in dark and on a phone, and its icon tells good from bad",
  async (path, t) => {
    await using chromium = await startChromium(path);
    await withPages(chromium, async (page, pages) => {
      for (const [name, { mood, title }] of Object.entries(ALL_PAGES)) {
        await t.step(name, async () => {
          await page.goto(pages.urlOf(name));
          assert.equal(await page.textContent("h1"), title);
          const icon = await page.evaluate(
            `getComputedStyle(document.querySelector("h1"), "::before").content`,
          );
          assert.match(String(icon), ICONS[mood] ?? /never/);
          for (const colorScheme of ["light", "dark"] as const) {
            await page.emulateMedia({ colorScheme });
            assert.deepEqual(await page.evaluate(FAINT), [], colorScheme);
          }
          await takePictures(page, `all-${name}`, true);
          await page.setViewportSize({ width: 360, height: 640 });
          if (!TOO_LONG.includes(name)) assert.deepEqual(await page.evaluate(BROKEN), []);
        });
      }
    });
  },
);

peerTest("chromium", "Chromium: what is to be copied is copied as it is", async (path) => {
  await using chromium = await startChromium(path);
  await chromium.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await withPages(chromium, async (page, pages) => {
    const copied = async (button: string) => {
      await page.click(`button:has-text("${button}")`);
      await page.waitForSelector("button:has-text('Copied')");
      return String(await page.evaluate("navigator.clipboard.readText()"));
    };
    await page.goto(pages.urlOf("setup"));
    assert.equal(await copied("Copy"), "aws s3 ls --profile dev");
    await page.waitForSelector("button:text-is('Copy')");
    await page.goto(pages.urlOf("trouble-denied"));
    const policy = await copied("Copy policy");
    assert.equal(policy, await page.textContent("pre"));
    assert.equal(JSON.parse(policy).Statement[0].Effect, "Allow");
    const details = await copied("Copy details");
    assert.match(details, /^AWS denied access to that role\nSTS refused the sign-in: /);
    assert.match(details, /\nSigned in as alice@example\.com\nsts-AccessDenied, stssamldriver /);
    await chromium.context.clearPermissions();
  });
});

peerTest("chromium", "Chromium: where copying is forbidden the button says so", async (path) => {
  await using chromium = await startChromium(path);
  await withPages(chromium, async (page, pages) => {
    await page.goto(pages.urlOf("setup"));
    await page.evaluate(`navigator.clipboard.writeText = () => Promise.reject(new Error())`);
    await page.click("button:has-text('Copy')");
    await page.waitForSelector("button:has-text('Copying failed')");
  });
});

peerTest(
  "chromium",
  "Chromium: the end of a session is told by the person's own clock",
  async (path) => {
    await using chromium = await startChromium(path);
    const browser = chromium.context.browser();
    assert.ok(browser !== null);
    for (
      const [locale, timezoneId, today, another] of [
        ["en-US", "America/New_York", /^\d{1,2}:\d\d\s(AM|PM)$/, /^Mon,? 8:00\sAM$/],
        ["en-GB", "Asia/Kolkata", /^\d{1,2}:\d\d$/, /^Mon,? 18:30$/],
      ] as const
    ) {
      await using context = await browser.newContext({ locale, timezoneId });
      await withPages({ ...chromium, context }, async (page, pages) => {
        await page.clock.setFixedTime(NOON - 30 * 3_600_000);
        await page.goto(pages.urlOf("success"));
        assert.match(await page.innerText("time"), another, "with the day where it is another");
        assert.match(await page.innerText("dl"), /\(in 1 hour\)/);
        await page.clock.setFixedTime(NOON);
        await page.reload();
        assert.match(await page.innerText("time"), today);
      });
    }
  },
);

peerTest(
  "chromium",
  "Chromium: without JavaScript nothing is there that does nothing",
  async (path) => {
    await using chromium = await startChromium(path);
    const browser = chromium.context.browser();
    assert.ok(browser !== null);
    await using context = await browser.newContext({ javaScriptEnabled: false });
    await withPages({ ...chromium, context }, async (page, pages) => {
      for (const name of ["setup", "trouble-denied", "trouble-role"]) {
        await page.goto(pages.urlOf(name));
        assert.equal(await page.locator("button:visible").count(), 0, name);
      }
      assert.equal(await page.locator("a:visible").innerText(), "Sign in again");
      await page.goto(pages.urlOf("success"));
      assert.equal(await page.innerText("time"), "2026-11-23 13:00 UTC");
    });
  },
);
