import assert from "node:assert/strict";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { type Answer, complete } from "../../../src/cli/completion/complete.ts";
import { COMPLETIONS } from "../../../src/cli/completion/shells.ts";
import { isOptionName, OPTION_NAMES, optionOf } from "../../../src/cli/options.ts";

const facts = {
  commands: COMMANDS,
  known: (kind: string) => [{ value: `a ${kind}` }],
};

/** What the last word of a line can become; its words stand between blanks. */
function completed(line: string): Answer {
  const words = line.split(" ");
  return complete(words.slice(0, -1), words.at(-1) ?? "", facts);
}

function valuesOf(line: string): readonly string[] {
  const answer = completed(line);
  assert.ok(typeof answer !== "string", `${line}: ${answer}`);
  return answer.map(({ value }) => value);
}

const COMMAND_NAMES = COMMANDS.filter(({ hidden }) => !hidden).map(({ name }) => name);

const LINES: readonly (readonly [line: string, answer: readonly string[] | string])[] = [
  ["", COMMAND_NAMES],
  ["he", COMMAND_NAMES],
  ["help ", COMMAND_NAMES],
  ["help setup ", []],
  ["version ", []],
  ["nonsense ", []],
  ["env ", []],
  ["env --profile dev ", []],
  ["--verbose ", []],
  ["setup ", ["a profile"]],
  ["configure --verbose ", ["a profile"]],
  ["setup dev ", []],
  ["setup -- ", ["a profile"]],
  ["setup -- --", ["a profile"]],
  ["completions ", [...COMPLETIONS.keys()]],
  ["env --profile ", ["a own-profile"]],
  ["env --profile --re", ["a own-profile"]],
  ["--profile-to-update ", ["a profile"]],
  ["login --region ", ["a region"]],
  ["login --region=", ["--region=a region"]],
  ["login --region=eu", ["--region=a region"]],
  ["logout --role-arn ", ["a role"]],
  ["console --console-destination ", ["a service"]],
  ["env --browser ", ["a browser"]],
  ["env --sso-binding ", ["redirect", "post"]],
  ["env --sso-binding=p", ["--sso-binding=redirect", "--sso-binding=post"]],
  ["env --cache=", ["--cache=true", "--cache=false"]],
  ["env --start-url ", []],
  ["env --issuer=", []],
  ["env --nonsense=", []],
  ["roles --region=", []],
  ["env --policy-file ", "files"],
  ["env --policy-file=x", "files"],
  ["env --idp-metadata ", "files"],
  ["doctor --assertion ", "files"],
  ["exec ", ["--"]],
  ["exec --profile dev ", ["--"]],
  ["exec ls ", []],
  ["exec -- ", "command"],
  ["exec --profile dev -- ls --pro", "command"],
  ["run -- ls -- --pro", "command"],
  ["env -- --pro", []],
];
for (const [line, answer] of LINES) {
  Deno.test(`complete: "${line}"`, () => {
    assert.deepEqual(typeof answer === "string" ? completed(line) : valuesOf(line), answer);
  });
}

const FLAGS: readonly {
  readonly line: string;
  readonly with: readonly string[];
  readonly without: readonly string[];
}[] = [
  {
    line: "-",
    with: ["--role-arn", "--verbose", "-v", "--help", "--help-all", "--version", "-V"],
    without: ["--shell", "--issuer"],
  },
  { line: "--verbose --", with: ["--role-arn", "--version"], without: ["--verbose", "-v"] },
  {
    line: "env --",
    with: ["--shell", "--cache", "--no-cache", "--no-interactive", "--help"],
    without: ["--print", "--version", "--help-all", "--no-verbose"],
  },
  { line: "export --", with: ["--shell"], without: ["--print"] },
  { line: "env --no-", with: ["--no-verbose", "--no-no-interactive"], without: ["--no-region"] },
  { line: "env --no-cache --", with: ["--console"], without: ["--cache", "--no-cache"] },
  { line: "env --issuer x --", with: ["--sso-url"], without: ["--start-url"] },
  { line: "env --region=x -v --", with: ["--port"], without: ["--region", "--verbose"] },
  { line: "env --account 1 --", with: ["--account"], without: [] },
  { line: "env --profile dev --prof", with: ["--paste"], without: ["--profile"] },
  { line: "env - --", with: ["--profile"], without: [] },
];
for (const { line, with: some, without } of FLAGS) {
  Deno.test(`complete: the flags of "${line}"`, () => {
    const values = valuesOf(line);
    assert.equal(new Set(values).size, values.length, "each once");
    assert.deepEqual(some.filter((each) => !values.includes(each)), []);
    assert.deepEqual(without.filter((each) => values.includes(each)), []);
  });
}

Deno.test("complete: every command says its flags and no others, each with what it does", () => {
  for (const { name, options } of COMMANDS) {
    const answer = completed(`${name} --`);
    assert.ok(typeof answer !== "string");
    for (const { value, brief } of answer) assert.ok(brief, value);
    const offered = answer.map(({ value }) => value.replace(/^--/, "")).filter(isOptionName);
    assert.deepEqual(offered.toSorted(), options.toSorted(), name);
  }
});

Deno.test("OPTIONS: what a placeholder lists is offered, and what names a file", () => {
  for (const name of OPTION_NAMES) {
    const { placeholder = "", offers, isFile } = optionOf(name);
    if (placeholder.includes("FILE")) assert.ok(isFile, name);
    else if (/^[a-z|]+$/.test(placeholder)) assert.deepEqual(offers, placeholder.split("|"), name);
  }
});

Deno.test("completions: offers the shells that there is a script for", () => {
  const { offers } = COMMANDS.find(({ name }) => name === "completions")?.positional ?? {};
  assert.deepEqual(offers, [...COMPLETIONS.keys()]);
});
