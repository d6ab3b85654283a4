/**
 * Paths as this process sees them, and the command line that starts it.
 *
 * @module
 */

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
  if (/^(~?[\\/]|[A-Za-z]:)/.test(path)) return path;
  return `${Deno.cwd()}${Deno.build.os === "windows" ? "\\" : "/"}${path}`;
}

/** Resolves a path's symlinks; a path that does not exist yet stays. */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

/** Whether there is a file at a path. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
