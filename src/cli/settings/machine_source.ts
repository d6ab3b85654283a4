/**
 * The machine's file as a source of options: `[defaults]` stand below everything else, `[required]` above; pure.
 *
 * @module
 */

import { ExitCode, UserError } from "../../errors.ts";
import { parseDocument, type Section } from "../../profiles/document.ts";
import { sectionProperties } from "../../profiles/read.ts";
import type { MachineFile } from "../../system/machine_file.ts";
import { isAbsolute } from "../../system/paths.ts";
import { misspelt } from "../../text.ts";
import type { Deps } from "../../deps.ts";
import { usageError } from "../arguments.ts";
import {
  isSwitch,
  type MachineSources,
  namesOf,
  OPTION_NAMES,
  type OptionName,
  optionNamed,
  optionOf,
  OPTIONS,
  optionsOf,
  type OptionSource,
  takeOptions,
  textsOf,
} from "../options.ts";

/** The two sections. */
const SECTIONS = ["defaults", "required"] as const;

/** One setting of the file. */
export interface MachineSetting {
  readonly section: (typeof SECTIONS)[number];
  readonly name: OptionName;
  /** The name that it has in the file, which may be an alias. */
  readonly key: string;
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** The settings of a machine. */
export interface MachineSettings extends MachineSources {
  /** Says which flags that were typed give way to what is required, in a sentence for each. */
  readonly overruled: (typed: OptionSource) => readonly string[];
}

/**
 * Makes sources of the machine's file. One that is not believed is an error: what it requires would not hold, and
 * only an administrator can have made it. On Windows every user can, so it is ignored there, or else anybody could
 * lock the others out.
 *
 * @param world.warn is told why the file is ignored
 * @throws UserError exit code 2 for a file that is not believed, and for what it cannot say
 */
export function machineSettings(
  file: MachineFile,
  world: Pick<Deps, "os" | "env"> & { readonly warn: (message: string) => void },
): MachineSettings | undefined {
  if (!("risk" in file)) return sourcesOf(parseMachineFile(file), { path: file.path, ...world });
  const { path } = file;
  const risk = file.risk.replace(`${path} `, "it ");
  if (world.os === "windows") {
    world.warn(`Ignored ${path}, since others may have written it: ${risk}`);
    return undefined;
  }
  throw new UserError("machine-file-untrusted", `Cannot use ${path}: ${risk}`, {
    exitCode: ExitCode.USAGE,
    hint:
      "It holds settings for all users of this machine. Ask whoever manages it: the file and the folders\n" +
      "above it must belong to root, be readable by everybody and writable by nobody else.",
  });
}

/**
 * Reads the settings of the file, in its order.
 *
 * @throws UserError exit code 2 that names the file, the line and the key of the first one that is wrong
 */
export function parseMachineFile(
  { path, text }: { readonly path: string; readonly text: string },
): readonly MachineSetting[] {
  const document = parseDocument(text, { file: path });
  const settings: MachineSetting[] = [];
  for (const line of document.lines) {
    if (line.kind !== "invalid") continue;
    throw malformed(`Cannot use line ${line.number} of ${path}: it ${line.reason}`);
  }
  for (const section of document.sections) {
    for (const setting of settingsOf(section, path)) {
      const before = settings.find(({ section, name }) =>
        section === setting.section && name === setting.name
      );
      if (before !== undefined) {
        throw malformed(
          `Cannot use ${placeOf(setting, path)}: line ${before.line} sets ${before.key} already`,
        );
      }
      settings.push(setting);
    }
  }
  return settings;
}

function settingsOf({ header, lines, index }: Section, path: string): readonly MachineSetting[] {
  const section = SECTIONS.find((each) => each === header.content);
  if (section === undefined) {
    throw malformed(
      `Unknown section [${header.content}] in line ${header.number} of ${path}`,
      "The sections are [defaults] and [required]",
    );
  }
  return sectionProperties({ header, lines, index }).map(({ key, value, line, sub }) => {
    const name = optionNamed(key);
    if (name === undefined) {
      throw malformed(`Unknown setting "${key}" in line ${line} of ${path}`, meantBy(key));
    }
    const setting = { section, name, key, text: value, line };
    const fail = (reason: string) => malformed(`Cannot use ${placeOf(setting, path)}: ${reason}`);
    if (!optionOf(name).machine) throw fail("it is no setting for a whole machine");
    if (sub.size > 0 || (value.includes("\n") && !optionOf(name).repeatable)) {
      throw fail("its value must be on the same line");
    }
    takeOptions([name], [sourceOf([setting], path)]);
    if (optionOf(name).isFile && !isAbsolute(value)) throw fail("it must be an absolute path");
    return setting;
  });
}

/** The setting that somebody meant by a key that is none. */
function meantBy(key: string): string | undefined {
  const word = key.replace(/^-+/, "").replaceAll("_", "-");
  const off = optionNamed(word.replace(/^no-/, ""));
  if (word.startsWith("no-") && off !== undefined && isSwitch(off)) return `Use ${off} = false`;
  const taken = OPTION_NAMES
    .filter((name) => optionOf(name).machine).flatMap(namesOf);
  const [meant] = misspelt(word, taken);
  return meant === undefined ? undefined : `Did you mean ${meant}?`;
}

function sourcesOf(
  settings: readonly MachineSetting[],
  { path, env }: { readonly path: string; readonly env: Deps["env"] },
): MachineSettings {
  const required = sourceOf(settings.filter(({ section }) => section === "required"), path);
  const defaults = sourceOf(settings.filter(({ section }) => section === "defaults"), path);
  return {
    required: { ...required, machine: "required" },
    defaults: (stronger) => {
      const isGiven = (name: OptionName) => stronger.some(({ texts }) => texts(name));
      return {
        ...defaults,
        machine: "defaults",
        texts: (name) => yields(name, isGiven, env) ? undefined : defaults.texts(name),
      };
    },
    overruled: (typed) =>
      settings.filter(({ section }) => section === "required").flatMap((setting) => {
        const texts = typed.texts(setting.name);
        if (texts === undefined || isSame(setting.name, texts, required)) return [];
        const flag = typed.describe(setting.name, texts.at(-1) ?? "");
        return `Ignored ${flag}: ${placeOf(setting, path)} is required`;
      }),
  };
}

/** The ways to begin a sign-in: with one of them another IdP may be meant. */
const STARTS = ["start-url", "sso-url", "idp-metadata"] as const;

/**
 * Whether a default of the machine gives way to what somebody gave in other words: it would not fit to another
 * role, or another IdP.
 */
function yields(
  name: OptionName,
  isGiven: (name: OptionName) => boolean,
  env: Deps["env"],
): boolean {
  const { part, commonVariable } = optionOf(name);
  if (commonVariable !== undefined && env(commonVariable)) return true;
  const alike = part === "idp" ? STARTS : part === "role" ? optionsOf(part) : [];
  return alike.some(isGiven);
}

function isSame(name: OptionName, texts: readonly string[], required: OptionSource): boolean {
  try {
    const read = (each: readonly string[]) => JSON.stringify(OPTIONS[name].read(each));
    return read(texts) === read(required.texts(name) ?? []);
  } catch {
    // What was typed is nothing that the option takes.
    return false;
  }
}

function sourceOf(settings: readonly MachineSetting[], path: string): OptionSource {
  const find = (name: OptionName) => settings.find((setting) => setting.name === name);
  return {
    texts: (name) => {
      const setting = find(name);
      return setting && textsOf(name, setting.text);
    },
    describe: (name, text) => {
      const setting = find(name);
      return setting === undefined ? name : placeOf({ ...setting, text }, path);
    },
  };
}

/** A setting and where it is, for a message. */
function placeOf({ key, text, line }: MachineSetting, path: string): string {
  return `${key} = ${text.replaceAll(/\s+/g, " ")} in line ${line} of ${path}`;
}

function malformed(message: string, hint?: string): UserError {
  return usageError("machine-file-malformed", message, hint);
}
