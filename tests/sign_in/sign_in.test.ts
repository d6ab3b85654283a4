import assert from "node:assert/strict";
import type { Exchanged } from "../../src/aws/sts.ts";
import { ExitCode, UserError } from "../../src/errors.ts";
import type { SignedIn } from "../../src/sign_in/outcome.ts";
import { signIn } from "../../src/sign_in/sign_in.ts";
import {
  exchangedFake,
  FAKE_SECRETS,
  type FakeWorld,
  fakeWorld,
  type FakeWorldOptions,
  formRequest,
  howFake,
  NOON,
  requestFake,
} from "../support/fakes.ts";
import { detailOf } from "../support/page_text.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a sign-in ended with: nothing, or the error. */
type End = unknown;

interface Running {
  readonly world: FakeWorld;
  readonly end: Promise<End>;
  readonly delivered: SignedIn[];
}

/** Starts a sign-in and waits until it listens. */
async function start(
  options: FakeWorldOptions & {
    readonly timeoutMs?: number;
    readonly browser?: string;
    readonly startUrl?: URL | undefined;
    readonly deliver?: (signedIn: SignedIn) => Promise<string>;
  } = {},
): Promise<Running> {
  const world = fakeWorld(options);
  const delivered: SignedIn[] = [];
  const request = requestFake({
    timeoutMs: options.timeoutMs,
    browser: options.browser,
    ...("startUrl" in options && { startUrl: options.startUrl }),
  });
  const end = signIn(
    request,
    world,
    howFake(async (signedIn) => {
      delivered.push(signedIn);
      return await options.deliver?.(signedIn) ?? "They went where they should";
    }),
  ).then(() => undefined, (error: unknown) => error);
  await world.events.find(({ kind }) => kind === "listening");
  return { world, end, delivered };
}

function kinds(world: FakeWorld): readonly string[] {
  return world.events.all.map(({ kind }) => kind);
}

function assertEnd(end: End, exitCode: number): UserError {
  assert.ok(end instanceof UserError, Deno.inspect(end));
  assert.equal(end.exitCode, exitCode, end.message);
  return end;
}

function stsRefusal(code: string): UserError {
  return new UserError(`sts-${code}`, `STS refused the sign-in: because (${code})`, {
    exitCode: ExitCode.REFUSED,
    hint: "Mend it.",
  });
}

const unreachable = new UserError("sts-unreachable", "Cannot reach STS", {
  exitCode: ExitCode.UNREACHABLE,
});

Deno.test("signIn: a good post is exchanged, delivered and answered, in this order", async () => {
  const order: string[] = [];
  const { world, end, delivered } = await start({
    sts: () => {
      order.push("exchanged");
      return exchangedFake();
    },
    deliver: () => {
      order.push("delivered");
      return Promise.resolve("They went there");
    },
  });
  const page = await world.post("good");
  order.push("answered");
  assert.equal(await end, undefined);
  assert.equal(page.status, 200);
  assert.match(page.text, /Signed in to AWS/);
  assert.match(page.text, /Return to your terminal\. You can close this tab/);
  assert.deepEqual(order, ["exchanged", "delivered", "answered"]);
  assert.equal(delivered[0]?.person, "alice@example.com");
  assert.deepEqual(world.closed, [1000], "with time for the page");
  assert.deepEqual(kinds(world), ["listening", "browser-opened", "exchanging", "signed-in"]);
  for (const secret of [...FAKE_SECRETS, "good"]) {
    assert.ok(!Deno.inspect(world.events.all, { depth: 9 }).includes(`"${secret}"`), secret);
  }
});

Deno.test("signIn: STS is asked for exactly what was asked for", async () => {
  const world = fakeWorld();
  const request = requestFake({
    durationSeconds: 7200,
    strictDuration: true,
    policy: "{}",
    region: { name: "eu-west-1", from: "--region" },
  });
  const end = signIn(request, world, howFake(() => Promise.resolve("done")));
  await world.post("good");
  await end;
  const asked = world.exchanges.all[0];
  assert.equal(asked?.assertion.reveal(), "good");
  assert.equal(asked?.durationSeconds, 7200);
  assert.equal(asked?.strictDuration, true);
  assert.equal(asked?.policy, "{}");
  assert.equal(asked?.region, "eu-west-1");
  assert.equal(asked?.role, request.role);
  assert.equal(asked?.provider, request.provider);
});

