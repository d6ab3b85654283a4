/** The browser extension as it is packed, and what it may see. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { unzipSync } from "fflate";
import { BROWSERS, extensionFiles, packExtension } from "../../scripts/extension.ts";
import { EXTENSION_HEADER } from "../../src/sign_in/listener/start.ts";
import { PARTITIONS, signInHost } from "../../src/aws/partition.ts";
import { VERSION } from "../../src/version.ts";

function manifestOf(browser: (typeof BROWSERS)[number]) {
  return JSON.parse(new TextDecoder().decode(extensionFiles(browser)["manifest.json"]));
}

Deno.test("extension: it may see the sign-in hosts of every partition, the driver's addresses, and nothing else", () => {
  const aws = PARTITIONS.map(({ signIn }) => {
    const host = signIn.replace(/^\[?\{region\}\.\]?/, "*.");
    return `https://${host}/*`;
  });
  const driver = ["http", "https"].flatMap((scheme) =>
    ["localhost", "127.0.0.1"].map((host) => `${scheme}://${host}/*`)
  );
  for (const browser of BROWSERS) {
    const manifest = manifestOf(browser);
    assert.deepEqual(manifest.host_permissions.toSorted(), [...aws, ...driver].toSorted());
    assert.deepEqual(manifest.permissions, [
      "alarms",
      "declarativeNetRequestWithHostAccess",
      "storage",
      "webNavigation",
      "webRequest",
    ]);
    for (
      const name of [
        "content_scripts",
        "web_accessible_resources",
        "externally_connectable",
        "optional_host_permissions",
        "optional_permissions",
        "content_security_policy",
      ]
    ) assert.equal(manifest[name], undefined, name);
    assert.equal(manifest.version, VERSION);
  }
});

Deno.test("extension: the sign-in of every partition and region is among its hosts", () => {
  const patterns: readonly string[] = manifestOf("chromium").host_permissions;
  for (const partition of PARTITIONS) {
    for (const region of [undefined, ...partition.examples]) {
      const host = signInHost(partition, region);
      // A pattern `*.x` is for x as well.
      const bare = patterns.includes(`https://${host}/*`) ||
        patterns.includes(`https://*.${host}/*`);
      const parent = host.slice(host.indexOf(".") + 1);
      assert.ok(bare || patterns.includes(`https://*.${parent}/*`), host);
    }
  }
});

Deno.test("extension: each browser's manifest has what that browser reads", () => {
  const [chromium, firefox] = [manifestOf("chromium"), manifestOf("firefox")];
  assert.deepEqual(Object.keys(chromium.background).toSorted(), ["service_worker", "type"]);
  assert.deepEqual(Object.keys(firefox.background).toSorted(), ["scripts", "type"]);
  assert.equal(chromium.browser_specific_settings, undefined);
  assert.equal(firefox.key, undefined);
  assert.equal(firefox.browser_specific_settings.gecko.id, "stssamldriver@sts-saml-driver");
  const digest = createHash("sha256").update(atob(chromium.key), "latin1").digest("hex");
  const id = digest.slice(0, 32).replace(
    /./g,
    (digit) => "abcdefghijklmnop"[parseInt(digit, 16)] ?? "",
  );
  assert.equal(id, "maipkjejnpjbggbhpimefgnindmhehoc", "the ID that the documents name");
});

Deno.test("extension: every file that a manifest or a page names is there", () => {
  for (const browser of BROWSERS) {
    const files = extensionFiles(browser);
    const { icons, action, options_ui, background } = manifestOf(browser);
    const named = [
      ...Object.values<string>(icons),
      ...Object.values<string>(action.default_icon),
      action.default_popup,
      options_ui.page,
      ...background.scripts ?? [background.service_worker],
    ];
    for (const [path, bytes] of Object.entries(files)) {
      if (!/\.(html|js)$/.test(path)) continue;
      const text = new TextDecoder().decode(bytes);
      named.push(
        ...[...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name),
        ...[...text.matchAll(/from "\.\/([^"]+)"/g)].map(([, name]) => name),
      );
      assert.doesNotMatch(
        text,
        /https?:\/\/(?!localhost|\$\{)[a-z]/,
        `${path} loads nothing from elsewhere`,
      );
    }
    for (const name of named) assert.ok(name in files, name);
  }
});

Deno.test("extension: its header is the driver's", () => {
  const script = new TextDecoder().decode(extensionFiles("chromium")["driver.js"]);
  assert.ok(script.includes(`HEADER = "${EXTENSION_HEADER}"`));
});

Deno.test("packExtension: the zips are the same in every time zone, and hold the files", () => {
  for (const browser of BROWSERS) {
    const zip = packExtension(browser);
    assert.deepEqual({ ...unzipSync(zip) }, { ...extensionFiles(browser) });
    const script =
      `import { packExtension } from ${
        JSON.stringify(import.meta.resolve("../../scripts/extension.ts"))
      };` +
      `import { createHash } from "node:crypto";` +
      `console.log(createHash("sha256").update(packExtension("${browser}")).digest("hex"));`;
    const { stdout } = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", "--no-check", script],
      env: { TZ: "Pacific/Auckland", NO_COLOR: "1" },
    }).outputSync();
    const here = createHash("sha256").update(zip).digest("hex");
    assert.equal(new TextDecoder().decode(stdout).trim(), here);
  }
});
