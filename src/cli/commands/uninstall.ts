/**
 * What `uninstall` does.
 *
 * @module
 */

import { ExitCode, recovered, systemReason, UserError } from "../../errors.ts";
import { sharedFiles } from "../../profiles/files.ts";
import { cacheFolder } from "../../system/paths.ts";
import { foreign } from "../../text.ts";
import type { Deps } from "../../deps.ts";
import type { CommandInput, CommandRun } from "../command.ts";
import { ownProfiles, readDocument } from "../settings/profile_source.ts";
import { type LineDeps, shellLine } from "../shell_line.ts";

/**
 * Names the profiles that need this program, deletes the cache, and says how to delete the program: what runs
 * cannot delete itself on every system.
 */
export const runUninstall: CommandRun = async ({ values, terminal, print }, deps) => {
  const dryRun = values["dry-run"] === true;
  await print(
    [
      ...dependentProfiles(terminal, deps),
      ...removeCache(dryRun, deps),
      removal(deps),
    ].map((line) => `${line}\n`).join(""),
  );
};

function dependentProfiles(terminal: CommandInput["terminal"], deps: Deps): readonly string[] {
  const files = sharedFiles(deps.env, deps.expand);
  const lines = (["config", "credentials"] as const).flatMap((kind) => {
    const path = files[kind];
    const own = recovered(() => ownProfiles(readDocument(path), { path, kind }, deps), (error) => {
      terminal.say("warning", `Cannot show profiles: ${error.message}`);
      return [];
    });
    const names = own.map(({ name }) => foreign(name));
    return names.length === 0 ? [] : `  ${names.join(", ")} in ${path}`;
  });
  if (lines.length === 0) return ["No profile runs stssamldriver"];
  return [
    "These profiles run stssamldriver and stop working without it. Remove them, or their",
    "credential_process line:",
    ...lines,
  ];
}

function removeCache(dryRun: boolean, { env, os }: Deps): readonly string[] {
  const folder = cacheFolder(env, os);
  if (folder === undefined) return [];
  try {
    Deno.lstatSync(folder);
    if (dryRun) return [`Would delete the cache, ${folder}`];
    Deno.removeSync(folder, { recursive: true });
    return [`Deleted the cache, ${folder}`];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return ["There is no cache to delete"];
    throw new UserError("cache-undeletable", `Cannot delete ${folder}: ${systemReason(error)}`, {
      exitCode: ExitCode.FILE,
      hint: "Delete it yourself: it contains sessions in plain text.",
    });
  }
}

/** The package managers, by the paths at which they install, and how each removes it. */
const INSTALLERS: readonly (readonly [RegExp, string])[] = [
  [/^\/usr\/bin\//, "sudo apt remove stssamldriver"],
  [/\/Cellar\/|\/linuxbrew\//, "brew uninstall stssamldriver"],
  [/\\scoop\\/i, "scoop uninstall stssamldriver"],
];

/** How to delete the program itself. */
export function removal(deps: Pick<Deps, "self"> & LineDeps): string {
  const [path = "", ...others] = deps.self;
  if (others.length > 0) return "It runs from its sources: there is no executable to delete";
  const [, command] = INSTALLERS.find(([place]) => place.test(path)) ?? [];
  const byHand = shellLine([deps.os === "windows" ? "del" : "rm", path], deps);
  return `To finish, delete the program:\n  ${command ?? byHand}`;
}
