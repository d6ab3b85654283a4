/**
 * The role picker in Chromium: by keyboard, by click, by searching, without JavaScript, and what must not
 * take a role.
 */

import assert from "node:assert/strict";
import type { Page as Tab } from "playwright-core";
import { startChromium } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { peerTest } from "../support/peers.ts";
import { pickerModel } from "../support/picker.ts";
import {
  choice,
  focused,
  servePicker,
  takePictures,
  untilFocused,
  withPicker,
} from "../support/picker_tab.ts";

/** Longer than a page takes to settle. */
const SETTLED_MS = 500;

async function shown(page: Tab): Promise<readonly string[]> {
  return await page.locator("button[name=role]:visible .name").allInnerTexts();
}

peerTest(
  "chromium",
  "Chromium: the picker by click, keyboard, search and Cancel",
  async (path, t) => {
    await using chromium = await startChromium(path);
    const five = pickerModel(5);

    await t.step("a click", () =>
      withPicker(chromium, five, async (scene) => {
        await scene.page.click("button:has-text('ReadOnly') >> nth=0");
        const { form } = await choice(scene);
        assert.deepEqual(form, { token: five.token, role: form.role ?? "" });
        assert.match(form.role ?? "", /ReadOnly/);
      }));

    await t.step(
      "Enter on the role taken last time",
      () =>
        withPicker(chromium, five, async (scene) => {
          await untilFocused(scene.page, five.last ?? "");
          await scene.page.keyboard.press("Enter");
          assert.deepEqual((await choice(scene)).form, { token: five.token, role: five.last });
        }),
    );

    await t.step(
      "arrows, Home and End move, Enter takes",
      () =>
        withPicker(chromium, five, async (scene) => {
          const { page } = scene;
          const keys = await page.locator("button[name=role]").evaluateAll((buttons) =>
            buttons.map((button) => button.getAttribute("value") ?? "")
          );
          await untilFocused(page, five.last ?? "");
          for (
            const [key, index] of [
              ["ArrowDown", 1],
              ["ArrowDown", 2],
              ["ArrowUp", 1],
              ["End", 4],
              ["ArrowDown", 4],
              ["Home", 0],
              ["ArrowDown", 1],
            ] as const
          ) {
            await page.keyboard.press(key);
            assert.equal(await focused(page), keys[index], key);
          }
          await page.keyboard.press("Home");
          await page.keyboard.press("ArrowUp");
          assert.equal(await focused(page), "find");
          await page.keyboard.press("ArrowDown");
          await page.keyboard.press("ArrowDown");
          await page.keyboard.press("Enter");
          assert.equal((await choice(scene)).form.role, keys[1]);
        }),
    );

    await t.step(
      "a search and Enter",
      () =>
        withPicker(chromium, pickerModel(40), async (scene) => {
          const { page } = scene;
          await page.keyboard.press("/");
          assert.equal(await focused(page), "find");
          await page.keyboard.press("Enter");
          assert.equal(scene.picker.posts.length, 0, "Enter in the empty field took a role");
          await page.keyboard.type("PROD dév");
          assert.match(await page.innerText("#count"), /^\d+ of 40 roles$/);
          assert.equal(await page.getAttribute("#count", "role"), "status");
          for (const name of await shown(page)) {
            assert.match(name, /dev/i);
          }
          const first = await page.locator("button[name=role]:visible").first().getAttribute(
            "value",
          );
          assert.equal(await page.locator(".next").getAttribute("value"), first);
          await page.keyboard.press("Enter");
          assert.equal((await choice(scene)).form.role, first);
        }),
    );

    // Whoever began to type a name on a role that had the focus had to go to the field first.
    await t.step(
      "a letter typed anywhere begins the search",
      () =>
        withPicker(chromium, five, async (scene) => {
          const { page } = scene;
          await untilFocused(page, five.last ?? "");
          await page.keyboard.press("ArrowDown");
          await page.keyboard.press("Shift");
          assert.notEqual(await focused(page), "find");
          await page.keyboard.type("audit");
          assert.equal(await page.inputValue("#find"), "audit");
          assert.deepEqual(await shown(page), ["Developer"]);
          await page.keyboard.press("Enter");
          assert.match((await choice(scene)).form.role ?? "", /Developer/);
        }),
    );

    // A window of 1280 by 800 at 400 %.
    await t.step(
      "the role that has the focus is in sight at 400 %, whichever it is",
      () =>
        withPicker(chromium, five, async ({ page, picker }) => {
          await page.setViewportSize({ width: 320, height: 200 });
          await page.goto(picker.url);
          await untilFocused(page, five.last ?? "");
          for (const key of ["", "ArrowDown", "ArrowDown", "End", "ArrowUp", "Home"]) {
            if (key !== "") await page.keyboard.press(key);
            const inSight = `(() => {
              const { left, top, right, bottom } = document.activeElement.getBoundingClientRect();
              return [[left + 3, top + 3], [right - 3, bottom - 3]].every(([x, y]) =>
                document.activeElement.contains(document.elementFromPoint(x, y)));
            })()`;
            await eventually(
              `the focus in sight after ${key || "opening"}`,
              async () => await page.evaluate(inSight) === true || undefined,
            );
          }
          await page.screenshot({ path: "build/screenshots/picker-5-zoom.png" });
          await page.setViewportSize({ width: 1000, height: 700 });
        }),
    );

    await t.step(
      "a search that finds nothing, Escape, account numbers as the console writes them",
      () =>
        withPicker(chromium, five, async ({ page, picker }) => {
          const all = await page.innerText("#count");
          await page.fill("#find", "no such role");
          assert.deepEqual(await shown(page), []);
          assert.equal(await page.locator("h2:visible").count(), 0);
          assert.equal(await page.innerText("#count"), "No role matches");
          await page.keyboard.press("Enter");
          await page.keyboard.press("Escape");
          assert.equal(await page.inputValue("#find"), "");
          assert.equal((await shown(page)).length, 5);
          assert.equal(await page.innerText("#count"), all);
          const account = five.roles[0]?.account ?? "";
          await page.keyboard.type(account.replace(/(?<=^\d{4}|^\d{8})/g, "-"));
          assert.equal(
            (await shown(page)).length,
            five.roles.filter((role) => role.account === account).length,
          );
          assert.equal(await page.innerText("h2:visible .number"), account);
          assert.equal(picker.posts.length, 0);
        }),
    );

    await t.step("Cancel", () =>
      withPicker(chromium, five, async (scene) => {
        await scene.page.click("text=Cancel");
        assert.deepEqual((await choice(scene)).form, { token: five.token, cancel: "1" });
      }));

    await t.step(
      "one role is confirmed by Enter",
      () =>
        withPicker(chromium, pickerModel(1), async (scene) => {
          const key = pickerModel(1).roles[0]?.key ?? "";
          assert.equal(await scene.page.innerText("h1"), "Use this role?");
          await untilFocused(scene.page, key);
          await scene.page.keyboard.press("Enter");
          assert.equal((await choice(scene)).form.role, key);
        }),
    );
  },
);

