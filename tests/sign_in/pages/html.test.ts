import assert from "node:assert/strict";
import { html } from "../../../src/sign_in/pages/html.ts";

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
