/** The address at which the person picks: who may choose what, and when it is over. */

import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { SignedIn } from "../../src/sign_in/outcome.ts";
import type { SignInRequest } from "../../src/sign_in/request.ts";
import { signIn } from "../../src/sign_in/sign_in.ts";
import {
  exchangedFake,
  type FakeWorldOptions,
  howFake,
  NOON,
  requestFake,
} from "../support/fakes.ts";
import { ACS, assertionOf, offerOf, readingWorld } from "../support/offers.ts";
import { soon } from "../support/sign_ins.ts";
import { type Headers, openPicker, PickerTab, postAssertion } from "../support/tab.ts";

const [DEV, ADMIN, OPS] = [
  "111122223333/Dev",
  "111122223333/team/Admin",
  "444455556666/Ops",
] as const;
const MINUTE = 60_000;

interface Options extends FakeWorldOptions {
  readonly request?: Partial<SignInRequest>;
  readonly deliver?: () => Promise<string>;
}

/** A sign-in that has to ask, waiting. */
async function start(options: Options = {}) {
  const world = readingWorld(options);
  const delivered: SignedIn[] = [];
  const request = requestFake({ role: undefined, provider: undefined, ...options.request });
  const end = signIn(
    request,
    world,
    howFake(async (signedIn) => {
      delivered.push(signedIn);
      return await options.deliver?.() ?? "They went where they should";
    }),
  ).then(() => undefined, (error: unknown) => error);
  await world.events.find(({ kind }) => kind === "listening");
  const open = (roles: readonly string[]) => openPicker(world.tab, ACS, assertionOf(roles));
  return { world, end, delivered, open };
}

/** Picks on, to show that nothing before has ended the wait or taken the choice. */
async function assertStillOpen(tab: PickerTab, end: Promise<unknown>): Promise<void> {
  const { status, heading } = await tab.choose("Dev");
  assert.equal(status, 200, heading);
  assert.equal(await soon("the end", end), undefined);
}

Deno.test("role question: what is picked is exchanged and delivered, and the tab says so", async () => {
  const { world, end, delivered, open } = await start();
  const tab = await open([OPS, DEV, ADMIN]);
  assert.match(tab.page.text, /alice@example\.com/);
  assert.match(tab.page.text, /idp\.example/);
  assert.deepEqual(world.exchanges.all, [], "nothing before the person has chosen");
  const page = await tab.choose("team/ Admin");
  assert.equal(page.heading, "Signed in to AWS");
  assert.equal(await end, undefined);
  assert.deepEqual(delivered.map(({ role }) => role.text), [offerOf(ADMIN).role]);
  assert.equal(world.exchanges.all.length, 1);
});

const REFUSED: readonly (readonly [name: string, headers: Headers])[] = [
  ["another site's Origin", { origin: "https://evil.example" }],
  ["another port's Origin", { origin: "http://localhost:8091" }],
  ["the other name of this machine", { origin: "http://127.0.0.1:8090" }],
  ["https", { origin: "https://localhost:8090" }],
  ["Origin null", { origin: "null" }],
  ["no Origin", { origin: null }],
  ["Sec-Fetch-Site cross-site", { "sec-fetch-site": "cross-site" }],
  ["Sec-Fetch-Site same-site", { "sec-fetch-site": "same-site" }],
  ["Sec-Fetch-Site none", { "sec-fetch-site": "none" }],
  ["no Sec-Fetch-Site", { "sec-fetch-site": null }],
  ["neither", { origin: null, "sec-fetch-site": null }],
  ...["iframe", "frame", "embed", "object", "fencedframe", "empty", ""].map((dest) =>
    [`Sec-Fetch-Dest "${dest}"`, { "sec-fetch-dest": dest }] as const
  ),
];
Deno.test("role question: a choice needs the exact Origin and Sec-Fetch-Site same-origin, in a tab", async (t) => {
  const { world, end, open } = await start();
  const tab = await open([DEV, OPS]);
  for (const [name, headers] of REFUSED) {
    await t.step(name, async () => {
      const { status, text } = await tab.choose("Ops", headers);
      assert.equal(status, 403);
      assert.ok(!text.includes(tab.token));
      assert.deepEqual(world.exchanges.all, []);
    });
  }
  await assertStillOpen(tab, end);
});

Deno.test("role question: the page is not shown inside another one", async () => {
  const { end, open } = await start();
  const tab = await open([DEV, OPS]);
  for (const dest of ["iframe", "frame", "embed", "object", "fencedframe", "empty", "image"]) {
    const { status, text } = await tab.look({ "sec-fetch-dest": dest });
    assert.equal(status, 403, dest);
    assert.ok(!text.includes(tab.token), dest);
  }
  await assertStillOpen(tab, end);
});

