/**
 * Many profiles of one file at once: those that were made, and those that are no longer; pure but for the
 * writing, which is one change of the file.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import {
  FIGHTS_WITH_KEYS,
  FIGHTS_WITH_PROCESS,
  IN_STEP_WITH_KEYS,
  refuseShadowed,
} from "../profiles/conflicts.ts";
import { type Document, parseDocument } from "../profiles/document.ts";
import { editProfiles, markedProfiles, removeProfiles } from "../profiles/edit.ts";
import type { KnownFile, SharedFiles } from "../profiles/files.ts";
import { profileNames, profileSections } from "../profiles/names.ts";
import { otherDocument } from "./other_file.ts";

/** What the comment line begins with by which a sync knows its own profiles; the IdP follows. */
export const SYNC_MARK = "# made by stssamldriver sync for ";

/** Which profiles are written, and what they hold. */
export interface Synced {
  readonly file: KnownFile;
  /** The comment line by which a sync knows its own profiles. */
  readonly mark: string;
  /** Whether keys or a credential_process are written. */
  readonly writes: "keys" | "process";
  /** Properties by profile name; the region only of profiles that are new or when somebody named it. */
  readonly profiles: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The region of a profile that is not there yet, by its name. */
  readonly newRegions: ReadonlyMap<string, string>;
  /** Profiles of an earlier sync that stay although nothing is written to them. */
  readonly kept: ReadonlySet<string>;
  /** Remove those of an earlier sync that are neither written nor kept. */
  readonly prune: boolean;
  /** Write over profiles that no sync has made. */
  readonly replace: boolean;
}

/**
 * The text of the file with all of it done, and which profiles go.
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
      // What an earlier sync wrote may be replaced: keys by a process, or the other way round.
      const replace = synced.replace || own.has(name);
      return {
        name,
        set: { ...(region !== undefined && { region }), ...set },
        onlyWhereThere: IN_STEP_WITH_KEYS,
        fights,
        replace,
        mark,
        // What is written over is this sync's own from then on.
        ...(synced.replace && { marksOver: SYNC_MARK }),
      };
    }),
  );
  const pruned = prunedProfiles(document, synced);
  if (pruned.length === 0) return { text: written, pruned };
  const after = parseDocument(written, { file: path });
  return { text: removeProfiles(after, kind, { names: pruned, mark }), pruned };
}

/** The profiles of an earlier sync that go. */
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

/**
 * Refuses profiles that the other shared file would overrule.
 *
 * @throws UserError exit code 8 that names file and line
 */
export function refuseAllShadowed(
  names: Iterable<string>,
  { file, files, writes }: {
    readonly file: KnownFile;
    readonly files: SharedFiles;
    readonly writes: "keys" | "process";
  },
): void {
  const document = otherDocument({ file, files });
  if (document === undefined) return;
  const there = new Set(profileNames(document, file.kind === "config" ? "credentials" : "config"));
  for (const name of names) {
    if (there.has(name)) refuseShadowed(document, { kind: file.kind, name, writes });
  }
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
    const shown = theirs.slice(0, 5).map((name) => `"${name}"`).join(", ");
    const more = theirs.length > 5 ? ` and ${theirs.length - 5} more` : "";
    const why = maker === undefined ? "no sync has made it" : `the sync for ${maker} has made it`;
    return `profile ${shown}${more} in ${file.path}: ${why}`;
  });
  return new UserError("profile-not-ours", `Cannot write ${first}`, {
    exitCode: ExitCode.FILE,
    hint: [
      ...others.map((other) => `Nor ${other}`),
      "Give other names with --name-template, or --replace to write over what is there",
    ].join("\n"),
  });
}
