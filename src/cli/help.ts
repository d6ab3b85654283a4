/**
 * The help, in 80 columns; pure.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import type { CommandSpec } from "./command.ts";
import type { Commands } from "./arguments.ts";
import {
  isOptionName,
  isSwitch,
  OPTION_NAMES,
  type OptionName,
  optionOf,
  THEMES,
  variableOf,
} from "./options.ts";

const WIDTH = 80;
const PROGRAM = "stssamldriver";

/** What somebody reads who has never run it, on one screen. */
export function programHelp(commands: Commands): string {
  return text([
    `${PROGRAM} ${VERSION}: AWS credentials from a SAML sign-in in your own browser`,
    "",
    "Start here:",
    ...columns([
      [`${PROGRAM} setup dev --start-url URL`, "add a profile for AWS tools"],
      ["aws s3 ls --profile dev", "opens your browser when needed"],
    ]),
    "",
    "Commands:",
    ...commandRows(commands),
    "",
    "Flags:",
    ...columns([
      ...flagRows(["start-url", "role-arn", "profile", "duration-seconds"]),
      ...OWN_FLAGS,
    ]),
    "",
    `All flags: ${PROGRAM} --help-all, or ${PROGRAM} COMMAND --help`,
  ]);
}

/** Every command and every flag. */
export function allHelp(commands: Commands): string {
  return text([
    `Usage: ${PROGRAM} [COMMAND] [flags]`,
    "",
    "Commands:",
    ...commandRows(commands),
    "",
    ...flagsByTheme(OPTION_NAMES),
    `${PROGRAM} COMMAND --help shows which of them a command takes, and examples.`,
  ]);
}

/** The help of one command. */
export function commandHelp(command: CommandSpec): string {
  return text([
    `Usage: ${PROGRAM} ${command.name} ${command.usage ?? "[flags]"}`,
    "",
    ...wrap(command.description, WIDTH),
    "",
    ...flagsByTheme(command.options),
    "Examples:",
    ...command.examples.flatMap(([does, ...lines]) => [`# ${does}`, ...lines])
      .map((line) => `  ${line}`),
  ]);
}

/** What every command takes. */
const OWN_FLAGS: readonly Row[] = [["-h, --help", "show help"], [
  "-V, --version",
  "show the version",
]];

function commandRows(commands: Commands): readonly string[] {
  return columns(
    commands.filter(({ hidden }) => !hidden)
      .map(({ name, brief }) => [name, brief]),
  );
}

/** The flags under the headings of their themes, and what is true of all. */
function flagsByTheme(options: readonly OptionName[]): readonly string[] {
  const themes = Object.entries(THEMES).map(([title, table]) => ({
    title,
    rows: flagRows(
      Object.keys(table).filter(isOptionName).filter((name) => options.includes(name)),
    ),
  }));
  const shown = [...themes, { title: "Help", rows: OWN_FLAGS }].filter(({ rows }) =>
    rows.length > 0
  );
  return [
    ...shown.flatMap(({ title, rows }) => [`${title}:`, ...columns(rows), ""]),
    ...wrap(
      `Each flag has an environment variable, ${variableOf("role-arn")} for --role-arn, except ` +
        "one-time switches such as --replace. Flags win over variables.",
      WIDTH,
    ),
    "",
  ];
}

function flagRows(names: readonly OptionName[]): readonly Row[] {
  return names.map((name) => [flagOf(name), optionOf(name).brief]);
}

function flagOf(name: OptionName): string {
  const { placeholder, letter, negation } = optionOf(name);
  const flag = negation ? `--[no-]${name}` : `--${name}`;
  const whole = letter === undefined ? flag : `-${letter}, ${flag}`;
  return isSwitch(name) ? whole : `${whole} ${placeholder}`;
}

type Row = readonly [label: string, brief: string];

/** How wide the left column may become. */
const LEFT = 30;

/** Two columns, the right one wrapped below itself. */
function columns(rows: readonly Row[]): readonly string[] {
  const widest = Math.max(...rows.map(([name]) => name.length)) + 4;
  const left = widest > 45 ? LEFT : widest;
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

function text(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
