import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../../src/aws/arn.ts";
import { linesOf } from "../../../src/cli/terminal.ts";
import { ExitCode, UserError } from "../../../src/errors.ts";
import type { SignedIn } from "../../../src/sign_in/outcome.ts";
import { type Page, pageResponse } from "../../../src/sign_in/pages/page.ts";
import {
  overPage,
  strayPage,
  successPage,
  troublePage,
  waitingPage,
} from "../../../src/sign_in/pages/pages.ts";
import { localTimeWithSpan } from "../../../src/time.ts";
import { exchangedFake, FAKE_SECRETS, NOON } from "../../support/fakes.ts";

const HOSTILE = [
  `<script>alert(1)</script>`,
  `</title><script>alert(1)</script>`,
  `</style></h1><img src=x onerror=alert(1)>`,
  `" onmouseover="alert(1)`,
  `' onmouseover='alert(1)`,
  `&lt;script&gt;`,
  `<!--`,
  `]]><svg/onload=alert(1)>`,
  `{{constructor.constructor('alert(1)')()}}`,
  `\u0000<b>\u202e`,
];

/** When the fake session ends, in the time zone of the tests. */
const UNTIL = localTimeWithSpan(NOON + 3_600_000, NOON);

/** A role name as no validated ARN could have it. */
function signedInAs(person: string, name = "Dev"): SignedIn {
  const role = { ...parseRoleArn("arn:aws:iam::111122223333:role/Dev"), name, account: name };
  return {
    credentials: exchangedFake().credentials,
    role,
    person,
    provider: parseProviderArn("arn:aws:iam::111122223333:saml-provider/Idp"),
    region: { name: "us-east-1", named: false },
    askedSeconds: 43_200,
    shortenedTo: 3600,
  };
}

async function markup(page: Page): Promise<string> {
  return await pageResponse(page).text();
}

const PAGES: readonly [name: string, make: (text: string) => Page][] = [
  ["waitingPage", (text) => waitingPage(text)],
  ["successPage", (text) => successPage(signedInAs(text, text), { now: NOON, delivered: text })],
  [
    "troublePage",
    (text) =>
      troublePage({ message: text, hint: `${text}\n${text}` }, {
        status: 400,
        waiting: true,
        startPath: text,
      }),
  ],
  [
    "troublePage at the end",
    (text) => troublePage({ message: text, hint: text }, { status: 502, waiting: false }),
  ],
  ["strayPage", (text) => strayPage(404, text, text)],
];

for (const [name, make] of PAGES) {
  Deno.test(`${name}: whatever it is given stays text`, async () => {
    const harmless = await markup(make("harmless"));
    const shape = (text: string) => text.match(/<\/?[a-z0-9!]+/gi);
    for (const text of HOSTILE) {
      const document = await markup(make(text));
      assert.deepEqual(shape(document), shape(harmless), text);
      assert.ok(!document.includes(text), `${text} stands there as it is`);
      assert.doesNotMatch(document.replaceAll(/"[^"]*"/g, ""), /<[^>]*\son[a-z]+=/i, text);
    }
  });

  Deno.test(`${name}: loads nothing and leads nowhere but to this listener`, async () => {
    const document = await markup(make("/start/nonce"));
    assert.doesNotMatch(document, /\b(src|action|srcset|poster|data)=|url\(|@import/i);
    for (const [, href] of document.matchAll(/href="([^"]*)"/g)) assert.equal(href, "/start/nonce");
  });
}

Deno.test("waitingPage: says how to start, with a link where the driver knows one", async () => {
  assert.match(await markup(waitingPage("/start/n")), /<a href="\/start\/n">Sign in/);
  const without = await markup(waitingPage(undefined));
  assert.doesNotMatch(without, /<a /);
  assert.match(without, /Start the sign-in to AWS at your identity provider/);
});

Deno.test("successPage: the terminal's facts, what was granted, where they went; no secret", async () => {
  const signedIn = signedInAs("alice@example.com");
  const page = successPage(signedIn, { now: NOON, delivered: "They went there" });
  const document = await markup(page);
  assert.equal(page.status, 200);
  assert.equal(page.mood, "good");
  for (const fact of ["Dev", "alice@example.com", UNTIL]) {
    assert.ok(document.includes(`<dd>${fact}</dd>`), fact);
  }
  assert.match(document, /The role does not allow a session of 43200 seconds; STS granted 3600\./);
  assert.match(document, /They went there\. You can close this tab\./);
  const terminal = linesOf({ kind: "signed-in", signedIn, delivered: "They went there" }, NOON);
  for (const word of ["alice@example.com", UNTIL, "They went there"]) {
    assert.ok(terminal.some(({ text }) => text.includes(word)), word);
  }
  for (const secret of [...FAKE_SECRETS, "ASIAFAKE"]) assert.ok(!document.includes(secret));
});

Deno.test("troublePage: the terminal's words, and whether it is still worth another try", async () => {
  const error = new UserError("x", "The assertion is over", {
    exitCode: ExitCode.BAD_ASSERTION,
    hint: "Sign in again.\nOr set the clock.",
    cause: new Error("inner detail"),
  });
  const waiting = await markup(
    troublePage(error, { status: 400, waiting: true, startPath: "/start/n" }),
  );
  const [first, ...hints] = linesOf({ kind: "refused", error, until: undefined }, NOON);
  assert.equal(first?.text, "Sign-in rejected: The assertion is over");
  assert.match(waiting, /<h1>The assertion is over<\/h1>/);
  for (const { text } of hints) assert.ok(waiting.includes(text.trim()), text);
  assert.match(waiting, /still waiting: <a href="\/start\/n">sign in again<\/a>/);
  assert.ok(!waiting.includes("inner detail"));
  const alone = await markup(troublePage(error, { status: 400, waiting: true }));
  assert.match(alone, /still waiting for a sign-in/);
  const over = await markup(troublePage(error, { status: 502, waiting: false }));
  assert.match(over, /has stopped/);
  assert.doesNotMatch(over, /still waiting|<a /);
});

Deno.test("troublePage: an error without a hint leaves no empty paragraph", async () => {
  const page = troublePage({ message: "No", hint: undefined }, { status: 400, waiting: true });
  assert.doesNotMatch(await markup(page), /class="hint"|<p><\/p>/);
});

Deno.test("overPage: a second answer conflicts, and says so without alarm", async () => {
  assert.equal(overPage().status, 409);
  assert.equal(overPage().mood, "plain");
  assert.match(await markup(overPage()), /already over/);
});
