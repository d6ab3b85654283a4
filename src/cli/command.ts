/**
 * What a command is: a declaration that costs nothing to load, and a run that is loaded when it is meant.
 *
 * @module
 */

import type { Deps } from "../deps.ts";
import type {
  MachineSources,
  OptionName,
  OptionOrigins,
  OptionValues,
  RawFlags,
} from "./options.ts";
import type { Offer } from "./settings/option_values.ts";
import type { Terminal } from "./terminal.ts";

/** The name of the command that signs in for others. */
export const SERVE = "__serve";

/** A command's declaration. */
export interface CommandSpec {
  readonly name: string;
  /** Not in any help: it is for this program itself. */
  readonly hidden?: boolean;
  /** One line for the list of commands. */
  readonly brief: string;
  /** A few sentences for its own help. */
  readonly description: string;
  /** What follows its name in the usage line. Default: `[flags]`. */
  readonly usage?: string;
  /** Other words that people try for it. */
  readonly aliases: readonly string[];
  /** Its words come after `--`, since they have flags of their own. */
  readonly dashes?: boolean;
  readonly options: readonly OptionName[];
  /** Its options come from flags alone: it is to find what is wrong elsewhere, and reads that itself. */
  readonly onlyFlags?: boolean;
  /** The words it takes beside flags; absent for none. */
  readonly positional?: {
    readonly placeholder: string;
    readonly minimum: number;
    readonly maximum: number;
    /** What completion in a shell offers for them. */
    readonly offers?: Offer;
  };
  /** What each does, and its lines as they can be copied. */
  readonly examples: readonly (readonly [does: string, ...lines: string[]])[];
  readonly load: () => Promise<CommandRun>;
}

/** What a command is run with. */
export interface CommandInput {
  /** The command's own name. */
  readonly name: string;
  readonly values: OptionValues;
  /** The flags as they were typed, for commands that pass them on. */
  readonly typed: RawFlags;
  /** The texts that the values were read from, wherever they came from. */
  readonly texts: RawFlags;
  /** Where each came from. */
  readonly from: OptionOrigins;
  /** The machine's file, for commands that read options themselves. */
  readonly machine: MachineSources | undefined;
  readonly words: readonly string[];
  /** Every command, the one that credential_process lines run first; a run cannot import them, since they load it. */
  readonly commands: readonly [CommandSpec, ...CommandSpec[]];
  readonly terminal: Terminal;
  /** Writes the product to stdout, once the terminal is done drawing. */
  readonly print: (text: string) => Promise<void>;
}

/**
 * Runs a command; throws a UserError for what a person can fix. Resolves to the exit code where that is
 * not this program's to choose.
 */
export type CommandRun = (
  input: CommandInput,
  deps: Deps,
) => Promise<void | number> | void | number;
