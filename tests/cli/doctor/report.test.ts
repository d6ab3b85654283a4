import assert from "node:assert/strict";
import { ExitCode } from "../../../src/errors.ts";
import {
  type Finding,
  jsonReport,
  ok,
  problem,
  textReport,
  verdict,
  warning,
  withoutSecrets,
} from "../../../src/cli/doctor/finding.ts";

const WRONG = warning("files", "One\nthing", { why: "It matters", fix: "a\nb", advice: "or c" });
const BAD = (exitCode: ExitCode) =>
  problem("port", `Bad ${exitCode}`, { exitCode, advice: "Mend it." });

Deno.test("textReport: a line for what is in order, and what, why and how for what is not", () => {
  assert.equal(
    textReport([ok("port", "Free", ["detail"]), WRONG, BAD(ExitCode.PORT)]),
    [
      "ok       Free",
      "           detail",
      "warning  One thing",
      "         Why: It matters",
      "         Run: a",
      "         b",
      "         Or: or c",
      "problem  Bad 3",
      "         Do: Mend it.",
      "",
      "1 problem and 1 warning found",
      "",
    ].join("\n"),
  );
});

Deno.test("textReport, jsonReport: names of others neither drive the terminal nor begin a line", () => {
  const bad = ok("files", "a\u001b[2J\u202eb\r\nproblem  c");
  const program = { version: "1", os: "linux", home: undefined };
  for (const report of [textReport([bad]), jsonReport([bad], program)]) {
    // deno-lint-ignore no-control-regex -- these are what is looked for
    assert.doesNotMatch(report, /[\x00-\x09\x0b-\x1f\u202e]|^problem/m);
  }
});

const { PORT, FILE, UNREACHABLE } = ExitCode;
const VERDICTS: readonly (readonly [
  findings: readonly Finding[],
  wanted: readonly [ExitCode, string] | undefined,
])[] = [
  [[], undefined],
  [[ok("port", "Free"), WRONG], undefined],
  [[WRONG, BAD(FILE)], [FILE, "This machine is not in order: Bad 8"]],
  [[BAD(FILE), BAD(PORT)], [PORT, "This machine is not in order: Bad 3 (and 1 more problem)"]],
  [
    [BAD(FILE), WRONG, BAD(UNREACHABLE), BAD(PORT)],
    [PORT, "This machine is not in order: Bad 3 (and 2 more problems)"],
  ],
];
for (const [findings, wanted] of VERDICTS) {
  Deno.test(`verdict: ${findings.length} findings end with ${wanted?.[0] ?? "nothing"}`, () => {
    const error = verdict(findings);
    assert.deepEqual(error && [error.exitCode, error.message], wanted);
  });
}

const SECRETS: Readonly<Record<string, string>> = {
  "see https://idp.example/start": "see https://idp.example/start",
  "https://me:pw@idp.example/a?b=c#d of x": "https://idp.example/a?… of x",
  "'http://me@h:8080?x'": "'http://h:8080?…'",
  "HTTPS_PROXY=socks5h://a:b@c:1": "HTTPS_PROXY=socks5h://c:1",
  "two http://a:b@c and http://d?e": "two http://c and http://d?…",
  "a question? yes": "a question? yes",
};
for (const [text, wanted] of Object.entries(SECRETS)) {
  Deno.test(`withoutSecrets: ${text}`, () => assert.equal(withoutSecrets(text), wanted));
}

Deno.test("jsonReport: the home folder is ~, and no other name that begins like it", () => {
  const home = "/home/al";
  const texts = { "/home/al": "~", "x=/home/al/.aws": "x=~/.aws", "/home/alice": "/home/alice" };
  for (const [text, wanted] of Object.entries({ ...texts, "/mnt/home/al/x": "/mnt/home/al/x" })) {
    const report = jsonReport([WRONG, warning("files", text, { fix: text, advice: text })], {
      version: "1",
      os: "linux",
      home,
    });
    const { checks: [, { message, fix, advice }] } = JSON.parse(report);
    assert.deepEqual([message, fix, advice], [wanted, wanted, wanted]);
  }
});
