/**
 * The reasons why a file cannot be used, in plain words.
 *
 * @module
 */
import { ExitCode, systemReason, UserError } from "../errors.ts";

const WINDOWS = Deno.build.os === "windows";

/** The file at `path` itself, without following symlinks; `undefined` when there is nothing. */
export function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Refuses anything but a regular file.
 *
 * @param info the file; `undefined` counts as a folder, for a path that can only name one
 * @throws {UserError} `file-irregular` for anything but a regular file
 */
export function refuseIrregular(path: string, info: Deno.FileInfo | undefined): void {
  if (info?.isFile) return;
  const kind = info === undefined || info.isDirectory
    ? "a folder"
    : info.isFifo
    ? "a named pipe"
    : info.isSymlink
    ? "a symlink"
    : "a device or socket";
  throw new UserError("file-irregular", `Cannot use "${path}": it is ${kind}, not a regular file`, {
    exitCode: ExitCode.FILE,
    hint: "Use another path, or move what is there away.",
  });
}

/** The action that the operating system refused. */
export type FileVerb = "lock" | "read" | "change";

/** Says in plain words why the operating system refused; `cause` is what it threw. */
export function explainFile(path: string, cause: unknown, verb: FileVerb): UserError {
  const folder = path.replace(/[\\/][^\\/]*$/, "");
  const denied = ({
    lock: [
      "lock-unavailable",
      `no permission to open it, or to create it in "${folder}"`,
      "Check who owns them with ls -l. If no stssamldriver is running, you can delete the lock file.",
    ],
    read: ["file-unreadable", "no permission to read it", "Check its owner and mode with ls -l."],
    change: [
      "folder-read-only",
      WINDOWS // where one code stands for both
        ? `no permission to create files in "${folder}", or another program has the file open`
        : `no permission to create files in "${folder}"`,
      "Check the folder's owner and mode with ls -ld; a safe change creates a new file next to the old one.",
    ],
  } as const)[verb];
  const full: Trouble = ["disk-full", "the disk is full", "Free some space and try again."];
  const missing: Trouble = [
    "folder-missing",
    `the folder "${folder}" does not exist, or a symlink on the way is broken`,
    "Create the folder, or mount its disk.",
  ];
  const troubles: Partial<Record<string, Trouble>> = {
    EACCES: denied,
    EPERM: denied,
    EROFS: ["folder-read-only", "its file system is read-only", "Use a file somewhere else."],
    ENOSPC: full,
    EDQUOT: full,
    EBUSY: [
      "file-busy",
      "it is in use, or mounted by itself",
      "In a container, mount the file's folder instead of the file.",
    ],
    ELOOP: [
      "symlink-loop",
      "its symlinks form a loop",
      "Follow them with ls -l and fix one.",
    ],
    ENAMETOOLONG: [
      "file-name-long",
      "its name, or the name of its lock file, is too long",
      "Use a shorter name.",
    ],
    ENOLCK: [
      "lock-unsupported",
      "its file system has no file locks, like NFS without a lock service",
      "Use a file on a local disk, or have the disk mounted with NFS version 4 or rpc.statd.",
    ],
    ENOTDIR: ["folder-missing", "part of its path is a file, not a folder", "Correct the path."],
    EEXIST: missing, // a broken symlink is in the way
    ENOENT: missing,
  };
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const [name, reason, hint] = troubles[code] ??
    ["file-failed", systemReason(cause), "Check the file and its folder."];
  return new UserError(name, `Cannot ${verb} "${path}": ${reason}`, {
    exitCode: ExitCode.FILE,
    hint,
    cause,
  });
}

/**
 * Runs an action that the operating system may refuse.
 *
 * @throws {UserError} what `action` throws, or the system's reason in plain words
 */
export function attempt<T>(path: string, action: () => T, verb: FileVerb = "change"): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof UserError ? error : explainFile(path, error, verb);
  }
}

type Trouble = readonly [code: string, reason: string, hint: string];
