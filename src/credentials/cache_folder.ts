/**
 * The cache folder of this machine, and whether it can be trusted.
 *
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { folderRisk, realFolderWorld } from "../system/folder_trust.ts";
import { cacheFolder as systemsCacheFolder } from "../system/paths.ts";

type Env = (name: string) => string | undefined;

/**
 * The cache folder.
 *
 * @throws UserError exit code 8 when there is none, or others could change what is in it
 */
export function cacheFolderOrFail(env: Env): string {
  const folder = systemsCacheFolder(env, Deno.build.os);
  if (folder === undefined) {
    throw new UserError("cache-homeless", "Cannot find the cache folder: HOME is not set", {
      exitCode: ExitCode.FILE,
      hint: "Set HOME, or use --no-cache.",
    });
  }
  const risk = folderRisk(folder, realFolderWorld());
  if (risk === undefined) return folder;
  throw new UserError("cache-exposed", `Cannot use the cache folder: ${risk}`, {
    exitCode: ExitCode.FILE,
    hint: "Set XDG_CACHE_HOME to a folder that only you can write to, or use --no-cache.",
  });
}

/** The cache folder, where there is one that can be trusted: for what is no more than a convenience. */
export function cacheFolderIfAny(
  env: Env,
  onTrouble: (error: unknown) => void = () => {},
): string | undefined {
  try {
    return cacheFolderOrFail(env);
  } catch (error) {
    onTrouble(error);
    return undefined;
  }
}
