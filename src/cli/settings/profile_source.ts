/**
 * `--profile NAME`: flags from the driver's own line, and from `stssamldriver_*` keys, of a profile.
 *
 * @module
 */

import { ExitCode, UserError } from "../../errors.ts";
import { misspelt } from "../../text.ts";
import { type Document, parseDocument } from "../../profiles/document.ts";
import { type KnownFile, sharedFiles } from "../../profiles/files.ts";
import { profileNames, profileSections } from "../../profiles/names.ts";
import { splitProcessLine } from "../../profiles/process_line.ts";
import { type Property, readProfile } from "../../profiles/read.ts";
import { readTextFile } from "../../system/text_file.ts";
import type { Deps } from "../../deps.ts";
import { scanFlags, usageError } from "../arguments.ts";
import type { CommandSpec } from "../command.ts";
import {
  isOptionName,
  namesOf,
  OPTION_NAMES,
  type OptionName,
  optionNamed,
  optionOf,
  type OptionSource,
  type RawFlags,
  textsOf,
} from "../options.ts";

/** A profile as a source of options. */
export interface ProfileSource extends OptionSource {
  /** Sentences on what was not taken from it. */
  readonly remarks: readonly string[];
  /** Set where SDKs get the profile's credentials in another way, so that it names no role of this program's. */
  readonly elsewhere: UserError | undefined;
}

/** Begins the keys of a profile that hold flags. */
const KEY_PREFIX = "stssamldriver_";

/** A shared file as it is now; one that is not there is empty. */
export function readDocument(path: string): Document {
  return parseDocument(readTextFile(path)?.text ?? "", { file: path });
}

/**
 * The properties of a profile in both shared files; the credentials file wins, as it does for SDKs.
 *
 * @param only a file to read instead of them
 */
export function profileProperties(
  name: string,
  deps: Pick<Deps, "env" | "expand">,
  only?: KnownFile,
): ReadonlyMap<string, Property> | undefined {
  const { config, credentials } = sharedFiles(deps.env, deps.expand);
  const shared = [
    { path: config, kind: "config" },
    { path: credentials, kind: "credentials" },
  ] as const;
  const properties = new Map<string, Property>();
  let found = false;
  for (const { path, kind } of only === undefined ? shared : [only]) {
    const file = readTextFile(path);
    const profile = file && readProfile(parseDocument(file.text, { file: path }), kind, name);
    if (profile === undefined) continue;
    found = true;
    for (const [key, property] of profile.properties) properties.set(key, property);
  }
  return found ? properties : undefined;
}

/**
 * Reads a profile as a source of options; its line is split without a shell and never run.
 *
 * @param command whose flags the line may have
 * @throws UserError exit code 2 when there is no such profile or its line cannot be understood
 */
export async function profileSource(
  name: string,
  command: CommandSpec,
  deps: Pick<Deps, "env" | "expand" | "self" | "os">,
): Promise<ProfileSource> {
  const properties = profileProperties(name, deps);
  if (properties === undefined) {
    throw new UserError(
      "profile-missing",
      `There is no profile "${name}" in the shared AWS files`,
      {
        exitCode: ExitCode.USAGE,
        hint: "--profile reads settings from a profile; to write credentials into one, use " +
          "--profile-to-update",
      },
    );
  }
  const line = properties.get("credential_process")?.value;
  const ofLine = line === undefined ? {} : await flagsOfLine(line, { name, command, deps });
  const ofKeys = flagsOfKeys(properties);
  const remarks = Object.keys({ ...ofLine, ...ofKeys })
    .filter((flag) => isOptionName(flag) && optionOf(flag).profile === "nothing")
    // A line that setup wrote names its own profile: that is no news.
    .filter((flag) => flag !== "profile" || ofLine[flag]?.at(-1) !== name)
    .map((flag) => `Ignored --${flag} in profile "${name}": it is not read from profiles`);
  const isOurs = Object.keys(ofKeys).length > 0 || line !== undefined && isOwnLine(line, deps);
  return {
    remarks: [...remarks, ...unknownKeys(properties, name)],
    elsewhere: elsewhere(properties, { name, isOurs }),
    texts: (option) => {
      if (optionOf(option).profile === "nothing") return undefined;
      const texts = ofKeys[option];
      if (ofLine[option] !== undefined || texts === undefined) return ofLine[option];
      if (!texts.every((text) => mayBeKey(option, text))) throw notOfKey(option, name);
      return texts;
    },
    describe: (option, text) => `${option} ${text || '""'} of profile "${name}"`,
  };
}

