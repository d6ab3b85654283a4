import assert from "node:assert/strict";
import { COMMANDS } from "../../src/cli/commands.ts";
import { allHelp, commandHelp, programHelp } from "../../src/cli/help.ts";
import { OPTION_NAMES, type OptionName, optionOf } from "../../src/cli/options.ts";
import { VERSION } from "../../src/version.ts";

const OWN = ["-h, --help", "-V, --version"];

const HELPS: readonly (readonly [name: string, help: string])[] = [
  ["program", programHelp(COMMANDS)],
  ["every flag", allHelp(COMMANDS)],
  ...COMMANDS.map((command) => [command.name, commandHelp(command)] as const),
];

for (const [name, help] of HELPS) {
  Deno.test(`help of ${name}: no line is longer than 80 columns, none ends in blanks`, () => {
    for (const line of help.split("\n")) {
      assert.ok([...line].length <= 80, `${line.length}: ${line}`);
      assert.doesNotMatch(line, /\s$/);
    }
    assert.ok(help.endsWith("\n"));
    assert.doesNotMatch(help, /undefined|\[object|\p{Cc}(?<!\n)/u);
  });
}

/** A flag as the help shows it. */
function shown(option: OptionName): string {
  const { placeholder, letter, negation } = optionOf(option);
  const flag = `--${negation ? "[no-]" : ""}${option}${placeholder ? ` ${placeholder}` : ""}`;
  return letter === undefined ? flag : `-${letter}, ${flag}`;
}

/** Asserts that a help has flags, each with its placeholder and all of its words. */
function assertFlags(help: string, options: readonly OptionName[]): void {
  const words = help.replace(/\s+/g, " ");
  for (const flag of [...options.map(shown), ...OWN]) {
    assert.match(help, new RegExp(`^  ${flag.replace(/[|.*+?()[\]]/g, "\\$&")}( |$)`, "m"));
  }
  for (const option of options) assert.ok(words.includes(optionOf(option).brief), option);
}

for (const command of COMMANDS.filter(({ hidden }) => !hidden)) {
  Deno.test(`help of ${command.name}: its flags and no others, its variables, its examples`, () => {
    const help = commandHelp(command);
    assertFlags(help, command.options);
    const others = OPTION_NAMES.filter((name) => !command.options.includes(name));
    for (const other of others) assert.ok(!help.includes(`\n  ${shown(other)} `), other);
    assert.ok(help.includes("STSSAMLDRIVER_ROLE_ARN"));
    for (const [does, ...lines] of command.examples) {
      assert.ok(help.includes(`# ${does}`));
      for (const each of lines) assert.ok(help.includes(each), each);
    }
  });
}

Deno.test("programHelp: fits a screen, and says how to begin and where the rest is", () => {
  const help = programHelp(COMMANDS);
  assert.ok(help.split("\n").length <= 31, "30 lines and their end");
  assert.ok(help.startsWith(`stssamldriver ${VERSION}: `));
  assert.match(help, /^Start here:\n {2}stssamldriver setup /m);
  assert.match(help, /--help-all/);
  assertFlags(help, ["start-url", "role-arn", "profile", "duration-seconds"]);
});

Deno.test("programHelp, allHelp: every command but those for the program itself", () => {
  for (const help of [programHelp(COMMANDS), allHelp(COMMANDS)]) {
    for (const { name, brief, hidden } of COMMANDS) {
      assert.equal(new RegExp(`^  ${name} `, "m").test(help), !hidden, name);
      if (!hidden) assert.ok(help.replace(/\s+/g, " ").includes(brief));
    }
  }
});

Deno.test("allHelp: every flag, once", () => {
  const help = allHelp(COMMANDS);
  assertFlags(help, OPTION_NAMES);
  for (const option of OPTION_NAMES) {
    const lines = help.split("\n").filter((line) => `${line} `.startsWith(`  ${shown(option)} `));
    assert.equal(lines.length, 1, option);
  }
});

Deno.test("commands: each takes the flags that do something for it, and what its session needs", () => {
  const takes = (name: string, option: OptionName) =>
    COMMANDS.find((command) => command.name === name)?.options.includes(option);
  for (const option of ["policy-arn", "duration-seconds", "region", "cache"] as const) {
    assert.equal(takes("roles", option), false, option);
    assert.equal(takes("env", option), true, option);
  }
  assert.equal(takes("env", "print"), false);
  assert.equal(takes("login", "print"), true);
});

Deno.test("commandHelp: what is too long for its column goes below it, nothing is lost", () => {
  const words = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
  const help = commandHelp({
    ...COMMANDS[0],
    name: "long",
    description: words,
    options: ["profile-to-update", "on-write-failure"],
  });
  assert.ok(help.split("\n").every((line) => line.length <= 80));
  assert.ok(help.replace(/\s+/g, " ").includes(words));
});

Deno.test("VERSION: is that of deno.json", () => {
  const config = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
  assert.equal(VERSION, config.version);
});
