/**
 * What to do about a file that its user cannot use, and about a profile whose line cannot be run.
 *
 * @module
 */

import { UID } from "../../system/machine.ts";
import { type LineDeps, programWords, shellLine, typedWords } from "../shell_line.ts";
import type { CheckWorld, Remedy } from "./finding.ts";
import { UserError } from "../../errors.ts";
import type { CommandSpec } from "../command.ts";
import { type OptionName, optionOf, type RawFlags, SIGN_IN_OPTIONS } from "../options.ts";
import { type OwnProfile, type ProfileSource, profileSource } from "../settings/profile_source.ts";

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

/**
 * The setup that writes a profile anew with the settings that it has; or what to do by hand, where it would lose one.
 *
 * @param profile.replace whether what conflicts with its line is to go
 */
export async function setupRemedy(
  { name, kind, path, line, replace = false }: OwnProfile & { readonly replace?: boolean },
  { deps, input: { commands: [command] } }: Pick<CheckWorld, "deps" | "input">,
): Promise<Remedy> {
  const byHand = `Change line ${line.line} of ${path}, so that it runs ${deps.self.join(" ")}.`;
  let flags: RawFlags | undefined;
  try {
    flags = flagsFor(await profileSource(name, command, deps), command);
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
function flagsFor(source: ProfileSource, { options }: CommandSpec): RawFlags | undefined {
  const flags: Partial<Record<OptionName, readonly string[]>> = {};
  for (const name of options) {
    const texts = source.texts(name);
    if (texts === undefined) continue;
    if (!SIGN_IN_OPTIONS.includes(name) && name !== "cache") return undefined;
    // Of a flag that counts once, the last one does.
    flags[name] = optionOf(name).repeatable ? texts : texts.slice(-1);
  }
  // Without a word of it, setup turns it on.
  return { cache: ["false"], ...flags };
}
