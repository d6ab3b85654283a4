/**
 * The help, in 80 columns; pure.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import type { CommandSpec } from "./command.ts";
import { type OptionName, OPTIONS, variableOf } from "./options.ts";

const WIDTH = 80;
const PROGRAM = "stssamldriver";

/** The help of the whole program: its commands, and the flags of the first, which runs without a name. */
export function programHelp(commands: readonly [CommandSpec, ...CommandSpec[]]): string {
  return [
    `${PROGRAM} ${VERSION}: AWS credentials by the sign-in in your browser`,
    "",
    "Usage:",
    `  ${PROGRAM} [flags]`,
    `  ${PROGRAM} COMMAND [flags]`,
    "",
    "Commands:",
    ...columns(commands.filter(({ hidden }) => !hidden).map(({ name, brief }) => [name, brief])),
    "",
    ...flagsAndExamples(commands[0]),
    "",
    `${PROGRAM} COMMAND --help shows a command's own flags.`,
    "",
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(command: CommandSpec): string {
  return [
    `Usage: ${PROGRAM} ${command.name} ${command.usage}`,
    "",
    ...wrap(`${command.description}`, WIDTH),
    "",
    ...flagsAndExamples(command),
    "",
  ].join("\n");
}

function flagsAndExamples(command: CommandSpec): readonly string[] {
  return [
    "Flags:",
    ...columns([
      ...command.options.map((name) => [flagOf(name), OPTIONS[name].brief] as const),
      ["-h, --help", "show this"],
      ["--version", "show the version"],
    ]),
    "",
    ...wrap(
      `Each flag has a variable, ${
        variableOf("role-arn")
      } for --role-arn; flags win over variables.`,
      WIDTH,
    ),
    "",
    "Examples:",
    ...command.examples.flatMap((
      { does, line },
    ) => [`  # ${does}`, ...line.map((each) => `  ${each}`)]),
  ];
}

function flagOf(name: OptionName): string {
  const option = OPTIONS[name];
  return "placeholder" in option ? `--${name} ${option.placeholder}` : `--${name}`;
}

/** Two columns, the right one wrapped below itself. */
function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const left = Math.min(30, Math.max(...rows.map(([name]) => name.length)) + 4);
  return rows.flatMap(([name, brief]) => {
    const lines = wrap(brief, WIDTH - left);
    const label = `  ${name}`;
    const fits = label.length + 1 < left;
    return [
      ...(fits ? [] : [label]),
      ...lines.map((line, index) => (fits && index === 0 ? label : "").padEnd(left) + line),
    ];
  });
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
