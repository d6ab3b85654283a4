import assert from "node:assert/strict";
import {
  breakable,
  html,
  type Page,
  pageResponse,
  securityHeaders,
  withCode,
} from "../../../src/sign_in/pages/page.ts";
import { VERSION } from "../../../src/version.ts";

const PAGE: Page = { status: 418, title: "A & <b>", mood: "bad", body: html`<p>body</p>` };

Deno.test("pageResponse: a whole document in UTF-8 that begins with its doctype", async () => {
  const response = pageResponse(PAGE);
  const text = await response.text();
  assert.equal(response.status, 418);
  assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
  assert.ok(text.startsWith("<!doctype html>"), text.slice(0, 40));
  assert.match(text, /<html lang="en">/);
  assert.match(text, /<meta charset="utf-8">/);
  assert.match(text, /<meta name="viewport" content="width=device-width, initial-scale=1">/);
  assert.match(text, /<meta name="color-scheme" content="light dark">/);
  assert.match(text, /prefers-color-scheme:dark/);
});

Deno.test("pageResponse: title and heading are the same words, escaped", async () => {
  const text = await pageResponse(PAGE).text();
  assert.match(text, /<title>A &#38; &#60;b&#62;<\/title>/);
  assert.match(text, /<h1>A &#38; &#60;b&#62;<\/h1>/);
});

Deno.test("pageResponse: nothing is loaded, run, sent or stored", async () => {
  const response = pageResponse(PAGE);
  const text = await response.text();
  assert.doesNotMatch(
    text,
    /<script|<img|<link(?! rel="icon" href="data:)|<iframe|<form|<object|\son\w+=|javascript:|url\(|@import/i,
  );
  assert.doesNotMatch(text, /https?:\/\//);
  assert.equal(response.headers.get("cache-control"), "no-store");
});

Deno.test("pageResponse: its icon comes with it, and its foot names the program and its version", async () => {
  const text = await pageResponse(PAGE).text();
  const [, icon = ""] = /<link rel="icon" href="data:image\/svg\+xml,([^"]+)">/.exec(text) ?? [];
  assert.match(decodeURIComponent(icon), /^<svg [^]*<\/svg>$/);
  assert.ok(
    text.includes(`<footer>stssamldriver ${VERSION} · running on this computer</footer>`),
  );
});

Deno.test("pageResponse: its one style sheet is let in by a nonce of its own", async () => {
  const nonces = await Promise.all([PAGE, PAGE].map(async (page) => {
    const response = pageResponse(page);
    const nonce = /<style nonce="([^"]+)">/.exec(await response.text())?.[1];
    assert.ok(nonce !== undefined);
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.ok(policy.includes(`style-src 'nonce-${nonce}'`), policy);
    return nonce;
  }));
  assert.notEqual(nonces[0], nonces[1]);
});

Deno.test("pageResponse: a page's own headers are added and take nothing away", async () => {
  const response = pageResponse({ ...PAGE, headers: { allow: "POST" } });
  await response.body?.cancel();
  assert.equal(response.headers.get("allow"), "POST");
  for (const name of Object.keys(securityHeaders())) assert.ok(response.headers.has(name), name);
});

Deno.test("securityHeaders: without a nonce not even a style is allowed", () => {
  assert.equal(
    securityHeaders()["content-security-policy"],
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
});

Deno.test("html: text is escaped for text and for quoted attributes", () => {
  const cases: readonly [text: string, markup: string][] = [
    ["plain – ünïcode 🎉", "plain – ünïcode 🎉"],
    ["<script>", "&#60;script&#62;"],
    [`" onload="x`, "&#34; onload=&#34;x"],
    ["' onload='x", "&#39; onload=&#39;x"],
    ["a & b", "a &#38; b"],
    ["&lt;", "&#38;lt;"],
    ["&amp;#60;", "&#38;amp;#60;"],
    ["${x}", "${x}"],
    ["", ""],
  ];
  for (const [text, markup] of cases) {
    assert.equal(html`<p title="${text}">${text}</p>`.markup, `<p title="${markup}">${markup}</p>`);
  }
});

Deno.test("html: markup is kept, lists are joined, undefined is nothing, zero is a number", () => {
  assert.equal(html`<b>${html`<i>${"<"}</i>`}</b>`.markup, "<b><i>&#60;</i></b>");
  assert.equal(html`${["<", html`<br>`, 1, undefined, ["&"]]}`.markup, "&#60;<br>1&#38;");
  assert.equal(html`[${undefined}][${0}][${""}]`.markup, "[][0][]");
});

Deno.test("html: what only looks like markup is text", () => {
  const forged: unknown = { markup: "<script>" };
  // A value that comes from JSON has the shape, not the class.
  assert.throws(() => html`${forged as string}`);
});

Deno.test("breakable: long words break behind slashes and an ARN's account, and never inside a name", () => {
  const cases: readonly [text: string, markup: string][] = [
    ["plain words", "plain words"],
    [
      "arn:aws:iam::111122223333:role/team/Dev",
      "arn:aws:iam::111122223333:<wbr>role/<wbr>team/<wbr>Dev",
    ],
    ["https://idp.example/saml", "https://idp.example/saml"],
    [
      "https://idp.example.com/saml/metadata",
      "https://<wbr>idp.example.com/<wbr>saml/<wbr>metadata",
    ],
    ["/home/alice/.aws/config", "/home/alice/.aws/config"],
    ["at 11:11:53", "at 11:11:53"],
    ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithSAML"],
    ["2026-11-28 UTC", '<span class="whole">2026-11-28</span> UTC'],
    [
      "arn:aws:iam::111122223333:saml-provider/My-Idp",
      'arn:aws:iam::111122223333:<wbr><span class="whole">saml-provider/</span><wbr><span class="whole">My-Idp</span>',
    ],
    ["give --role-arn.", "give <code>--role-arn</code>."],
    ["two  blanks\nand a line", "two  blanks\nand a line"],
    ["", ""],
    ["<b>/<i>", "&#60;b&#62;/&#60;i&#62;"],
    ["--<b>", '<span class="whole">--&#60;b&#62;</span>'],
  ];
  for (const [text, markup] of cases) assert.equal(breakable(text).markup, markup, text);
});

Deno.test("breakable: a long text takes no long time", () => {
  const start = performance.now();
  breakable(`${"a/".repeat(50_000)}${"-".repeat(50_000)}${" ".repeat(50_000)}`);
  assert.ok(performance.now() - start < 2000);
});

Deno.test("withCode: what stands between backticks, escaped", () => {
  assert.equal(withCode("`env` in <it>").markup, "<code>env</code> in &#60;it&#62;");
  assert.equal(withCode("3 commands").markup, "3 commands");
  assert.equal(withCode("an open `end").markup, "an open <code>end</code>");
});
