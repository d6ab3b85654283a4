/**
 * What was typed → which command, with which flags; or what is wrong with it.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { misspelt } from "../nearest.ts";
import type { CommandSpec } from "./command.ts";
import { isOptionName, isSwitch, type OptionName, type RawFlags } from "./options.ts";

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
 * Takes the flags and words of one command apart.
 *
 * @throws UserError exit code 2
 */
export async function scanFlags(args: readonly string[], command: CommandSpec): Promise<Scanned> {
  if (command.dashes) {
    const { missingDashes } = await import("../delivery/exec.ts");
    const missing = missingDashes(args, (flag) => takesValue(flag, command));
    if (missing !== undefined) throw missing;
  }
  const flags: Partial<Record<OptionName, string[]>> = {};
  const words: string[] = [];
  const rest = args.values();
  for (const arg of rest) {
    if (arg === "--") {
      for (const word of rest) words.push(word);
    } else if (arg.startsWith("-") && arg !== "-") {
      const { name, text } = readFlag(arg, rest, command);
      (flags[name] ??= []).push(text);
    } else {
      words.push(arg);
    }
  }
  refuseWords(words, command);
  return { flags, words };
}

/** One flag and its text, which is the next of the arguments when it has no `=`. */
function readFlag(
  arg: string,
  rest: Iterator<string, unknown>,
  command: CommandSpec,
): { readonly name: OptionName; readonly text: string } {
  const [, typed = "", inline] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
  const negated = inline === undefined ? /^no-(.+)/.exec(typed)?.[1] ?? "" : "";
  const isNegated = isOptionName(negated) && isSwitch(negated);
  const name = isNegated ? negated : typed;
  if (!isOptionName(name) || !command.options.includes(name)) throw unknownFlag(arg, command);
  if (inline === "") throw usageError("flag-empty", `--${name}= has no value`);
  if (isSwitch(name)) return { name, text: inline ?? String(!isNegated) };
  if (inline !== undefined) return { name, text: inline };
  const next = rest.next();
  // Values may begin with a dash, as -1 does, but what looks like a flag is one.
  if (next.done || next.value.startsWith("--")) {
    throw usageError("flag-empty", `--${name} needs a value`, helpOf(command));
  }
  if (/^-[a-z]/i.test(next.value)) throw unknownFlag(next.value, command);
  return { name, text: next.value };
}

function refuseWords(words: readonly string[], command: CommandSpec): void {
  const { minimum, maximum, placeholder } = command.positional ?? { minimum: 0, maximum: 0 };
  const unexpected = words[maximum];
  if (unexpected !== undefined) {
    throw usageError("unexpected-word", `Unexpected word "${unexpected}"`, helpOf(command));
  }
  if (words.length < minimum) {
    throw usageError("word-missing", `${command.name} needs ${placeholder}`, helpOf(command));
  }
}

/** Whether a flag of the command is followed by a value; `undefined` when it is none of its flags. */
function takesValue(flag: string, { options }: CommandSpec): boolean | undefined {
  const name = flag.replace(/^no-/, "");
  if (isOptionName(flag) && options.includes(flag)) return !isSwitch(flag);
  return isOptionName(name) && isSwitch(name) ? false : undefined;
}

function unknownFlag(input: string, command: CommandSpec): UserError {
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
  const meant = dashes === "--" ? misspelt(typed, command.options) : [];
  return usageError(
    "unknown-flag",
    `Unknown flag ${dashes}${typed}`,
    meant.length > 0
      ? `Did you mean ${meant.map((each) => `--${each}`).join(" or ")}?`
      : helpOf(command),
  );
}

function helpOf({ name }: CommandSpec): string {
  return `See stssamldriver ${name} --help`;
}

/** An error of usage, exit code 2. */
export function usageError(code: string, message: string, hint?: string): UserError {
  return new UserError(code, message, { exitCode: ExitCode.USAGE, hint });
}
