/**
 * Attacks on a question in the tab by another program of this machine, where nobody says whose a connection is:
 * what tells the person's browser is its cookie.
 */

import assert from "node:assert/strict";
import { signIn } from "../../src/sign_in/sign_in.ts";
import {
  exchangedFake,
  type FakeWorld,
  type FakeWorldOptions,
  howFake,
  requestFake,
} from "../support/fakes.ts";
import { ACS, assertionOf, readingWorld } from "../support/offers.ts";
import { browserOf, openPicker, PickerTab, postAssertion, type Send } from "../support/tab.ts";

const [DEV, OPS, EVIL] = ["111122223333/Dev", "111122223333/Ops", "666666666666/Evil"] as const;

interface Started {
  readonly world: FakeWorld;
  /** The person's browser, which was at the start address where there is one. */
  readonly person: Send;
  /** Another program that can connect to the port. */
  readonly attacker: Send;
  readonly end: Promise<unknown>;
}

function start(options: FakeWorldOptions & Parameters<typeof requestFake>[0] = {}): Started {
  const world = readingWorld({ sts: () => exchangedFake(), ...options });
  const request = requestFake({ role: undefined, provider: undefined, ...options });
  const end = signIn(request, world, howFake(() => Promise.resolve("Done")))
    .then(() => undefined, (error: unknown) => error);
  return { world, end, person: world.tab, attacker: browserOf((each) => world.send(each)) };
}

/** Posts an assertion and goes to the page that asks; null where there is no way. */
async function ownTab(send: Send, roles: readonly string[]): Promise<PickerTab> {
  const { location } = await postAssertion(send, ACS, assertionOf(roles));
  return new PickerTab(send, new URL(location ?? "", ACS));
}

async function taken({ world, end, person }: Started, tab?: PickerTab): Promise<void> {
  const own = tab ?? await openPicker(person, ACS, assertionOf([DEV, OPS]));
  assert.equal((await own.choose("Dev")).heading, "Signed in to AWS");
  assert.equal(await end, undefined);
  assert.deepEqual(world.exchanges.all.map(({ role }) => role.name), ["Dev"]);
}

Deno.test("attack: another program's own assertion can neither be read nor answered, nor takes the person's page away", async () => {
  const started = start();
  const { world, attacker, person } = started;
  const own = await openPicker(person, ACS, assertionOf([DEV, OPS]));
  const tab = await ownTab(attacker, [EVIL]);
  assert.equal((await tab.open()).status, 403);
  const token = tab.url.pathname.split("/").at(-1) ?? "";
  for (const form of [{ token, role: "0" }, { token, cancel: "1" }, { token, confirm: "1" }]) {
    assert.equal((await tab.submit(form)).status, 403);
  }
  assert.equal((await own.look()).status, 200, "the person's page is still there");
  assert.equal(world.events.all.filter(({ kind }) => kind === "notice").length, 0);
  await taken(started, own);
});

Deno.test("attack: another program that is first, before the browser has come, gets no further", async () => {
  const started = start();
  const tab = await ownTab(started.attacker, [EVIL]);
  assert.equal((await tab.open()).status, 403);
  assert.equal(started.world.events.all.filter(({ kind }) => kind === "asking").length, 0);
  await taken(started);
});

Deno.test("attack: who knows the address of the person's page can neither read nor answer it", async () => {
  for (const startUrl of [requestFake().startUrl, undefined]) {
    const started = start({ startUrl });
    const own = await openPicker(started.person, ACS, assertionOf([DEV, OPS]));
    const stolen = new PickerTab(started.attacker, own.url);
    assert.equal((await stolen.open()).heading, "This sign-in was started in another browser");
    for (const form of [{ token: own.token, role: "0" }, { token: own.token, cancel: "1" }]) {
      assert.equal((await stolen.submit(form)).status, 403);
    }
    await taken(started, own);
  }
});

Deno.test("attack: pages that another program can read lead it to no cookie", async () => {
  const started = start();
  const { attacker } = started;
  const look = async (path: string) => {
    const url = new URL(path, ACS);
    return await (await attacker(new Request(url, { headers: { host: url.host } }))).text();
  };
  const refused = await postAssertion(attacker, ACS, "bad");
  assert.match(refused.text, /still waiting/);
  for (const page of [await look("/"), refused.text, await look("/start/again")]) {
    assert.doesNotMatch(page, /\/start\/[\da-f-]{36}/);
  }
  assert.equal((await (await ownTab(attacker, [EVIL])).open()).status, 403);
  await taken(started);
});

Deno.test("questions: at the IdP's 127.0.0.1, too, the person's browser is known", async () => {
  for (const startUrl of [requestFake().startUrl, undefined]) {
    const started = start({ startUrl });
    const acs = ACS.replace("localhost", "127.0.0.1");
    const { location } = await postAssertion(started.person, acs, assertionOf([DEV, OPS]));
    const tab = new PickerTab(started.person, new URL(location ?? "", acs));
    assert.equal((await tab.open()).heading, "Choose a role");
    await taken(started, tab);
  }
});

Deno.test("questions: where no browser was opened and nobody was at the start address, who posts is asked", async () => {
  const worlds: readonly (FakeWorldOptions & Parameters<typeof requestFake>[0])[] = [
    { browser: "none" },
    { openBrowser: () => Promise.resolve({ opened: false, reason: "no display" }) },
    { startUrl: undefined },
  ];
  for (const options of worlds) {
    const started = start(options);
    await started.world.events.find(({ kind }) => kind === "listening");
    await new Promise((resolve) => setTimeout(resolve, 5));
    // Without a look at the start address.
    await taken({ ...started, person: started.attacker });
  }
});

Deno.test("questions: two tabs and another browser that was at the start address are the person's", async () => {
  const started = start();
  const { person, world } = started;
  const first = await openPicker(person, ACS, assertionOf([DEV, OPS]));
  const second = await openPicker(person, ACS, assertionOf([OPS, DEV]));
  assert.equal((await first.look()).heading, "A newer sign-in replaced this page");
  assert.equal((await second.look()).heading, "Choose a role");
  const other = browserOf((each) => world.send(each));
  const third = await openPicker(other, ACS, assertionOf([DEV, OPS]), world.opened[0]);
  assert.equal((await second.look()).heading, "A newer sign-in replaced this page");
  await taken(started, third);
});

Deno.test("questions: a browser that keeps no cookies is told so, and what to do", async () => {
  for (
    const [startUrl, remedy] of [
      [requestFake().startUrl, /Open the address that your terminal shows in this browser\./],
      [undefined, /Allow this browser to keep cookies for localhost, then sign in again\./],
    ] as const
  ) {
    const started = start({ startUrl });
    const forgetful: Send = (request) => started.world.send(request);
    const { text } = await (await ownTab(forgetful, [DEV, OPS])).open();
    assert.match(text.replace(/<[^>]+>|\s+/g, " ").replace(/ +/g, " "), remedy);
    await taken(started);
  }
});

Deno.test("questions: the last page takes the cookie away, whatever the end", async () => {
  const press = [
    (tab: PickerTab) => tab.choose("Dev"),
    (tab: PickerTab) => tab.cancel(),
  ];
  for (const end of press) {
    const started = start();
    const taken: string[] = [];
    const browser: Send = async (request) => {
      const answer = await started.person(request);
      taken.push(...answer.headers.getSetCookie());
      return answer;
    };
    await end(await openPicker(browser, ACS, assertionOf([DEV, OPS])));
    assert.deepEqual(taken, ["stssamldriver-8090=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"]);
    await started.end;
  }
});
