import assert from "node:assert/strict";
import { breakable, withCode } from "../../../src/sign_in/pages/text.ts";

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