Deno.test("signIn: the browser is sent to our own address, which goes on to the IdP", async () => {
  const { world, end } = await start();
  const [url = ""] = world.opened;
  assert.match(url, /^http:\/\/localhost:8090\/start\/[0-9a-f-]{36}$/);
  const onward = await world.send(new Request(url, { headers: { host: "localhost:8090" } }));
  assert.equal(onward.status, 303);
  assert.equal(onward.headers.get("location"), "https://idp.example/start");
  const waiting = await world.send(
    new Request("http://localhost:8090/", { headers: { host: "localhost:8090" } }),
  );
  const page = await waiting.text();
  assert.match(page, /href="\/start\/again"/);
  assert.ok(!page.includes(new URL(url).pathname), "any program on this machine can read it");
  world.interrupt();
  await end;
});

Deno.test("signIn: without a start URL nothing is opened and the person is told to start", async () => {
  const { world, end } = await start({ startUrl: undefined });
  const waiting = await world.send(
    new Request("http://localhost:8090/", { headers: { host: "localhost:8090" } }),
  );
  assert.match(await waiting.text(), /Start the sign-in to AWS at your identity provider/);
  await world.post("good");
  assert.equal(await end, undefined);
  assert.deepEqual(world.opened, []);
});

Deno.test("signIn: what opens the browser is named before it does, where something does", async () => {
  const cases: readonly [options: Parameters<typeof start>[0], opens: string | undefined][] = [
    [{}, "fake-browser"],
    [{ browser: "none" }, undefined],
    [{ startUrl: undefined }, undefined],
  ];
  for (const [options, opens] of cases) {
    const { world, end } = await start(options);
    const event = await world.events.find(({ kind }) => kind === "listening");
    assert.ok(event.kind === "listening");
    assert.equal(event.opens, opens);
    await world.post("good");
    await end;
  }
});

Deno.test("signIn: --browser none opens nothing", async () => {
  const { world, end } = await start({ browser: "none" });
  await world.post("good");
  await end;
  assert.deepEqual(world.opened, []);
});

Deno.test("signIn: what cannot be used gets its page, and the wait goes on to a good one", async () => {
  const { world, end, delivered } = await start({ timeoutMs: 60_000 });
  for (const text of ["bad one", "bad two"]) {
    const refused = await world.post(text);
    assert.equal(refused.status, 400);
    assert.equal(detailOf(refused.text), `Cannot read "${text}"`);
    assert.match(
      refused.text,
      /still waiting\.<\/p>\s*<p class="actions"><a class="button primary" href="\/start\//,
    );
  }
  assert.equal((await world.post("good")).status, 200);
  assert.equal(await end, undefined);
  assert.equal(delivered.length, 1);
  assert.equal(world.exchanges.all.length, 1, "STS never hears of the bad ones");
  const refusals = world.events.all.filter(({ kind }) => kind === "refused");
  assert.deepEqual(refusals.map((event) => "until" in event && event.until), [
    NOON + 60_000,
    NOON + 60_000,
  ]);
});

Deno.test("signIn: strays are told to those who asked for details, and end nothing", async () => {
  const { world, end } = await start();
  for (const path of ["/favicon.ico", "/x", "/saml"]) {
    await (await world.send(
      new Request(`http://localhost:8090${path}`, { headers: { host: "localhost:8090" } }),
    )).body?.cancel();
  }
  await world.post("good");
  assert.equal(await end, undefined);
  assert.equal(world.events.all.filter(({ kind }) => kind === "detail").length, 2);
});

Deno.test("signIn: the same form twice is one exchange, and both tabs read of it", async () => {
  const sts = Promise.withResolvers<Exchanged>();
  const { world, end, delivered } = await start({ sts: () => sts.promise });
  const first = world.post("good");
  await world.exchanges.find(() => true);
  const second = world.post("good");
  await pause(5);
  sts.resolve(exchangedFake());
  assert.deepEqual([(await first).status, (await second).status], [200, 200]);
  assert.equal(await end, undefined);
  assert.equal(world.exchanges.all.length, 1);
  assert.equal(delivered.length, 1);
});

