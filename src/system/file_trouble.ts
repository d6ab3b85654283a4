/**
 * The reasons why a file cannot be used, in plain words.
 *
 * @module
 */
import { ExitCode, systemReason, UserError } from "../errors.ts";
import { UID } from "./machine.ts";

const WINDOWS = Deno.build.os === "windows";

/** Uses what may not be there; `undefined` when it is not. */
export function ifThere<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The file at `path` itself, without following symlinks; `undefined` when there is nothing. */
export function lookAt(path: string): Deno.FileInfo | undefined {
  return ifThere(() => Deno.lstatSync(path));
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
type FileVerb = "lock" | "read" | "change";

/** The advice to look at who may do what with a file, or what Windows has for it. */
function lookWith(advice: string): string {
  return WINDOWS ? "Check the permissions with icacls" : advice;
}

/** Says in plain words why the operating system refused; `cause` is what it threw. */
export function explainFile(path: string, cause: unknown, verb: FileVerb): UserError {
  const folder = path.replace(/[\\/][^\\/]*$/, "");
  const denied = ({
    lock: [
      "lock-unavailable",
      `no permission to open it, or to create it in "${folder}"`,
      `${
        lookWith("Check who owns them with ls -l")
      }. If no stssamldriver is running, you can delete the lock file.`,
    ],
    read: [
      "file-unreadable",
      "no permission to read it",
      `${lookWith("Check its owner and mode with ls -l")}.`,
    ],
    change: [
      "folder-read-only",
      WINDOWS // where one code stands for both
        ? `no permission to create files in "${folder}", or another program has the file open`
        : `no permission to create files in "${folder}"`,
      `${
        lookWith("Check the folder's owner and mode with ls -ld")
      }; a safe change creates a new file next to the old one.`,
    ],
  } as const)[verb];
  const [deniedCode, why, look] = denied;
  // No mode forbids it then, and root may not either.
  const forbidden: Trouble = WINDOWS || verb === "read"
    ? denied
    : [deniedCode, why, `${look}\n${attributeHint(folder)}`];
  const full: Trouble = ["disk-full", "the disk is full", "Free some space and try again."];
  const missing: Trouble = [
    "folder-missing",
    `the folder "${folder}" does not exist, or a symlink on the way is broken`,
    "Create the folder, or mount its disk.",
  ];
  const troubles: Partial<Record<string, Trouble>> = {
    EACCES: denied,
    EPERM: forbidden,
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
  const [name, reason, hint] = troubles[codeOf(cause)] ??
    ["file-failed", systemReason(cause), "Check the file and its folder."];
  return new UserError(name, `Cannot ${verb} "${path}": ${reason}`, {
    exitCode: ExitCode.FILE,
    hint,
    cause,
  });
}

/** How to find and remove an attribute that forbids even its owner, and root, to change a file or folder. */
export function attributeHint(path: string, os: typeof Deno.build.os = Deno.build.os): string {
  return os === "darwin"
    ? `An immutable flag? ls -ldO "${path}" shows uchg or schg; chflags nouchg,noschg "${path}" removes it.`
    : `An immutable file? lsattr -d "${path}" shows i or a; sudo chattr -ia "${path}" removes it.`;
}

/**
 * What to do about a file that can be neither read nor written.
 *
 * @param code the system's: EPERM where no mode is the reason
 */
export function permissionHint(
  path: string,
  { uid, mode }: Pick<Deno.FileInfo, "uid" | "mode">,
  code: string,
): string {
  if (WINDOWS) return `attrib -r "${path}"`;
  if (code === "EPERM") return attributeHint(path);
  if (uid !== null && uid !== UID) {
    return `It belongs to the user with ID ${uid}; use another file, or change its owner.`;
  }
  if (((mode ?? 0) & 0o600) !== 0o600) return `chmod u+rw "${path}"`;
  return "Its owner and mode allow it: look at its ACL with getfacl, and at the log of SELinux or AppArmor.";
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

/** The system's code of an error, such as `EPERM`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

type Trouble = readonly [code: string, reason: string, hint: string];
