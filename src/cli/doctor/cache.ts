/**
 * Whether the cache folder can be used: it is the person's alone, can be written, and files in it can be locked.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { lockFile } from "../../system/file_lock.ts";
import { attempt } from "../../system/file_trouble.ts";
import { findFolderRisk, type FolderRisk, realFolderWorld } from "../../system/folder_trust.ts";
import { UID } from "../../system/machine.ts";
import { cacheFolder, inFolder } from "../../system/paths.ts";
import { plural } from "../../text.ts";
import { type LineDeps, shellLine } from "../shell_line.ts";
import { type CheckWorld, type Finding, ok, problemOf, type Remedy, warning } from "./finding.ts";
import { lookAtIfAny, ownerRemedy } from "./remedies.ts";

/** How long a free lock may take, milliseconds, on a network's file system, too. */
const AT_ONCE_MS = 2000;

/** Uses the cache as a sign-in does. */
export async function checkCache({ deps }: Pick<CheckWorld, "deps">): Promise<readonly Finding[]> {
  const folder = cacheFolder(deps.env, deps.os);
  try {
    const { sessions } = deps.cache();
    const kept = sessions.list().length;
    const exposed = sessions.exposed();
    const found = [
      ...exposed.length === 0 ? [] : [exposedFinding(exposed, deps)],
      ...folder === undefined ? [] : await lockFindings(folder),
    ];
    const count = plural(kept, "session");
    return found.length > 0 ? found : [ok("cache", `${folder} can be used, and keeps ${count}`)];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [cacheFinding(error, { folder, deps })];
  }
}

const NOT_CACHED = "Sessions are not cached: every command that needs credentials signs in";

/** An error, and the command for what is wrong with the folder. */
function cacheFinding(
  error: UserError,
  { folder, deps }: { readonly folder: string | undefined; readonly deps: LineDeps },
): Finding {
  const finding = problemOf("cache", error, { deps, why: NOT_CACHED });
  if (folder === undefined) return finding;
  const risk = findFolderRisk(folder, realFolderWorld());
  if (risk !== undefined) return { ...finding, ...riskRemedy(risk, { folder, deps }) };
  const remedies = [folder, inFolder(folder, "sessions")]
    .map((path) => ownerRemedy(path, lookAtIfAny(path), deps));
  return { ...finding, ...remedies.find((each) => each !== undefined) };
}

/** Closes a folder to others, or gives it back to the person; nothing for one above it that is another user's. */
export function riskRemedy(
  { path, kind }: FolderRisk,
  { folder, deps }: { readonly folder: string; readonly deps: LineDeps },
): Remedy {
  if (kind === "foreign" && path === folder) {
    return { fix: shellLine(["sudo", "chown", "-R", String(UID), path], deps) };
  }
  if (kind !== "writable") return {};
  const isOwn = lookAtIfAny(path)?.uid === UID;
  return { fix: shellLine([...isOwn ? [] : ["sudo"], "chmod", "go-w", path], deps) };
}

function exposedFinding(paths: readonly string[], deps: LineDeps): Finding {
  const are = paths.length === 1 ? "is" : "are";
  return warning("cache", `${plural(paths.length, "cached session")} ${are} open to other users`, {
    why: "They contain credentials, and are not used for that reason",
    fix: shellLine(["rm", ...paths], deps),
  });
}

/** Whether two commands can take turns. */
async function lockFindings(folder: string): Promise<readonly Finding[]> {
  try {
    attempt(folder, () => Deno.mkdirSync(folder, { recursive: true, mode: 0o700 }));
    const path = inFolder(folder, "doctor.lock");
    (await lockFile(path, { deadlineMs: AT_ONCE_MS, removeOnRelease: true })).release();
    return [];
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== "lock-unsupported") throw error;
    return [
      warning("cache", `The file system of ${folder} has no file locks`, {
        why: "Commands that sign in at the same time do not wait for each other",
        advice: "Set XDG_CACHE_HOME to a folder on a local disk.",
      }),
    ];
  }
}
