/** The question before a whole assertion is used: who may answer it, how long, and what takes its place. */

import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { SignInRequest } from "../../src/sign_in/request.ts";
import { listRoles } from "../../src/sign_in/use_offer.ts";
import { type FakeWorldOptions, NOON, requestFake } from "../support/fakes.ts";
import { ACS, assertionOf, readingWorld } from "../support/offers.ts";
import { soon } from "../support/sign_ins.ts";
import { openPicker, type PickerTab } from "../support/tab.ts";

const MINUTE = 60_000;

/** A use that has to be confirmed, waiting. */
async function start(options: FakeWorldOptions & { readonly request?: Partial<SignInRequest> }) {
  const world = readingWorld(options);
  const used: string[] = [];
  const request = requestFake({ role: undefined, provider: undefined, ...options.request });
  const end = listRoles(request, world, {
    confirm: ({ roles }) => ({
      question: `Write ${roles.length}?`,
      yes: "Write them",
      facts: [["File", "a file"]],
    }),
    deliver: ({ roles }) => {
      used.push(...roles.map(({ role }) => role.account));
      return Promise.resolve({ sentence: "It is written" });
    },
  }).then(() => undefined, (error: unknown) => error);
  await world.events.find(({ kind }) => kind === "listening");
  const open = (...accounts: readonly string[]) =>
    openPicker(world.tab, ACS, assertionOf(accounts.map((account) => `${account}/Dev`)));
  return { world, end, used, open };
}

const yes = (tab: PickerTab) => tab.submit({ token: tab.token, confirm: "1" });

Deno.test("confirmation: the page tells who, what and how long, and has what keeps a stray click from a yes", async () => {
  const { end, open, used, world } = await start({});
  const tab = await open("111122223333", "444455556666");
  assert.equal(tab.page.heading, "Write 2?");
  for (const part of [/alice@example\.com/, /idp\.example/, />a file</, />5:00 left to confirm</]) {
    assert.match(tab.page.text, part);
  }
  assert.match(tab.page.text, /data-left="300000"/);
  assert.match(tab.page.text, /Click again to confirm/, "the script that wants a second click");
  assert.match(tab.page.text, /settle \.4s/, "without a script the button waits as well");
  const asking = await world.events.find(({ kind }) => kind === "asking");
  assert.deepEqual(asking, {
    kind: "asking",
    message: "Write 2? Confirm it in the browser",
    until: NOON + 5 * MINUTE,
  });
  assert.equal((await tab.submit({ token: tab.token })).heading, "Write 2?", "neither yes nor no");
  assert.deepEqual(used, []);
  assert.equal((await yes(tab)).status, 200);
  assert.equal(await end, undefined);
  assert.deepEqual(used, ["111122223333", "444455556666"]);
});

Deno.test("confirmation: a double click on the yes writes once, and both halves get its answer", async () => {
  const { end, open, used } = await start({});
  const tab = await open("111122223333");
  const pages = await Promise.all([yes(tab), yes(tab)]);
  assert.deepEqual(pages.map(({ heading }) => heading), ["Signed in", "Signed in"]);
  assert.equal(await end, undefined);
  assert.equal(used.length, 1);
});

// Each post once kept its assertion until the end: 300 of them were 70 MB.
Deno.test("confirmation: a newer question takes the place of an older one", async () => {
  const { end, open, used, world } = await start({});
  const older = await open("111122223333");
  const newer = await open("444455556666");
  for (const page of [await older.look(), await yes(older)]) {
    assert.equal(page.status, 410);
    assert.match(page.heading, /newer sign-in/);
  }
  assert.deepEqual(used, []);
  assert.ok(world.events.all.some(({ kind }) => kind === "notice"));
  assert.equal((await yes(newer)).status, 200);
  assert.equal(await end, undefined);
  assert.deepEqual(used, ["444455556666"]);
});

// Exactly at zero the driver once ended, and the page was gone instead of saying why.
Deno.test("confirmation: at zero the page says so, and there is time to sign in again", async () => {
  let now = NOON;
  const { end, open, used, world } = await start({ now: () => now, request: { timeoutMs: 1000 } });
  const tab = await open("111122223333");
  now += 5 * MINUTE;
  for (const page of [await tab.look(), await yes(tab)]) {
    assert.equal(page.status, 410);
    assert.match(page.heading, /sign-in has expired/);
  }
  const again = await openPicker(
    world.tab,
    ACS,
    assertionOf(["444455556666/Dev"], { now }),
  );
  assert.equal((await yes(again)).status, 200);
  assert.equal(await end, undefined);
  assert.deepEqual(used, ["444455556666"]);
});

Deno.test("confirmation: Cancel is 130 also after zero", async () => {
  let now = NOON;
  const { end, open, used } = await start({ now: () => now });
  const tab = await open("111122223333");
  now += 5 * MINUTE;
  assert.equal((await tab.cancel()).heading, "Canceled");
  const error = await soon("the end", end);
  assert.ok(error instanceof UserError && error.exitCode === ExitCode.INTERRUPTED);
  assert.deepEqual(used, []);
});

Deno.test("confirmation: a page that nobody answers ends in words that fit any page", async () => {
  let now = NOON - 6 * MINUTE - 900;
  const started = await start({ now: () => now, request: { timeoutMs: 1000 } });
  now = NOON;
  await started.open("111122223333");
  const error = await soon("the end", started.end);
  assert.ok(error instanceof UserError && error.exitCode === ExitCode.NO_ASSERTION);
  assert.doesNotMatch(`${error.message} ${error.hint}`, /role|chosen/);
});
