/**
 * Whether a file can be replaced by another one of its name. Making a new file beside it is no proof: these
 * are the files for which the rename alone would be refused, and that after somebody has signed in.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { explainFile } from "./file_trouble.ts";
import { folderOf } from "./real_path.ts";
import { removeQuietly } from "./temp_file.ts";

const STICKY = 0o1000;

/**
 * Refuses a file that is mounted by itself, as containers get theirs. It is known by a hard link, which
 * cannot lead from one mount to another.
 *
 * @param temp a name beside it that is free, and is afterwards
 * @throws {UserError} `file-busy`, exit code FILE
 */
export function refuseMounted(target: string, temp: string): void {
  try {
    Deno.linkSync(target, temp);
    removeQuietly(temp);
  } catch (error) {
    // Everything else says nothing: many file systems have no hard links, and some systems allow none of
    // another user's file.
    if (!(error instanceof Error && "code" in error && error.code === "EXDEV")) return;
    const busy = Object.assign(new Error("It is a mount", { cause: error }), { code: "EBUSY" });
    throw explainFile(target, busy, "change");
  }
}

/**
 * Refuses another user's file in another user's folder where, as in /tmp, only owners may replace files.
 *
 * @param info of the file
 * @throws {UserError} `folder-sticky`, exit code FILE
 */
export function refuseSticky(target: string, info: Deno.FileInfo): void {
  const me = Deno.uid();
  if (me === null || me === 0 || info.uid === me) return;
  const folder = Deno.statSync(folderOf(target));
  if (folder.uid === me || ((folder.mode ?? 0) & STICKY) === 0) return;
  throw new UserError(
    "folder-sticky",
    `Cannot change "${target}": in its folder only the owner of a file may replace it, and it belongs ` +
      `to the user with the number ${info.uid}`,
    { exitCode: ExitCode.FILE, hint: "Use a file in a folder of your own" },
  );
}
