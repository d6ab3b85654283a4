import assert from "node:assert/strict";
import { linesOf } from "../../src/cli/event_lines.ts";

const START = "https://idp.example/start";
const EVENT = { kind: "pasting", from: "terminal", startUrl: START, until: undefined } as const;

const CASES: readonly (readonly [string, Parameters<typeof linesOf>[0], readonly RegExp[]])[] = [
  ["opened", { ...EVENT, opens: "/usr/bin/firefox" }, [
    /^Opening your browser .*\(firefox\)/,
    /^ {2}https/,
  ]],
  ["not opened", { ...EVENT, opens: undefined }, [
    /^Sign in with a browser on any machine, at$/,
    /^ {2}https/,
  ]],
  [
    "no start URL",
    { ...EVENT, startUrl: undefined, opens: undefined },
    [/^Sign in to AWS at your identity provider/],
  ],
];
for (const [name, event, begins] of CASES) {
  Deno.test(`linesOf, pasting: ${name}, then what to paste, and where it is found`, () => {
    const texts = linesOf(event, 0).map(({ text }) => text);
    for (const [index, begin] of begins.entries()) assert.match(texts[index] ?? "", begin);
    assert.match(
      texts[begins.length] ?? "",
      /^Then paste the SAML Response here\. It is not shown/,
    );
    for (const text of texts) assert.ok(text.length <= 100, text);
  });
}

Deno.test("linesOf, pasting: from stdin there is nothing to do; another STS is said all the same", () => {
  const event = {
    ...EVENT,
    from: "stdin",
    opens: undefined,
    endpoint: "http://sts.example",
  } as const;
  assert.deepEqual(linesOf(event, 0).map(({ text }) => text), [
    "Reading the SAML Response from stdin",
    "The assertion goes to http://sts.example, not to AWS",
  ]);
});
