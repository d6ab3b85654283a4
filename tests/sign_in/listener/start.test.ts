import assert from "node:assert/strict";
import { EXTENSION_HEADER, extensionHandler } from "../../../src/sign_in/listener/start.ts";

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
