/**
 * Options from where they come: flags, variables, a profile, the machine's file.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../errors.ts";
import {
  isSwitch,
  namesOf,
  type OptionName,
  OPTIONS,
  type OptionSource,
  type OptionValues,
  type RawFlags,
  textsOf,
  variableOf,
} from "./options.ts";

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
