import assert from "node:assert/strict";
import { pageResponse } from "../../../src/sign_in/pages/page.ts";
import {
  type PickerModel,
  pickerPage,
  type PickerRole,
} from "../../../src/sign_in/pages/picker.ts";
import { gonePage, type GoneReason, QUESTION_STYLE } from "../../../src/sign_in/pages/question.ts";
import { QUESTION_SCRIPT } from "../../../src/sign_in/pages/question_script.ts";
import { offered, offeredAtMany, pickerModel } from "../../support/picker.ts";

/** The page's own markup, without what all pages have; blanks as a browser sees them. */
function body(model: PickerModel): string {
  return pickerPage(model).body.markup.replace(/\s+/g, " ");
}

/** The text of an element's markup. */
function text(markup: string): string {
  return markup.replace(/<[^>]*>/g, "").replace(/\s+/g, " ").trim();
}

function all(markup: string, pattern: RegExp): readonly string[] {
  return [...markup.matchAll(pattern)].map((match) => match[1] ?? "");
}

function headings(model: PickerModel): readonly string[] {
  return all(body(model), /<h2[^>]*>(.*?)<\/h2>/g).map(text);
}

function keys(model: PickerModel): readonly string[] {
  return all(body(model), /<button [^>]*name="role" value="([^"]*)"/g);
}

function withRoles(...roles: readonly (readonly PickerRole[])[]): PickerModel {
  return { ...pickerModel(5), last: undefined, roles: roles.flat() };
}

Deno.test("pickerPage: one plain form with the token and a button for every role, and Cancel", () => {
  const model = pickerModel(5);
  const markup = body(model);
  assert.equal(markup.match(/<form/g)?.length, 1);
  const form = /<form(.*?)>(.*)<\/form>/.exec(markup);
  assert.match(form?.[1] ?? "", /method="post" action="\/choose"/);
  assert.match(
    form?.[2] ?? "",
    /<input type="hidden" name="token" value="8f3c9d1e-0000-4000-8000-000000000000">/,
  );
  assert.deepEqual(keys(model).toSorted(), model.roles.map((role) => role.key).toSorted());
  assert.match(form?.[2] ?? "", /<button type="submit"[^>]* name="cancel" value="1">Cancel</);
  assert.equal(
    markup.match(/<button /g)?.length,
    markup.match(/<button type="submit"/g)?.length,
  );
});

Deno.test("pickerPage: who is signed in, by which IdP, how many roles, why not all, how long", () => {
  const markup = body({ ...pickerModel(5), narrowed: "limited by --account 111122223333" });
  assert.match(text(markup), /Signed in as alice@example.com through https:\/\/idp.example.com/);
  assert.match(text(markup), /5 roles in 3 accounts, limited by --account 111122223333/);
  assert.match(text(markup), /4:32 left to choose when this page opened/);
});

Deno.test("pickerPage: roles that cannot be read are told below the count, of one role as well", () => {
  for (const count of [1, 5]) {
    const malformed = ['A Role value cannot be read, "<b>": it is no ARN', "So it is with 2 more"];
    const markup = body({ ...pickerModel(count), malformed });
    assert.match(
      markup,
      /<p class="note">A Role value cannot be read, &#34;&#60;b&#62;&#34;: it is no ARN\.<\/p>/,
    );
    assert.match(markup, /<p class="note">So it is with 2 more\.<\/p>/);
  }
});

Deno.test("pickerPage: what is not known is not told", () => {
  const model = { ...pickerModel(5), person: undefined, idp: undefined };
  assert.doesNotMatch(body(model), /Signed in|undefined/);
  assert.match(
    text(body({ ...model, person: "alice" })),
    /Signed in as alice 5 roles|as alice Find/,
  );
  assert.match(text(body({ ...model, idp: "urn:idp" })), /Signed in through urn:idp/);
  assert.doesNotMatch(body({ ...pickerModel(1), person: undefined }), /Signed in as|undefined/);
});

Deno.test("pickerPage: accounts by name as people count, those without a name last", () => {
  const model = withRoles(
    offered("999999999999", undefined, ["A"]),
    offered("111111111111", undefined, ["A"]),
    offered("333333333333", "dev 10", ["A"]),
    offered("444444444444", "Dev 2", ["A"]),
    offered("222222222222", "apps", ["A"]),
  );
  assert.deepEqual(headings(model), [
    "apps 222222222222",
    "Dev 2 444444444444",
    "dev 10 333333333333",
    "111111111111",
    "999999999999",
  ]);
});

