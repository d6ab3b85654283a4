/**
 * Whether a folder is this user's alone, as the cache folder must be, or a file the administrators': whoever may write
 * it, or a folder above it, may put another one in its place.
 *
 * @module
 */

import { ExitCode, systemReason, UserError } from "../errors.ts";
import { UID } from "./machine.ts";
import { cacheFolder as systemsCacheFolder } from "./paths.ts";

/** What of a file or folder decides who may write to it. */
export interface FolderInfo {
  readonly isDirectory: boolean;
  readonly uid: number | null;
  readonly gid: number | null;
  /** The permission bits; `null` where the system has none. */
  readonly mode: number | null;
}

/** What is needed to judge a folder. */
export interface FolderWorld {
  /** This process's user; `null` where users have no numbers. */
  readonly uid: number | null;
  /** Throws where there is nothing at the path, or it may not be looked at. */
  readonly stat: (path: string) => FolderInfo;
  readonly realPath: (path: string) => string;
}

const ROOT = 0;
/** The group `admin` of macOS: its members administer the machine, and some folders of the system are theirs. */
const ADMINS_OF_MACOS = 80;
const STICKY = 0o1000;

/** Who else may change what is in a folder. */
export interface FolderRisk {
  /** The folder that is to blame: it, or one above it. */
  readonly path: string;
  readonly kind: "absent" | "no folder" | "foreign" | "writable";
  /** The end of a sentence that begins with the path. */
  readonly reason: string;
}

/** Says why a folder cannot be trusted, as {@linkcode findFolderRisk} does, as the end of a sentence. */
export function folderRisk(path: string, world: FolderWorld): string | undefined {
  const risk = findFolderRisk(path, world);
  return risk && `${risk.path} ${risk.reason}`;
}

/**
 * Finds why a folder cannot be trusted: who else may change what is in it. Folders that do not exist yet are
 * judged by the nearest one that does. Where users have no numbers (Windows) every folder is trusted: the
 * person's own ones are closed to others by the system.
 *
 * @param path absolute
 * @returns `undefined` when nobody else can write there
 */
export function findFolderRisk(path: string, world: FolderWorld): FolderRisk | undefined {
  if (world.uid === null) return undefined;
  const there = nearest(path, world);
  if (there === undefined) return { path, kind: "absent", reason: "cannot be found" };
  // From the folder up to the root; a real path has no symlinks that would lead elsewhere.
  for (let each = there.real, own = there.isWhole;; each = parentOf(each), own = false) {
    const risk = riskOf(each, { own, world });
    if (risk !== undefined) return { path: each, ...risk };
    if (each === "/") return undefined;
  }
}

/** The folder, or the nearest one above it that exists, behind its symlinks. */
function nearest(
  path: string,
  { realPath }: FolderWorld,
): { readonly real: string; readonly isWhole: boolean } | undefined {
  for (let each = path;; each = parentOf(each)) {
    try {
      return { real: realPath(each), isWhole: each === path };
    } catch (error) {
      const absent = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory;
      if (!absent || each === "/") return undefined;
    }
  }
}

function riskOf(
  path: string,
  { own, world }: { readonly own: boolean; readonly world: FolderWorld },
): Omit<FolderRisk, "path"> | undefined {
  const info = world.stat(path);
  if (!info.isDirectory) return { kind: "no folder", reason: "is not a folder" };
  const { uid, gid } = info;
  if (uid !== world.uid && (own || uid !== ROOT)) {
    return { kind: "foreign", reason: "belongs to another user" };
  }
  // By convention a group with the number of its user has no other members.
  const reason = writersOf(info, { sticky: !own, isOwn: gid === uid });
  return reason === undefined ? undefined : { kind: "writable", reason };
}

/** Says who but its owner can write a person's own file; `undefined` for nobody. */
export function writableBy(info: FolderInfo): string | undefined {
  return writersOf(info, { sticky: false, isOwn: info.gid === info.uid });
}

/**
 * Says who beside the owner may write to a file or folder.
 *
 * @param sticky set for a folder of which only the content that is there matters
 * @param isOwn set where its group counts as its owner
 */
function writersOf(
  { mode }: FolderInfo,
  { sticky, isOwn }: { readonly sticky: boolean; readonly isOwn: boolean },
): string | undefined {
  if (mode === null) return undefined;
  // In a sticky folder, as /tmp is, nobody can move what belongs to others.
  if (sticky && (mode & STICKY) !== 0) return undefined;
  if ((mode & 0o002) !== 0) return "can be written by every user";
  if ((mode & 0o020) !== 0 && !isOwn) return "can be written by other users of its group";
  return undefined;
}

/**
 * Says why a file cannot be trusted to be the administrators' word: it must belong to root and be in folders of
 * root, and nobody else may write to any of them. The folders on the way to a symlink count, too. A group of root
 * is no excuse: containers put ordinary users into it.
 *
 * @param path absolute, of a system where users have numbers
 * @returns a reason, as the end of a sentence; `undefined` when only administrators can write there
 */
export function systemFileRisk(
  path: string,
  world: Omit<FolderWorld, "uid"> & { readonly os: typeof Deno.build.os },
): string | undefined {
  let real: string;
  let folder: string;
  try {
    real = world.realPath(path);
    folder = world.realPath(parentOf(path));
  } catch (error) {
    return `${path} cannot be followed: ${systemReason(error)}`;
  }
  const places = new Set([real, ...foldersAbove(real), folder, ...foldersAbove(folder)]);
  for (const place of places) {
    const info = world.stat(place);
    const isOwn = world.os === "darwin" && info.gid === ADMINS_OF_MACOS;
    const risk = info.uid === ROOT
      ? writersOf(info, { sticky: info.isDirectory, isOwn })
      : "does not belong to root";
    if (risk !== undefined) return `${place} ${risk}`;
  }
  return undefined;
}

function foldersAbove(path: string): readonly string[] {
  return path === "/" ? [] : [parentOf(path), ...foldersAbove(parentOf(path))];
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** The system that this process runs on. */
export function realFolderWorld(): FolderWorld {
  return { uid: UID, stat: Deno.statSync, realPath: Deno.realPathSync };
}

type Env = (name: string) => string | undefined;

/**
 * The cache folder.
 *
 * @throws UserError exit code 8 when there is none, or others could change what is in it
 */
export function cacheFolderOrFail(env: Env): string {
  const folder = systemsCacheFolder(env, Deno.build.os);
  if (folder === undefined) {
    throw new UserError("cache-homeless", "Cannot find the cache folder: HOME is not set", {
      exitCode: ExitCode.FILE,
      hint: "Set HOME, or use --no-cache.",
    });
  }
  const risk = folderRisk(folder, realFolderWorld());
  if (risk === undefined) return folder;
  throw new UserError("cache-exposed", `Cannot use the cache folder: ${risk}`, {
    exitCode: ExitCode.FILE,
    hint: "Set XDG_CACHE_HOME to a folder that only you can write to, or use --no-cache.",
  });
}

/** The cache folder, where there is one that can be trusted: for what is no more than a convenience. */
export function cacheFolderIfAny(
  env: Env,
  onTrouble: (error: unknown) => void = () => {},
): string | undefined {
  try {
    return cacheFolderOrFail(env);
  } catch (error) {
    onTrouble(error);
    return undefined;
  }
}
