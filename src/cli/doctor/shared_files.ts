/**
 * The two shared files as `doctor` looks at them, and the profiles in them that run this program.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { type Document, parseDocument } from "../../profiles/document.ts";
import { sharedFiles } from "../../profiles/files.ts";
import { type FileKind, profileSections } from "../../profiles/names.ts";
import { type Property, readProfile } from "../../profiles/read.ts";
import { writableBy } from "../../system/folder_trust.ts";
import { homeFolder } from "../../system/paths.ts";
import { readTextFile } from "../../system/text_file.ts";
import type { Deps } from "../../deps.ts";
import { isOwnLine } from "../settings/profile_source.ts";
import { lookAtIfAny } from "./owner_remedy.ts";

/** A shared file that was read. */
export interface SharedFile {
  readonly kind: FileKind;
  /** As the person names it. */
  readonly path: string;
  readonly document: Document;
  /** Who could change it, as the end of a sentence; `undefined` for its owner alone. */
  readonly writable: string | undefined;
  /** Whether others can read or write it, and whether it belongs to another user. */
  readonly wide: boolean;
  readonly foreign: boolean;
  /** The profiles that run this program. */
  readonly own: readonly OwnProfile[];
}

/** A profile whose `credential_process` is this program. */
export interface OwnProfile {
  readonly name: string;
  readonly kind: FileKind;
  readonly path: string;
  readonly line: Property;
}

/** A file that is not there, or cannot be read. */
export interface UnreadFile {
  readonly kind: FileKind;
  readonly path: string;
  /** Why; `undefined` where there is no such file. */
  readonly error: UserError | undefined;
}

/** Reads both files; one that both variables name is the config file only. */
export function readSharedFiles(deps: Deps): readonly (SharedFile | UnreadFile)[] {
  const files = sharedFiles(deps.env, deps.expand);
  const same = deps.realPath(files.config) === deps.realPath(files.credentials);
  const kinds: readonly FileKind[] = same ? ["config"] : ["config", "credentials"];
  return kinds.map((kind) => {
    const path = files[kind];
    try {
      const file = readTextFile(path);
      if (file === undefined) return { kind, path, error: undefined };
      const document = parseDocument(file.text, { file: path });
      const { wide } = file;
      const own = ownProfiles(document, { kind, path, deps });
      // Windows has no such modes.
      const info = file.mode === undefined ? undefined : lookAtIfAny(file.path);
      const home = homeFolder(deps.env);
      const foreign = file.foreign && isStrangers(file.path, {
        uid: info?.uid,
        home: home && deps.realPath(home),
      });
      const writable = info && writableBy(info);
      return { kind, path, document, wide, foreign, own, writable };
    } catch (error) {
      if (error instanceof UserError) return { kind, path, error };
      throw error;
    }
  });
}

/**
 * Whether a file of another user is a stranger's: root's own are for everybody, but those in a home are left behind
 * by sudo.
 */
export function isStrangers(
  path: string,
  { uid, home }: { readonly uid: number | null | undefined; readonly home: string | undefined },
): boolean {
  return uid !== 0 || (home !== undefined && path.startsWith(`${home}/`));
}

function ownProfiles(
  document: Document,
  { kind, path, deps }: {
    readonly kind: FileKind;
    readonly path: string;
    readonly deps: Pick<Deps, "self" | "os">;
  },
): readonly OwnProfile[] {
  return [...profileSections(document, kind).keys()].flatMap((name) => {
    const line = readProfile(document, kind, name)?.properties.get("credential_process");
    return line !== undefined && isOwnLine(line.value, deps) ? [{ name, kind, path, line }] : [];
  });
}
