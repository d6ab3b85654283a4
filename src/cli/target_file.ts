/**
 * Which shared file a command writes.
 *
 * @module
 */

import { chooseFile, type KnownFile, type SharedFiles, sharedFiles } from "../profiles/files.ts";
import type { Deps } from "../system/deps.ts";
import type { OptionValues } from "./options.ts";

/** The file that `--path` and `--file-type` mean, and both files in use. */
export function targetFile(
  values: OptionValues,
  deps: Deps,
): { readonly file: KnownFile; readonly files: SharedFiles } {
  const files = sharedFiles(deps.env, deps.expand);
  const file = chooseFile(files, {
    path: values.path === undefined ? undefined : deps.expand(values.path),
    kind: values["file-type"],
    real: deps.realPath,
  });
  return { file, files };
}