Deno.test("role question: forms that are not this page's take nothing", async (t) => {
  const { world, end, open } = await start();
  const tab = await open([DEV, OPS]);
  const { token } = tab;
  const forms: readonly (readonly [string, Record<string, string>, status: number])[] = [
    ["no token", { role: "0" }, 410],
    ["another token", { token: crypto.randomUUID(), role: "0" }, 410],
    ["cancel without the token", { cancel: "1" }, 410],
    ["no role", { token }, 200],
    ["an empty role", { token, role: "" }, 200],
    ["a role that is not on it", { token, role: "2" }, 200],
    ["a negative one", { token, role: "-1" }, 200],
    ["a number in other words", { token, role: "0x0" }, 200],
    ["with a blank", { token, role: " 0" }, 200],
    ["a name of every object", { token, role: "length" }, 200],
  ];
  for (const [name, form, status] of forms) {
    await t.step(name, async () => {
      const page = await tab.submit(form);
      assert.equal(page.status, status);
      assert.equal(page.text.includes("Choose a role"), status === 200);
      assert.deepEqual(world.exchanges.all, []);
    });
  }
  const guessed = await world.send(
    new Request(`http://localhost:8090/choose/${crypto.randomUUID()}`, {
      headers: { host: "localhost:8090" },
    }),
  );
  assert.equal(guessed.status, 404);
  await assertStillOpen(tab, end);
});

Deno.test("role question: a newer assertion takes the place of an older one, whose page says so", async () => {
  const { world, end, delivered, open } = await start();
  const older = await open([DEV, OPS]);
  assert.equal((await postAssertion(world.tab, ACS, "bad")).status, 400);
  assert.equal((await older.look()).status, 200, "what cannot be used replaces nothing");
  const newer = await open([OPS, DEV]);
  assert.notEqual(newer.token, older.token);
  for (const page of [await older.look(), await older.choose("Ops")]) {
    assert.equal(page.status, 410);
    assert.match(page.heading, /newer sign-in replaced this page/);
  }
  const mixed = await newer.submit({ token: older.token, role: "0" });
  assert.equal(mixed.status, 410, "a token is of one page only");
  await older.cancel();
  assert.deepEqual(world.exchanges.all, []);
  await newer.choose("Dev");
  assert.equal(await end, undefined);
  assert.deepEqual(delivered.map(({ role }) => role.text), [offerOf(DEV).role]);
});

Deno.test("role question: a reloaded page is the same page", async () => {
  const { end, open } = await start();
  const tab = await open([DEV, OPS]);
  const { token } = tab;
  assert.equal((await tab.open()).status, 200);
  assert.equal(tab.token, token);
  await assertStillOpen(tab, end);
});

Deno.test("role question: the same choice twice is one exchange with one answer, another one is too late", async () => {
  const sts = Promise.withResolvers<ReturnType<typeof exchangedFake>>();
  const { world, end, delivered, open } = await start({ sts: () => sts.promise });
  const tab = await open([DEV, OPS]);
  const first = tab.choose("Dev");
  await world.exchanges.find(() => true);
  const second = tab.choose("Dev");
  assert.equal((await tab.choose("Ops")).status, 409);
  assert.equal((await tab.cancel()).status, 409, "too late to cancel");
  assert.equal((await tab.look()).status, 409);
  sts.resolve(exchangedFake());
  assert.deepEqual([(await first).heading, (await second).heading], [
    "Signed in to AWS",
    "Signed in to AWS",
  ]);
  assert.equal(await end, undefined);
  assert.equal(delivered.length, 1);
  assert.equal(world.exchanges.all.length, 1);
});

Deno.test("role question: Cancel ends it with 130", async () => {
  const { world, end, delivered, open } = await start();
  const tab = await open([DEV, OPS]);
  const page = await tab.cancel();
  assert.equal(page.heading, "Canceled");
  const error = await end;
  assert.ok(error instanceof UserError);
  assert.equal(error.exitCode, ExitCode.INTERRUPTED);
  assert.deepEqual([world.exchanges.all, delivered], [[], []]);
});

// Cancel once ended with 130 what had been delivered.
Deno.test("role question: Cancel in a newer tab while credentials are handed over comes too late", async () => {
  const handedOver = Promise.withResolvers<string>();
  const delivering = Promise.withResolvers<void>();
  const sts = Promise.withResolvers<ReturnType<typeof exchangedFake>>();
  const { end, open } = await start({
    sts: () => sts.promise,
    deliver: () => {
      delivering.resolve();
      return handedOver.promise;
    },
  });
  const chosen = (await open([DEV, OPS])).choose("Dev");
  const newer = await open([DEV, OPS]);
  sts.resolve(exchangedFake());
  await delivering.promise;
  assert.equal((await newer.cancel()).status, 409);
  handedOver.resolve("done");
  assert.equal((await chosen).status, 200);
  assert.equal(await end, undefined);
});

