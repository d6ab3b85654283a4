/**
 * Many profiles of one file at once: those to write, and those to remove. Pure.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { FIGHTS_WITH_KEYS, FIGHTS_WITH_PROCESS, IN_STEP_WITH_KEYS } from "../profiles/conflicts.ts";
import { type Document, parseDocument } from "../profiles/document.ts";
import { editProfiles, markedProfiles, removeProfiles } from "../profiles/edit.ts";
import type { KnownFile } from "../profiles/files.ts";
import { profileSections } from "../profiles/names.ts";
import { readProfile } from "../profiles/read.ts";
import { statementsOfKeys } from "../profiles/statements.ts";
import { few } from "../text.ts";
import { keyChange } from "./profile.ts";

/** The start of the comment line that marks a profile as created by `sync`; the IdP follows. */
export const SYNC_MARK = "# made by stssamldriver sync for ";

/** The profiles to write, and their contents. */
export interface Synced {
  readonly file: KnownFile;
  /** The comment line that marks the profiles of this sync. */
  readonly mark: string;
  /** Write keys or a credential_process. */
  readonly writes: "keys" | "process";
  /** Properties by profile name; with a region only if one was named. */
  readonly profiles: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The regions of new profiles, by name. */
  readonly newRegions: ReadonlyMap<string, string>;
  /** Profiles of an earlier sync that stay although nothing is written to them. */
  readonly kept: ReadonlySet<string>;
  /** Remove profiles of an earlier sync that are neither written nor kept. */
  readonly prune: boolean;
  /** Overwrite profiles that sync did not create. */
  readonly replace: boolean;
}

/**
 * Makes the new text of the file, and lists the profiles that it removes.
 *
 * @throws UserError exit code 8
 */
export function syncedText(
  text: string | undefined,
  synced: Synced,
): { readonly text: string; readonly pruned: readonly string[] } {
  const { file: { path, kind }, mark, writes, profiles, newRegions } = synced;
  const document = parseDocument(text ?? "", { file: path });
  const there = profileSections(document, kind);
  const own = new Set(markedProfiles(document, kind, mark));
  const foreign = [...profiles.keys()].filter((name) => there.has(name) && !own.has(name));
  if (foreign.length > 0 && !synced.replace) throw notOurs(foreign, { document, synced });
  const fights = writes === "keys" ? FIGHTS_WITH_KEYS : FIGHTS_WITH_PROCESS;
  const written = editProfiles(
    document,
    kind,
    [...profiles].map(([name, set]) => {
      const region = there.has(name) ? undefined : newRegions.get(name);
      const before = [...readProfile(document, kind, name)?.properties.values() ?? []];
      const change = writes === "keys"
        ? keyChange(before, set)
        : { set, remove: statementsOfKeys(before) };
      return {
        name,
        set: { ...(region !== undefined && { region }), ...change.set },
        remove: change.remove,
        onlyWhereThere: IN_STEP_WITH_KEYS,
        fights,
        // A profile that is there is to be replaced, or an earlier sync's: keys by a process, or the other way around.
        replace: true,
        mark,
        // An overwritten profile belongs to this sync from then on.
        ...(synced.replace && { marksOver: SYNC_MARK }),
      };
    }),
  );
  const pruned = prunedProfiles(document, synced);
  if (pruned.length === 0) return { text: written, pruned };
  const after = parseDocument(written, { file: path });
  return { text: removeProfiles(after, kind, { names: pruned, mark }), pruned };
}

/** The profiles of an earlier sync to remove. */
export function prunedProfiles(
  document: Document,
  { file, mark, prune, profiles, kept }: Omit<Synced, "profiles"> & {
    readonly profiles: Pick<Synced["profiles"], "has">;
  },
): readonly string[] {
  if (!prune) return [];
  return markedProfiles(document, file.kind, mark)
    .filter((name) => !profiles.has(name) && !kept.has(name));
}

function notOurs(
  names: readonly string[],
  { document, synced: { file } }: { readonly document: Document; readonly synced: Synced },
): UserError {
  const sections = profileSections(document, file.kind);
  const makers = Map.groupBy(names, (name) => {
    const below = sections.get(name)?.map(({ lines: [, line] }) => line?.raw.trim());
    return below?.find((line) => line?.startsWith(SYNC_MARK))?.slice(SYNC_MARK.length);
  });
  const [first = "", ...others] = [...makers].map(([maker, theirs]) => {
    const shown = few(theirs.map((name) => `"${name}"`), 5);
    const why = maker === undefined ? "not created by sync" : `created by the sync for ${maker}`;
    return `profile ${shown} in ${file.path}: ${why}`;
  });
  return new UserError("profile-not-ours", `Cannot overwrite ${first}`, {
    exitCode: ExitCode.FILE,
    hint: [
      ...others.map((other) => `Cannot overwrite ${other}`),
      "Choose other names with --name-template, or overwrite with --replace.",
    ].join("\n"),
  });
}