/**
 * Whether a key may decide an option: a file that came along with somebody's repository must not choose
 * which host gets keys, which file is read and what is run.
 */
function mayBeKey(option: OptionName, text: string): boolean {
  const { profile } = optionOf(option);
  return profile === "everything" || (profile === "words" && /^[\w-]*$/.test(text));
}

/** Passed over, a policy would no longer limit the session. */
function notOfKey(option: OptionName, name: string): UserError {
  return usageError(
    "profile-key",
    `Cannot use ${
      keyOf(option)
    } of profile "${name}": it names a file or an address, which keys of a ` +
      "profile must not",
    `Use --${option}, or put it in the credential_process line of the profile`,
  );
}

/** The ways to credentials that SDKs take before a credential_process, by a key of each. */
const BEFORE_PROCESS: Readonly<Record<string, string>> = {
  role_arn: "another role is assumed for it (role_arn)",
  sso_session: "IAM Identity Center gives them (sso_session)",
  sso_start_url: "IAM Identity Center gives them (sso_start_url)",
  sso_account_id: "IAM Identity Center gives them (sso_account_id)",
  login_session: "aws login gives them (login_session)",
};

/** The same where nothing in the profile is this program's. */
const BESIDE_OURS: Readonly<Record<string, string>> = {
  credential_process: "another program gives them (credential_process)",
  aws_access_key_id: "it has keys of its own (aws_access_key_id)",
};

function elsewhere(
  properties: ReadonlyMap<string, Property>,
  { name, isOurs }: { readonly name: string; readonly isOurs: boolean },
): UserError | undefined {
  const ways = isOurs ? BEFORE_PROCESS : { ...BEFORE_PROCESS, ...BESIDE_OURS };
  const [, way] = Object.entries(ways).find(([key]) => properties.get(key)?.value) ?? [];
  if (way === undefined) return undefined;
  return usageError(
    "profile-elsewhere",
    `Cannot use profile "${name}": its credentials do not come from stssamldriver; ${way}`,
    `Run the command itself with AWS_PROFILE=${name}, or name a profile with --profile that ` +
      "stssamldriver setup wrote",
  );
}

/** A misspelled setting would otherwise never be read, and nobody would know. */
function unknownKeys(properties: ReadonlyMap<string, Property>, name: string): readonly string[] {
  return [...properties.keys()]
    .filter((key) => key.startsWith(KEY_PREFIX) && optionOfKey(key) === undefined)
    .map((key) => {
      const taken = OPTION_NAMES
        .filter((option) => mayBeKey(option, "")).flatMap(namesOf);
      const [meant] = misspelt(key.slice(KEY_PREFIX.length).replaceAll("_", "-"), taken);
      const message = `Unknown setting ${key} in profile "${name}"`;
      return meant === undefined ? message : `${message}; did you mean ${keyOf(meant)}?`;
    });
}

