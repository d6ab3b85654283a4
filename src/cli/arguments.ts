/**
 * What was typed → which command, with which flags; or what is wrong with it. Everything that Stricli
 * does for us is here.
 *
 * @module
 */

import {
  AliasNotFoundError,
  buildApplication,
  buildCommand,
  type CommandContext,
  FlagNotFoundError,
  run as runStricli,
  text_en,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from "@stricli/core";
import { ExitCode, messageOf, UserError } from "../errors.ts";
import type { CommandSpec } from "./command.ts";
import { isOptionName, isSwitch, OPTIONS, type RawFlags } from "./options.ts";

/** What the person asked for. */
export type Asked =
  | { readonly kind: "version" }
  /** Help for one command, or for the program. */
  | { readonly kind: "help"; readonly command: CommandSpec | undefined }
  | ({ readonly kind: "run"; readonly command: CommandSpec } & Scanned);

/** What stood behind a command: its flags as they were typed, and the words between them. */
export interface Scanned {
  readonly flags: RawFlags;
  readonly words: readonly string[];
}

/** The commands there are; the first runs when none is named. */
export type Commands = readonly [CommandSpec, ...CommandSpec[]];

/**
 * Reads the arguments.
 *
 * @throws UserError exit code 2 for a word, a flag or a value that is not taken
 */
export async function parseArguments(args: readonly string[], commands: Commands): Promise<Asked> {
  const [first, ...others] = args;
  const word = first === undefined || first.startsWith("-") ? undefined : first;
  if (word === "help") {
    const topic = others.find((other) => !other.startsWith("-"));
    return { kind: "help", command: topic === undefined ? undefined : find(topic, commands) };
  }
  if (word === "version") return { kind: "version" };
  const named = word === undefined ? undefined : find(word, commands);
  const ours = args.slice(0, args.includes("--") ? args.indexOf("--") : args.length);
  if (ours.includes("--help") || ours.includes("-h")) return { kind: "help", command: named };
  if (ours.includes("--version")) return { kind: "version" };
  const command = named ?? commands[0];
  const inputs = named === undefined ? args : others;
  return { kind: "run", command, ...await scanFlags(inputs, command) };
}

/** The command of a word, by its name or by what people try instead. */
function find(word: string, commands: Commands): CommandSpec {
  const command = commands.find(({ name, aliases }) => name === word || aliases.includes(word));
  if (command !== undefined) return command;
  const names = commands.filter(({ hidden }) => !hidden).map(({ name }) => name);
  throw usageError(
    "unknown-command",
    `Unknown command "${word}"`,
    `There are ${names.join(", ")}; see stssamldriver --help`,
  );
}

/**
 * Switches with their value and nothing empty, so that Stricli takes them as often as they come and does
 * not call an empty value one argument too many.
 */
function prepare(args: readonly string[], command: CommandSpec): readonly string[] {
  const end = args.indexOf("--");
  return args.map((arg, index) => {
    if (end >= 0 && index > end) return arg;
    // Two words that Stricli answers itself, in silence here. And it looks flags up by `in`, which finds
    // what every object has: --constructor would be taken, and its value dropped.
    const inherited = /^--(\w+)/.exec(arg)?.[1] ?? "";
    // What has dashes and is no name to it, --r, would be a word.
    const unnamed = /^--(?![a-z][\w.-])./i.test(arg);
    if (arg === "--helpAll" || arg === "-H" || inherited in {} || unnamed) {
      throw unknownFlag(arg, command, []);
    }
    const flag = /^--([^=]+)(=?)$/.exec(arg);
    const name = flag?.[1] ?? "";
    if (flag?.[2] === "=") throw usageError("flag-empty", `--${name}= has no value`);
    if (isOptionName(name) && isSwitch(name)) return `--${name}=true`;
    const negated = name.replace(/^no-/, "");
    return isOptionName(negated) && isSwitch(negated) ? `--${negated}=false` : arg;
  });
}

/**
 * Takes the flags and words of one command apart, by Stricli.
 *
 * @throws UserError exit code 2
 */
export async function scanFlags(args: readonly string[], command: CommandSpec): Promise<Scanned> {
  if (command.dashes) {
    const { missingDashes } = await import("../delivery/exec.ts");
    const missing = missingDashes(args, (flag) => takesValue(flag, command));
    if (missing !== undefined) throw missing;
  }
  let scanned: Scanned | undefined;
  let failure: unknown;
  const { positional } = command;
  const application = buildApplication(
    buildCommand<RawFlags, string[], CommandContext>({
      func: (flags, ...words) => void (scanned = { flags, words }),
      parameters: {
        flags: flagParameters(command),
        positional: {
          kind: "array",
          parameter: {
            brief: "",
            placeholder: positional?.placeholder ?? "",
            parse: (word) => word,
          },
          minimum: positional?.minimum ?? 0,
          maximum: positional?.maximum ?? 0,
        },
      },
      docs: { brief: command.brief },
    }),
    {
      name: "stssamldriver",
      scanner: { caseStyle: "original", allowArgumentEscapeSequence: true },
      localization: {
        text: {
          ...text_en,
          exceptionWhileParsingArguments: (error) => {
            failure = error;
            return "";
          },
        },
      },
    },
  );
  // What Stricli would print is ours to say.
  const silent = { write: () => {} };
  await runStricli(application, prepare(args, command), {
    process: { stdout: silent, stderr: silent, env: {} },
  });
  if (scanned !== undefined) return scanned;
  throw explain(failure, command);
}

/** Whether a flag of the command is followed by a value; `undefined` when it is none of its flags. */
function takesValue(flag: string, { options }: CommandSpec): boolean | undefined {
  const name = flag.replace(/^no-/, "");
  if (isOptionName(flag) && options.includes(flag)) return !isSwitch(flag);
  return isOptionName(name) && isSwitch(name) ? false : undefined;
}

function flagParameters(command: CommandSpec) {
  // All of one shape: each text as it came, as often as it came. Values are read in options.ts, where
  // those of variables and of profiles are read as well.
  return Object.fromEntries(command.options.map((name) => [name, {
    kind: "parsed" as const,
    parse: (text: string) => text,
    brief: OPTIONS[name].brief,
    optional: true as const,
    variadic: true as const,
  }]));
}

function explain(error: unknown, command: CommandSpec): UserError {
  const help = `See stssamldriver ${command.name} --help`;
  if (error instanceof FlagNotFoundError) {
    return unknownFlag(error.input, command, error.corrections);
  }
  if (error instanceof AliasNotFoundError) {
    return unknownFlag(`-${error.input}`, command, []);
  }
  if (error instanceof UnsatisfiedFlagError) {
    return usageError("flag-empty", `--${error.externalFlagName} needs a value`, help);
  }
  if (error instanceof UnsatisfiedPositionalError) {
    return usageError(
      "word-missing",
      `${command.name} needs ${command.positional?.placeholder}`,
      help,
    );
  }
  if (error instanceof UnexpectedPositionalError) {
    return usageError("unexpected-word", `Unexpected word "${error.input}"`, help);
  }
  return usageError("usage", messageOf(error), help);
}

function unknownFlag(
  input: string,
  command: CommandSpec,
  corrections: readonly string[],
): UserError {
  const dashes = /^-[^-]/.test(input) ? "-" : "--";
  const typed = input.replace(/^-+/, "").split("=")[0] ?? "";
  const longer = command.options.filter((name) => name.startsWith(typed));
  if (typed.length > 1 && longer.length > 0) {
    return usageError(
      "flag-abbreviated",
      `Unknown flag --${typed}: flags are not abbreviated here`,
      `Write ${longer.map((name) => `--${name}`).join(" or ")}`,
    );
  }
  return usageError(
    "unknown-flag",
    `Unknown flag ${dashes}${typed}`,
    corrections.length > 0
      ? `Did you mean ${corrections.map((each) => `--${each.replace(/^-+/, "")}`).join(" or ")}?`
      : `See stssamldriver ${command.name} --help`,
  );
}

/** An error of usage, exit code 2. */
export function usageError(code: string, message: string, hint?: string): UserError {
  return new UserError(code, message, { exitCode: ExitCode.USAGE, hint });
}
