/**
 * What `setup` does.
 *
 * @module
 */

import { FIGHTS_WITH_PROCESS, refuseShadowed } from "../../profiles/conflicts.ts";
import { parseDocument } from "../../profiles/document.ts";
import { editProfile } from "../../profiles/edit.ts";
import { chooseFile, type KnownFile, sharedFiles } from "../../profiles/files.ts";
import { profileHeader } from "../../profiles/names.ts";
import { misreadBy, processLine } from "../../profiles/process_line.ts";
import { readProfile } from "../../profiles/read.ts";
import { checkWritable, readTextFile, transformFile } from "../../system/transform_file.ts";
import type { Deps } from "../../system/deps.ts";
import { usageError } from "../arguments.ts";
import type { CommandInput, CommandRun } from "../command.ts";
import { isOptionName, isSwitch, type OptionName, type RawFlags } from "../options.ts";
import { KEY_PREFIX } from "../profile_source.ts";
import { signInRequest } from "../sign_in_request.ts";
import { SIGN_IN_OPTIONS } from "./sign_in_options.ts";

/** The flags that name files: the profile is used from any folder. */
const PATH_FLAGS: readonly OptionName[] = ["policy-file", "tls-cert", "tls-key"];

/** Writes the profile, or shows it. */
export const runSetup: CommandRun = async (input, deps) => {
  const name = input.words[0] ?? "";
  const request = await signInRequest(input.values, deps);
  const flags = flagsOf(input, deps);
  const set = {
    ...(input.values.region !== undefined && { region: input.values.region }),
    ...properties(name, flags, deps),
  };
  const files = sharedFiles(deps.env, deps.expand);
  const { path } = input.values;
  const file = chooseFile(files, {
    path: path === undefined ? undefined : deps.expand(path),
    kind: input.values["file-type"],
    real: deps.realPath,
  });
  const change = (text: string | undefined) => changed(text, { name, file, set, input });
  change(readTextFile(file.path)?.text);
  const otherPath = file.kind === "config" ? files.credentials : files.config;
  const other = otherPath === file.path ? undefined : readTextFile(otherPath);
  if (other !== undefined) {
    const document = parseDocument(other.text, { file: otherPath });
    refuseShadowed(document, { kind: file.kind, name, writes: "process" });
  }
  const lines = [
    profileHeader(file.kind, name),
    ...Object.entries(set).map(([key, value]) => `${key} = ${value}`),
  ];
  if (input.values["dry-run"]) {
    await deps.stdout.write(lines.join("\n") + "\n");
    return;
  }
  await checkWritable(file.path);
  const misread = misreadBy(set["credential_process"], deps.os);
  if (misread.length > 0) {
    const message = `SDKs written in ${misread.join(" and ")} cannot run this line: move the ` +
      "executable to a path without blanks";
    input.terminal.watch({ kind: "warning", message });
  }
  tell(input, `In ${file.path}, a ${file.kind} file (${file.because}):`);
  for (const line of lines) tell(input, `  ${line}`);
  const { written } = await transformFile(file.path, change);
  tell(
    input,
    written
      ? `Written. Try it: aws sts get-caller-identity --profile ${name}`
      : "It was so already",
  );
};

function tell({ terminal }: CommandInput, message: string): void {
  terminal.watch({ kind: "notice", message });
}

/** The flags of the line to write, as they were typed. */
function flagsOf({ typed, values }: CommandInput, deps: Deps): RawFlags {
  const kept: Record<string, readonly string[]> = {};
  for (const name of SIGN_IN_OPTIONS) {
    const texts = typed[name];
    if (texts === undefined) continue;
    kept[name] = PATH_FLAGS.includes(name) ? texts.map((text) => deps.absolute(text)) : texts;
  }
  // A consumer runs the line for every command: without a cache it would sign in every time.
  if (values.cache ?? true) kept["cache"] = ["true"];
  return kept;
}

/** The properties that make the profile, in the one form that everybody reads the same. */
function properties(
  name: string,
  flags: RawFlags,
  deps: Deps,
): { readonly credential_process: string; readonly [key: string]: string } {
  const whole = processLine([...deps.self, ...wordsOf(flags)], deps.os);
  if (whole !== undefined && misreadBy(whole, deps.os).length === 0) {
    return { credential_process: whole };
  }
  // What no quoting keeps for every shell and SDK goes where there are no quotes at all. The browser is
  // not taken from a profile, so it stays in the line.
  const { browser, ...others } = flags;
  const short = processLine([
    ...deps.self,
    ...wordsOf({ browser }),
    "--profile",
    name,
  ], deps.os);
  if (short === undefined) {
    throw usageError(
      "line-unquotable",
      `Cannot write a line that every shell and SDK reads the same with ${
        browser === undefined ? deps.self[0] : "this --browser"
      } in it`,
      "Move the executable to a path of plain characters, or give a plain --browser",
    );
  }
  return {
    credential_process: short,
    ...Object.fromEntries(
      Object.entries(others).map(([flag, texts]) => [keyOf(flag), (texts ?? []).join(" ")]),
    ),
  };
}

function keyOf(flag: string): string {
  return `${KEY_PREFIX}${flag.replaceAll("-", "_")}`;
}

function wordsOf(flags: RawFlags): readonly string[] {
  return Object.entries(flags).flatMap(([flag, texts]) => {
    if (texts === undefined) return [];
    if (!isOptionName(flag) || !isSwitch(flag)) return texts.flatMap((text) => [`--${flag}`, text]);
    return texts.at(-1) === "true" ? [`--${flag}`] : [`--no-${flag}`];
  });
}

function changed(
  text: string | undefined,
  { name, file, set, input }: {
    readonly name: string;
    readonly file: KnownFile;
    readonly set: Readonly<Record<string, string>>;
    readonly input: CommandInput;
  },
): string {
  const document = parseDocument(text ?? "", { file: file.path });
  // Keys of an earlier setup that this one does not set would still be taken by --profile.
  const stale = [...readProfile(document, file.kind, name)?.properties.keys() ?? []]
    .filter((key) => key.startsWith(KEY_PREFIX) && !(key in set));
  return editProfile(document, {
    kind: file.kind,
    name,
    set,
    remove: stale,
    fights: FIGHTS_WITH_PROCESS,
    replace: input.values.replace ?? false,
  });
}
