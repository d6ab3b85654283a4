/**
 * Completion: the words of a command line → what its next word can be; pure.
 *
 * @module
 */

import { commandNamed, type Commands, typedFlag } from "../arguments.ts";
import type { CommandSpec } from "../command.ts";
import { isSwitch, type OptionName, optionOf } from "../options.ts";
import type { Known, Offer } from "../settings/option_values.ts";

/** One thing that the word can become. */
export interface Candidate {
  /** The whole word. */
  readonly value: string;
  /** What it is, in a few words. */
  readonly brief?: string | undefined;
}

/** What the shell should offer: these, names of files, or a command of its own and that command's arguments. */
export type Answer = readonly Candidate[] | "files" | "command";

/** What is needed beside the words. */
export interface CompletionFacts {
  readonly commands: Commands;
  /** What there is of a kind; only asked for the kind that is needed. */
  readonly known: (kind: Known) => readonly Candidate[];
}

const NOTHING: Answer = [];

/**
 * Says what a word can become. What does not begin like it may be offered as well: shells match by rules of
 * their own.
 *
 * @param before the words in front of it, without the program's name
 * @param word what is typed of it
 */
export function complete(
  before: readonly string[],
  word: string,
  facts: CompletionFacts,
): Answer {
  const [first, ...others] = before;
  const isFlag = first?.startsWith("-") ?? word.startsWith("-");
  if (isFlag) return completeFor(facts.commands[0], { before, word, named: false }, facts);
  if (first === undefined || (first === "help" && others.length === 0)) {
    return facts.commands.filter(({ hidden }) => !hidden)
      .map(({ name, brief }) => ({ value: name, brief }));
  }
  const command = commandNamed(first, facts.commands);
  if (command === undefined) return NOTHING;
  return completeFor(command, { before: others, word, named: true }, facts);
}

/** The part of a line that belongs to a command. */
interface CommandLine {
  readonly before: readonly string[];
  readonly word: string;
  /** Whether the command is named, or is the one that runs when none is. */
  readonly named: boolean;
}

function completeFor(command: CommandSpec, line: CommandLine, facts: CompletionFacts): Answer {
  const { word, named } = line;
  const { given, waiting, words, isAfterDashes } = scan(line.before);
  if (isAfterDashes && command.dashes) return "command";
  if (waiting !== undefined) return valuesOf(waiting, facts);
  if (word.startsWith("-") && !isAfterDashes) {
    const { name, typed, inline } = typedFlag(word);
    if (inline === undefined) return flagsOf(command, { given, word, named });
    if (name === undefined || !command.options.includes(name)) return NOTHING;
    const values = valuesOf(name, facts);
    return typeof values === "string"
      ? values
      : values.map(({ value, brief }) => ({ value: `--${typed}=${value}`, brief }));
  }
  if (command.dashes) {
    return words === 0 ? [{ value: "--", brief: "the command follows" }] : NOTHING;
  }
  const { maximum, offers } = command.positional ?? { maximum: 0 };
  return words < maximum ? offered(offers, facts) : NOTHING;
}

interface Scanned {
  /** The options that were given. */
  readonly given: ReadonlySet<OptionName>;
  /** The option whose value is the next word. */
  readonly waiting: OptionName | undefined;
  /** How many words there are beside flags and their values. */
  readonly words: number;
  readonly isAfterDashes: boolean;
}

/** Looks at words that are not complete yet, or wrong: nothing of it is an error. */
function scan(before: readonly string[]): Scanned {
  const given = new Set<OptionName>();
  let waiting: OptionName | undefined;
  let words = 0;
  const rest = before.values();
  for (const arg of rest) {
    if (waiting !== undefined) {
      waiting = undefined;
    } else if (arg === "--") {
      words += [...rest].length;
      return { given, waiting, words, isAfterDashes: true };
    } else if (arg.startsWith("-") && arg !== "-") {
      const { name, inline } = typedFlag(arg);
      if (name === undefined) continue;
      given.add(name);
      if (inline === undefined && !isSwitch(name)) waiting = name;
    } else {
      words++;
    }
  }
  return { given, waiting, words, isAfterDashes: false };
}

function valuesOf(name: OptionName, facts: CompletionFacts): Answer {
  const { offers, isFile } = optionOf(name);
  if (isFile) return "files";
  return offered(isSwitch(name) ? ["true", "false"] : offers, facts);
}

function offered(offers: Offer | undefined, { known }: CompletionFacts): Answer {
  if (offers === undefined) return NOTHING;
  return typeof offers === "string" ? known(offers) : offers.map((value) => ({ value }));
}

/** The flags that can still be given. */
function flagsOf(
  { options }: CommandSpec,
  { given, word, named }: {
    readonly given: ReadonlySet<OptionName>;
    readonly word: string;
    readonly named: boolean;
  },
): readonly Candidate[] {
  const flags = options.filter((name) => !given.has(name) || optionOf(name).repeatable)
    .flatMap((name) => {
      const { brief, letter, negation } = optionOf(name);
      // Every switch has one, but they would fill the screen.
      const off = negation || word.startsWith("--no-") && isSwitch(name);
      return [
        { value: `--${name}`, brief },
        ...(off ? [{ value: `--no-${name}`, brief: `turn --${name} off` }] : []),
        ...(letter === undefined ? [] : [{ value: `-${letter}`, brief }]),
      ];
    });
  return [...flags, ...named ? OWN_FLAGS.slice(0, 2) : OWN_FLAGS];
}

/** What every command takes; behind the first two, what stands without a command. */
const OWN_FLAGS: readonly Candidate[] = [
  { value: "--help", brief: "show help" },
  { value: "-h", brief: "show help" },
  { value: "--help-all", brief: "show every command and flag" },
  { value: "--version", brief: "show the version" },
  { value: "-V", brief: "show the version" },
];
