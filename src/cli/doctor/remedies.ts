/**
 * What to do about a file that its user cannot use, and about a profile whose line cannot be run.
 *
 * @module
 */

import { UID } from "../../system/machine.ts";
import { type LineDeps, programWords, shellLine, typedWords } from "../shell_line.ts";
import type { Remedy } from "./finding.ts";
import { UserError } from "../../errors.ts";
import type { FileKind } from "../../profiles/names.ts";
import type { Property } from "../../profiles/read.ts";
import type { Deps } from "../../deps.ts";
import type { CommandSpec } from "../command.ts";
import { type OptionName, optionOf, type RawFlags, SIGN_IN_OPTIONS } from "../options.ts";
import { type ProfileSource, profileSource } from "../settings/profile_source.ts";

/** What is known of a file, following symlinks; `undefined` where there is none, or it may not be looked at. */
export function lookAtIfAny(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

/** The command that gives a file back to the person; `undefined` where owner and mode are not the reason. */
export function ownerRemedy(
  path: string,
  info: Pick<Deno.FileInfo, "uid" | "mode" | "isDirectory"> | undefined,
  deps: LineDeps,
): Remedy | undefined {
  // Windows has neither.
  if (info === undefined || UID === null || info.mode === null) return undefined;
  if (info.uid !== UID) {
    const all = info.isDirectory ? ["-R"] : [];
    return { fix: shellLine(["sudo", "chown", ...all, String(UID), path], deps) };
  }
  const needed = info.isDirectory ? 0o700 : 0o600;
  if ((info.mode & needed) === needed) return undefined;
  return { fix: shellLine(["chmod", info.isDirectory ? "u+rwx" : "u+rw", path], deps) };
}

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
