/**
 * Chromium with a fresh profile, driven by Playwright.
 *
 * @module
 */

import { type BrowserContext, chromium, type Page } from "playwright-core";
import { temporaryHome } from "./driver.ts";
import { PATIENCE_MS } from "./eventually.ts";
import { peer } from "./peers.ts";

/** No sandbox: tests run in containers and as root. And nothing of its own goes to the network. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

/** A Chromium that runs. */
export interface Chromium extends AsyncDisposable {
  /** Its first tab. */
  readonly page: Page;
  readonly context: BrowserContext;
}

/** How Chromium is started. */
export interface ChromiumOptions {
  /** A PEM file with a CA, which it trusts as a person's browser does that was given it: by its NSS database. */
  readonly trusts?: string;
  readonly whole?: boolean;
  readonly javaScriptEnabled?: boolean;
  readonly extension?: string;
  readonly flags?: readonly string[];
}

/**
 * Starts Chromium. A profile of its own, as a person has one, and not Playwright's incognito windows.
 *
 * @param whole the very program that people have; else its engine without windows, where that is here, since
 *   it takes half the time
 * @param extension the folder of an extension to load; takes the whole program
 */
export async function startChromium(
  path: string,
  { whole = false, javaScriptEnabled = true, trusts, extension, flags = [] }: ChromiumOptions = {},
): Promise<Chromium> {
  const home = temporaryHome();
  if (trusts !== undefined) trustCa(home.path, trusts);
  const shell = peer("chromium-headless-shell");
  const context = await chromium.launchPersistentContext(`${home.path}/profile`, {
    javaScriptEnabled,
    executablePath: !whole && shell.found ? shell.path : path,
    // Playwright's own way to be headless loads no extensions.
    headless: extension === undefined,
    ...(extension !== undefined && { ignoreDefaultArgs: ["--disable-extensions"] }),
    args: [...FLAGS, ...flags, ...extension === undefined ? [] : withExtension(extension)],
    env: { HOME: home.path, PATH: Deno.env.get("PATH") ?? "", LANG: "C.UTF-8" },
    viewport: { width: 1000, height: 700 },
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return {
    page: context.pages()[0] ?? await context.newPage(),
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      home[Symbol.dispose]();
    },
  };
}

/** Makes the NSS database of a home, with one CA in it; certutil is in Debian's libnss3-tools. */
function trustCa(home: string, caFile: string): void {
  const database = `${home}/.pki/nssdb`;
  Deno.mkdirSync(database, { recursive: true });
  const certutil = (...args: string[]) => {
    const { success, stderr } = new Deno.Command("certutil", {
      args: ["-d", `sql:${database}`, ...args],
      stdout: "null",
    }).outputSync();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  };
  certutil("-N", "--empty-password");
  certutil("-A", "-t", "C,,", "-n", "test CA", "-i", caFile);
}

function withExtension(folder: string): readonly string[] {
  return ["--headless=new", `--load-extension=${folder}`, `--disable-extensions-except=${folder}`];
}
