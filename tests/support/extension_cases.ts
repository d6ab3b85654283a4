/**
 * What the extension does, in a browser of any kind.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { BrowserWithExtension, Tab } from "./browser_tabs.ts";
import { eventually } from "./eventually.ts";
import { arrives, AWS_HOSTS, type ExtensionScene, FORM } from "./extension_scene.ts";

/** A browser with the extension, which knows the port of the scene's listeners. */
export interface Scene extends ExtensionScene {
  readonly browser: BrowserWithExtension;
  /** A tab at a page of the extension, to ask it things. */
  readonly inside: Tab;
}

/** One thing that it does. */
export interface ExtensionCase {
  readonly name: string;
  readonly run: (scene: Scene) => Promise<void>;
}

/** Sets the port of the driver. */
export async function setPort(inside: Tab, port: number): Promise<void> {
  await inside.run(`chrome.storage.local.set({ port: ${port} })`);
  await portIsUsed(inside, port);
}

/** Waits until the browser tells the driver at this port of the extension. */
export async function portIsUsed(inside: Tab, port: number): Promise<void> {
  const code = "chrome.declarativeNetRequest.getDynamicRules().then(JSON.stringify)";
  await eventually(
    "the port to be used",
    async () => String(await inside.run(code)).includes(`:${port}/`) || undefined,
  );
}

/** The number of rules by which tabs are armed now. */
export async function rules({ inside }: Pick<Scene, "inside">): Promise<unknown> {
  return await inside.run(
    "chrome.declarativeNetRequest.getSessionRules().then((rules) => rules.length)",
  );
}

/** What the toolbar icon shows at the tabs where it shows something. */
async function badges({ inside }: Scene): Promise<unknown> {
  return await inside.run(
    `chrome.tabs.query({})
      .then((tabs) => Promise.all(tabs.map(({ id }) => chrome.action.getBadgeText({ tabId: id }))))
      .then((texts) => texts.filter((text) => text !== ""))`,
  );
}

/** Waits until no tab is armed. */
export async function disarmed(scene: Pick<Scene, "inside">): Promise<void> {
  await eventually("the tabs to be disarmed", async () => await rules(scene) === 0 || undefined);
}

/** Opens the start address in a new tab, which goes on to the IdP. */
export async function openStart({ browser }: Scene, start: string): Promise<Tab> {
  const tab = await browser.open(start);
  await arrives(tab, "Identity provider");
  return tab;
}

/** Signs in in a tab that nothing armed, and sees that it ends at AWS. */
async function assertGoesToAws({ aws }: Scene, tab: Tab): Promise<void> {
  const before = aws.posts.length;
  await tab.click("#here");
  await arrives(tab, "AWS console");
  assert.deepEqual(aws.posts.slice(before), [{ url: `https://${AWS_HOSTS[0]}/saml`, body: FORM }]);
}

/** The tab that was not there before. */
async function newTab({ browser }: Scene, before: readonly Tab[]): Promise<Tab> {
  const known = before.map(({ page }) => page);
  return await eventually(
    "a new tab",
    async () => (await browser.tabs()).find(({ page }) => !known.includes(page)),
  );
}