Deno.test("signIn: it ends when the tab has come for its page, or does not come; Ctrl-C then takes nothing back", async () => {
  const post = async ({ world }: Running) => {
    const request = formRequest("http://localhost:8090/saml", { samlResponse: "good" });
    const answer = await world.send(request);
    assert.equal(answer.status, 303);
    return new URL(answer.headers.get("location") ?? "", request.url);
  };
  const comes = await start();
  const page = await post(comes);
  assert.equal(comes.delivered.length, 1, "what was asked for waits for no page");
  assert.equal(await Promise.race([comes.end, pause(20).then(() => "waits")]), "waits");
  const shown = await comes.world.send(new Request(page, { headers: { host: page.host } }));
  assert.match(await shown.text(), /Signed in to AWS/);
  assert.equal(await comes.end, undefined);

  const stays = await start();
  await post(stays);
  assert.equal(await stays.end, undefined);

  const interrupted = await start();
  await post(interrupted);
  interrupted.world.interrupt();
  assert.equal(await interrupted.end, undefined);
});

// A second click cancels the first answer in the browser: what the person sees is the second one's.
Deno.test("signIn: a second click while credentials are handed over gets the success too", async () => {
  const handedOver = Promise.withResolvers<string>();
  const { world, end, delivered } = await start({ deliver: () => handedOver.promise });
  const first = world.post("good");
  while (delivered.length === 0) await pause(1);
  const second = world.post("good");
  const other = world.post("another");
  assert.equal((await other).status, 409);
  handedOver.resolve("done");
  assert.deepEqual([(await first).status, (await second).status], [200, 200]);
  assert.equal(await end, undefined);
  assert.equal(delivered.length, 1);
});

Deno.test("signIn: of two good assertions at once the first that STS took is delivered, once", async () => {
  const slow = Promise.withResolvers<Exchanged>();
  const quick = Promise.withResolvers<Exchanged>();
  const { world, end, delivered } = await start({
    sts: (text) => text === "slow" ? slow.promise : quick.promise,
  });
  const slowTab = world.post("slow");
  const quickTab = world.post("quick");
  await world.exchanges.find(({ assertion }) => assertion.reveal() === "quick");
  quick.resolve(exchangedFake());
  assert.equal((await quickTab).status, 200);
  slow.resolve(exchangedFake());
  const late = await slowTab;
  assert.equal(late.status, 409);
  assert.match(late.text, /already over/);
  assert.equal(await end, undefined);
  assert.equal(delivered.length, 1);
});

for (const code of ["InvalidIdentityToken", "IDPRejectedClaim", "ExpiredTokenException"]) {
  Deno.test(`attack: an assertion that STS calls false (${code}) neither ends nor shortens the wait`, async () => {
    const { world, end, delivered } = await start({
      timeoutMs: 300_000,
      sts: (text) => text === "good" ? exchangedFake() : Promise.reject(stsRefusal(code)),
    });
    const refused = await world.post("forged");
    assert.equal(refused.status, 400);
    assert.match(refused.text, /still waiting/);
    assert.match(refused.text, new RegExp(`\\(${code}\\)`));
    const event = world.events.all.find(({ kind }) => kind === "refused");
    assert.ok(event?.kind === "refused");
    assert.equal(event.until, NOON + 300_000, "for as long as before");
    assert.equal((await world.post("good")).status, 200);
    assert.equal(await end, undefined);
    assert.equal(delivered.length, 1);
  });
}

Deno.test("signIn: a false assertion and nothing after it ends with what STS said", async () => {
  const refusal = stsRefusal("IDPRejectedClaim");
  const { world, end } = await start({ timeoutMs: 100, sts: () => Promise.reject(refusal) });
  await world.post("forged");
  const error = assertEnd(await end, 6);
  assert.equal(error.message, refusal.message);
});

