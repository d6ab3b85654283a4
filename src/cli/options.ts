/**
 * What is to be known of a flag (its environment variable, its other names, the part it has), and options from
 * where they come: flags, variables, a profile, the machine's file.
 *
 * @module
 */

import { OPTIONS } from "./option_table.ts";
import type { Option, Part } from "./settings/option_values.ts";
import { ExitCode, messageOf, UserError } from "../errors.ts";

export { OPTIONS, THEMES } from "./option_table.ts";

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** What was given of the options; what was not is absent. */
export type OptionValues = {
  readonly [K in OptionName]?: ReturnType<(typeof OPTIONS)[K]["read"]>;
};

/** The texts of flags by option name, as they were typed. */
export type RawFlags = Readonly<Record<string, readonly string[] | undefined>>;

/** One place that options come from. */
export interface OptionSource {
  /** Set for the machine's file: what it requires, or what stands below everything else. */
  readonly machine?: "required" | "defaults";
  /** The texts given for an option here, or `undefined`. */
  readonly texts: (name: OptionName) => readonly string[] | undefined;
  /** How a message names the option and a text of it: `--port 0`, `STSSAMLDRIVER_PORT=0`. */
  readonly describe: (name: OptionName, text: string) => string;
  /** The environment variable that has it, where that is where options come from. */
  readonly variable?: (name: OptionName) => string | undefined;
}

/** What the machine's file says, where there is one. */
export interface MachineSources {
  /** Wins over everything. */
  readonly required: OptionSource;
  /** Stands below everything: what it gives depends on what these give. */
  readonly defaults: (stronger: readonly OptionSource[]) => OptionSource;
}

/** All sources, strongest first. */
export function withMachine(
  machine: MachineSources | undefined,
  sources: readonly OptionSource[],
): readonly OptionSource[] {
  return machine === undefined
    ? sources
    : [machine.required, ...sources, machine.defaults(sources)];
}

