import assert from "node:assert/strict";
import { parseProviderArn, parseRoleArn } from "../../../src/aws/arn.ts";
import { linesOf } from "../../../src/cli/event_lines.ts";
import { ExitCode, UserError } from "../../../src/errors.ts";
import type { SignedIn } from "../../../src/sign_in/outcome.ts";
import { FAVICON, type Page, pageResponse } from "../../../src/sign_in/pages/page.ts";
import {
  donePage,
  nobodyPage,
  overPage,
  strayPage,
  successPage,
  troublePage,
  waitingPage,
} from "../../../src/sign_in/pages/pages.ts";
import { ALL_PAGES, refusalOf, SIGNED_IN, stsRefusal } from "../../support/all_pages.ts";
import { exchangedFake, FAKE_SECRETS, NOON } from "../../support/fakes.ts";
import { detailOf, headingOf, wordsOf } from "../../support/page_text.ts";

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

/** An error whose every part is this text. */
function errorOf(text: string): UserError {
  const role = { account: text, name: text, text };
  return new UserError("x", text, {
    exitCode: ExitCode.BAD_ASSERTION,
    hint: `${text}\n${text}`,
    parts: { headline: text, person: text, roles: [role, role], meant: role, policy: text },
  });
}

const PAGES: readonly [name: string, make: (text: string) => Page][] = [
  ["waitingPage", (text) => waitingPage(text)],
  [
    "successPage",
    (text) => successPage(signedInAs(text, text), NOON, { sentence: text, more: [text] }),
  ],
  ["donePage", (text) => donePage({ title: text, sentence: text, run: text })],
  [
    "troublePage",
    (text) => troublePage(errorOf(text), { status: 400, waiting: true, startPath: text }),
  ],
  ["troublePage at the end", (text) => troublePage(errorOf(text), { status: 502, waiting: false })],
  ["strayPage", (text) => strayPage(404, text, text)],
];

/** The names of all elements, without those that only keep words together or apart. */
function shapeOf(document: string): readonly string[] | null {
  return document
    .replace(/<wbr>|<code>|<\/code>|<span class="whole">|<\/span>/g, "")
    .match(/<\/?[a-z0-9!]+/gi);
}

for (const [name, make] of PAGES) {
  Deno.test(`${name}: whatever it is given stays text`, async () => {
    const harmless = await markup(make("harmless"));
    for (const text of HOSTILE) {
      const document = await markup(make(text));
      assert.deepEqual(shapeOf(document), shapeOf(harmless), text);
      assert.ok(!document.includes(text), `${text} stands there as it is`);
      assert.doesNotMatch(document.replaceAll(/"[^"]*"/g, ""), /<[^>]*\son[a-z]+=/i, text);
    }
  });

  Deno.test(`${name}: loads nothing and leads nowhere but to this listener`, async () => {
    const document = await markup(make("/start/nonce"));
    assert.doesNotMatch(document, /\b(src|action|srcset|poster|data)=|url\(|@import/i);
    for (const [, href] of document.matchAll(/href="([^"]*)"/g)) {
      if (href !== FAVICON) assert.equal(href, "/start/nonce");
    }
  });
}

Deno.test("pages: each says in a few words what it is, and nothing in a headline needs details", () => {
  for (const [name, { title }] of Object.entries(ALL_PAGES)) {
    assert.ok(title.length <= 40, `${name}: ${title}`);
    assert.doesNotMatch(title, /arn:|\d{4}|https?:|\.$/, name);
  }
});

Deno.test("waitingPage: says how to start, with a button where the driver knows where", async () => {
  assert.match(
    await markup(waitingPage("/start/n")),
    /<a class="[^"]*" href="\/start\/n"[^>]*>Sign in</,
  );
  const without = await markup(waitingPage(undefined));
  assert.doesNotMatch(without, /<a /);
  assert.match(without, /Start the sign-in to AWS at your identity provider/);
});

