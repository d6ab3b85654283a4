/**
 * A listener that has nothing but the role picker, its tab in Chromium, and pictures of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page as Tab } from "playwright-core";
import { html, pageResponse } from "../../src/sign_in/pages/page.ts";
import { type PickerModel, pickerPage } from "../../src/sign_in/pages/picker.ts";
import type { Chromium } from "./chromium.ts";
import { eventually } from "./eventually.ts";

const SCREENSHOTS = fileURLToPath(new URL("../../build/screenshots/", import.meta.url));

/** What the form posted. */
export interface Posted {
  readonly form: Readonly<Record<string, string>>;
  readonly origin: string | null;
  readonly site: string | null;
  readonly dest: string | null;
}

/** A listener that runs. */
export interface Picker extends AsyncDisposable {
  readonly url: string;
  readonly posts: readonly Posted[];
  /** How long the answer to a post takes, milliseconds. */
  answerMs: number;
}

/** A listener that has nothing but the page, and takes what it posts. */
export function servePicker(model: PickerModel): Picker {
  const posts: Posted[] = [];
  const stop = new AbortController();
  const options = { hostname: "127.0.0.1", port: 0, onListen() {}, signal: stop.signal };
  const server = Deno.serve(options, async (request) => {
    if (request.method !== "POST") {
      return new URL(request.url).pathname === "/"
        ? pageResponse(pickerPage(model))
        : new Response(null, { status: 404 });
    }
    posts.push({
      form: Object.fromEntries(new URLSearchParams(await request.text())),
      origin: request.headers.get("origin"),
      site: request.headers.get("sec-fetch-site"),
      dest: request.headers.get("sec-fetch-dest"),
    });
    await new Promise((resolve) => setTimeout(resolve, picker.answerMs));
    return pageResponse({ status: 200, title: "Taken", mood: "good", body: html`` });
  });
  const picker: Picker = {
    url: `http://localhost:${server.addr.port}`,
    posts,
    answerMs: 0,
    // Not its shutdown: that waits for an answer that a failed test holds back for ever.
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await server.finished;
    },
  };
  return picker;
}

/** A tab that shows the page of a listener. */
export interface Scene {
  readonly picker: Picker;
  readonly page: Tab;
}

/** Opens the page, and fails on everything that Chromium has against it. */
export async function withPicker(
  chromium: Chromium,
  model: PickerModel,
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  await using picker = servePicker(model);
  // Disposed first: a tab that is still open may keep the listener from closing.
  await using page = await chromium.context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.goto(picker.url);
  await run({ picker, page });
  assert.deepEqual(faults, []);
}

/** The one post of a choice, once the tab shows its answer. */
export async function choice({ page, picker }: Scene): Promise<Posted> {
  await page.waitForSelector("h1:has-text('Taken')");
  assert.equal(picker.posts.length, 1, "posted more than once");
  const [post] = picker.posts;
  assert.ok(post !== undefined);
  assert.equal(post.origin, picker.url);
  assert.equal(post.site, "same-origin");
  assert.equal(post.dest, "document");
  return post;
}

/** What has the focus: a role by its key, else an id or a name. */
export async function focused(page: Tab): Promise<unknown> {
  return await page.evaluate(
    "(document.activeElement.value || document.activeElement.id || document.activeElement.name)",
  );
}

/** Waits until something has the focus. */
export async function untilFocused(page: Tab, what: string): Promise<void> {
  await eventually(`focus on ${what}`, async () => await focused(page) === what || undefined);
}

const LOOKS = [
  { look: "light", colorScheme: "light", width: 1000, height: 700 },
  { look: "dark", colorScheme: "dark", width: 1000, height: 700 },
  { look: "phone", colorScheme: "light", width: 360, height: 640 },
  { look: "phone-dark", colorScheme: "dark", width: 360, height: 640 },
] as const;

/** Takes the page's picture in every look, as it is seen or whole; on a phone nothing may stick out. */
export async function takePictures(page: Tab, name: string, fullPage = false): Promise<void> {
  for (const { look, colorScheme, width, height } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `${SCREENSHOTS}${name}-${look}.png`, fullPage });
    const widest = await page.evaluate("document.documentElement.scrollWidth");
    assert.equal(widest, width, `${name} is wider than ${look}`);
  }
  await page.setViewportSize({ width: 1000, height: 700 });
}
