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
  type OptionName,
  optionOf,
  optionsOf,
  type OptionSource,
  type OptionValues,
  withMachine,
} from "../options.ts";
import {
  flagSource,
  type OptionOrigins,
  readOptions,
  type TakenOptions,
  takeOptions,
  variableSource,
} from "../read_options.ts";
import { type ProfileSource, profileSource } from "../settings/profile_source.ts";
import { signInRequest } from "../settings/sign_in_request.ts";
import { programWords, shellLine } from "../shell_line.ts";
import { type Finding, ok, problemOf, warning } from "./finding.ts";
import { readMachine } from "./machine_file.ts";
import { withoutSecrets } from "./report.ts";

/** The settings, and what is wrong with them. */
export interface Settings {
  readonly findings: readonly Finding[];
  /** Those that can be used. */
  readonly values: OptionValues;
  /** What a sign-in would be asked for; `undefined` where it would end before that. */
  readonly request: SignInRequest | undefined;
}

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
    : await attempt(() => profileSource(name, input.lineCommand, deps));
  if (profile !== undefined) {
    given.push(profile);
    findings.push(...remarksOn(profile, given, deps));
  }
  const sources = withMachine(machine.settings, given);
  const texts: string[] = [];
  let values: OptionValues = { ...(name !== undefined && { profile: name }) };
  let from: OptionOrigins = {};
  for (const each of input.lineCommand.options.filter((option) => option !== "profile")) {
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
