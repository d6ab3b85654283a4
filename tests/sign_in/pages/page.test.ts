import assert from "node:assert/strict";
import { html } from "../../../src/sign_in/pages/html.ts";
import { VERSION } from "../../../src/version.ts";
import { type Page, pageResponse, securityHeaders } from "../../../src/sign_in/pages/page.ts";

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
