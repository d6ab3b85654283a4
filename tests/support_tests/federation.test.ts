import assert from "node:assert/strict";
import { consoleLogin } from "../../src/aws/console.ts";
import { DESTINATION, NOW, requestFor, SESSION, standIn, world } from "../aws/console_logins.ts";

Deno.test("startFederation: notices secrets in a URL, a second request, other fields and other methods", async () => {
  await using federation = standIn();
  const session = JSON.stringify({
    sessionId: SESSION.accessKeyId,
    sessionKey: SESSION.secretAccessKey,
    sessionToken: SESSION.sessionToken,
  });
  const fields = { Action: "getSigninToken", SessionDuration: "900", Session: session };
  const ask = async (init: RequestInit, query = "") => {
    const before = federation.problems.length;
    const response = await fetch(`${federation.url}/federation${query}`, init);
    await response.body?.cancel();
    return [response.status, federation.problems.slice(before)];
  };
  const post = (more: Record<string, string>, query?: string) =>
    ask({ method: "POST", body: new URLSearchParams({ ...fields, ...more }) }, query);
  const [status, problems] = await ask({}, `?${new URLSearchParams(fields)}`);
  assert.equal(status, 400);
  assert.deepEqual(problems, [
    "a session stands in a URL",
    "the method is GET",
    "a query stands behind /federation",
    "the content type is none",
    "the form has other fields",
    "the action is another",
    "SessionDuration",
    "the Session is not three texts in JSON",
  ]);
  assert.deepEqual(await post({ SessionDuration: "899" }), [400, ["SessionDuration"]]);
  assert.deepEqual(await post({ SessionType: "json" }), [400, ["the form has other fields"]]);
  assert.deepEqual(await post({ Session: "{}" }), [
    400,
    ["the Session is not three texts in JSON"],
  ]);
  assert.deepEqual(await post({ Session: session.replace("FixtureSecret", "x") }), [400, []]);
  assert.deepEqual(await post({}, "?x"), [400, ["a query stands behind /federation"]]);
  assert.deepEqual(await post({}), [200, []]);
  assert.deepEqual(await post({}), [400, ["a token is asked for twice"]]);
  const login = new URLSearchParams({
    Action: "login",
    Destination: "elsewhere",
    SigninToken: federation.tokens[0] ?? "",
  });
  assert.deepEqual(await ask({}, `?${login}`), [400, ["the Destination is no URL"]]);
  login.set("Destination", DESTINATION);
  login.append("Destination", DESTINATION);
  assert.deepEqual(await ask({}, `?${login}`), [400, ["Destination: 2"]]);
  login.set("Destination", DESTINATION);
  assert.deepEqual(await ask({}, `?${login}`), [200, []]);
  assert.deepEqual(await ask({}, `?${login}`), [400, ["the token is unknown or used"]]);
});

Deno.test("startFederation: a login URL is good for 15 minutes", async () => {
  let time = NOW;
  await using federation = standIn({ clock: () => time });
  const login = await consoleLogin(requestFor(federation.url), world());
  time += 900_000;
  const page = await fetch(login.reveal());
  assert.match(await page.text(), /the token is over/);
});
