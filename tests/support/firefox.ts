/**
 * Firefox with a fresh profile, driven by Puppeteer.
 *
 * @module
 */

import puppeteer, { type Browser } from "puppeteer-core";
import { temporaryHome } from "./driver.ts";

/** The part of an extension's addresses that is different in every profile. */
export const EXTENSION_UUID = "11111111-2222-4333-8444-555555555555";

/** A Firefox that runs. */
export interface Firefox extends AsyncDisposable {
  readonly browser: Browser;
}

/** Starts Firefox with an extension; the proxy is for https. */
export async function startFirefox(
  path: string,
  { extension, proxyPort }: { readonly extension: string; readonly proxyPort: number },
): Promise<Firefox> {
  const home = temporaryHome();
  const { browser_specific_settings: { gecko: { id } } } = JSON.parse(
    Deno.readTextFileSync(`${extension}/manifest.json`),
  );
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: path,
    acceptInsecureCerts: true,
    // Else nothing may be done in the pages of an extension.
    args: ["--remote-allow-system-access"],
    env: { HOME: home.path, PATH: Deno.env.get("PATH"), LANG: "C.UTF-8" },
    extraPrefsFirefox: {
      "network.proxy.type": 1,
      "network.proxy.ssl": "127.0.0.1",
      "network.proxy.ssl_port": proxyPort,
      "extensions.webextensions.uuids": JSON.stringify({ [id]: EXTENSION_UUID }),
    },
  });
  await browser.installExtension(extension);
  return {
    browser,
    async [Symbol.asyncDispose]() {
      await browser.close();
      home[Symbol.dispose]();
    },
  };
}
