/**
 * The relay in Chromium: an IdP that posts to one https address, and from there to AWS's sign-in or to a driver that
 * waits. Both hosts are mapped to this machine.
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { hasOpenssl, makeCertificates } from "../support/certificates.ts";
import { type Chromium, type ChromiumOptions, startChromium } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import type { IdpOptions } from "../support/idp.ts";
import { idpKey } from "../support/keys.ts";
import { peerTest } from "../support/peers.ts";
import { takePictures } from "../support/picker_tab.ts";
import { type Relay, startRelay } from "../support/relaying.ts";
import { DEFAULT_PROVIDER, DEFAULT_ROLE, ISSUER } from "../support/saml_response.ts";
import { endOf, waitingDriver } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { accountsFor } from "../support/sts.ts";

const RELAY_URL = "https://relay.example/saml";

interface Arrived {
  readonly url: string;
  readonly origin: string | null;
  readonly body: string;
}

interface Scene extends AsyncDisposable {
  readonly stage: Stage;
  readonly relay: Relay;
  readonly chromium: Chromium;
  /** What came to AWS's sign-in. */
  readonly console: readonly Arrived[];
}

async function setScene(
  path: string,
  { idp, ...options }: ChromiumOptions & { readonly idp?: IdpOptions } = {},
): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const certificates = stack.use(makeCertificates());
  const { cert, key } = certificates;
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.writeTextFile(`${folder}/cert.pem`, cert);
  await Deno.writeTextFile(`${folder}/key.pem`, key);
  const arrived: Arrived[] = [];
  const stop = new AbortController();
  const aws = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {}, signal: stop.signal },
    async (request) => {
      const { url, headers, method } = request;
      if (method === "POST") {
        arrived.push({ url, origin: headers.get("origin"), body: await request.text() });
      }
      return new Response("<h1>The console</h1>", { headers: { "content-type": "text/html" } });
    },
  );
  stack.defer(async () => {
    stop.abort();
    await aws.finished;
  });
  const trust = { issuer: ISSUER, keys: [idpKey().certificatePem], recipients: [RELAY_URL] };
  const stage = stack.use(setStage({
    idp: { ...idp, acsUrl: RELAY_URL },
    sts: accountsFor([{ role: DEFAULT_ROLE, provider: DEFAULT_PROVIDER }], trust),
  }));
  const relay = stack.use(
    await startRelay({
      args: [
        ...["--driver-port", String(stage.port)],
        ...["--tls-cert", `${folder}/cert.pem`, "--tls-key", `${folder}/key.pem`],
      ],
    }),
  );
  const mapped = [
    `MAP signin.aws.amazon.com 127.0.0.1:${aws.addr.port}`,
    `MAP relay.example 127.0.0.1:${relay.port}`,
    "MAP * ~NOTFOUND",
    "EXCLUDE localhost",
    "EXCLUDE 127.0.0.1",
  ];
  const chromium = stack.use(
    await startChromium(path, {
      ...options,
      flags: [`--host-resolver-rules=${mapped.join(", ")}`, "--ignore-certificate-errors"],
    }),
  );
  const rest = stack.move();
  return {
    stage,
    relay,
    chromium,
    console: arrived,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** Signs in at the IdP, whose form leads to the relay's page. */
async function toRelay({ stage }: Scene, page: Page, user = "alice"): Promise<void> {
  await page.goto(stage.idp.startUrl);
  await page.fill("#user", user);
  await page.press("#user", "Enter");
  await page.waitForURL(RELAY_URL);
  assert.equal(await page.textContent("h1"), "Where do you want to sign in?");
}

/** Fails on everything that Chromium has against the relay's page. */
function watched(page: Page): readonly string[] {
  const faults: string[] = [];
  page.on("console", (message) => void faults.push(message.text()));
  page.on("pageerror", (error) => void faults.push(error.message));
  page.on("dialog", async (dialog) => {
    faults.push(dialog.message());
    await dialog.dismiss();
  });
  return faults;
}

const focused = (page: Page) => page.evaluate("document.activeElement.dataset.to ?? ''");

async function untilFocused(page: Page, wanted: string): Promise<void> {
  await eventually(`focus on ${wanted}`, async () => await focused(page) === wanted || undefined);
}

/** The fields of the form that the IdP made last, as a browser posts them. */
function postedBy(stage: Stage, relayState?: string): string {
  const fields = new URLSearchParams({ SAMLResponse: stage.idp.responses.at(-1)?.base64 ?? "" });
  if (relayState !== undefined) fields.append("RelayState", relayState);
  return fields.toString();
}

const relayTest = (title: string, run: (path: string) => Promise<void>) =>
  hasOpenssl
    ? peerTest("chromium", title, run)
    : Deno.test.ignore(`${title} (skipped: no openssl)`, () => {});

relayTest(
  "Chromium: the relay's page sends the form to the console as it came, on a click alone",
  async (path) => {
    const relayState = `https://console.aws.amazon.com/s3?a=b&c="<ä>+%`;
    await using scene = await setScene(path, { idp: { relayState } });
    const { chromium: { page }, stage } = scene;
    const faults = watched(page);
    await toRelay(scene, page);
    await takePictures(page, "relay");
    await untilFocused(page, "console");
    assert.deepEqual(scene.console, [], "nothing goes on by itself");
    await page.click("text=AWS console");
    await page.waitForURL("https://signin.aws.amazon.com/saml");
    assert.equal(await page.textContent("h1"), "The console");
    assert.deepEqual(scene.console.map(({ url, body }) => ({ url, body })), [
      { url: "https://signin.aws.amazon.com/saml", body: postedBy(stage, relayState) },
    ]);
    assert.deepEqual(faults, []);
  },
);

relayTest(
  "Chromium: the relay's page sends the form to the driver that waits, which delivers; by keyboard, and the next time it is offered first",
  async (path) => {
    await using scene = await setScene(path);
    const { chromium: { page }, stage } = scene;
    const faults = watched(page);
    {
      await using driver = await waitingDriver(stage);
      await toRelay(scene, page);
      await untilFocused(page, "console");
      await page.keyboard.press("Tab");
      assert.equal(await focused(page), "driver");
      await page.keyboard.press("Enter");
      await page.waitForURL(/^http:\/\/localhost:\d+\/answer\//);
      assert.equal(await page.textContent("h1"), "Signed in to AWS");
      const { code, stdout, stderr } = await endOf(driver);
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).AccessKeyId, stage.sts.handedOut[0]?.accessKeyId);
    }
    await using driver = await waitingDriver(stage);
    await toRelay(scene, page);
    await takePictures(page, "relay-again");
    await untilFocused(page, "driver");
    assert.equal(
      await page.locator(".primary").innerText().then((text) => text.split("\n")[0]),
      "Command line",
    );
    assert.equal(stage.sts.calls.length, 1, "nothing goes on by itself");
    await page.keyboard.press("Enter");
    await page.waitForURL(/^http:\/\/localhost:\d+\/answer\//);
    assert.equal((await endOf(driver)).code, 0);
    assert.deepEqual(scene.console, []);
    const [cookie, ...more] = await page.context().cookies(RELAY_URL);
    assert.deepEqual(more, []);
    assert.deepEqual([cookie?.value, cookie?.secure, cookie?.sameSite], ["driver", true, "Strict"]);
    // It says where a sign-in went, and nothing else.
    assert.deepEqual(faults, []);
  },
);

relayTest(
  "Chromium: the relay's page copies the Response as one line, for pasting",
  async (path) => {
    await using scene = await setScene(path, { idp: { wrapBase64: true } });
    const { chromium: { page, context }, stage } = scene;
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await toRelay(scene, page);
    await page.click("text=Copy for pasting");
    await eventually(
      "the word",
      async () => /^Copied/.test(await page.innerText("#say")) || undefined,
    );
    const copied = await page.evaluate("navigator.clipboard.readText()");
    assert.ok(copied === stage.idp.responses.at(-1)?.base64);
    assert.deepEqual(scene.console, []);
  },
);

relayTest("Chromium: without JavaScript the relay's page works by its buttons", async (path) => {
  await using scene = await setScene(path, { javaScriptEnabled: false, idp: { autoPost: false } });
  const { chromium: { page }, stage } = scene;
  await page.goto(stage.idp.startUrl);
  await page.fill("#user", "alice");
  await page.press("#user", "Enter");
  await page.click("text=Continue");
  await page.waitForURL(RELAY_URL);
  assert.equal(await page.locator("#copy").isVisible(), false);
  await takePictures(page, "relay-no-script");
  await page.click("text=AWS console");
  await page.waitForURL("https://signin.aws.amazon.com/saml");
  assert.deepEqual(scene.console.map(({ body }) => body), [postedBy(stage)]);
});

relayTest(
  "Chromium: fields whose names are those of the form's own properties break nothing",
  async (path) => {
    await using scene = await setScene(path);
    const { chromium: { page }, stage } = scene;
    const faults = watched(page);
    const [[, base64 = ""] = []] = stage.idp.signIn("erin").fields;
    const names = ["submit", "addEventListener", "action", "method", "__proto__", "say", "copy"];
    const form = [["SAMLResponse", base64], ...names.map((name) => [name, "x"])];
    await page.goto(stage.idp.startUrl);
    // As any site can: a form of its own.
    await page.evaluate(`
    const form = document.createElement("form");
    form.method = "post";
    form.action = ${JSON.stringify(RELAY_URL)};
    for (const [name, value] of ${JSON.stringify(form)}) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    }
    document.body.append(form);
    HTMLFormElement.prototype.submit.call(form);
  `);
    await page.waitForURL(RELAY_URL);
    await takePictures(page, "relay-partitions");
    await untilFocused(page, "console");
    assert.match(
      await page.innerText("main"),
      /AWS China console[^]*AWS GovCloud|AWS GovCloud[^]*China|Another AWS partition/,
    );
    assert.deepEqual(scene.console, []);
    assert.deepEqual(faults, []);
  },
);
