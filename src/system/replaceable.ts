/**
 * Files that cannot be replaced by renaming another one over them. Creating a file next to them works, so
 * only the rename would fail, and that after the person has signed in.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { explainFile } from "./file_trouble.ts";
import { folderOf } from "./real_path.ts";
import { removeQuietly } from "./temp_file.ts";

const STICKY = 0o1000;

/**
 * Refuses a file that is mounted by itself, as in containers. A hard link shows it, since it cannot cross
 * mounts.
 *
 * @param temp a free name next to the file; it is free again afterwards
 * @throws {UserError} `file-busy`, exit code FILE
 */
export function refuseMounted(target: string, temp: string): void {
  try {
    Deno.linkSync(target, temp);
    removeQuietly(temp);
  } catch (error) {
    // Other errors prove nothing: many file systems have no hard links, and some systems do not allow them
    // for another user's file.
    if (!(error instanceof Error && "code" in error && error.code === "EXDEV")) return;
    const busy = Object.assign(new Error("It is a mount", { cause: error }), { code: "EBUSY" });
    throw explainFile(target, busy, "change");
  }
}

/**
 * Refuses another user's file in another user's folder where only owners may replace files, as in /tmp.
 *
 * @param info the file's
 * @throws {UserError} `folder-sticky`, exit code FILE
 */
export function refuseSticky(target: string, info: Deno.FileInfo): void {
  const me = Deno.uid();
  if (me === null || me === 0 || info.uid === me) return;
  const folder = Deno.statSync(folderOf(target));
  if (folder.uid === me || ((folder.mode ?? 0) & STICKY) === 0) return;
  throw new UserError(
    "folder-sticky",
    `Cannot change "${target}": only its owner can replace it in this folder, and that is the user with ` +
      `ID ${info.uid}`,
    { exitCode: ExitCode.FILE, hint: "Use a file in a folder of your own." },
  );
}
