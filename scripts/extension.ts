/**
 * Packs the browser extension: one zip for Chromium's browsers, one for Firefox, the same byte for byte wherever it
 * is done.
 *
 *   deno task extension
 */

import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";

const SOURCES = fileURLToPath(new URL("./extension/", import.meta.url));
const DIST = fileURLToPath(new URL("../dist/", import.meta.url));

/** The browsers that it is packed for. */
export const BROWSERS = ["chromium", "firefox"] as const;

/** One of {@linkcode BROWSERS}. */
export type ExtensionBrowser = (typeof BROWSERS)[number];

/** The files of the extension for one browser, by path, sorted. */
export function extensionFiles(
  browser: ExtensionBrowser,
): Readonly<Record<string, Uint8Array<ArrayBuffer>>> {
  return Object.fromEntries(
    filesIn("").toSorted().map((path) => {
      const bytes = Deno.readFileSync(SOURCES + path);
      return [path, path === "manifest.json" ? manifestFor(browser, bytes) : bytes];
    }),
  );
}

function filesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(SOURCES + folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${folder}${name}/`) : [`${folder}${name}`]
  );
}

/** Leaves out what the other browser has it for: each warns of the other's. */
function manifestFor(browser: ExtensionBrowser, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { background, ...manifest } = JSON.parse(new TextDecoder().decode(bytes));
  const foreign = browser === "chromium"
    ? { manifest: ["browser_specific_settings"], background: "scripts" }
    : { manifest: ["key", "minimum_chrome_version"], background: "service_worker" };
  for (const name of foreign.manifest) delete manifest[name];
  delete background[foreign.background];
  return new TextEncoder().encode(`${JSON.stringify({ ...manifest, background }, null, 2)}\n`);
}

/** Packs files, the same byte for byte wherever it is done. */
export function packExtension(browser: ExtensionBrowser): Uint8Array {
  // The time of a zip's entry has no zone: this is written alike in all of them.
  return zipSync(extensionFiles(browser), { level: 9, mtime: new Date(1980, 0, 1) });
}

if (import.meta.main) {
  Deno.mkdirSync(DIST, { recursive: true });
  for (const browser of BROWSERS) {
    const zip = packExtension(browser);
    const path = `${DIST}stssamldriver-${browser}.zip`;
    Deno.writeFileSync(path, zip);
    console.log(`${path}: ${(zip.length / 1000).toFixed(1)} kB`);
  }
}
