/**
 * What is to be known of a flag: its environment variable, its other names, the part it has.
 *
 * @module
 */

import { OPTIONS } from "./option_table.ts";
import type { Option, Part } from "./settings/option_values.ts";

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
  return NAMES.find((name) => optionOf(name).aliases?.includes(word));
}

/** The option that one letter behind a dash stands for: `-v`; `undefined` for none. */
export function optionOfLetter(arg: string): OptionName | undefined {
  const letter = /^-(.)$/.exec(arg)?.[1];
  return letter === undefined ? undefined : NAMES.find((name) => optionOf(name).letter === letter);
}

/** Whether a word is the name of an option. */
export function isOptionName(word: string): word is OptionName {
  return Object.hasOwn(OPTIONS, word);
}

const NAMES: readonly OptionName[] = Object.keys(OPTIONS).filter(isOptionName);

/** The options of some parts, in the order of the parts. */
export function optionsOf(...parts: readonly Part[]): readonly OptionName[] {
  return parts.flatMap((part) => NAMES.filter((name) => optionOf(name).part === part));
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
