import assert from "node:assert/strict";
import {
  AGAIN_PATH,
  EXTENSION_HEADER,
  extensionHandler,
  setCookie,
  type Start,
  startHandler,
  startPath,
} from "../../../src/sign_in/listener/start.ts";
import { sentPage } from "../../../src/sign_in/pages/pages.ts";

const START = "/start/n0nce";
const AGAIN = "/start/again";

interface Sent {
  readonly path?: string;
  readonly method?: string;
  /** Headers to send instead; `null` leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

function request({ path = START, method = "GET", headers = {} }: Sent = {}): Request {
  const all: Record<string, string | null> = {
    [EXTENSION_HEADER]: "1",
    "sec-fetch-dest": "document",
    "sec-fetch-site": "none",
    ...headers,
  };
  const sent = Object.entries(all).filter((each): each is [string, string] => each[1] !== null);
  return new Request(`http://localhost:8090${path}`, { method, headers: sent });
}

function handler({ over = false, armingMs = 60_000 } = {}) {
  return extensionHandler([START, AGAIN], { isOver: () => over, armingMs });
}

/** What becomes of a request: a status, or nothing that concerns the extension. */
const ANSWERS: readonly [what: string, sent: Sent, status: number | undefined][] = [
  ["the person opens the start address", {}, 200],
  ["the person signs in again", { path: AGAIN, headers: { "sec-fetch-site": "same-origin" } }, 200],
  ["a browser without the extension", { headers: { [EXTENSION_HEADER]: null } }, undefined],
  ["a link of another site", { headers: { "sec-fetch-site": "cross-site" } }, undefined],
  ["a link of another port", { headers: { "sec-fetch-site": "same-site" } }, undefined],
  ["a frame", { headers: { "sec-fetch-dest": "iframe" } }, undefined],
  ["a browser that does not say", { headers: { "sec-fetch-site": null } }, undefined],
  ["a form", { method: "POST" }, undefined],
  ["a look", { method: "HEAD" }, undefined],
  ["another nonce", { path: "/start/n0nc" }, undefined],
  ["a query", { path: `${START}?x` }, undefined],
  ["the extension asks", { path: `${START}/extension` }, 204],
  ["the extension has armed the tab", { path: `${START}/extension`, method: "POST" }, 204],
  ["it asks about another nonce", { path: "/start/n0nc/extension" }, undefined],
  ["it asks in another way", { path: `${START}/extension`, method: "PUT" }, undefined],
  [
    "a page asks",
    { path: `${START}/extension`, headers: { [EXTENSION_HEADER]: null } },
    undefined,
  ],
];

Deno.test("extensionHandler: it answers the extension and its browser, and nobody else", async () => {
  for (const [what, sent, status] of ANSWERS) {
    const answer = await handler()(request(sent));
    assert.equal(answer?.status, status, what);
    assert.equal(answer?.headers.get("access-control-allow-origin") ?? null, null, what);
    const isPage = status === 200 ? "arm" : null;
    assert.equal(answer?.headers.get(EXTENSION_HEADER) ?? null, isPage, what);
    await answer?.body?.cancel();
    assert.equal(await handler({ over: true })(request(sent)), undefined, `${what}, too late`);
  }
});

Deno.test("extensionHandler: the page goes on by itself and by its link, and the way waits for the tab to be armed", async () => {
  const handle = handler();
  const text = await (await handle(request()))?.text() ?? "";
  const [, onward = ""] = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(text) ?? [];
  assert.equal(onward, `${START}?on`);
  assert.ok(text.includes(`href="${onward}"`));
  assert.doesNotMatch(text, /<script/);
  const states: string[] = [];
  const way = handle(request({ path: onward, headers: { "sec-fetch-site": "same-origin" } }))
    .then((answer) => void states.push(`on: ${answer}`));
  await handle(request({ path: `${AGAIN}/extension`, method: "POST" }));
  await handle(request({ path: `${START}/extension` }));
  states.push("armed");
  await handle(request({ path: `${START}/extension`, method: "POST" }));
  await way;
  assert.deepEqual(states, ["armed", "on: undefined"]);
});

Deno.test("extensionHandler: a tab that nobody arms goes on all the same", async () => {
  const handle = handler({ armingMs: 1 });
  assert.equal(await handle(request({ path: `${START}?on` })), undefined);
});

const ORIGIN = new URL("http://localhost:8090");
const IDP = new URL("https://idp.example/start");

/** What answers at the start address, and what it told. */
function scene(request?: NonNullable<Start["request"]>["make"]) {
  const told: string[] = [];
  const answer = startHandler(
    {
      nonce: "n",
      cookie: "c",
      url: IDP,
      onOpened: () => told.push("opened"),
      request: request && { make: request, onSecond: () => told.push("second") },
    },
    ORIGIN,
    {},
  );
  const ask = (path: string, init: RequestInit = {}) =>
    answer(new Request(new URL(path, ORIGIN), init));
  return { ask, told };
}

const WITH_COOKIE = { headers: { cookie: setCookie(ORIGIN, "c").split(";", 1)[0] ?? "" } };

async function leads(response: Response | "second" | undefined): Promise<string | null> {
  assert.ok(response instanceof Response);
  assert.equal(response.headers.get("clear-site-data"), '"storage"');
  await response.body?.cancel();
  return response.status === 303 ? response.headers.get("location") : null;
}

Deno.test("startHandler: leads to the IdP from its two addresses, and gives the cookie at the secret one", async () => {
  const { ask, told } = scene();
  const first = await ask(startPath("n"));
  assert.ok(first instanceof Response);
  assert.equal(first.headers.get("set-cookie"), setCookie(ORIGIN, "c"));
  assert.equal(await leads(first), IDP.href);
  const again = await ask(AGAIN_PATH);
  assert.ok(again instanceof Response);
  assert.equal(again.headers.get("set-cookie"), null);
  assert.equal(await leads(again), IDP.href);
  for (const path of ["/", "/start/", startPath("other"), `${AGAIN_PATH}/n`]) {
    assert.equal(await ask(path), undefined, path);
  }
  assert.deepEqual(told, ["opened"]);
});

Deno.test("startHandler: a request to the IdP is made for one browser alone", async () => {
  let made = 0;
  const { ask, told } = scene(() => Promise.resolve(new URL(`https://idp.example/?${++made}`)));
  assert.equal(await ask(AGAIN_PATH), "second", "before the browser has the cookie");
  assert.equal(await leads(await ask(startPath("n"), { method: "HEAD" })), null, "a look");
  assert.deepEqual([made, told], [0, []]);
  assert.equal(await leads(await ask(startPath("n"))), "https://idp.example/?1");
  assert.equal(await ask(startPath("n")), "second");
  assert.equal(await ask(AGAIN_PATH), "second");
  assert.equal(await leads(await ask(AGAIN_PATH, WITH_COOKIE)), "https://idp.example/?2");
  assert.equal(await leads(await ask(startPath("n"), WITH_COOKIE)), "https://idp.example/?3");
  assert.deepEqual(told, ["opened", "second", "opened"]);
});

Deno.test("startHandler: a page that posts the request is given as it is", async () => {
  const page = sentPage(new URL("https://idp.example/sso"), "a request");
  const { ask } = scene(() => Promise.resolve(page));
  const response = await ask(startPath("n"));
  assert.ok(response instanceof Response);
  assert.equal(response.headers.get("set-cookie"), setCookie(ORIGIN, "c"));
  assert.equal(response.headers.get("clear-site-data"), '"storage"');
  assert.match(await response.text(), /action="https:\/\/idp\.example\/sso"/);
});