Deno.test("signIn: a false assertion leaves a wait without an end as it is", async () => {
  const sts = (text: string) =>
    text === "good" ? exchangedFake() : Promise.reject(stsRefusal("InvalidIdentityToken"));
  const { world, end } = await start({ sts });
  await world.post("forged");
  const event = await world.events.find(({ kind }) => kind === "refused");
  assert.ok(event.kind === "refused");
  assert.equal(event.until, undefined);
  assert.equal((await world.post("good")).status, 200);
  assert.equal(await end, undefined);
});

Deno.test("signIn: a flood of false assertions cannot keep the wait alive", async () => {
  const { world, end } = await start({
    timeoutMs: 100,
    sts: () => Promise.reject(stsRefusal("InvalidIdentityToken")),
  });
  let over = false;
  void end.then(() => over = true);
  for (let round = 0; !over && round < 1000; round++) {
    await world.post(`forged ${round}`);
    await pause(5);
  }
  assert.ok(over);
  assertEnd(await end, 6);
});

const NOT_FINISHED =
  /^Do not finish the sign-in in the browser: another program may receive it\.$/m;

Deno.test("attack: who takes the port next is not brought the assertion: the end of a wait says so", async () => {
  const ends: readonly [string, Parameters<typeof start>[0] & object, boolean][] = [
    ["time-out", { timeoutMs: 30 }, true],
    ["time-out, browser none", { timeoutMs: 30, browser: "none" }, true],
    ["time-out, at the IdP", { timeoutMs: 30, startUrl: undefined }, false],
    ["no SDK", { loadExchange: () => Promise.reject(unreachable) }, true],
  ];
  for (const [name, options, says] of ends) {
    const { end } = await start(options);
    const error = await end;
    assert.ok(error instanceof UserError);
    assert.equal(NOT_FINISHED.test(error.hint ?? ""), says, name);
  }
  const { world, end } = await start();
  world.interrupt();
  assert.match(assertEnd(await end, 130).hint ?? "", NOT_FINISHED);
});

Deno.test("signIn: an end that the tab was told says nothing of a sign-in to be finished", async () => {
  const { world, end } = await start({ sts: () => Promise.reject(stsRefusal("AccessDenied")) });
  await world.post("good");
  assert.equal(assertEnd(await end, 6).hint, "Mend it.");
});

const ENDING: readonly [name: string, error: UserError, exitCode: number][] = [
  ["AccessDenied", stsRefusal("AccessDenied"), 6],
  ["ValidationError", stsRefusal("ValidationError"), 6],
  ["RegionDisabledException", stsRefusal("RegionDisabledException"), 6],
  ["STS out of reach", unreachable, 7],
];

for (const [name, error, exitCode] of ENDING) {
  Deno.test(`signIn: ${name} ends it with ${exitCode}, and the page says the same words`, async () => {
    const { world, end, delivered } = await start({ sts: () => Promise.reject(error) });
    const page = await world.post("good");
    assert.equal(page.status, 502);
    assert.match(page.text, /run the command again/);
    assert.equal(detailOf(page.text), error.message);
    assert.equal(await end, error);
    assert.equal(assertEnd(await end, exitCode), error);
    assert.deepEqual(delivered, []);
    assert.deepEqual(world.closed, [1000]);
  });
}

Deno.test("signIn: no post in time is exit code 4, and names where it had to come", async () => {
  const { end, world } = await start({ timeoutMs: 30 });
  const error = assertEnd(await end, 4);
  assert.match(error.message, /No assertion came to http:\/\/localhost:8090\/saml within/);
  assert.deepEqual(world.closed, [1000]);
});

Deno.test("signIn: no good post in time is exit code 5 with the last one's reason", async () => {
  const { world, end } = await start({ timeoutMs: 150 });
  await world.post("bad one");
  await world.post("bad two");
  assert.equal(assertEnd(await end, 5).message, `Cannot read "bad two"`);
});

// Time synchronisation moves clocks while people sign in.
Deno.test("signIn: a clock that is set back does not make it wait for ever", async () => {
  let now = NOON;
  const { end } = await start({ timeoutMs: 60, now: () => now });
  now -= 3_600_000;
  assertEnd(await end, 4);
});

