/**
 * The `setup` that writes a profile of this program anew, with the settings that it has.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import type { FileKind } from "../../profiles/names.ts";
import type { Property } from "../../profiles/read.ts";
import type { Deps } from "../../deps.ts";
import type { CommandSpec } from "../command.ts";
import { type OptionName, optionOf, type RawFlags, SIGN_IN_OPTIONS } from "../options.ts";
import { type ProfileSource, profileSource } from "../settings/profile_source.ts";
import { programWords, shellLine, typedWords } from "../shell_line.ts";
import type { Remedy } from "./finding.ts";

/** The world of {@linkcode setupRemedy}. */
export interface RemedyDeps {
  readonly deps: Deps;
  /** The command that the lines run. */
  readonly lineCommand: CommandSpec;
}

/** A profile to write anew. */
export interface BrokenProfile {
  readonly name: string;
  readonly kind: FileKind;
  readonly path: string;
  readonly line: Property;
  /** Whether what conflicts with its line is to go. */
  readonly replace?: boolean;
}

/** The command; or what to do by hand, where setup would lose a setting. */
export async function setupRemedy(
  { name, kind, path, line, replace = false }: BrokenProfile,
  { deps, lineCommand }: RemedyDeps,
): Promise<Remedy> {
  const byHand = `Change line ${line.line} of ${path}, so that it runs ${deps.self.join(" ")}.`;
  let flags: RawFlags | undefined;
  try {
    flags = flagsFor(await profileSource(name, lineCommand, deps), lineCommand);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  if (flags === undefined) return { advice: byHand };
  const words = [
    ...programWords(deps),
    "setup",
    name,
    ...typedWords(flags),
    ...kind === "credentials" ? [`--path=${deps.absolute(path)}`] : [],
    ...replace ? ["--replace"] : [],
  ];
  return { fix: shellLine(words, deps) };
}

/** The flags of a profile for setup; `undefined` where it does not take one of them. */
function flagsFor(source: ProfileSource, lineCommand: CommandSpec): RawFlags | undefined {
  const flags: Partial<Record<OptionName, readonly string[]>> = {};
  for (const name of lineCommand.options) {
    const texts = source.texts(name);
    if (texts === undefined) continue;
    if (!SIGN_IN_OPTIONS.includes(name) && name !== "cache") return undefined;
    // Of a flag that counts once, the last one does.
    flags[name] = optionOf(name).repeatable ? texts : texts.slice(-1);
  }
  // Without a word of it, setup turns it on.
  return { cache: ["false"], ...flags };
}