peerTest("chromium", "Chromium: the picker without JavaScript is a plain form", async (path, t) => {
  await using chromium = await startChromium(path);
  const browser = chromium.context.browser();
  assert.ok(browser !== null);
  await using context = await browser.newContext({ javaScriptEnabled: false });
  for (const count of [1, 5]) {
    for (const what of ["role", "cancel"]) {
      await t.step(`${count}, ${what}`, async () => {
        const model = pickerModel(count);
        await using picker = servePicker(model);
        await using page = await context.newPage();
        await page.goto(picker.url);
        assert.match(
          await page.locator(".bar p").last().innerText(),
          /^4:32 left to (choose|confirm) when this page opened$/,
        );
        assert.equal(await page.locator("#find:visible").count(), 0);
        await page.click(`button[name=${what}] >> nth=-1`);
        await page.waitForSelector("h1:has-text('Taken')");
        const [post, ...more] = picker.posts;
        assert.deepEqual(more, []);
        assert.equal(post?.form.token, model.token);
        assert.equal(post.origin, picker.url);
        assert.equal(post.site, "same-origin");
        if (what === "cancel") assert.equal(post.form.cancel, "1");
        else assert.ok(model.roles.some(({ key }) => key === post.form.role));
      });
    }
  }
});

peerTest("chromium", "Chromium: what must not take a role from the picker", async (path, t) => {
  await using chromium = await startChromium(path);
  const five = pickerModel(5);

  await t.step("a second submit", () =>
    withPicker(chromium, five, async (scene) => {
      const { page, picker } = scene;
      picker.answerMs = 2000;
      await page.waitForTimeout(SETTLED_MS);
      // In the page itself: from outside nothing can be asked of a tab that is on its way. Two clicks in one
      // task, before anything can be disabled, and some more while the driver asks AWS.
      await page.evaluate(`void setTimeout(() => {
        const buttons = [...document.querySelectorAll("button")];
        buttons[0].click();
        buttons[1].click();
        setTimeout(() => {
          for (const each of buttons) each.click();
          document.getElementById("choice").requestSubmit();
          sessionStorage.enabled = buttons.filter((each) => !each.disabled).length;
          sessionStorage.said = document.getElementById("say").textContent;
        }, 200);
      })`);
      assert.equal((await choice(scene)).form.role, five.last);
      assert.equal(await page.evaluate("sessionStorage.enabled"), "0");
      assert.equal(await page.evaluate("sessionStorage.said"), "Requesting credentials …");
    }));

  await t.step(
    "the time is over",
    () =>
      withPicker(chromium, { ...five, remainingMs: 1500 }, async ({ page, picker }) => {
        assert.match(await page.innerText("#time"), /^0:0[12] left to choose$/);
        await page.waitForSelector("h1:has-text('This sign-in has expired')");
        assert.equal(await page.title(), "This sign-in has expired");
        assert.match(await page.innerText("#over"), /still waiting\.\s+Sign in again/);
        assert.deepEqual(await page.locator("button:visible").allInnerTexts(), ["Cancel"]);
        assert.equal(await page.locator("button:enabled").count(), 1);
        await page.keyboard.press("Enter");
        await page.evaluate(`document.querySelector("button").click()`);
        await takePictures(page, "picker-over");
        assert.equal(picker.posts.length, 0);
        // Who will not sign in again stops the driver.
        await page.click("text=Cancel");
        assert.deepEqual((await choice({ page, picker })).form, { token: five.token, cancel: "1" });
      }),
  );

  await t.step(
    "a key that is held down since the page before",
    () =>
      withPicker(chromium, five, async ({ page, picker }) => {
        await page.keyboard.down("Enter");
        await untilFocused(page, five.last ?? "");
        await page.keyboard.down("Enter");
        await page.keyboard.up("Enter");
        // A post would take a moment.
        await page.waitForTimeout(SETTLED_MS);
        assert.equal(picker.posts.length, 0);
      }),
  );

  await t.step(
    "the second half of a double click on a window that was in front",
    () =>
      withPicker(chromium, five, async (scene) => {
        const { page, picker } = scene;
        await page.waitForTimeout(SETTLED_MS);
        const button = page.locator("button[name=role]").first();
        const box = await button.boundingBox();
        assert.ok(box !== null);
        await page.mouse.move(box.x + 20, box.y + 20);
        await page.evaluate(`window.dispatchEvent(new Event("focus"))`);
        await page.waitForTimeout(100);
        await page.mouse.down();
        await page.mouse.up();
        assert.equal(await page.innerText("#say"), "Click again to confirm");
        assert.equal(picker.posts.length, 0);
        await page.waitForTimeout(SETTLED_MS);
        await page.mouse.down();
        await page.mouse.up();
        await choice(scene);
      }),
  );

  await t.step(
    "but the click that brings the window to the front does",
    () =>
      withPicker(chromium, five, async (scene) => {
        const { page } = scene;
        await page.waitForTimeout(SETTLED_MS);
        await page.evaluate(
          `addEventListener("pointerdown", () => dispatchEvent(new Event("focus")), true)`,
        );
        await page.locator("button[name=role]").first().click({ delay: 120 });
        await choice(scene);
      }),
  );
});

peerTest("chromium", "Chromium: two hundred roles are searched without a hitch", async (path) => {
  await using chromium = await startChromium(path);
  await withPicker(chromium, pickerModel(200), async ({ page }) => {
    assert.equal((await shown(page)).length, 200);
    const ms = await page.evaluate(`(() => {
      const field = document.getElementById("find");
      const begin = performance.now();
      for (const text of ["d", "de", "dev", "dev 1", ""]) {
        field.value = text;
        field.dispatchEvent(new Event("input"));
        document.body.offsetHeight;
      }
      return (performance.now() - begin) / 5;
    })()`);
    console.log(`  ${Number(ms).toFixed(1)} ms a key`);
    assert.ok(Number(ms) < 250, `${ms} ms a key`);
  });
});
