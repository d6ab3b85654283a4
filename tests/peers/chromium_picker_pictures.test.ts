/**
 * The role picker in light, in dark and on a phone. The screenshots in `build/screenshots` are for people to
 * look at.
 */

import type { PickerModel } from "../../src/sign_in/pages/picker.ts";
import { startChromium } from "../support/chromium.ts";
import { peerTest } from "../support/peers.ts";
import { offered, offeredAtMany, pickerModel } from "../support/picker.ts";
import { takePictures, untilFocused, withPicker } from "../support/picker_tab.ts";

peerTest(
  "chromium",
  "Chromium: the picker can be read in light, in dark and on a phone",
  async (path) => {
    await using chromium = await startChromium(path);
    for (const count of [1, 5, 40]) {
      const model = pickerModel(count);
      await withPicker(chromium, model, async ({ page }) => {
        await untilFocused(page, model.last ?? (count === 1 ? model.roles[0]?.key ?? "" : "find"));
        await takePictures(page, `picker-${count}`);
        if (count !== 40) return;
        await page.fill("#find", "prod dev");
        await takePictures(page, "picker-40-search");
        await page.fill("#find", "");
        await page.keyboard.press("End");
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("End");
        await takePictures(page, "picker-40-end");
      });
    }
    const odd: PickerModel = {
      ...pickerModel(5),
      roles: [
        ...offered("111122223333", "a".repeat(200), ["x/".repeat(120) + "R".repeat(64)]),
        ...offeredAtMany("444455556666", "Two providers", "Admin", ["Okta", "EntraID"]),
        ...offered("777788889999", `<b>"&'</b>`, ["Dev+test@example.com", "Ops=1,2"]),
      ],
      person: `${"p".repeat(60)}@example.com`,
      idp: `https://idp.example.com/${"long/".repeat(30)}`,
      remainingMs: 42_000,
      narrowed: "limited by --role-filter '*'",
    };
    await withPicker(chromium, odd, async ({ page }) => {
      await takePictures(page, "picker-odd");
    });
  },
);
