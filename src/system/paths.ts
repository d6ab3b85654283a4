/**
 * Paths as this process sees them: the home and cache folders, what is behind symlinks, and the command line that
 * starts it.
 *
 * @module
 */

import { ifPossible } from "../errors.ts";
import { attempt, explainFile, lookAt, refuseIrregular } from "./file_trouble.ts";

/** The command line that starts this program: an executable's path, or Deno's with main.ts. */
export function selfWords(): readonly string[] {
  const path = Deno.execPath();
  if (Deno.build.standalone) return [path];
  // In a URL, spaces and non-ASCII letters are escaped; in a path they are not.
  const main = decodeURIComponent(new URL(Deno.mainModule).pathname).replace(
    /^\/(?=[A-Za-z]:)/,
    "",
  );
  return [path, "run", "--allow-all", "--no-prompt", main];
}

/** Makes a path absolute; one that begins with `~/` stays. */
export function absolute(path: string): string {
  if (isAbsolute(path)) return path;
  return inFolder(Deno.cwd(), path);
}

/** Whether a path, or a URL, names the same from every folder. */
export function isAbsolute(path: string): boolean {
  return /^(~?[\\/]|[A-Za-z]:|https?:\/\/)/i.test(path);
}

/** Resolves a path's symlinks; a path that does not exist yet stays. */
export function realPath(path: string): string {
  return ifPossible(() => Deno.realPathSync(path)) ?? path;
}

/** Whether there is a file at a path. */
export function isFile(path: string): boolean {
  return ifPossible(() => Deno.statSync(path).isFile) ?? false;
}

/**
 * Whether there is something at a path: also a symlink that leads nowhere, and what cannot be looked at. Whoever
 * reads it finds out more.
 */
export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

type Env = (name: string) => string | undefined;

/** The person's home folder, as the AWS SDKs find it: HOME, else USERPROFILE, else Windows' older two. */
export function homeFolder(env: Env): string | undefined {
  const home = env("HOME") || env("USERPROFILE");
  if (home) return home;
  const joined = (env("HOMEDRIVE") ?? "") + (env("HOMEPATH") ?? "");
  // Half of it would be a folder in the current one.
  return /^(?:[a-z]:)?[\\/]/i.test(joined) ? joined : undefined;
}

/** The program's folder in the system's cache folder; `undefined` when the environment names none. */
export function cacheFolder(env: Env, os: typeof Deno.build.os): string | undefined {
  const home = homeFolder(env);
  // The specification says to ignore a relative path.
  const xdg = env("XDG_CACHE_HOME");
  if (xdg?.startsWith("/")) return `${xdg}/stssamldriver`;
  if (os === "windows") {
    const local = env("LOCALAPPDATA") || (home && `${home}\\AppData\\Local`);
    return local && `${local}\\stssamldriver`;
  }
  if (home === undefined) return undefined;
  return os === "darwin" ? `${home}/Library/Caches/stssamldriver` : `${home}/.cache/stssamldriver`;
}

/** The file in which whoever manages this machine has put settings for all its users. */
export function machineFilePath(env: Env, os: typeof Deno.build.os): string {
  if (os === "windows") {
    const data = env("ProgramData");
    const folder = data !== undefined && /^[a-z]:\\/i.test(data) ? data : "C:\\ProgramData";
    return `${folder}\\stssamldriver\\config`;
  }
  return os === "darwin"
    ? "/Library/Application Support/stssamldriver/config"
    : "/etc/stssamldriver/config";
}

/** Replaces a leading `~/` with the home folder, as a shell would have done. */
export function expandHome(path: string, env: Env): string {
  const home = homeFolder(env);
  if (home === undefined) return path;
  if (path === "~") return home;
  if (!isHomeless(path)) return path;
  const rest = path.slice(1);
  // Windows takes both separators, but a person reads one path with both as a mistake.
  return home + (isWindowsPath(home) ? rest.replaceAll("/", "\\") : rest);
}

/** Puts a name behind a folder, with the separator that the folder has. */
export function inFolder(folder: string, name: string): string {
  if (/[\\/]$/.test(folder)) return folder + name;
  return `${folder}${isWindowsPath(folder) ? "\\" : "/"}${name}`;
}

function isWindowsPath(path: string): boolean {
  return /^([a-z]:|\\)\\/i.test(path);
}

/**
 * Tells if a path still begins with `~/` after {@linkcode expandHome}: then no home is known, and the path
 * names nothing. Taken literally it would mean a folder `~` in the current one, which anyone may have made.
 */
export function isHomeless(path: string): boolean {
  return /^~[/\\]/.test(path);
}

const WINDOWS = Deno.build.os === "windows";
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
  const real = isThere(folder) ? Deno.realPathSync(folder) : folder;
  const place = inFolder(real, name);
  const info = lookAt(place);
  if (info?.isSymlink) {
    const link = Deno.readLinkSync(place);
    return [place, ROOTED.test(link) ? link : inFolder(real, link)];
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

// Not `node:path`, which shortens `a/../b`: that is wrong when `a` is a symlink.
function split(path: string): readonly [folder: string, name: string] {
  const at = Math.max(path.lastIndexOf("/"), WINDOWS ? path.lastIndexOf("\\") : -1);
  if (at < 0) return [".", path];
  const root = at === 0 || (WINDOWS && path[at - 1] === ":");
  return [path.slice(0, root ? at + 1 : at), path.slice(at + 1)];
}

/**
 * A file of ours in the folder of `target`: hidden, with a name that says whose it is. The name is fixed, so
 * that what a killed writer leaves behind is found without a search.
 */
export function hiddenBeside(target: string, what: "lock" | "new" | `new-${string}`): string {
  const [folder, name] = split(target);
  return inFolder(folder, `.${name}.stssamldriver-${what}`);
}
