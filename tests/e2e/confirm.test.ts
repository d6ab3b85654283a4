/** `sync` writes for a whole assertion, so the person says first that it was theirs. */

import assert from "node:assert/strict";
import { programs } from "../support/driver.ts";
import { commandDriver, confirmed, cookieOf } from "../support/offering.ts";
import { DEFAULT_PROVIDER } from "../support/saml_response.ts";
import { wordsOf } from "../support/page_text.ts";
import { endOf, headingOf, post, soon, waitingDriver } from "../support/sign_ins.ts";
import { setStage, type Stage } from "../support/stage.ts";

/** A `sync` whose tab stands at the question. */
async function asked(stage: Stage, words: readonly string[] = []) {
  const driver = commandDriver(stage, ["sync", ...words], { program: programs()[0] });
  await soon("the driver to listen", driver.waitFor("Waiting on"));
  const posted = await post(stage, stage.idp.signIn("bob").fields);
  const way = posted.headers.get("location");
  const address = way === null ? undefined : new URL(way, stage.acsUrl);
  const cookie = cookieOf(posted);
  const question = address === undefined
    ? posted.text
    : await (await fetch(address, { headers: { cookie } })).text();
  const token = /name="token" value="([^"]+)"/.exec(question)?.[1] ?? "";
  const answer = (fields: Record<string, string>, headers = {}): Promise<Response> =>
    fetch(address ?? stage.acsUrl, {
      method: "POST",
      headers: {
        "origin": new URL(stage.acsUrl).origin,
        "sec-fetch-site": "same-origin",
        cookie,
        ...headers,
      },
      body: new URLSearchParams(fields),
    });
  return { driver, posted, question, token, answer };
}

function written(stage: Stage): boolean {
  try {
    Deno.statSync(`${stage.home}/.aws/config`);
    return true;
  } catch {
    return false;
  }
}

Deno.test("sync asks what it is about to write, and for whom, before STS is asked", async () => {
  await using stage = setStage({ maxSessionDuration: 7200 });
  const { driver, posted, question, answer, token } = await asked(stage);
  await using _ = driver;
  assert.equal(posted.status, 303);
  assert.equal(headingOf(question), "Write 5 profiles?");
  assert.match(question, /bob@example\.com/);
  assert.match(question, /111122223333, 444455556666, 777788889999/);
  assert.equal(stage.sts.calls.length, 0);
  // Another page's form, a forged token, a frame: none of them is the person's yes.
  for (
    const [fields, headers] of [
      [{ token, confirm: "1" }, { origin: "https://evil.example" }],
      [{ token, confirm: "1" }, { origin: "null" }],
      [{ token, confirm: "1" }, { "sec-fetch-site": "cross-site" }],
      [{ token, confirm: "1" }, { "sec-fetch-dest": "iframe" }],
      [{ token: "forged", confirm: "1" }, {}],
    ] as const
  ) {
    const refused = await answer(fields, headers);
    assert.ok(refused.status >= 400, JSON.stringify(headers));
    await refused.body?.cancel();
  }
  assert.equal(stage.sts.calls.length, 0);
  const done = await answer({ token, confirm: "1" });
  assert.equal(headingOf(await done.text()), "Signed in to AWS");
  const { code, stderr } = await endOf(driver);
  assert.equal(code, 0, stderr);
  assert.equal(stage.sts.calls.length, 5);
});

Deno.test("sync: Cancel at the question is 130, and nothing is asked or written", async () => {
  await using stage = setStage();
  const { driver, answer, token } = await asked(stage, ["--process"]);
  await using _ = driver;
  const page = await answer({ token, cancel: "1" });
  assert.equal(headingOf(await page.text()), "Canceled");
  assert.equal((await endOf(driver)).code, 130);
  assert.equal(stage.sts.calls.length, 0);
  assert.equal(written(stage), false);
});

Deno.test("sync: keys of a provider that was named, and a dry run, need no question", async () => {
  for (const words of [["--saml-provider-arn", DEFAULT_PROVIDER], ["--dry-run"]]) {
    await using stage = setStage();
    const { driver, posted } = await asked(stage, words);
    await using _ = driver;
    assert.equal(posted.status, 200, words.join(" "));
    assert.equal((await endOf(driver)).code, 0);
  }
});

/** What any web page can post: an assertion that nobody signed, of roles of its own choice. */
function forged(stage: Stage, provider = DEFAULT_PROVIDER) {
  const role = "arn:aws:iam::111122223333:role/AttackersChoice";
  return stage.idp.signIn("alice", { sign: "none", roles: [{ role, provider }] }).fields;
}

