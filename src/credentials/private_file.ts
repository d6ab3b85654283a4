/**
 * Writing what is nobody else's to read, and is believed only as long as nobody else could have written it.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { attempt, lookAt } from "../system/file_trouble.ts";
import { readTextFile, type TextFile } from "../system/text_file.ts";
import { transformFile } from "../system/transform_file.ts";

/**
 * Puts a text in the place of an older one, for this user alone.
 *
 * A change keeps mode and owner of what was there, which is right for a person's own files. Here an older
 * file that is open to others, or another user's, would make the new one as unbelievable as itself.
 *
 * @param look how the file is read back; tests have one of a file system that knows no modes
 * @throws UserError exit code 8 when it cannot be written, or not so that only this user can read it
 */
export async function writePrivate(
  path: string,
  text: string,
  look: (path: string) => Pick<TextFile, "wide" | "foreign"> | undefined = readTextFile,
): Promise<void> {
  if (!isBelievable(path)) attempt(path, () => removeFile(path));
  await transformFile(path, () => text);
  // Read back by the same rules, since a file system may know no modes, or no owners.
  const written = look(path);
  const reason = written === undefined
    ? "it is not there once it is written"
    : written.foreign
    ? "what is written there belongs to another user"
    : written.wide
    ? "its file system lets others read or write what is written there"
    : undefined;
  if (reason === undefined) return;
  // Best effort: it may hold a session, and nobody would ever take it from there.
  attempt(path, () => removeFile(path));
  throw new UserError("cache-not-private", `Cannot keep "${path}" for you alone: ${reason}`, {
    exitCode: ExitCode.FILE,
    hint:
      "Have XDG_CACHE_HOME name a folder of a file system that knows modes and owners, or use --no-cache",
  });
}

function isBelievable(path: string): boolean {
  try {
    const file = readTextFile(path);
    return file === undefined || !(file.wide || file.foreign);
  } catch {
    // Not even text.
    return false;
  }
}

/** Only a file, or a symlink to one: a folder in its place is somebody's doing, and is refused later. */
function removeFile(path: string): void {
  const there = lookAt(path);
  if (there?.isFile || there?.isSymlink) Deno.removeSync(path);
}
