/**
 * The machine's file: whether it is believed, and what it sets.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { machineFilePath } from "../../system/paths.ts";
import { plural } from "../../text.ts";
import type { Deps } from "../../deps.ts";
import {
  type MachineSettings,
  machineSettings,
  parseMachineFile,
} from "../settings/machine_source.ts";
import { shellLine } from "../shell_line.ts";
import { type Finding, ok, problemOf, warning } from "./finding.ts";
import { lookAtIfAny } from "./owner_remedy.ts";
import { withoutSecrets } from "./report.ts";

/** What the machine's file says, and what is to be known of it. */
export interface MachineFacts {
  readonly findings: readonly Finding[];
  /** `undefined` where there is no file, or none that is used. */
  readonly settings: MachineSettings | undefined;
}

/** Reads the file as a sign-in would; never throws a UserError. */
export async function readMachine(deps: Deps): Promise<MachineFacts> {
  const path = machineFilePath(deps.env, deps.os);
  try {
    const file = await deps.machineFile();
    if (file === undefined) {
      return {
        findings: [ok("machine-file", `${path} does not exist: nothing is set for this machine`)],
        settings: undefined,
      };
    }
    const ignored: Finding[] = [];
    const warn = (message: string) =>
      ignored.push(warning("machine-file", message, {
        why: "What your administrators may have set there does not apply",
        advice: "Ask your administrators to delete it, or to write it anew.",
      }));
    const settings = machineSettings(file, { os: deps.os, env: deps.env, warn });
    if (!("text" in file)) return { findings: ignored, settings };
    const details = parseMachineFile(file).map(({ section, key, text, line }) =>
      withoutSecrets(`[${section}] ${key} = ${text.replaceAll(/\s+/g, " ")} (line ${line})`)
    );
    const message = `${file.path} is believed, and has ${plural(details.length, "setting")}`;
    return { findings: [ok("machine-file", message, details)], settings };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const why = "Every sign-in on this machine ends with this message";
    const finding = problemOf("machine-file", error, { deps, why });
    const fix = error.code === "machine-file-untrusted"
      ? closingCommand(path, lookAtIfAny(path), deps)
      : undefined;
    return { findings: [{ ...finding, fix }], settings: undefined };
  }
}

/** Gives the file to root alone; `undefined` where it is a folder above it that others can write. */
export function closingCommand(
  path: string,
  info: Pick<Deno.FileInfo, "uid" | "mode"> | undefined,
  deps: Pick<Deps, "os" | "env">,
): string | undefined {
  if (info === undefined || deps.os === "windows") return undefined;
  const commands = [
    ...info.uid === 0 ? [] : [["sudo", "chown", "0", path]],
    ...((info.mode ?? 0) & 0o022) === 0 ? [] : [["sudo", "chmod", "go-w", path]],
  ];
  return commands.map((words) => shellLine(words, deps)).join(" && ") || undefined;
}