Deno.test("successPage: the facts, when it ends, what was granted, what to do next; no secret", async () => {
  const signedIn = signedInAs("alice@example.com");
  const page = successPage(signedIn, NOON);
  const document = await markup(page);
  assert.equal(page.status, 200);
  assert.equal(page.mood, "good");
  const words = wordsOf(document);
  assert.match(words, /Role Dev Account Dev Signed in as alice@example\.com/);
  assert.match(words, /Expires 2026-11-23 13:00 UTC \(in 1 hour\)/, "for those without JavaScript");
  assert.match(document, /<time datetime="2026-11-23T13:00:00\.000Z">/, "for all others");
  assert.match(words, /The role does not allow a session of 43200 seconds; STS granted 3600\./);
  assert.match(words, /Return to your terminal\. You can close this tab\.$/);
  for (const secret of [...FAKE_SECRETS, "ASIAFAKE"]) assert.ok(!document.includes(secret));
});

Deno.test("successPage: what was done besides, each a sentence", async () => {
  const sentence = 'Profile "dev" has the credentials';
  const page = successPage(SIGNED_IN, NOON, { sentence, more: ["The console did not open."] });
  assert.match(
    wordsOf(await markup(page)),
    /Profile "dev" has the credentials\. The console did not open\. Return to your terminal\./,
  );
});

Deno.test("donePage: a command to go on with can be copied", async () => {
  const page = donePage({ title: "Profile dev is ready", run: "aws s3 ls --profile dev" });
  const document = await markup(page);
  assert.equal(headingOf(document), "Profile dev is ready");
  assert.match(wordsOf(document), /Try it in your terminal: aws s3 ls --profile dev Copy You can/);
  assert.match(document, /data-copy="aws s3 ls --profile dev" aria-live="polite"\s+hidden>Copy</);
});

Deno.test("troublePage: a headline, the terminal's words, what to do; all of it to copy", async () => {
  const error = new UserError("x", "The assertion is over", {
    exitCode: ExitCode.BAD_ASSERTION,
    hint: "Sign in again.\nOr set the clock.",
    cause: new Error("inner detail"),
  });
  const waiting = await markup(
    troublePage(error, { status: 400, waiting: true, startPath: "/start/n" }),
  );
  const [first, ...hints] = linesOf({ kind: "refused", error, until: undefined }, NOON);
  assert.equal(first?.text, `Sign-in rejected: ${detailOf(waiting)}`);
  assert.equal(headingOf(waiting), "This sign-in can't be used");
  for (const { text } of hints) assert.ok(waiting.includes(text.trim()), text);
  assert.match(
    waiting,
    /still waiting\.<\/p>\s*<p class="actions"><a class="button primary" href="\/start\/n"[^>]*>Sign in again</,
  );
  const [, copied = ""] = /data-copy="([^"]*)"/.exec(waiting) ?? [];
  assert.match(
    copied,
    /^This sign-in can&#39;t be used\nThe assertion is over\nSign in again\.\nOr set the clock\.\nx, stssamldriver \d/,
  );
  assert.ok(!waiting.includes("inner detail"));
  const alone = await markup(troublePage(error, { status: 400, waiting: true }));
  assert.match(alone, /still waiting: sign in again at your identity provider\./);
  const over = await markup(troublePage(error, { status: 502, waiting: false }));
  assert.match(over, /Fix this, then run the command again/);
  assert.doesNotMatch(over, /still waiting|<a /);
});

Deno.test("troublePage: an error without a hint leaves no empty paragraph", async () => {
  const error = new UserError("x", "No", { exitCode: ExitCode.REFUSED });
  const page = troublePage(error, { status: 400, waiting: true });
  assert.doesNotMatch(await markup(page), /class="hint"|<p><\/p>/);
});