Deno.test("signIn: without a timeout it waits on", async () => {
  const { world, end } = await start();
  const listening = world.events.all.find(({ kind }) => kind === "listening");
  assert.ok(listening?.kind === "listening");
  assert.equal(listening.until, undefined);
  assert.equal(await Promise.race([end, pause(100).then(() => "waits")]), "waits");
  await world.post("good");
  assert.equal(await end, undefined);
});

Deno.test("signIn: an exchange that runs when the time is over is seen through", async () => {
  const sts = Promise.withResolvers<Exchanged>();
  const { world, end, delivered } = await start({ timeoutMs: 60, sts: () => sts.promise });
  const page = world.post("good");
  await pause(150);
  assert.equal((await world.post("late")).status, 409, "what comes after the time is too late");
  sts.resolve(exchangedFake());
  assert.equal((await page).status, 200);
  assert.equal(await end, undefined);
  assert.equal(delivered.length, 1);
});

Deno.test("signIn: an exchange seen through that is refused ends the wait, and its page says so", async () => {
  const sts = Promise.withResolvers<Exchanged>();
  const refusal = stsRefusal("InvalidIdentityToken");
  const { world, end } = await start({ timeoutMs: 60, sts: () => sts.promise });
  const page = world.post("forged");
  await pause(150);
  sts.reject(refusal);
  const { text, status } = await page;
  assert.equal(status, 400);
  assert.doesNotMatch(text, /still waiting/);
  assert.match(text, /run the command again/);
  assert.equal(await end, refusal, "and as the tab says it, there is no sign-in left to finish");
});

Deno.test("signIn: an interruption ends it at once, whatever it is at", async () => {
  const never = new Promise<never>(() => {});
  const moments: readonly [name: string, options: FakeWorldOptions, post: boolean][] = [
    ["waiting", {}, false],
    ["exchanging", { sts: () => never }, true],
    ["loading the exchange", { loadExchange: () => never }, true],
    ["loading the reader", { loadReader: () => never }, true],
    ["opening the browser", { openBrowser: () => never }, false],
  ];
  for (const [name, options, post] of moments) {
    const { world, end, delivered } = await start(options);
    if (post) void world.post("good");
    await pause(10);
    world.interrupt();
    assertEnd(await end, 130);
    assert.deepEqual(world.closed, [0], `${name}: nobody waits for a page`);
    assert.deepEqual(delivered, [], name);
  }
});

Deno.test("signIn: an interruption ends it while credentials are handed over, too", async () => {
  const { world, end } = await start({ deliver: () => new Promise<never>(() => {}) });
  void world.post("good");
  await pause(10);
  world.interrupt();
  assertEnd(await end, 130);
});

Deno.test("signIn: the exchange is told of the interruption, and its answer comes too late", async () => {
  const sts = Promise.withResolvers<Exchanged>();
  let told: AbortSignal | undefined;
  const { world, end, delivered } = await start({
    sts: (_, signal) => {
      told = signal;
      return sts.promise;
    },
  });
  const page = world.post("good");
  await world.exchanges.find(() => true);
  world.interrupt();
  assertEnd(await end, 130);
  assert.ok(told?.aborted);
  sts.resolve(exchangedFake());
  assert.equal((await page).status, 409);
  assert.deepEqual(delivered, []);
});

Deno.test("signIn: interrupted before it began, it frees the port and opens nothing", async () => {
  const world = fakeWorld();
  world.interrupt();
  await assert.rejects(signIn(requestFake(), world, howFake(() => Promise.resolve(""))), {
    code: "interrupted",
  });
  assert.deepEqual(world.opened, []);
  assert.deepEqual(world.closed, [0]);
});

Deno.test("signIn: a delivery that fails is on the page, and its error reaches the caller", async () => {
  const error = new UserError("profile-unwritten", "Cannot write the profile", {
    exitCode: ExitCode.FILE,
    hint: "Make room.",
  });
  const { world, end } = await start({ deliver: () => Promise.reject(error) });
  const page = await world.post("good");
  assert.ok(page.status >= 500);
  assert.equal(detailOf(page.text), "Cannot write the profile");
  assert.match(page.text, /Make room\./);
  assert.equal(await end, error);
  assert.ok(!kinds(world).includes("signed-in"));
});

