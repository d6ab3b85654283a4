/**
 * What was typed → which command, with which flags; or what is wrong with it.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { misspelt } from "../text.ts";
import type { CommandSpec } from "./command.ts";
import {
  isSwitch,
  namesOf,
  type OptionName,
  optionNamed,
  optionOfLetter,
  type RawFlags,
} from "./options.ts";

/** What the person asked for. */
export type Invocation =
  | { readonly kind: "version" }
  /** Help for one command, or for the program: the short one, or every flag. */
  | { readonly kind: "help"; readonly about: CommandSpec | "program" | "every flag" }
  | ({ readonly kind: "run"; readonly command: CommandSpec } & Scanned);

/** What stood behind a command: its flags as they were typed, and the words between them. */
export interface Scanned {
  readonly flags: RawFlags;
  /** By which name each flag was typed. */
  readonly spelled: Readonly<Record<string, string | undefined>>;
  readonly words: readonly string[];
}

/** The commands there are; the first runs when none is named. */
export type Commands = readonly [CommandSpec, ...CommandSpec[]];

/**
 * Reads the arguments.
 *
 * @throws UserError exit code 2 for a word, a flag or a value that is not taken
 */
export async function parseArguments(
  args: readonly string[],
  commands: Commands,
): Promise<Invocation> {
  const [first, ...others] = args;
  const word = first === undefined || first.startsWith("-") ? undefined : first;
  const ours = args.slice(0, args.includes("--") ? args.indexOf("--") : args.length);
  const typed = (...flags: readonly string[]) => ours.some((arg) => flags.includes(arg));
  if (typed("--help-all")) return { kind: "help", about: "every flag" };
  if (word === "help") {
    const topic = others.find((other) => !other.startsWith("-"));
    return { kind: "help", about: topic === undefined ? "program" : find(topic, commands) };
  }
  if (word === "version") return { kind: "version" };
  const named = word === undefined ? undefined : find(word, commands);
  if (typed("--help", "-h")) return { kind: "help", about: named ?? "program" };
  if (typed("--version", "-V")) return { kind: "version" };
  const command = named ?? commands[0];
  const inputs = named === undefined ? args : others;
  return { kind: "run", command, ...await scanFlags(inputs, command) };
}

/** The command of a word, by its name or by what people try instead; `undefined` for none. */
export function commandNamed(word: string, commands: Commands): CommandSpec | undefined {
  return commands.find(({ name, aliases }) => name === word || aliases.includes(word));
}

