/**
 * Whether the `credential_process` lines of this program can be run.
 *
 * @module
 */

import { ExitCode, UserError } from "../../errors.ts";
import { splitProcessLine } from "../../profiles/process_line.ts";
import { UID } from "../../system/machine.ts";
import { few, foreign, noun, plural } from "../../text.ts";
import type { Deps } from "../../deps.ts";
import { flagsOfLine, type OwnProfile } from "../settings/profile_source.ts";
import { type LineDeps, programFiles, shellLine } from "../shell_line.ts";
import {
  type Check,
  type CheckWorld,
  type Finding,
  ok,
  problem,
  problemOf,
  type Remedy,
} from "./finding.ts";
import { lookAtIfAny, setupRemedy } from "./remedies.ts";
import { readSharedFiles } from "./files.ts";

/** Looks at the line of every profile that runs this program. */
export const checkLines: Check = async (world) => {
  const own = readSharedFiles(world.deps).flatMap((file) => "own" in file ? file.own : []);
  if (own.length === 0) return [ok("lines", "No profile runs stssamldriver yet")];
  const found = [...await unread(own, world), ...await gone(own, world)];
  const runs = own.length === 1 ? "runs" : "run";
  return found.length > 0
    ? found
    : [ok("lines", `${plural(own.length, "profile")} ${runs} a stssamldriver that is there`)];
};

/** Lines with flags that do not exist, and those that shells and SDKs split differently. */
async function unread(
  own: readonly OwnProfile[],
  { deps, input, settings }: CheckWorld,
): Promise<readonly Finding[]> {
  const found = await Promise.all(own.map(async ({ name, line }) => {
    // That one was looked at with the settings.
    if (name === settings.values.profile) return [];
    try {
      await flagsOfLine(line.value, { name, command: input.commands[0], deps });
      return [];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return [problemOf("lines", error, { deps, why: "Tools that use this profile fail" })];
    }
  }));
  return found.flat();
}

/** Lines whose program is not there. */
async function gone(
  own: readonly OwnProfile[],
  { deps, input }: CheckWorld,
): Promise<readonly Finding[]> {
  const broken = new Map<string, OwnProfile[]>();
  for (const profile of own) {
    const [program] = splitProcessLine(profile.line.value, deps.os) ?? [];
    if (program === undefined || canRun(program, deps)) continue;
    broken.set(program, [...broken.get(program) ?? [], profile]);
  }
  return await Promise.all([...broken].map(async ([program, profiles]) => {
    const names = few(profiles.map(({ name }) => `"${foreign(name)}"`), 5);
    const remedy = profiles.length > FEW ? linkRemedy(program, deps) : joined(
      await Promise.all(
        profiles.map((profile) => setupRemedy(profile, { deps, input })),
      ),
    );
    return problem(
      "lines",
      `${foreign(program, 300)} cannot be run, which ${noun(profiles.length, "profile")} ${names} ${
        profiles.length === 1 ? "needs" : "need"
      }`,
      {
        exitCode: ExitCode.FILE,
        why: "Tools that use the profile find no credentials",
        ...remedy,
      },
    );
  }));
}

/** So many profiles are written anew one by one. */
const FEW = 5;

/** What to do for several profiles. */
function joined(remedies: readonly Remedy[]): Remedy {
  const lines = (texts: readonly (string | undefined)[]) =>
    texts.filter((text) => text !== undefined).join("\n") || undefined;
  return {
    fix: lines(remedies.map(({ fix }) => fix)),
    advice: lines(remedies.map(({ advice }) => advice)),
  };
}

/** Puts this program in the place of the one that is gone, for many profiles at once. */
function linkRemedy(program: string, deps: Deps): Remedy {
  const [self = "", ...others] = deps.self;
  const advice = "Or write each profile anew with stssamldriver setup.";
  if (deps.os === "windows" || others.length > 0 || !program.startsWith("/")) {
    return { advice: `Put the executable where the lines look for it: ${program}.\n${advice}` };
  }
  const folder = program.replace(/\/[^/]*$/, "") || "/";
  const sudo = ownerAbove(folder) === UID ? [] : ["sudo"];
  const commands = [["mkdir", "-p", folder], ["ln", "-sf", self, program]];
  return {
    fix: commands.map((words) => shellLine([...sudo, ...words], deps)).join(" && "),
    advice: "Write each profile anew with stssamldriver setup.",
  };
}

/** Whose the nearest folder is that exists. */
function ownerAbove(folder: string): number | null | undefined {
  const info = lookAtIfAny(folder);
  return info === undefined && folder !== "/"
    ? ownerAbove(folder.replace(/\/[^/]*$/, "") || "/")
    : info?.uid;
}

/** Whether a program of a line is there: a path, or a name in PATH. One in a folder of work cannot be told. */
function canRun(program: string, { env, os }: LineDeps): boolean {
  if (/[\\/]/.test(program) && !/^([\\/]|[a-z]:)/i.test(program)) return true;
  const isProgram = (path: string) => {
    const { isFile = false, mode = null } = lookAtIfAny(path) ?? {};
    return isFile && (UID === null || ((mode ?? 0) & 0o111) !== 0);
  };
  return programFiles(program, { env, os }).some((path) =>
    isProgram(path) || (os === "windows" && isProgram(`${path}.exe`))
  );
}