/** The environment variable of an option, by its name: `STSSAMLDRIVER_ROLE_ARN`. */
export function variableOf(name: string): string {
  return `STSSAMLDRIVER_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** An option by its name, as one of many. */
export function optionOf(name: OptionName): Option<unknown> {
  return OPTIONS[name];
}

/** The texts of an option in a text that has them all: of one that is repeatable, with blanks between. */
export function textsOf(name: OptionName, text: string): readonly string[] {
  return optionOf(name).repeatable ? text.trim().split(/\s+/) : [text];
}

/** The names that an option is taken by, its own first. */
export function namesOf(name: OptionName): readonly string[] {
  return [name, ...optionOf(name).aliases ?? []];
}

/** The option that a word names, by its own name or by an alias; `undefined` for none. */
export function optionNamed(word: string): OptionName | undefined {
  if (isOptionName(word)) return word;
  return OPTION_NAMES.find((name) => optionOf(name).aliases?.includes(word));
}

/** The option that one letter behind a dash stands for: `-v`; `undefined` for none. */
export function optionOfLetter(arg: string): OptionName | undefined {
  const letter = /^-(.)$/.exec(arg)?.[1];
  return letter === undefined
    ? undefined
    : OPTION_NAMES.find((name) => optionOf(name).letter === letter);
}

/** Whether a word is the name of an option. */
export function isOptionName(word: string): word is OptionName {
  return Object.hasOwn(OPTIONS, word);
}

/** The name of every option, in the order of the help. */
export const OPTION_NAMES: readonly OptionName[] = Object.keys(OPTIONS).filter(isOptionName);

/** The options of some parts, in the order of the parts. */
export function optionsOf(...parts: readonly Part[]): readonly OptionName[] {
  return parts.flatMap((part) => OPTION_NAMES.filter((name) => optionOf(name).part === part));
}

/** The flags of a sign-in that does not go on to STS. */
export const WITHOUT_STS_OPTIONS = optionsOf("role", "idp", "choice", "wait", "messages");

/** The flags that every command takes that signs in for a session. */
export const SIGN_IN_OPTIONS = optionsOf(
  "role",
  "region",
  "session",
  "idp",
  "choice",
  "wait",
  "messages",
);

/** Whether an option is a switch, which takes no value. */
export function isSwitch(name: OptionName): boolean {
  return optionOf(name).placeholder === undefined;
}

/**
 * Flags as they were typed.
 *
 * @param spelled the names that were typed for them, where that was another one than the option's own
 */
export function flagSource(
  flags: RawFlags,
  spelled: Readonly<Record<string, string | undefined>> = {},
): OptionSource {
  return {
    texts: (name) => flags[name],
    describe: (name, text) => {
      const flag = `--${spelled[name] ?? name}`;
      return isSwitch(name) ? `${flag}=${text}` : `${flag} ${text || '""'}`;
    },
  };
}

/** The environment; an empty variable counts as unset, and an option's own goes before its aliases'. */
export function variableSource(env: (name: string) => string | undefined): OptionSource {
  const variable = (name: OptionName) => namesOf(name).map(variableOf).find((each) => env(each));
  return {
    texts: (name) => {
      const from = OPTIONS[name].variable ? variable(name) : undefined;
      const text = from === undefined ? undefined : env(from);
      return text === undefined ? undefined : textsOf(name, text);
    },
    describe: (name, text) => `${variable(name)}=${text}`,
    variable,
  };
}

/** Options that were given. */
export interface TakenOptions {
  readonly values: OptionValues;
  /** The texts that the values were read from. */
  readonly texts: RawFlags;
  /** The sources that gave them. */
  readonly from: OptionOrigins;
}

/** The source of each option that was given. */
export type OptionOrigins = { readonly [K in OptionName]?: OptionSource };

/**
 * Reads options from their sources; the first source that has one wins.
 *
 * @throws UserError exit code 2 that names the option, its source and its text
 */
export function takeOptions(
  names: readonly OptionName[],
  sources: readonly OptionSource[],
): TakenOptions {
  const values: Partial<Record<OptionName, unknown>> = {};
  const given: Partial<Record<OptionName, readonly string[]>> = {};
  const from: Partial<Record<OptionName, OptionSource>> = {};
  for (const name of names) {
    for (const source of sources) {
      const texts = source.texts(name);
      if (texts === undefined) continue;
      try {
        values[name] = OPTIONS[name].read(texts);
      } catch (error) {
        throw new UserError(
          "option-malformed",
          `Cannot use ${source.describe(name, culprit(name, texts))}: ${messageOf(error)}`,
          { exitCode: ExitCode.USAGE, variable: source.variable?.(name) },
        );
      }
      given[name] = texts;
      from[name] = source;
      break;
    }
  }
  // Each value came from the read function of its own name, which is what the type says.
  return { values: values as OptionValues, texts: given, from };
}

/** The setting of the machine's file that requires an option's value, with its place; `undefined` where none does. */
export function requiredBy(
  { from, texts }: Pick<TakenOptions, "from" | "texts">,
  name: OptionName,
): string | undefined {
  const source = from[name];
  if (source?.machine !== "required") return undefined;
  return source.describe(name, texts[name]?.at(-1) ?? "");
}

/** The values alone. */
export function readOptions(
  names: readonly OptionName[],
  sources: readonly OptionSource[],
): OptionValues {
  return takeOptions(names, sources).values;
}

/** The one of the texts that is wrong: of a flag that counts once the last. */
function culprit(name: OptionName, texts: readonly string[]): string {
  const { repeatable, read } = OPTIONS[name];
  const wrong = (text: string) => {
    try {
      return read([text]) === undefined;
    } catch {
      return true;
    }
  };
  return (repeatable ? texts.find(wrong) : undefined) ?? texts.at(-1) ?? "";
}
