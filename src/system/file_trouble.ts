/**
 * What can be wrong with a file, in a person's words.
 *
 * @module
 */
import { ExitCode, messageOf, UserError } from "../errors.ts";

const WINDOWS = Deno.build.os === "windows";

/** What is at `path` itself, symlinks not followed; `undefined` when nothing is. */
export function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * @param info what is there; `undefined` counts as a folder, for a path that can only name one
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
    hint: "Name another file, or move this one away",
  });
}

/** What was to be done with a file when the operating system refused. */
export type FileVerb = "lock" | "read" | "change";

/** Says in a person's words why the operating system refused; `cause` is what it threw. */
export function explainFile(path: string, cause: unknown, verb: FileVerb): UserError {
  const folder = path.replace(/[\\/][^\\/]*$/, "");
  const denied = ({
    lock: [
      "lock-unavailable",
      "you may not open it, or not make it in its folder",
      "See who owns both, with ls -l; while no stssamldriver runs, the lock file may be removed",
    ],
    read: ["file-unreadable", "you may not read it", "See who owns it, with ls -l"],
    change: [
      "folder-read-only",
      WINDOWS // where one code stands for both
        ? `you may not make files in its folder "${folder}", or another program has it open`
        : `you may not make files in its folder "${folder}"`,
      "See who owns the folder, with ls -ld; a safe change makes a new file beside the old one",
    ],
  } as const)[verb];
  const full: Trouble = ["disk-full", "the disk is full", "Free some space and try again"];
  const missing: Trouble = [
    "folder-missing",
    `its folder "${folder}" is not there, or leads through a symlink to nothing`,
    "Make the folder, or mount its disk",
  ];
  const troubles: Partial<Record<string, Trouble>> = {
    EACCES: denied,
    EPERM: denied,
    EROFS: ["folder-read-only", "its file system is read-only", "Name a file in another place"],
    ENOSPC: full,
    EDQUOT: full,
    EBUSY: [
      "file-busy",
      "it is in use, or a mount of its own",
      "In a container, mount its folder instead of the file",
    ],
    ELOOP: [
      "symlink-loop",
      "its symlinks lead round in a loop",
      "Follow them with ls -l, and mend one",
    ],
    ENAMETOOLONG: [
      "file-name-long",
      "its name, or that of the lock file beside it, is too long",
      "Use a shorter name",
    ],
    ENOTDIR: ["folder-missing", "a part of its path is a file, not a folder", "Correct the path"],
    EEXIST: missing, // neither to be made nor entered: a symlink to nothing is in the way
    ENOENT: missing,
  };
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  // Deno adds the number and the paths to what the system says; Windows ends it with a full stop.
  const said = messageOf(cause).replace(/\.? \(os error \d+\).*$/s, "");
  const [name, reason, hint] = troubles[code] ??
    ["file-failed", said, "See what is special about it and its folder"];
  return new UserError(name, `Cannot ${verb} "${path}": ${reason}`, {
    exitCode: ExitCode.FILE,
    hint,
    cause,
  });
}

/**
 * Runs what may fail in the operating system's hands.
 *
 * @throws {UserError} what `action` throws, or what the system said in a person's words
 */
export function attempt<T>(path: string, action: () => T, verb: FileVerb = "change"): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof UserError ? error : explainFile(path, error, verb);
  }
}

type Trouble = readonly [code: string, reason: string, hint: string];
