/**
 * What the userscript does, in a browser of any kind.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { arrives, AWS_HOSTS, type ExtensionScene, FORM } from "./extension_scene.ts";

/** A tab in which the userscript runs on every page. */
export interface UserscriptTab {
  goto(url: string): Promise<void>;
  click(selector: string): Promise<void>;
  press(key: string): Promise<void>;
  text(selector: string): Promise<string | undefined>;
  run(code: string): Promise<unknown>;
  url(): Promise<unknown>;
}

/** Where it is tested. */
export interface UserscriptScene extends ExtensionScene {
  readonly tab: UserscriptTab;
}

/** One thing that it does. */
export interface UserscriptCase {
  readonly name: string;
  readonly run: (scene: UserscriptScene) => Promise<void>;
}

const USERSCRIPT = new URL("../../scripts/stssamldriver.user.js", import.meta.url);

/** The userscript for a driver at this port. */
export function userscriptFor(port: number): string {
  const text = Deno.readTextFileSync(USERSCRIPT);
  assert.ok(text.includes("http://localhost:8090/saml"));
  return text.replace("http://localhost:8090/saml", `http://localhost:${port}/saml`);
}

const QUESTION = "Console or command line?";

/** How pages send a form, and what the person does. */
const WAYS: readonly (readonly [name: string, by: string, click?: string])[] = [
  ["form.submit()", "document.forms[0].submit()"],
  ["submit() of the prototype", "HTMLFormElement.prototype.submit.call(document.forms[0])"],
  ["requestSubmit()", "document.forms[0].requestSubmit()"],
  ["a click", "", "#go"],
];

/** The answers, and where they lead. */
const ANSWERS: readonly (readonly [key: string, to: "driver" | "console"])[] = [
  ["l", "driver"],
  ["C", "console"],
  ["1", "driver"],
  ["2", "console"],
  ["Enter", "driver"],
];

function postPage({ idp }: UserscriptScene, by?: string, more = ""): string {
  return `${idp}post?${by === undefined ? "" : `by=${encodeURIComponent(by)}`}${more}`;
}

/** Waits for the question; a key that comes at once would be taken for one of the page before. */
async function asked({ tab }: UserscriptScene): Promise<void> {
  await arrives(tab, QUESTION);
  await tab.run("new Promise((resolve) => setTimeout(resolve, 450))");
}

/** Signs in, and sees where the form comes. */
async function assertGoes(
  scene: UserscriptScene,
  to: "driver" | "console",
  act: () => Promise<void>,
): Promise<void> {
  const { tab, aws } = scene;
  await using listener = scene.listen();
  const before = aws.posts.length;
  await act();
  await arrives(tab, to === "driver" ? "Received" : "AWS console");
  assert.deepEqual(listener.bodies, to === "driver" ? [FORM] : []);
  const posts = [{ url: `https://${AWS_HOSTS[0]}/saml`, body: FORM }];
  assert.deepEqual(aws.posts.slice(before), to === "driver" ? [] : posts);
}

/** What is the same in every browser. */
export const USERSCRIPT_CASES: readonly UserscriptCase[] = [
  {
    name: "it asks however the page sends its form, and the form goes there unchanged",
    async run(scene) {
      const { tab } = scene;
      for (const [index, [name, by, click]] of WAYS.entries()) {
        for (const to of ["driver", "console"] as const) {
          await assertGoes(scene, to, async () => {
            await tab.goto(postPage(scene, by));
            if (click !== undefined) await tab.click(click);
            await asked(scene);
            // Each way with the mouse once, else by its key.
            if (index % 2 === 0) await tab.press(to === "driver" ? "l" : "c");
            else await tab.click(`dialog button:nth-of-type(${to === "driver" ? 1 : 2})`);
          }).catch((cause) => {
            throw new Error(`${name} to ${to}`, { cause });
          });
        }
      }
    },
  },
  {
    name: "every key answers",
    async run(scene) {
      for (const [key, to] of ANSWERS) {
        await assertGoes(scene, to, async () => {
          await scene.tab.goto(postPage(scene));
          await asked(scene);
          await scene.tab.press(key);
        });
      }
    },
  },
  {
    name: "Escape sends it nowhere, and the page can send it again; a key at once does not answer",
    async run(scene) {
      const { tab, aws } = scene;
      const before = aws.posts.length;
      await tab.goto(postPage(scene));
      await arrives(tab, QUESTION);
      await tab.press("Escape");
      await eventually(
        "the dialog to be gone",
        async () => await tab.run("document.querySelector('dialog')") === null || undefined,
      );
      assert.equal(aws.posts.length, before);
      await assertGoes(scene, "console", async () => {
        await tab.click("#go");
        await arrives(tab, QUESTION);
        await tab.run(`document.activeElement.dispatchEvent(
          new KeyboardEvent("keydown", { key: "l", bubbles: true, cancelable: true }))`);
        await asked(scene);
        await tab.press("c");
      });
    },
  },
  {
    name: "an answer is remembered for the tab where that is asked for",
    async run(scene) {
      const { tab } = scene;
      await assertGoes(scene, "driver", async () => {
        await tab.goto(postPage(scene));
        await asked(scene);
        await tab.click("dialog input[type=checkbox]");
        await tab.press("l");
      });
      await assertGoes(scene, "driver", () => tab.goto(postPage(scene)).catch(() => {}));
      await tab.goto(scene.idp);
      await tab.run("sessionStorage.clear()");
    },
  },
  {
    name: "a page whose form-action does not allow it says so, and the console still works",
    async run(scene) {
      const { tab } = scene;
      await assertGoes(scene, "console", async () => {
        await tab.goto(postPage(scene, undefined, "&policy"));
        await asked(scene);
        await tab.click("dialog input[type=checkbox]");
        await tab.press("l");
        await eventually(
          "the reason",
          async () =>
            (await tab.text("dialog [role=status]"))?.includes("form-action") || undefined,
        );
        await tab.press("c");
      });
      await tab.goto(scene.idp);
      await tab.run("sessionStorage.clear()");
    },
  },
  {
    name: "other forms go where they went, without a question",
    async run(scene) {
      const { tab, aws } = scene;
      const before = aws.posts.length;
      // Another path of AWS's, another field, another method, an action that is no URL, fields with the names of properties.
      const forms = [
        `form.action = "https://${AWS_HOSTS[0]}/other"`,
        `form.SAMLResponse.name = "SAMLRequest"`,
      ];
      for (const change of forms) {
        await tab.goto(
          postPage(scene, `const form = document.forms[0]; ${change}; form.submit()`),
        ).catch(() => {});
        await arrives(tab, "AWS console");
      }
      assert.equal(aws.posts.length, before + forms.length);
      await tab.goto(postPage(
        scene,
        `const form = document.forms[0];
        form.setAttribute("action", "https://"); window.onsubmit = () => false; form.requestSubmit();
        document.title = "still here"`,
      ));
      assert.equal(await tab.run("document.title"), "still here");
      assert.equal(await tab.run("document.querySelector('dialog')"), null);
      // Fields that hide the form's own properties.
      await assertGoes(scene, "driver", async () => {
        await tab.goto(postPage(
          scene,
          `for (const name of ["action", "method", "submit"]) {
          const field = document.createElement("button"); field.name = name;
          document.forms[0].append(field);
        } HTMLFormElement.prototype.submit.call(document.forms[0])`,
        ));
        await asked(scene);
        await tab.press("l");
      });
    },
  },
];