/** A line that begins with this program, whatever follows. */
const OWN_LINE =
  /^\s*["']?(?:[^"'\s]*[\\/]|(?<=["'])[^"']*[\\/])?stssamldriver(?:\.exe)?["']?(?:\s|$)/i;

/**
 * The flags of a line; none where it starts another program.
 *
 * @throws UserError exit code 2 for a line that cannot be understood
 */
export async function flagsOfLine(
  line: string,
  { name, command, deps }: {
    readonly name: string;
    readonly command: CommandSpec;
    readonly deps: Pick<Deps, "self" | "os">;
  },
): Promise<RawFlags> {
  const words = splitProcessLine(line, deps.os);
  if (words === undefined && OWN_LINE.test(line)) {
    throw usageError(
      "profile-line",
      `Cannot use the credential_process of profile "${name}": shells and SDKs would not all ` +
        "split it into the same words",
      "Quote special characters, or write the line with stssamldriver setup",
    );
  }
  const args = ownArguments(words ?? [], deps.self);
  // Somebody else's credential_process is none of ours to read.
  if (args === undefined) return {};
  try {
    // The command runs without a name, by its own, and by those that people try instead.
    const named = [command.name, ...command.aliases].includes(args[0] ?? "");
    return (await scanFlags(named ? args.slice(1) : args, command)).flags;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw usageError(
      "profile-line",
      `Cannot use the credential_process of profile "${name}": ${error.message}`,
      error.hint,
    );
  }
}

/** Whether a line starts this program; splitting it may be another matter. */
export function isOwnLine(line: string, deps: Pick<Deps, "self" | "os">): boolean {
  const words = splitProcessLine(line, deps.os);
  return words === undefined ? OWN_LINE.test(line) : ownArguments(words, deps.self) !== undefined;
}

/** A profile of a shared file whose `credential_process` is this program. */
export interface OwnProfile extends Pick<KnownFile, "path" | "kind"> {
  readonly name: string;
  readonly line: Property;
}

/** The profiles of a shared file that run this program, in its order. */
export function ownProfiles(
  document: Document,
  { path, kind }: Pick<KnownFile, "path" | "kind">,
  deps: Pick<Deps, "self" | "os">,
): readonly OwnProfile[] {
  return [...profileSections(document, kind).keys()].flatMap((name) => {
    const line = readProfile(document, kind, name)?.properties.get("credential_process");
    return line !== undefined && isOwnLine(line.value, deps) ? [{ path, kind, name, line }] : [];
  });
}

/** What follows this program's name in a line, or `undefined` for another program's. */
function ownArguments(
  words: readonly string[],
  self: readonly string[],
): readonly string[] | undefined {
  const base = words[0]?.split(/[\\/]/).at(-1);
  if (base === "stssamldriver" || base?.toLowerCase() === "stssamldriver.exe") {
    return words.slice(1);
  }
  // Run from its sources, the program's name has several words.
  return self.every((word, index) => words[index] === word) ? words.slice(self.length) : undefined;
}

/** The option that a key of a profile stands for; `undefined` where it is none of ours, or none at all. */
export function optionOfKey(key: string): OptionName | undefined {
  if (!key.startsWith(KEY_PREFIX)) return undefined;
  return optionNamed(key.slice(KEY_PREFIX.length).replaceAll("_", "-"));
}

/** The key of a profile that holds an option: `stssamldriver_role_arn`. */
export function keyOf(option: string): string {
  return `${KEY_PREFIX}${option.replaceAll("-", "_")}`;
}

function flagsOfKeys(properties: ReadonlyMap<string, Property>): RawFlags {
  const flags: Record<string, readonly string[]> = {};
  for (const { key, value } of properties.values()) {
    const name = optionOfKey(key);
    if (name === undefined) continue;
    // An option's own key wins over its aliases'.
    if (flags[name] !== undefined && key !== keyOf(name)) continue;
    flags[name] = textsOf(name, value);
  }
  return flags;
}

/** Which profiles of the config file are the driver's own, by the role that they name. */
export function profilesOfRoles(
  deps: Pick<Deps, "env" | "expand" | "self" | "os">,
): ReadonlyMap<string, readonly string[]> {
  const roles = new Map<string, string[]>();
  const document = readDocument(sharedFiles(deps.env, deps.expand).config);
  for (const name of profileNames(document, "config")) {
    const properties = readProfile(document, "config", name)?.properties;
    const line = properties?.get("credential_process")?.value;
    const words = line === undefined ? [] : splitProcessLine(line, deps.os) ?? [];
    const args = ownArguments(words, deps.self);
    if (properties === undefined || args === undefined) continue;
    const at = args.findIndex((word) => word === "--role-arn");
    const role = (at < 0 ? undefined : args[at + 1]) ??
      args.find((word) => word.startsWith("--role-arn="))?.slice("--role-arn=".length) ??
      flagsOfKeys(properties)["role-arn"]?.at(-1);
    if (role !== undefined) roles.set(role, [...roles.get(role) ?? [], name]);
  }
  return roles;
}