function find(word: string, commands: Commands): CommandSpec {
  const command = commandNamed(word, commands);
  if (command !== undefined) return command;
  const shown = commands.filter(({ hidden }) => !hidden);
  const words = shown.flatMap(({ name, aliases }) => [name, ...aliases]);
  // Two letters changed make any short word of any other.
  const meant = misspelt(word, words).filter((each) => each.length > 3);
  throw usageError(
    "unknown-command",
    `Unknown command "${word}"`,
    meant.length > 0
      ? `Did you mean ${meant.join(" or ")}?`
      : `Commands: ${shown.map(({ name }) => name).join(", ")}; see stssamldriver --help`,
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
  const spelled: Partial<Record<OptionName, string>> = {};
  const words: string[] = [];
  const rest = args.values();
  for (const arg of rest) {
    if (arg === "--") {
      for (const word of rest) words.push(word);
    } else if (arg.startsWith("-") && arg !== "-") {
      const { name, typed, text } = readFlag(arg, rest, command);
      (flags[name] ??= []).push(text);
      spelled[name] = typed;
    } else {
      words.push(arg);
    }
  }
  refuseWords(words, command);
  return { flags, spelled, words };
}

/** A flag as it was typed. */
interface TypedFlag {
  /** The option that it means; `undefined` for none. */
  readonly name: OptionName | undefined;
  /** What stands behind its dashes, up to a `=`. */
  readonly typed: string;
  /** What stands behind its `=`; `undefined` without one. */
  readonly inline: string | undefined;
  /** Whether it is the `--no-` of a switch. */
  readonly isOff: boolean;
}

/** Reads one flag by itself. */
export function typedFlag(arg: string): TypedFlag {
  const [, typed = "", inline] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
  const negated = inline === undefined ? /^no-(.+)/.exec(typed)?.[1] : undefined;
  const off = negated === undefined ? undefined : optionNamed(negated);
  const isOff = off !== undefined && isSwitch(off);
  return { name: isOff ? off : optionNamed(typed) ?? optionOfLetter(arg), typed, inline, isOff };
}

/** One flag, the name that was typed for it, and its text: the next of the arguments without a `=`. */
function readFlag(
  arg: string,
  rest: Iterator<string, unknown>,
  command: CommandSpec,
): { readonly name: OptionName; readonly typed: string; readonly text: string } {
  const { name, typed, inline, isOff } = typedFlag(arg);
  if (name === undefined || !command.options.includes(name)) throw unknownFlag(arg, command);
  if (inline === "") throw usageError("flag-empty", `--${typed}= has no value`);
  if (isSwitch(name)) return { name, typed, text: inline ?? String(!isOff) };
  if (inline !== undefined) return { name, typed, text: inline };
  const next = rest.next();
  // Values may begin with a dash, as -1 does, but what looks like a flag is one.
  if (next.done || next.value.startsWith("--") || optionOfLetter(next.value) !== undefined) {
    throw usageError("flag-empty", `--${typed} needs a value`, helpOf(command));
  }
  if (/^-[a-z]/i.test(next.value)) throw unknownFlag(next.value, command);
  return { name, typed, text: next.value };
}

function refuseWords(words: readonly string[], command: CommandSpec): void {
  const { minimum, maximum, placeholder } = command.positional ?? { minimum: 0, maximum: 0 };
  const unexpected = words[maximum];
  if (unexpected !== undefined) {
    throw usageError("unexpected-word", `Unexpected argument "${unexpected}"`, helpOf(command));
  }
  if (words.length < minimum) {
    throw usageError("word-missing", `${command.name} needs ${placeholder}`, helpOf(command));
  }
}

/** Whether a flag of the command is followed by a value; `undefined` when it is none of its flags. */
function takesValue(flag: string, { options }: CommandSpec): boolean | undefined {
  const name = optionNamed(flag) ?? optionOfLetter(`-${flag}`);
  if (name !== undefined && options.includes(name)) return !isSwitch(name);
  const off = optionNamed(flag.replace(/^no-/, ""));
  return off !== undefined && isSwitch(off) ? false : undefined;
}

function unknownFlag(input: string, command: CommandSpec): UserError {
  const dashes = /^-[^-]/.test(input) ? "-" : "--";
  const typed = input.replace(/^-+/, "").split("=")[0] ?? "";
  const unknown = (code: string, message: string, hint = helpOf(command)) =>
    usageError(code, message, hint);
  if (dashes === "--" && optionNamed(typed) !== undefined) {
    return unknown("unknown-flag", `${command.name} does not take --${typed}`);
  }
  const names = command.options.flatMap(namesOf);
  const longer = names.filter((name) => name.startsWith(typed));
  if (typed.length > 1 && longer.length > 0) {
    return unknown(
      "flag-abbreviated",
      `Unknown flag --${typed}: flags cannot be abbreviated`,
      `Use ${longer.map((name) => `--${name}`).join(" or ")}`,
    );
  }
  const meant = dashes === "--" ? misspelt(typed, names) : [];
  return meant.length > 0
    ? unknown(
      "unknown-flag",
      `Unknown flag --${typed}`,
      `Did you mean ${meant.map((each) => `--${each}`).join(" or ")}?`,
    )
    : unknown("unknown-flag", `Unknown flag ${dashes}${typed}`);
}

function helpOf({ name }: CommandSpec): string {
  return `See stssamldriver ${name} --help`;
}

/** An error of usage, exit code 2. */
export function usageError(code: string, message: string, hint?: string): UserError {
  return new UserError(code, message, { exitCode: ExitCode.USAGE, hint });
}