/** What is the same in every browser. */
export const EXTENSION_CASES: readonly ExtensionCase[] = [
  {
    name:
      "the armed tab's sign-in reaches the driver unchanged, another tab's goes to AWS, a second one too",
    async run(scene) {
      await using listener = scene.listen();
      const tab = await openStart(scene, listener.start);
      const other = await scene.browser.open(scene.idp);
      assert.equal(
        await tab.run("history.length"),
        await other.run("history.length"),
        "Back does not lead to the start",
      );
      await assertGoesToAws(scene, other);
      assert.equal(await rules(scene), 1, "armed");
      assert.deepEqual(await badges(scene), ["ON"]);
      await tab.click("#here");
      await arrives(tab, "Received");
      assert.deepEqual(listener.bodies, [FORM]);
      await disarmed(scene);
      assert.deepEqual(await badges(scene), []);
      await tab.goto(scene.idp);
      await assertGoesToAws(scene, tab);
      assert.equal(listener.bodies.length, 1);
      await Promise.all([tab.close(), other.close()]);
    },
  },
  {
    name: "the sign-in of a region goes to the driver too",
    async run(scene) {
      await using listener = scene.listen();
      const tab = await openStart(scene, listener.start);
      await tab.goto(`${scene.idp}?to=${AWS_HOSTS[1]}`);
      await tab.click("#here");
      await arrives(tab, "Received");
      await tab.close();
    },
  },
  ...["#tab", "#window"].map((selector): ExtensionCase => ({
    name: `a tab that the armed tab opens is armed, and disarmed with it: ${selector}`,
    async run(scene) {
      await using listener = scene.listen();
      const tab = await openStart(scene, listener.start);
      const before = await scene.browser.tabs();
      await tab.click(selector);
      const opened = await newTab(scene, before);
      await arrives(opened, "Received");
      assert.deepEqual(listener.bodies, [FORM]);
      await disarmed(scene);
      await assertGoesToAws(scene, tab);
      await Promise.all([tab.close(), opened.close()]);
    },
  })),
  {
    name: "attack: a foreign page that opens or frames the start address arms nothing",
    async run(scene) {
      await using listener = scene.listen();
      for (const address of [listener.start, `${new URL(listener.start).origin}/start/again`]) {
        const tab = await scene.browser.open(scene.idp);
        await tab.run(`void document.body.append(
          Object.assign(document.createElement("iframe"), { src: ${JSON.stringify(address)} }))`);
        const before = await scene.browser.tabs();
        await tab.run(
          `document.querySelector("#window").onclick = () => window.open("${address}")`,
        );
        await tab.click("#window");
        const opened = await newTab(scene, before);
        await arrives(opened, "Identity provider");
        assert.equal(await rules(scene), 0);
        await assertGoesToAws(scene, opened);
        await tab.goto(scene.idp);
        await tab.run(`void (location.href = ${JSON.stringify(address)})`);
        await eventually("the tab to come back", async () => await tab.text("h1") || undefined);
        await arrives(tab, "Identity provider");
        await assertGoesToAws(scene, tab);
        await Promise.all([tab.close(), opened.close()]);
      }
      assert.deepEqual(listener.bodies, []);
    },
  },
  {
    name: "attack: a page that leads to another program on the driver's port arms nothing",
    async run(scene) {
      await using impostor = scene.listenAsImpostor();
      const { start } = impostor;
      const tab = await scene.browser.open(scene.idp);
      const ways = [
        `location.href = ${JSON.stringify(start)}`,
        `location.replace(${JSON.stringify(start)})`,
        `const link = document.createElement("a"); link.href = ${JSON.stringify(start)};
         link.rel = "noreferrer"; document.body.append(link); link.click()`,
      ];
      for (const way of ways) {
        await tab.goto(scene.idp);
        await tab.run(`void (() => { ${way} })()`);
        await arrives(tab, "Impostor");
        await tab.click("#again");
        await eventually(
          "the next page",
          async () => String(await tab.url()).endsWith("/start/again") || undefined,
        );
        await tab.run("void location.reload()");
        await eventually("the page to be loaded again", async () => {
          const kind = "performance.getEntriesByType('navigation')[0].type";
          return await tab.run(`document.readyState + ${kind}`) === "completereload" || undefined;
        });
      }
      await tab.goto(scene.idp);
      await assertGoesToAws(scene, tab);
      assert.deepEqual(impostor.asked, []);
      // What the person opens by themselves is asked, or the test would prove nothing.
      await tab.goto(start);
      await eventually("the question", () => impostor.asked.length > 0 || undefined);
      await tab.close();
      await disarmed(scene);
    },
  },
  {
    name:
      "after a sign-in that was refused, signing in again from the driver's page arms the tab again",
    async run(scene) {
      await using listener = scene.listen();
      const tab = await openStart(scene, listener.start);
      await tab.click("#here");
      await arrives(tab, "Received");
      await disarmed(scene);
      await tab.run(`void (location.href = "/start/again")`);
      await eventually(
        "the IdP",
        async () => await tab.text("h1") === "Identity provider" || undefined,
      );
      await tab.click("#here");
      await arrives(tab, "Received");
      assert.deepEqual(listener.bodies, [FORM, FORM]);
      await tab.close();
    },
  },
  {
    // As when Chromium is started by the driver: it opens the address before it has an extension's rules.
    name:
      "a driver that was not told of the extension leads on at once, and the tab is armed all the same",
    async run(scene) {
      const { inside } = scene;
      await using listener = scene.listen();
      const all = "chrome.declarativeNetRequest.getDynamicRules()";
      const update = "chrome.declarativeNetRequest.updateDynamicRules";
      await inside.run(`${all}.then((all) => { globalThis.kept = all;
        return ${update}({ removeRuleIds: all.map(({ id }) => id) }); })`);
      const tab = await openStart(scene, listener.start);
      await eventually("the tab to be armed", async () => await rules(scene) === 1 || undefined);
      await inside.run(`${update}({ addRules: globalThis.kept })`);
      await tab.click("#here");
      await arrives(tab, "Received");
      await tab.close();
      await disarmed(scene);
    },
  },
  {
    name: "a page at the start address of a driver that does not wait arms nothing",
    async run(scene) {
      await using listener = scene.listen();
      const guess = new URL(`/start/${crypto.randomUUID()}`, listener.start);
      const tab = await scene.browser.open(guess.href);
      assert.equal(await tab.text("h1"), "This sign-in link has expired");
      await tab.goto(scene.idp);
      await assertGoesToAws(scene, tab);
      await tab.close();
    },
  },
  {
    name: "tabs are disarmed when their driver ends without a sign-in, and when they are closed",
    async run(scene) {
      const listener = scene.listen();
      const tab = await openStart(scene, listener.start);
      assert.equal(await rules(scene), 1);
      await listener[Symbol.asyncDispose]();
      await disarmed(scene);
      await assertGoesToAws(scene, tab);
      await tab.close();
      await using next = scene.listen();
      const closed = await openStart(scene, next.start);
      assert.equal(await rules(scene), 1);
      await closed.close();
      await disarmed(scene);
    },
  },
  {
    name: "a sign-in that is to be copied is shown once, and goes to nobody",
    async run(scene) {
      const tab = await scene.browser.open(`${scene.browser.extension}/popup.html`);
      await eventually(
        "the button",
        async () => await tab.run("document.querySelector('#copy').hidden") === false || undefined,
      );
      await tab.click("#copy");
      await eventually(
        "the state",
        async () =>
          await tab.text("#state") === "The next sign-in is shown for copying" || undefined,
      );
      const before = scene.aws.posts.length;
      await tab.goto(scene.idp);
      await tab.click("#here");
      await eventually(
        "the page of the extension",
        async () => await tab.url() === `${scene.browser.extension}/sign_in.html` || undefined,
      );
      const field = await eventually(
        "the sign-in",
        async () => await tab.run("document.querySelector('#text').value") || undefined,
      );
      assert.equal(field, new URLSearchParams(FORM).get("SAMLResponse"));
      assert.equal(scene.aws.posts.length, before);
      await disarmed(scene);
      await tab.goto(`${scene.browser.extension}/sign_in.html`);
      await eventually(
        "nothing",
        async () =>
          await tab.run("document.querySelector('#nothing').hidden") === false || undefined,
      );
      assert.equal(await tab.run("document.querySelector('#text').value"), "");
      await tab.goto(scene.idp);
      await assertGoesToAws(scene, tab);
      await tab.close();
    },
  },
];