const FAULTS: readonly [name: string, options: Parameters<typeof start>[0] & object][] = [
  ["the exchange", { sts: () => Promise.reject(new TypeError("secret detail")) }],
  ["the delivery", { deliver: () => Promise.reject(new TypeError("secret detail")) }],
  [
    "the reader",
    {
      loadReader: () =>
        Promise.resolve(() => {
          throw new TypeError("secret detail");
        }),
    },
  ],
];

for (const [name, options] of FAULTS) {
  Deno.test(`signIn: a fault in ${name} gives its page no details, and the caller the error`, async () => {
    const { world, end } = await start(options);
    const page = await world.post("good");
    assert.ok(page.status >= 500);
    assert.match(page.text, /stssamldriver failed/);
    assert.ok(!page.text.includes("secret detail"), page.text);
    assert.ok(!page.text.includes("TypeError"), page.text);
    const error = await end;
    assert.ok(error instanceof TypeError);
    assert.equal(error.message, "secret detail");
  });
}

Deno.test("signIn: what the exchange cannot work with is said before anybody signs in", async () => {
  const error = new UserError("trust-unreadable", "Cannot use AWS_CA_BUNDLE=x", {
    exitCode: ExitCode.USAGE,
  });
  const { end, world } = await start({ loadExchange: () => Promise.reject(error) });
  assert.equal(assertEnd(await end, 2).message, error.message);
  assert.deepEqual(world.closed, [1000]);
});

Deno.test("signIn: a browser that fails or hangs never matters", async () => {
  const browsers: readonly [name: string, open: NonNullable<FakeWorldOptions["openBrowser"]>][] = [
    ["fails", () => Promise.resolve({ opened: false, reason: "no display" })],
    ["rejects", () => Promise.reject(new Error("broken"))],
    ["throws", () => {
      throw new Error("broken");
    }],
    ["hangs", () => new Promise(() => {})],
  ];
  for (const [name, openBrowser] of browsers) {
    const { world, end } = await start({ openBrowser });
    await pause(5);
    assert.equal((await world.post("good")).status, 200, name);
    assert.equal(await end, undefined, name);
    assert.equal(kinds(world).includes("browser-failed"), name !== "hangs", name);
  }
});

Deno.test("signIn: what the browser says after the end is not told any more", async () => {
  const opened = Promise.withResolvers<{ opened: true; by: string }>();
  const { world, end } = await start({ openBrowser: () => opened.promise });
  await world.post("good");
  await end;
  const told = world.events.all.length;
  opened.resolve({ opened: true, by: "late" });
  await pause(5);
  assert.equal(world.events.all.length, told);
});

Deno.test("signIn: over SSH the tunnel is shown, once it listens", async () => {
  const { world, end } = await start({ tunnelHint: "ssh -N -L 8090:localhost:8090 host" });
  world.interrupt();
  await end;
  assert.deepEqual(kinds(world).slice(0, 2), ["listening", "tunnel"]);
});

Deno.test("signIn: a port that cannot be had opens no browser", async () => {
  const taken = new UserError("port-taken", "Port 8090 is taken", { exitCode: ExitCode.PORT });
  const world = fakeWorld({ claimPort: () => Promise.reject(taken) });
  await assert.rejects(signIn(requestFake(), world, howFake(() => Promise.resolve(""))), taken);
  assert.deepEqual(world.opened, []);
  assert.deepEqual(world.events.all, []);
});

Deno.test("signIn: warns of what was shortened, and of a session too short to be useful", async () => {
  const short = exchangedFake(NOON - 50 * 60_000);
  const { world, end } = await start({ sts: () => ({ ...short, shortenedTo: 900 }) });
  await world.post("good");
  assert.equal(await end, undefined);
  const warnings = world.events.all.filter(({ kind }) => kind === "warning");
  assert.equal(warnings.length, 2);
});
