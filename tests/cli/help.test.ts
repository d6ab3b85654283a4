import assert from "node:assert/strict";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import type { CommandSpec } from "../../src/cli/command.ts";
import { credentialsCommand } from "../../src/cli/commands/credentials.ts";
import { setupCommand } from "../../src/cli/commands/setup.ts";
import { OPTIONS } from "../../src/cli/options.ts";
import { VERSION } from "../../src/version.ts";

const COMMANDS = [credentialsCommand, setupCommand] as const;

const HELPS: readonly (readonly [name: string, help: string, command: CommandSpec])[] = [
  ["program", programHelp(COMMANDS), credentialsCommand],
  ...COMMANDS.map((command) => [command.name, commandHelp(command), command] as const),
];

for (const [name, help, command] of HELPS) {
  Deno.test(`help of ${name}: no line is longer than 80 columns, none ends in blanks`, () => {
    for (const line of help.split("\n")) {
      assert.ok([...line].length <= 80, `${line.length}: ${line}`);
      assert.doesNotMatch(line, /\s$/);
    }
    assert.ok(help.endsWith("\n"));
    assert.doesNotMatch(help, /undefined|\[object|\p{Cc}(?<!\n)/u);
  });

  Deno.test(`help of ${name}: every flag is in it, with its placeholder and all of its words`, () => {
    const words = help.replace(/\s+/g, " ");
    for (const option of command.options) {
      const declared = OPTIONS[option];
      const flag = "placeholder" in declared
        ? `--${option} ${declared.placeholder}`
        : `--${option}`;
      assert.match(help, new RegExp(`^  ${flag.replace(/[|.*+?()[\]]/g, "\\$&")}( |$)`, "m"));
      assert.ok(words.includes(declared.brief), declared.brief);
    }
    for (const flag of ["-h, --help", "--version"]) assert.ok(help.includes(`  ${flag} `), flag);
  });

  Deno.test(`help of ${name}: variables and examples are in it`, () => {
    assert.ok(help.includes("STSSAMLDRIVER_ROLE_ARN"));
    for (const { does, line } of command.examples) {
      assert.ok(help.includes(`# ${does}`));
      for (const each of line) assert.ok(help.includes(each), each);
    }
  });
}

Deno.test("programHelp: names the version and every command", () => {
  const help = programHelp(COMMANDS);
  assert.ok(help.startsWith(`stssamldriver ${VERSION}: `));
  for (const { name, brief } of COMMANDS) {
    assert.match(help, new RegExp(`^  ${name} +`, "m"));
    assert.ok(help.replace(/\s+/g, " ").includes(brief));
  }
});

Deno.test("commandHelp: what is too long for its column goes below it, nothing is lost", () => {
  const words = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
  const help = commandHelp({
    ...credentialsCommand,
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
