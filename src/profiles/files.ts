/**
 * The paths of the shared files, and the kind of each; pure.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import type { FileKind } from "./names.ts";

/** The two shared files of a person. */
export interface SharedFiles {
  readonly config: string;
  readonly credentials: string;
}

/** A shared file with its kind. */
export interface KnownFile {
  readonly path: string;
  readonly kind: FileKind;
  /** For a message: `the config file in use`. */
  readonly description: string;
}

/** The facts that decide which file is meant and of which kind it is. */
export interface FileChoice {
  /** `--path`, its `~/` already replaced; the config file when absent. */
  readonly path: string | undefined;
  /** `--file-type`. */
  readonly kind: FileKind | undefined;
  /** Makes two spellings of one path equal, symlinks included. */
  readonly real: (path: string) => string;
}

/**
 * The person's shared files: AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else `~/.aws`.
 *
 * @param expand puts the home folder in the place of a leading `~/`
 */
export function sharedFiles(
  env: (name: string) => string | undefined,
  expand: (path: string) => string,
): SharedFiles {
  return {
    config: expand(env("AWS_CONFIG_FILE") || "~/.aws/config"),
    credentials: expand(env("AWS_SHARED_CREDENTIALS_FILE") || "~/.aws/credentials"),
  };
}

/**
 * Decides which file is meant and of which kind it is.
 *
 * @throws {UserError} `home-unknown`, exit code 2, when the path still begins with `~/`: the file would
 * be made in a folder of that name
 */
export function chooseFile(files: SharedFiles, choice: FileChoice): KnownFile {
  const path = choice.path ?? files.config;
  if (/^~[\\/]/.test(path)) {
    throw new UserError("home-unknown", `Cannot tell where ${path} is: HOME is not set`, {
      exitCode: ExitCode.USAGE,
      hint: "Set HOME, or name the file with --path",
    });
  }
  if (choice.kind !== undefined) {
    const description = `a ${choice.kind} file according to --file-type`;
    return { path, kind: choice.kind, description };
  }
  const real = choice.real(path);
  // A file can be both when a person pointed both variables at it; config is what this program writes.
  if (real === choice.real(files.config)) {
    return { path, kind: "config", description: "the config file in use" };
  }
  if (real === choice.real(files.credentials)) {
    return { path, kind: "credentials", description: "the credentials file in use" };
  }
  const kind = /(^|[\\/._-])credentials?$/i.test(path) ? "credentials" : "config";
  return { path, kind, description: `a ${kind} file judging by its name` };
}