Deno.test("pickerPage: the role taken last time comes first, in the first account, and says so", () => {
  const model: PickerModel = {
    ...withRoles(
      offered("111111111111", "a", ["One", "Two"]),
      offered("222222222222", undefined, ["Two", "One", "Three"]),
    ),
    last: "222222222222/Three",
  };
  assert.deepEqual(headings(model), ["222222222222", "a 111111111111"]);
  assert.deepEqual(keys(model).slice(0, 3), [
    "222222222222/Three",
    "222222222222/One",
    "222222222222/Two",
  ]);
  assert.match(
    body(model),
    /class="last" aria-describedby="account0" name="role" value="222222222222\/Three"><span class="name">Three<\/span> <span class="tag">last time/,
  );
  assert.equal(body(model).match(/last time/g)?.length, 1);
});

Deno.test("pickerPage: which command or profile asked stands first, whatever there is to choose", () => {
  for (const count of [1, 5]) {
    assert.match(
      body({ ...pickerModel(count), asker: "profile `<dev>`" }),
      /^ ?<p class="asker">For profile <code>&#60;dev&#62;<\/code><\/p>/,
    );
    assert.doesNotMatch(body(pickerModel(count)), /For /);
  }
});

Deno.test("pickerPage: only who is asked one thing is told when not to say yes", () => {
  const own = /Continue only if you started this sign-in\./;
  assert.match(body(pickerModel(1)), own);
  assert.doesNotMatch(body(pickerModel(5)), own);
});

Deno.test("pickerPage: a key that is not offered any more is nobody's last time", () => {
  assert.doesNotMatch(body({ ...pickerModel(5), last: "gone" }), /last time/);
});

Deno.test("pickerPage: an account is one group, wherever its roles stand in the offer", () => {
  const model = withRoles(
    offered("111111111111", undefined, ["A"]),
    offered("222222222222", "two", ["A"]),
    offered("111111111111", "one", ["B"]),
  );
  assert.deepEqual(headings(model), ["one 111111111111", "two 222222222222"]);
  assert.match(body(model), /role="group" aria-labelledby="account0"> <h2 id="account0">/);
});

Deno.test("pickerPage: the provider is told only where it makes a difference", () => {
  const model = withRoles(
    offeredAtMany("111111111111", "one", "Admin", ["Okta", "EntraID"]),
    offered("111111111111", "one", ["Dev"]),
    offered("222222222222", "two", ["Admin"]),
  );
  assert.deepEqual(all(body(model), /<span class="provider">(.*?)<\/span>/g), [
    "through Okta",
    "through EntraID",
  ]);
});

Deno.test("pickerPage: a role's path stands before its name without a blank", () => {
  const model = withRoles(offered("111111111111", "one", ["a/b/Admin", "Admin"]));
  assert.match(
    body(model),
    /<span class="name"><span class="path">a\/b\/<\/span>Admin<\/span>/,
  );
});

Deno.test("pickerPage: one role is a question", () => {
  const model = pickerModel(1);
  const page = pickerPage(model);
  assert.equal(page.title, "Use this role?");
  assert.deepEqual(keys(model), [model.roles[0]?.key]);
  assert.match(body(model), /<dd><bdi>Development \(111122223333\)<\/bdi><\/dd>/);
  assert.doesNotMatch(body(model), /type="search"|<h2|roles in/);
  assert.match(body(model), /name="cancel"/);
});

Deno.test("pickerPage: a search field from five roles on, hidden until the script is there", () => {
  assert.doesNotMatch(body(pickerModel(4)), /type="search"/);
  assert.match(body(pickerModel(5)), /<div id="search" hidden> <label for="find">Find a role</);
});

Deno.test("pickerPage: two hundred roles are each there once, in 100 kB", async () => {
  const model = pickerModel(200);
  assert.equal(new Set(keys(model)).size, 200);
  assert.equal(headings(model).length, 25);
  const size = (await pageResponse(pickerPage(model)).text()).length;
  assert.ok(size < 100_000, `${size}`);
});

for (
  const [ms, shown, left] of [
    [272_000, "4:32", "272000"],
    [271_999.6, "4:32", "272000"],
    [60_000, "1:00", "60000"],
    [9_001, "0:10", "9001"],
    [0, "0:00", "0"],
    [-5, "0:00", "0"],
  ] as const
) {
  Deno.test(`pickerPage: ${ms} ms are ${shown}`, () => {
    const markup = body({ ...pickerModel(5), remainingMs: ms });
    assert.match(markup, new RegExp(`data-left="${left}"`));
    assert.match(markup, new RegExp(`>${shown} left to choose<`));
  });
}

const HOSTILE = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' autofocus onfocus='alert(1)`,
  `</button></form><form action=//evil.example>`,
  `<!--`,
  `{{7*7}}`,
];