Deno.test("role question: at zero the page says so, and the wait goes on", async () => {
  let now = NOON;
  const { end, open, world } = await start({
    now: () => now,
    request: { timeoutMs: 30 * MINUTE },
  });
  const tab = await open([DEV, OPS]);
  now = NOON + 5 * MINUTE - 1;
  assert.equal((await tab.look()).status, 200);
  now++;
  for (const page of [await tab.look(), await tab.choose("Dev")]) {
    assert.equal(page.status, 410);
    assert.match(page.heading, /sign-in has expired/);
    assert.match(page.text, /still waiting/);
  }
  assert.deepEqual(world.exchanges.all, []);
  const again = await openPicker(world.tab, ACS, assertionOf([DEV, OPS], { now }));
  await assertStillOpen(again, end);
});

// An IdP whose clock is behind: the page was over as soon as it came.
Deno.test("role question: with clocks apart there is time to choose, and terminal and page name the clock", async () => {
  for (
    const [late, left, clock] of [
      [-55_000, 5 * MINUTE, /clock is at least 55 s behind the IdP(&#39;|')s/],
      [-50 * MINUTE, 5 * MINUTE, /clock is at least 3000 s behind the IdP(&#39;|')s/],
      [5.5 * MINUTE, 5 * MINUTE, /clock is at least 30 s ahead of the IdP(&#39;|')s/],
    ] as const
  ) {
    let now = NOON + late;
    const { end, open, world } = await start({ now: () => now });
    const tab = await open([DEV, OPS]);
    assert.equal(tab.page.heading, "Choose a role");
    assert.match(tab.page.text, new RegExp(`data-left="${left}"`));
    assert.match(tab.page.text, clock, "for the script to show");
    const warnings = world.events.all.filter((event) => event.kind === "warning");
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]?.message ?? "", clock);
    now += left;
    const over = await tab.look();
    assert.match(over.heading, /sign-in has expired/);
    assert.match(over.text, clock);
    now--;
    await assertStillOpen(tab, end);
  }
});

// At zero Cancel once said that the time is over, and the driver went on waiting.
Deno.test("role question: Cancel ends it also when the time to choose is over, unless the page is another's", async () => {
  let now = NOON;
  const { end, open, world } = await start({ now: () => now, request: { timeoutMs: 30 * MINUTE } });
  const older = await open([DEV, OPS]);
  const tab = await openPicker(world.tab, ACS, assertionOf([OPS, DEV]));
  now += 5 * MINUTE;
  assert.equal((await older.cancel()).status, 410, "the older page has nothing to cancel");
  const page = await tab.cancel();
  assert.equal(page.heading, "Canceled");
  const error = await soon("the end", end);
  assert.ok(error instanceof UserError && error.exitCode === ExitCode.INTERRUPTED);
  assert.equal((await tab.cancel()).status, 409);
});

Deno.test("role question: the terminal is told what is offered, how long, and that a newer page took the place", async () => {
  const { end, open, world } = await start();
  const told = () =>
    world.events.all.filter(({ kind }) =>
      kind === "asking" || kind === "notice" || kind === "warning"
    );
  await open([DEV, ADMIN, OPS]);
  const asking = {
    kind: "asking",
    message: "Choose one of 3 roles in your browser",
    until: NOON + 5 * MINUTE,
  };
  assert.deepEqual(told(), [asking]);
  const tab = await open([DEV]);
  assert.deepEqual(told().slice(1), [
    { kind: "notice", message: "A newer sign-in took the place of the page that was open" },
    {
      ...asking,
      message: "Confirm role Dev in account 111122223333 in your browser",
    },
  ]);
  await tab.choose("Use role");
  assert.equal(await end, undefined);
});

Deno.test("role question: a timeout shorter than the time to choose does not cut the person off", async () => {
  const { end, open } = await start({ request: { timeoutMs: 50 } });
  const tab = await open([DEV, OPS]);
  const first = await Promise.race([end, new Promise((done) => setTimeout(done, 200, "waits"))]);
  assert.equal(first, "waits");
  await assertStillOpen(tab, end);
});

/** A sign-in whose wait may last 100 ms more at most: six minutes and a timeout of a second are nearly over. */
async function startLate() {
  let now = NOON - 6 * MINUTE - 900;
  const started = await start({ now: () => now, request: { timeoutMs: 1000 } });
  now = NOON;
  return started;
}

Deno.test("role question: a tab that is closed ends in a timeout, which names what was missing", async () => {
  const { end, open } = await startLate();
  await open([DEV, OPS]);
  const error = await soon("the end", end);
  assert.ok(error instanceof UserError && error.exitCode === ExitCode.NO_ASSERTION);
  assert.equal(error.message, "The page in the browser was not answered in time");
});

// Any web page can post assertions of its own.
Deno.test("role question: a flood of assertions cannot keep the wait alive", async () => {
  const { end, world } = await startLate();
  let over = false;
  void end.then(() => over = true);
  const base64 = assertionOf([DEV, OPS]);
  for (let round = 0; !over && round < 1000; round++) {
    const { location } = await postAssertion(world.tab, ACS, base64);
    if (location !== null) await new PickerTab(world.tab, new URL(location, ACS)).open();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(over);
  assert.ok(await end instanceof UserError);
});

Deno.test("role question: only a page that somebody opened makes the wait longer by its whole time", async () => {
  for (
    const [opens, until] of [[false, NOON + 10_000], [true, NOON + 6 * MINUTE]] as const
  ) {
    const { end, world, open } = await start({ request: { timeoutMs: 1000 } });
    if (opens) await open([DEV, OPS]);
    else await postAssertion(world.tab, ACS, assertionOf([DEV, OPS]));
    await postAssertion(world.tab, ACS, "bad");
    const refused = world.events.all.find(({ kind }) => kind === "refused");
    assert.ok(refused?.kind === "refused");
    assert.equal(refused.until, until);
    world.interrupt();
    await end;
  }
});

Deno.test("role question: STS' refusal of what was picked is on the page and ends it", async () => {
  const refused = new UserError("sts-AccessDenied", "STS refused the sign-in (AccessDenied)", {
    exitCode: ExitCode.REFUSED,
    hint: "Mend it",
  });
  const { end, open } = await start({ sts: () => Promise.reject(refused) });
  const page = await (await open([DEV, OPS])).choose("Dev");
  assert.equal(page.status, 502);
  assert.match(page.text, /SAML:aud/, "with the trust policy that would allow it");
  const error = await end;
  assert.ok(error instanceof UserError && error.exitCode === ExitCode.REFUSED);
});

const OPS_GOV = "aws-us-gov:777788889999/Ops";

// It was offered, its click was taken, and then it failed.
Deno.test("role question: a role of another partition than --region's is not offered, and that is said", async () => {
  const { end, open, world } = await start({
    request: { region: { name: "eu-west-1", from: "--region" } },
  });
  const tab = await open([DEV, OPS, OPS_GOV]);
  assert.deepEqual(tab.roles.map(({ key }) => key).toSorted(), ["0", "1"]);
  const said = /Left out 1 role in aws-us-gov: eu-west-1 of --region is in another partition/;
  assert.match(tab.page.text, said);
  assert.ok(world.events.all.some((event) => event.kind === "warning" && said.test(event.message)));
  assert.equal((await tab.choose("Dev")).status, 200);
  assert.equal(await end, undefined);
  assert.equal(world.exchanges.all[0]?.region, "eu-west-1");
});

Deno.test("role question: where --region fits none of the roles, nobody is asked", async () => {
  const { end, world } = await start({
    request: { region: { name: "eu-west-1", from: "--region" }, timeoutMs: 30 * MINUTE },
  });
  const page = await postAssertion(world.tab, ACS, assertionOf([OPS_GOV]));
  assert.equal(page.status, 400);
  assert.match(
    page.detail,
    /^Cannot use --region: region eu-west-1 is in partition aws, .*aws-us-gov/,
  );
  assert.deepEqual(world.exchanges.all, []);
  // Any page can post such an assertion.
  const again = await openPicker(world.tab, ACS, assertionOf([DEV, OPS]));
  await assertStillOpen(again, end);
});

Deno.test("role question: the region of a variable gives way to the picked role's partition, with a notice", async () => {
  const { end, open, world } = await start({
    request: { region: { name: "us-east-1", from: "AWS_REGION" } },
  });
  const tab = await open([DEV, OPS_GOV]);
  assert.doesNotMatch(tab.page.text, /Left out/);
  assert.equal((await tab.choose("Ops")).status, 200);
  assert.equal(await end, undefined);
  assert.equal(world.exchanges.all[0]?.region, "us-gov-west-1");
  const notices = world.events.all.flatMap((event) =>
    event.kind === "notice" ? [event.message] : []
  );
  assert.deepEqual(notices, [
    "Ignored AWS_REGION: us-east-1 is not a region of aws-us-gov; us-gov-west-1 is used",
  ]);
});