const WANTED = parseRoleArn("arn:aws:iam::111122223333:role/Developer");
const offer = (account: string, role: string) => ({
  role: `arn:aws:iam::${account}:role/${role}`,
  provider: `arn:aws:iam::${account}:saml-provider/Idp`,
});
const TROUBLES: readonly (readonly [what: string, error: UserError, says: RegExp, not?: RegExp])[] =
  [
    [
      "a misspelt role",
      refusalOf({ roles: [offer("444455556666", "Ops"), offer("111122223333", "Developper")] }, {
        role: WANTED,
      }),
      /^That role isn't in your sign-in Your sign-in does not include the role arn:\S+Developer Did you mean 111122223333 \/ Developper\? Then run the command again with --role-arn arn:\S+Developper The roles in your sign-in: 111122223333 Developper 444455556666 Ops You are signed in as alice@example\.com – sign out of your IdP first to use another account\./,
      /It offers/,
    ],
    [
      "the role in another account",
      refusalOf({ roles: [offer("444455556666", "Developer")] }, { role: WANTED }),
      /Did you mean 444455556666 \/ Developer\?.* The only role in your sign-in: 444455556666 Developer/,
    ],
    [
      "another role",
      refusalOf({ roles: [offer("111122223333", "Ops")] }, { role: WANTED }),
      /The only role in your sign-in: 111122223333 Ops/,
      /Did you mean/,
    ],
    [
      "no role at all",
      refusalOf({ roles: [] }),
      /^Your sign-in has no AWS roles .* assign you a role in the AWS application\. You are signed in as alice@example\.com/,
      /The roles/,
    ],
    [
      "filters that no role fits",
      refusalOf({ roles: [offer("111122223333", "Ops")] }, { filters: ["D*"] }),
      /^No role in your sign-in matches None of .* --role-filter D\* The only role .* Ops/,
    ],
    [
      "an assertion that is over",
      refusalOf({}, {}, NOON + 70 * 60_000),
      /^This sign-in has expired/,
      /sign out of your IdP/,
    ],
    [
      "another IdP",
      refusalOf({}, { idp: "https://idp.example.com" }),
      /^That sign-in is from another IdP/,
    ],
    [
      "access denied",
      stsRefusal("AccessDenied", "Not authorized"),
      /^AWS denied access to that role .* signed in as alice@example\.com.* Send this to your AWS administrator .* \{ "Version": .* Copy policy Copy details/,
      /This trust policy would allow/,
    ],
  ];
for (const [what, error, says, not] of TROUBLES) {
  Deno.test(`troublePage: ${what}`, async () => {
    const page = troublePage(error, { status: 400, waiting: true, startPath: "/start/n" });
    const words = wordsOf(await markup(page));
    assert.match(words, says);
    if (not !== undefined) assert.doesNotMatch(words, not);
  });
}

Deno.test("troublePage: of many roles the likeliest ten, and how many more", async () => {
  const roles = Array.from({ length: 40 }, (_, index) => offer("111122223333", `Dev${index}`));
  const error = refusalOf({ roles }, {
    role: parseRoleArn("arn:aws:iam::111122223333:role/Dev7x"),
  });
  const document = await markup(troublePage(error, { status: 400, waiting: true }));
  assert.equal(document.match(/<tr>/g)?.length, 10);
  assert.match(wordsOf(document), /: 111122223333 Dev7 .* and 30 more/);
});

Deno.test("troublePage: the policy is copied as it is, indented", async () => {
  const error = stsRefusal("AccessDenied", "Not authorized");
  const document = await markup(troublePage(error, { status: 502, waiting: false }));
  const [, copied = ""] = /data-copy="(\{[^"]*)"/.exec(document) ?? [];
  const policy = copied.replace(
    /&#(\d+);/g,
    (_, code: string) => String.fromCharCode(Number(code)),
  );
  assert.equal(policy, error.parts.policy);
  assert.equal(JSON.parse(policy).Statement[0].Action, "sts:AssumeRoleWithSAML");
});

Deno.test("overPage: a second answer conflicts, and says so without alarm", async () => {
  assert.equal(overPage().status, 409);
  assert.equal(overPage().mood, "neutral");
  assert.match(await markup(overPage()), /already over/);
});

Deno.test("nobodyPage: neither good nor bad", async () => {
  assert.equal(nobodyPage().mood, "neutral");
  assert.match(
    wordsOf(await markup(nobodyPage())),
    /^Nothing to do The command that asked has ended/,
  );
});
