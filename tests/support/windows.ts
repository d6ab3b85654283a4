/**
 * Tests of the Windows executable, on Windows or under Wine.
 *
 * @module
 */

import { type DriverOptions, type Ended, EXECUTABLE_ALONE, runDriver, RUNNER } from "./driver.ts";
import { peer } from "./peers.ts";

const executable = peer("executable");

/** The Windows executable, by its path on this system; empty where there is none. */
export const WINDOWS_EXECUTABLE = executable.found && executable.path.endsWith(".exe")
  ? executable.path
  : "";

/** Whether the driver that is tested is the Windows executable. */
export const TESTS_WINDOWS = EXECUTABLE_ALONE && WINDOWS_EXECUTABLE !== "";

/** Registers a test of the Windows executable. */
export function windowsTest(name: string, fn: () => Promise<void>): void {
  const ignore = WINDOWS_EXECUTABLE === "";
  Deno.test({ name: ignore ? `${name} (skipped: no Windows executable)` : name, ignore, fn });
}

/** Registers a test that expects POSIX, such as modes, signals or sh. */
export function posixTest(name: string, fn: () => Promise<void>): void {
  const ignore = TESTS_WINDOWS || Deno.build.os === "windows";
  Deno.test({ name: ignore ? `${name} (skipped: not on Windows)` : name, ignore, fn });
}

/** Whether this is the name of a lock file on Windows, where they stay. */
export function isKeptLock(name: string): boolean {
  return TESTS_WINDOWS && name.endsWith(".stssamldriver-lock");
}

/** A path as Windows has it; Wine has this system's root as drive Z. */
export function windowsPath(path: string): string {
  return Deno.build.os === "windows" ? path : `Z:${path.replaceAll("/", "\\")}`;
}

/**
 * Has cmd.exe run lines as a batch file in a folder.
 *
 * @param lines as they are typed; a batch file wants each `%` of its text twice
 */
export async function runByCmd(
  folder: string,
  lines: readonly string[],
  options: DriverOptions,
): Promise<Ended> {
  const path = `${folder}/lines.cmd`;
  await Deno.writeTextFile(path, ["@echo off", ...lines, ""].join("\r\n"));
  const [command = "cmd", ...args] = [...RUNNER, "cmd"];
  return await runDriver(["/d", "/c", windowsPath(path)], {
    ...options,
    program: { name: "cmd", command: [command, ...args] },
  });
}
