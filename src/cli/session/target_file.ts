/**
 * Which shared file a command writes.
 *
 * @module
 */

import { chooseFile, type KnownFile, type SharedFiles, sharedFiles } from "../../profiles/files.ts";
import type { Deps } from "../../deps.ts";
import type { OptionValues } from "../options.ts";

/** The file that is written, and both files that the SDKs read. */
export interface TargetFile {
  readonly file: KnownFile;
  readonly files: SharedFiles;
}

/** The file that `--path` and `--file-type` mean, and both files in use. */
export function targetFile(values: OptionValues, deps: Deps): TargetFile {
  const files = sharedFiles(deps.env, deps.expand);
  const file = chooseFile(files, {
    path: values.path === undefined ? undefined : deps.expand(values.path),
    kind: values["file-type"],
    real: deps.realPath,
  });
  return { file, files };
}

/** Whether the file is one of those that the SDKs read. */
export function isSharedFile(
  { file, files }: TargetFile,
  { realPath }: Pick<Deps, "realPath">,
): boolean {
  return [files.config, files.credentials].map(realPath).includes(realPath(file.path));
}
