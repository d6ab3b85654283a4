/**
 * The settings that a sign-in would have here: of variables, and of `--profile`.
 *
 * @module
 */

import { regionMismatch } from "../../aws/partition.ts";
import { UserError } from "../../errors.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import type { CommandInput } from "../command.ts";
import { type OptionName, optionOf, optionsOf, type OptionSource } from "../options.ts";
import type { OptionValues } from "../options.ts";
import { flagSource, readOptions, variableSource } from "../read_options.ts";
import { type ProfileSource, profileSource } from "../settings/profile_source.ts";
import { signInRequest } from "../settings/sign_in_request.ts";
import { programWords, shellLine } from "../shell_line.ts";
import { type Finding, ok, problemOf, warning } from "./finding.ts";
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
  const findings: Finding[] = [];
  const sources: OptionSource[] = [flagSource(input.typed), variableSource(deps.env)];
  const attempt = async <T>(read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      findings.push(settingProblem(error, { sources, deps }));
      return undefined;
    }
  };
  const { profile: name } = await attempt(() => readOptions(["profile"], sources)) ?? {};
  const profile = name === undefined
    ? undefined
    : await attempt(() => profileSource(name, input.lineCommand, deps));
  if (profile !== undefined) {
    sources.push(profile);
    findings.push(...remarksOn(profile, sources, deps));
  }
  const names = input.lineCommand.options.filter((each) => each !== "profile");
  const texts: string[] = [];
  let values: OptionValues = { ...(name !== undefined && { profile: name }) };
  for (const each of names) {
    // One after the other, so that each that cannot be used is found.
    const read = await attempt(() => ({
      value: readOptions([each], sources),
      shown: shownTexts(each, sources),
    }));
    if (read === undefined) continue;
    values = { ...values, ...read.value };
    texts.push(...read.shown);
  }
  const request = findings.some(({ status }) => status === "problem")
    ? undefined
    : await attempt(() => signInRequest({ values }, deps));
  findings.push(...request === undefined ? [] : regionRemarks(request));
  if (findings.some(({ status }) => status === "problem")) {
    return { findings, values, request };
  }
  return { findings: [summary(name, texts), ...findings], values, request };
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
function shownTexts(name: OptionName, [, ...sources]: readonly OptionSource[]): readonly string[] {
  if (optionsOf("messages").includes(name)) return [];
  for (const source of sources) {
    const texts = source.texts(name);
    if (texts === undefined) continue;
    const given = optionOf(name).repeatable ? texts : texts.slice(-1);
    return given.map((text) => withoutSecrets(source.describe(name, text)));
  }
  return [];
}

function summary(profile: string | undefined, texts: readonly string[]): Finding {
  const message = profile === undefined
    ? texts.length === 0 ? "Settings: the defaults" : `Settings: ${texts.length} from variables`
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
