/** How a sign-in whose tab goes on to the console ends. */

import assert from "node:assert/strict";
import { Secret } from "../../src/secret.ts";
import { signIn } from "../../src/sign_in/sign_in.ts";
import { type FakeWorld, fakeWorld, formRequest, howFake, requestFake } from "../support/fakes.ts";

const ACS = "http://localhost:8090/saml";
const LOGIN = "https://signin.example/federation?Action=login&SigninToken=a%2Bb";

interface Running {
  readonly world: FakeWorld;
  readonly end: Promise<unknown>;
  readonly ended: () => boolean;
}

async function start(): Promise<Running> {
  const world = fakeWorld();
  let over = false;
  const end = signIn(
    requestFake(),
    world,
    howFake(() =>
      Promise.resolve({ sentence: "They went on", console: new Secret(LOGIN, "login URL") })
    ),
  ).then(() => undefined, (error: unknown) => error).finally(() => over = true);
  await world.events.find(({ kind }) => kind === "listening");
  return { world, end, ended: () => over };
}

function get(world: FakeWorld, path: string, method = "GET"): Promise<Response> {
  const url = new URL(path, ACS);
  return world.send(new Request(url, { method, headers: { host: url.host } }));
}

async function posted(world: FakeWorld): Promise<string> {
  const answer = await world.send(formRequest(ACS, { samlResponse: "alice" }));
  assert.equal(answer.status, 303);
  assert.equal(await answer.text(), "", "the way on has no secret in it");
  const way = answer.headers.get("location") ?? "";
  assert.match(way, /^\/console\/[\w-]{36}$/);
  return way;
}

Deno.test("console: the page is given to the first GET, the second gets none, and the sign-in ends", async () => {
  const { world, end, ended } = await start();
  const way = await posted(world);
  assert.equal(ended(), false, "it waits for the tab");
  const [first, second] = await Promise.all([get(world, way), get(world, way)]);
  assert.equal(first.status, 200);
  assert.ok((await first.text()).includes("SigninToken=a%2Bb"));
  assert.equal(second.status, 409);
  assert.ok(!(await second.text()).includes("SigninToken"));
  assert.equal(await end, undefined);
  assert.deepEqual(world.closed, [1000], "the page has time to arrive");
});

Deno.test("console: what is no GET of that address neither gets the page nor uses it up", async () => {
  const { world, end } = await start();
  const way = await posted(world);
  for (
    const [path, method, status] of [
      [way, "POST", 405],
      [way, "HEAD", 200],
      [way, "PUT", 405],
      [`${way}x`, "GET", 404],
      ["/console/", "GET", 404],
      ["/favicon.ico", "GET", 204],
    ] as const
  ) {
    const answer = await get(world, path, method);
    const text = await answer.text();
    assert.ok(!text.includes("SigninToken"), `${method} ${path}`);
    assert.equal(answer.status, status, `${method} ${path}`);
  }
  assert.equal((await get(world, way)).status, 200);
  assert.equal(await end, undefined);
});

Deno.test("console: another assertion meanwhile is told that it is over, and takes nothing", async () => {
  const { world, end } = await start();
  const way = await posted(world);
  const { status, text } = await world.post("mallory");
  assert.equal(status, 409);
  assert.match(text, /already over/);
  assert.equal(world.exchanges.all.length, 1);
  await (await get(world, way)).body?.cancel();
  assert.equal(await end, undefined);
});

Deno.test("console: a form sent twice at once is exchanged once, and both tabs are shown the same way", async () => {
  const { world, end } = await start();
  const send = () => world.send(formRequest(ACS, { samlResponse: "alice" }));
  const [one, two] = await Promise.all([send(), send()]);
  assert.equal(one.status, 303);
  assert.equal(one.headers.get("location"), two.headers.get("location"));
  assert.equal(world.exchanges.all.length, 1);
  await (await get(world, one.headers.get("location") ?? "")).body?.cancel();
  assert.equal(await end, undefined);
});

Deno.test("console: a person who interrupts does not wait for the tab", async () => {
  const { world, end } = await start();
  await posted(world);
  world.interrupt();
  assert.match(String(await end), /Interrupted/);
  assert.deepEqual(world.closed, [0]);
});