// A forged assertion of the named account once chose which roles became profiles, and with --prune which
// profiles went: these ask STS nothing, and STS alone can tell that an assertion is forged.
for (
  const [words, heading] of [
    [["sync", "--process", "--saml-provider-arn", DEFAULT_PROVIDER], "Write 1 profile?"],
    [["sync", "--process", "--prune", "--saml-provider-arn", DEFAULT_PROVIDER], "Write 1 profile?"],
  ] as const
) {
  Deno.test(`${words.slice(0, -1).join(" ")}: what STS will not check is confirmed by a click, whatever ARN is named`, async () => {
    await using stage = setStage();
    await using driver = commandDriver(stage, words, { program: programs()[0] });
    await soon("the driver to listen", driver.waitFor("Waiting on"));
    const posted = await post(stage, forged(stage));
    assert.equal(posted.status, 303, headingOf(posted.text));
    const address = new URL(posted.headers.get("location") ?? "", stage.acsUrl);
    const headers = { cookie: cookieOf(posted) };
    const question = await (await fetch(address, { headers })).text();
    assert.equal(headingOf(question), heading);
    assert.equal(written(stage), false);
  });
}

Deno.test("attack: a true assertion of fewer roles removes no profile without a click, whatever ARN is named", async () => {
  await using stage = setStage();
  const flags = ["--prune", "--saml-provider-arn", DEFAULT_PROVIDER];
  const config = () => Deno.readTextFileSync(`${stage.home}/.aws/config`);
  const sync = async (roles: readonly string[], press?: string) => {
    await using driver = commandDriver(stage, ["sync", ...flags], { program: programs()[0] });
    await soon("the driver to listen", driver.waitFor("Waiting on"));
    const offers = roles.map((name) => ({
      role: `arn:aws:iam::111122223333:role/${name}`,
      provider: DEFAULT_PROVIDER,
    }));
    const posted = await post(stage, stage.idp.signIn("bob", { roles: offers }).fields);
    const asked = posted.status === 303;
    if (press === "yes") await confirmed(stage, posted);
    if (press === undefined || press === "yes") assert.equal((await endOf(driver)).code, 0);
    return { asked, calls: stage.sts.calls.length, text: config() };
  };
  const first = await sync(["Dev", "ReadOnly"]);
  assert.equal(first.asked, false, "nothing is there to be removed");
  const attacked = await sync(["Dev"], "nothing");
  assert.ok(attacked.asked);
  assert.equal(attacked.calls, first.calls, "STS is not asked before the click");
  assert.equal(attacked.text, first.text);
  const confirmedNow = await sync(["Dev"], "yes");
  assert.ok(confirmedNow.asked);
  assert.match(first.text, /ReadOnly/);
  assert.doesNotMatch(confirmedNow.text, /ReadOnly/);
});

Deno.test("attack: a colleague's true assertion writes no keys without a click, whatever ARN is named", async () => {
  await using stage = setStage();
  const words = ["sync", "--saml-provider-arn", DEFAULT_PROVIDER];
  const headings: string[] = [];
  for (const roleSessionName of ["alice@example.com", "mallory@example.com"]) {
    await using driver = commandDriver(stage, words, { program: programs()[0] });
    await soon("the driver to listen", driver.waitFor("Waiting on"));
    const posted = await post(stage, stage.idp.signIn("alice", { roleSessionName }).fields);
    const cookie = cookieOf(posted);
    const way = new URL(posted.headers.get("location") ?? "/", stage.acsUrl);
    const text = posted.status === 303
      ? await (await fetch(way, { headers: { cookie } })).text()
      : posted.text;
    headings.push(headingOf(text));
    if (posted.status === 303) assert.match(wordsOf(text), /Last time it was alice@example\.com\./);
    else assert.equal((await endOf(driver)).code, 0);
  }
  assert.deepEqual(headings, ["Signed in to AWS", "Write 1 profile?"]);
  assert.equal(stage.sts.calls.length, 1);
});

Deno.test("attack: a colleague's true assertion is not delivered for the named role without a click", async () => {
  await using stage = setStage();
  const sign = async (roleSessionName: string, press?: string) => {
    await using driver = await waitingDriver(stage, { program: programs()[0] });
    const posted = await post(stage, stage.idp.signIn("alice", { roleSessionName }).fields);
    const page = press === undefined ? posted : await confirmed(stage, posted);
    return { asked: posted.status === 303, heading: headingOf(page.text), ...await endOf(driver) };
  };
  const first = await sign("alice@example.com");
  assert.deepEqual([first.asked, first.code], [false, 0]);
  const again = await sign("alice@example.com");
  assert.deepEqual([again.asked, again.code], [false, 0]);
  const other = await sign("mallory@example.com", "yes");
  assert.deepEqual([other.asked, other.code], [true, 0], other.stderr);
  assert.match(
    other.stderr,
    /Sign in as mallory@example\.com\? Last time it was alice@example\.com\. Confirm it/,
  );
  const then = await sign("mallory@example.com");
  assert.deepEqual([then.asked, then.code], [false, 0]);
});
