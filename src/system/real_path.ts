/**
 * The real place of a path, behind all symlinks, and the files next to it.
 *
 * @module
 */
import { attempt, explainFile, lookAt, refuseIrregular } from "./file_trouble.ts";

const WINDOWS = Deno.build.os === "windows";
const SEPARATOR = WINDOWS ? "\\" : "/";
/** A path that does not start from the current folder. */
const ROOTED = WINDOWS ? /^(?:[a-z]:)?[\\/]/i : /^\//;
/** The number of links that Linux follows. */
const LINKS = 40;

/**
 * Finds the file that `path` leads to, existing or not; its folder, if it exists, is behind all symlinks.
 *
 * @throws {UserError} `symlink-loop`, `file-irregular` and others, exit code FILE
 */
export function locate(path: string): string {
  let at = path;
  for (let links = 0; links <= LINKS; links++) {
    const [place, link] = attempt(at, () => follow(at));
    if (link === undefined) return place;
    at = link;
  }
  const loop = Object.assign(new Error("Too many levels of symbolic links"), { code: "ELOOP" });
  throw explainFile(path, loop, "change");
}

/**
 * Takes one step of {@linkcode locate}: the real place of `path`, and its target if it is a symlink. Link by
 * link, because `realPath` refuses a dangling one. The folder comes first: a relative link starts from the
 * real place of its folder, and `..` in it goes up from there, so joining the texts would be wrong.
 */
function follow(path: string): readonly [place: string, link?: string] {
  const [folder, name] = split(path);
  const real = exists(folder) ? Deno.realPathSync(folder) : folder;
  const place = join(real, name);
  const info = lookAt(place);
  if (info?.isSymlink) {
    const link = Deno.readLinkSync(place);
    return [place, ROOTED.test(link) ? link : join(real, link)];
  }
  // `a/` and `a/..` name folders, and must not be created as files.
  if (info !== undefined || ["", ".", ".."].includes(name)) refuseIrregular(place, info);
  return [place];
}

/** The folder part of a path. */
export function folderOf(path: string): string {
  return split(path)[0];
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return split(path)[1];
}

/** Tells if there is anything at `path`, even a dangling symlink. */
export function exists(path: string): boolean {
  return lookAt(path) !== undefined;
}

// Not `node:path`, which shortens `a/../b`: that is wrong when `a` is a symlink.
function split(path: string): readonly [folder: string, name: string] {
  const at = Math.max(path.lastIndexOf("/"), WINDOWS ? path.lastIndexOf("\\") : -1);
  if (at < 0) return [".", path];
  const root = at === 0 || (WINDOWS && path[at - 1] === ":");
  return [path.slice(0, root ? at + 1 : at), path.slice(at + 1)];
}

function join(folder: string, name: string): string {
  return /[\\/]$/.test(folder) ? folder + name : folder + SEPARATOR + name;
}

/**
 * A file of ours in the folder of `target`: hidden, with a name that says whose it is. The name is fixed, so
 * that what a killed writer leaves behind is found without a search.
 */
export function hiddenBeside(target: string, what: "lock" | "new" | `new-${string}`): string {
  const [folder, name] = split(target);
  return join(folder, `.${name}.stssamldriver-${what}`);
}
