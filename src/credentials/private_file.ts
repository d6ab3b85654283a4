/**
 * Writing files that nobody else may read, and that are only trusted if nobody else can have written them.
 *
 * @module
 */

import { ExitCode, ifPossible, UserError } from "../errors.ts";
import { attempt, lookAt } from "../system/file_trouble.ts";
import { readTextFile, type TextFile } from "../system/text_file.ts";
import { transformFile } from "../system/transform_file.ts";

/**
 * Writes a file for this user alone, replacing an older one.
 *
 * An ordinary change preserves the mode and owner of the old file, which is right for the user's own files.
 * Here, an old file that is open to others, or another user's, would make the new one untrusted as well.
 *
 * @param look reads the file back; tests have one for a file system without modes
 * @throws UserError exit code 8 when it cannot be written, or others could read it
 */
export async function writePrivate(
  path: string,
  text: string,
  look: (path: string) => Pick<TextFile, "wide" | "foreign"> | undefined = readTextFile,
): Promise<void> {
  if (!isTrusted(path)) attempt(path, () => removeFile(path));
  await transformFile(path, () => text, { unlocked: true });
  // Read back by the same rules, since a file system may have no modes, or no owners.
  const written = look(path);
  const reason = written === undefined
    ? "the file disappeared after it was written"
    : written.foreign
    ? "new files there belong to another user"
    : written.wide
    ? "its file system lets others read or write new files"
    : undefined;
  if (reason === undefined) return;
  // It may contain a session, and would never be used from there.
  attempt(path, () => removeFile(path));
  throw new UserError("cache-not-private", `Cannot keep "${path}" private: ${reason}`, {
    exitCode: ExitCode.FILE,
    hint:
      "Set XDG_CACHE_HOME to a folder on a file system with owners and modes, or use --no-cache.",
  });
}

/** Tells if only this user can have written a file; one that does not exist is fine. */
function isTrusted(path: string): boolean {
  return ifPossible(() => {
    const file = readTextFile(path);
    return file === undefined || !(file.wide || file.foreign);
  }) ?? false;
}

/** Removes a file or a symlink. A folder in its place is there on purpose, and is refused later. */
function removeFile(path: string): void {
  const there = lookAt(path);
  if (there?.isFile || there?.isSymlink) Deno.removeSync(path);
}
