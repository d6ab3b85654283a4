/**
 * The settings that a sign-in would have here: of variables, of `--profile`, and of the machine's file.
 *
 * @module
 */

import { regionMismatch } from "../../aws/partition.ts";
import { UserError } from "../../errors.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import type { CommandInput } from "../command.ts";
import {
  flagSource,
  type OptionName,
  optionOf,
  type OptionOrigins,
  optionsOf,
  type OptionSource,
  type OptionValues,
  readOptions,
  type TakenOptions,
  takeOptions,
  variableSource,
  withMachine,
} from "../options.ts";
import { type ProfileSource, profileSource } from "../settings/profile_source.ts";
import { signInRequest } from "../settings/sign_in_request.ts";
import { programWords, shellLine } from "../shell_line.ts";
import { type Finding, ok, problemOf, type Settings, warning, withoutSecrets } from "./finding.ts";
import { machineFilePath } from "../../system/paths.ts";
import { plural } from "../../text.ts";
import {
  type MachineSettings,
  machineSettings,
  parseMachineFile,
} from "../settings/machine_source.ts";
import { lookAtIfAny } from "./remedies.ts";

/** Reads everything that a sign-in would read. Never throws a UserError: that is a finding. */
export async function readSettings(input: CommandInput, deps: Deps): Promise<Settings> {
  const machine = await readMachine(deps);
  const findings: Finding[] = [];
  const typed = flagSource(input.typed);
  const given: OptionSource[] = [typed, variableSource(deps.env)];
  const attempt = async <T>(read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      findings.push(settingProblem(error, { sources: given, deps }));
      return undefined;
    }
  };
  const { profile: name } = await attempt(() => readOptions(["profile"], given)) ?? {};
  const profile = name === undefined
    ? undefined
    : await attempt(() => profileSource(name, input.commands[0], deps));
  if (profile !== undefined) {
    given.push(profile);
    findings.push(...remarksOn(profile, given, deps));
  }
  const sources = withMachine(machine.settings, given);
  const texts: string[] = [];
  let values: OptionValues = { ...(name !== undefined && { profile: name }) };
  let from: OptionOrigins = {};
  for (const each of input.commands[0].options.filter((option) => option !== "profile")) {
    // One after the other, so that each that cannot be used is found.
    const taken = await attempt(() => takeOptions([each], sources));
    if (taken === undefined) continue;
    values = { ...values, ...taken.values };
    from = { ...from, ...taken.from };
    texts.push(...shownTexts(each, taken, typed));
  }
  const isWrong = () => findings.some(({ status }) => status === "problem");
  const request = isWrong()
    ? undefined
    : await attempt(() => signInRequest({ values, from }, deps));
  findings.push(...request === undefined ? [] : regionRemarks(request));
  const own = isWrong() ? findings : [summary(name, texts), ...findings];
  return { findings: [...machine.findings, ...own], values, request };
}

/** What a profile is not read for, and where it is none of this program's. */
function remarksOn(
  profile: ProfileSource,
  sources: readonly OptionSource[],
  deps: Deps,
): readonly Finding[] {
  const isNamed = sources.some((each) => each !== profile && each.texts("role-arn") !== undefined);
  const elsewhere = isNamed ? undefined : profile.elsewhere;
  const why = "It names no role for this program to sign in for";
  return [
    ...profile.remarks.map((message) =>
      warning("settings", message, {
        why: "A sign-in with this profile goes without it",
        advice: "Correct its name, or remove it from the profile.",
      })
    ),
    ...elsewhere === undefined ? [] : [problemOf("settings", elsewhere, { deps, why })],
  ];
}

/** A setting that cannot be used; a profile that is missing is made by setup. */
function settingProblem(
  error: UserError,
  { sources, deps }: { readonly sources: readonly OptionSource[]; readonly deps: Deps },
): Finding {
  const finding = problemOf("settings", error, {
    deps,
    why: "Every sign-in with these settings ends with this message",
  });
  if (error.code !== "profile-missing") return finding;
  const { profile = "" } = readOptions(["profile"], sources);
  const fix = shellLine([...programWords(deps), "setup", profile], deps);
  return { ...finding, fix, advice: undefined };
}

/** A setting that was given, as messages name it; what was typed for this call, and how to talk, are left out. */
function shownTexts(
  name: OptionName,
  { texts, from }: TakenOptions,
  typed: OptionSource,
): readonly string[] {
  const source = from[name];
  if (source === undefined || source === typed || optionsOf("messages").includes(name)) return [];
  const all = texts[name] ?? [];
  const given = optionOf(name).repeatable ? all : all.slice(-1);
  return given.map((text) => withoutSecrets(source.describe(name, text)));
}

function summary(profile: string | undefined, texts: readonly string[]): Finding {
  const message = profile === undefined
    ? texts.length === 0 ? "Settings: the defaults" : `Settings: ${texts.length}`
    : `Profile "${profile}" can be used`;
  return ok("settings", message, texts);
}

/** A region of another partition than the role's, which gives way. */
function regionRemarks({ region, role, provider }: SignInRequest): readonly Finding[] {
  const partition = (role ?? provider)?.partition;
  const mismatch = region && partition && regionMismatch(region.name, partition);
  if (region === undefined || partition === undefined || mismatch === undefined) return [];
  return [
    warning("settings", `${region.from} does not apply: ${mismatch}`, {
      why: `STS is asked in ${partition.defaultRegion} instead`,
      advice: "Use --region with a region of the role's partition.",
    }),
  ];
}

/** Reads the file as a sign-in would; never throws a UserError. */
export async function readMachine(
  deps: Deps,
): Promise<Pick<Settings, "findings"> & { readonly settings: MachineSettings | undefined }> {
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