for (const hostile of HOSTILE) {
  Deno.test(`pickerPage: is not taken in by ${hostile}`, () => {
    for (const count of [1, 5]) {
      const tame = pickerModel(count);
      const page = pickerPage({
        ...tame,
        token: hostile,
        action: hostile,
        person: hostile,
        idp: hostile,
        narrowed: hostile,
        startPath: hostile,
        roles: tame.roles.map((role) => ({
          ...role,
          account: hostile,
          accountName: hostile,
          name: hostile,
          key: hostile,
          provider: hostile,
        })),
      });
      const { markup } = page.body;
      assert.ok(!markup.includes(hostile) || hostile === "{{7*7}}", markup);
      // What stands in tags and quotes is ours: the elements are those of the tame page and no more.
      const tags = new Set(all(markup, /<(\/?\w+)/g));
      for (const tag of ["script", "img", "/script"]) assert.ok(!tags.has(tag), tag);
      assert.equal(markup.match(/<form/g)?.length, 1);
      const attributes = all(markup, /<([^>]*)>/g).map((tag) => tag.replace(/"[^"]*"/g, ""));
      for (const each of attributes) assert.doesNotMatch(each, /['=]\S|autofocus|\bon/);
    }
  });
}

Deno.test("pickerPage: names turn no writing direction and are cut", () => {
  const model = withRoles(
    offered("111111111111", `evil\u202Eeman\u0007 ${"x".repeat(1000)}`, ["A", "B"]),
  );
  assert.match(headings(model)[0] ?? "", /^evil eman x{100,200}… 111111111111$/);
});

Deno.test("pickerPage: the key is posted as it was given", () => {
  const model = withRoles(offered("111111111111", undefined, ["A"]), [
    { key: `a  b&"\u202E`, account: "111111111111", name: "B" },
  ]);
  assert.match(pickerPage(model).body.markup, /value="a {2}b&#38;&#34;\u202E"/);
});

Deno.test("pickerPage: its form posts to us only and with our Origin, its script has a nonce", async () => {
  const response = pageResponse(pickerPage(pickerModel(5)));
  const markup = await response.text();
  const nonce = /<script nonce="([^"]+)">/.exec(markup)?.[1];
  assert.equal(
    response.headers.get("content-security-policy"),
    `default-src 'none'; img-src data:; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; base-uri 'none'; ` +
      `form-action 'self'; frame-ancestors 'none'`,
  );
  assert.equal(response.headers.get("referrer-policy"), "same-origin");
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(markup.match(/<script/g)?.length, 1);
  assert.doesNotMatch(
    markup.replace(/<script.*<\/script>/s, ""),
    /\son\w+=|javascript:|http-equiv/i,
  );
});

Deno.test("QUESTION_SCRIPT: is JavaScript that ends nowhere but at its end, and writes no markup", () => {
  // Reads it without running it.
  new Function(QUESTION_SCRIPT.markup);
  assert.doesNotMatch(QUESTION_SCRIPT.markup, /<\/|<!--|<script/i);
  assert.doesNotMatch(
    QUESTION_SCRIPT.markup,
    /innerHTML|outerHTML|insertAdjacent|document\.write|eval/,
  );
  assert.doesNotMatch(QUESTION_STYLE.markup, /<|url\(|@import/);
});

const GONE: Readonly<Record<GoneReason, readonly [status: number, words: RegExp]>> = {
  replaced: [410, /newer sign-in/],
  expired: [410, /sign-in has expired.*Your command is still waiting/],
  taken: [409, /already chose/],
  cancelled: [200, /Canceled.*Nothing was changed/],
};

for (const reason of ["replaced", "expired", "taken", "cancelled"] as const) {
  const [status, words] = GONE[reason];
  Deno.test(`gonePage: ${reason}`, async () => {
    const response = pageResponse(gonePage(reason, "/start/x"));
    const markup = await response.text();
    assert.equal(response.status, status);
    assert.match(text(markup.replace(/<head>.*<\/head>/s, "")), words);
    assert.equal(
      markup.includes(
        `<a class="button primary" href="/start/x" rel="noreferrer">Sign in again</a>`,
      ),
      reason === "expired",
    );
    assert.equal(response.headers.get("referrer-policy"), "no-referrer");
    assert.match(
      response.headers.get("content-security-policy") ?? "",
      /^default-src 'none'; img-src data:; style-src 'nonce-[^']+'; base-uri 'none'; form-action 'none'/,
    );
    assert.doesNotMatch(markup, /<script|<form/);
  });
}

Deno.test("gonePage: without a place to start, the IdP is where to sign in again", () => {
  assert.match(text(gonePage("expired").body.markup), /sign in again at your identity provider/);
});
