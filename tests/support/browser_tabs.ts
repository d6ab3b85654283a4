/**
 * The two browsers with the extension, as far as the tests of it use them, behind one face.
 *
 * @module
 */

import type { Page as FirefoxPage } from "puppeteer-core";
import type { Page as ChromiumPage } from "playwright-core";
import { type ExtensionBrowser, extensionFiles } from "../../scripts/extension.ts";
import { pause } from "../../src/wait.ts";
import { startChromium } from "./chromium.ts";
import { temporaryHome } from "./driver.ts";
import { eventually, PATIENCE_MS } from "./eventually.ts";
import { EXTENSION_UUID, startFirefox } from "./firefox.ts";

/** A tab. */
export interface Tab {
  /** The same for the same tab. */
  readonly page: unknown;
  goto(url: string): Promise<void>;
  click(selector: string): Promise<void>;
  /** The text of the first element that is seen, if there is one. */
  text(selector: string): Promise<string | undefined>;
  /** Runs code in the page, and returns what it comes to. */
  run(code: string): Promise<unknown>;
  url(): Promise<unknown>;
  close(): Promise<void>;
}

/** A browser with the extension. */
export interface BrowserWithExtension extends AsyncDisposable {
  open(url: string): Promise<Tab>;
  /** The tabs that are open. */
  tabs(): Promise<readonly Tab[]>;
  /** Where the pages of the extension are. */
  readonly extension: string;
  /** Stops the background script, as the browser does after half a minute; absent where a test cannot. */
  readonly stopBackground?: () => Promise<void>;
}

/** Where the browser is, and the proxy to everything that is not on this machine. */
export interface BrowserOptions {
  readonly path: string;
  readonly proxyPort: number;
}

/** Starts a browser. */
export async function startBrowser(
  browser: ExtensionBrowser,
  options: BrowserOptions,
): Promise<BrowserWithExtension> {
  return await (browser === "chromium" ? startWithChromium : startWithFirefox)(options);
}

/** The ID that the manifest's key comes to. */
const CHROMIUM_ID = "maipkjejnpjbggbhpimefgnindmhehoc";

async function startWithChromium({ path, proxyPort }: BrowserOptions) {
  const stack = new AsyncDisposableStack();
  const extension = stack.use(unpacked("chromium"));
  const { context } = stack.use(
    await startChromium(path, {
      whole: true,
      extension: extension.path,
      flags: [`--proxy-server=http://127.0.0.1:${proxyPort}`, "--ignore-certificate-errors"],
    }),
  );
  if (context.serviceWorkers().length === 0) await context.waitForEvent("serviceworker");
  const tabOf = (page: ChromiumPage): Tab => ({
    page,
    goto: async (url) => void await page.goto(url),
    click: (selector) => page.click(selector),
    text: (selector) => textIn(page, selector),
    run: (code) => page.evaluate(code),
    url: () => page.evaluate("location.href"),
    close: () => page.close(),
  });
  return {
    extension: `chrome-extension://${CHROMIUM_ID}`,
    stopBackground: async () => {
      const inside = await context.newPage();
      await inside.goto(`chrome-extension://${CHROMIUM_ID}/options.html`);
      const protocol = await context.newCDPSession(inside);
      await protocol.send("ServiceWorker.enable");
      await protocol.send("ServiceWorker.stopAllWorkers");
      await eventually("the background script to stop", async () => {
        const code = "chrome.runtime.getContexts({ contextTypes: ['BACKGROUND'] })";
        return await inside.evaluate(`${code}.then((all) => all.length)`) === 0 || undefined;
      });
      await inside.close();
    },
    open: async (url: string) => {
      const page = await context.newPage();
      await page.goto(url);
      return tabOf(page);
    },
    tabs: () => Promise.resolve(context.pages().map(tabOf)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function startWithFirefox({ path, proxyPort }: BrowserOptions) {
  const stack = new AsyncDisposableStack();
  const extension = stack.use(unpacked("firefox"));
  const { browser } = stack.use(await startFirefox(path, { extension: extension.path, proxyPort }));
  const tabOf = (page: FirefoxPage): Tab => ({
    page,
    goto: (url) => goTo(page, url),
    click: (selector) => steadily(() => page.click(selector)),
    text: (selector) => textIn(page, selector),
    run: (code) => steadily(() => page.evaluate(code)),
    url: () => page.evaluate("location.href"),
    close: () => page.close(),
  });
  return {
    extension: `moz-extension://${EXTENSION_UUID}`,
    open: async (url: string) => {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      await goTo(page, url);
      return tabOf(page);
    },
    tabs: async () => (await browser.pages()).map(tabOf),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Does it again as long as Firefox refuses to begin, which it does while a page or a frame of it is changing. */
async function steadily<T>(act: () => Promise<T>): Promise<T> {
  for (let left = 20;; left--) {
    try {
      return await act();
    } catch (error) {
      if (left === 0 || !String(error).includes("cross-origin object")) throw error;
      await pause(50);
    }
  }
}

/** Of a tab's way to a page of an extension Firefox tells nothing. */
async function goTo(page: FirefoxPage, url: string): Promise<void> {
  if (!url.startsWith("moz-extension:")) return void await page.goto(url);
  page.goto(url).catch(() => {});
  const code = "typeof chrome === 'object' && document.readyState + location.href";
  await eventually(url, async () => await page.evaluate(code) === `complete${url}` || undefined);
}

/** The text of the first element that is seen, if there is one. */
export async function textIn(
  page: { evaluate(code: string): Promise<unknown> },
  selector: string,
): Promise<string | undefined> {
  const text = await page.evaluate(
    `[...document.querySelectorAll(${JSON.stringify(selector)})]
      .find((element) => element.checkVisibility())?.innerText`,
  );
  return typeof text === "string" ? text : undefined;
}

/** The extension in a folder of its own. */
function unpacked(browser: ExtensionBrowser): { readonly path: string } & Disposable {
  const folder = temporaryHome();
  for (const [path, bytes] of Object.entries(extensionFiles(browser))) {
    const [, parent] = /^(.*)\//.exec(path) ?? [];
    if (parent !== undefined) Deno.mkdirSync(`${folder.path}/${parent}`, { recursive: true });
    Deno.writeFileSync(`${folder.path}/${path}`, bytes);
  }
  return folder;
}
