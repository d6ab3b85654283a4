/**
 * The properties of a profile that starts this driver as its credential_process.
 *
 * @module
 */

import { misreadBy, processLine, splitProcessLine } from "../../profiles/process_line.ts";
import type { UserError } from "../../errors.ts";
import type { OfferedRole } from "../../saml/roles.ts";
import type { Deps } from "../../deps.ts";
import { usageError } from "../arguments.ts";
import type { CommandInput } from "../command.ts";
import { isOptionName, isSwitch, optionOf, type RawFlags, SIGN_IN_OPTIONS } from "../options.ts";
import { keyOf } from "./profile_source.ts";
import { type EncodingRisk, encodingRisk, isAscii } from "../../profiles/encoding.ts";

/** Properties of such a profile. */
export type ProcessProperties = { readonly credential_process: string } & {
  readonly [key: string]: string;
};

/** The flags that name a role. */
export function roleFlags({ role, provider }: OfferedRole): RawFlags {
  return { "role-arn": [role.text], "saml-provider-arn": [provider.text] };
}

/** Stands for the role that is still to be picked, where it is tried whether writing can work. */
export const ANY_ROLE: RawFlags = {
  "role-arn": ["arn:aws:iam::000000000000:role/Any"],
  "saml-provider-arn": ["arn:aws:iam::000000000000:saml-provider/Any"],
};

/**
 * The flags of the line to write: what this sign-in was asked for, wherever that came from, since whoever runs the
 * line later has another environment; and those that say which role. But the machine and its file are the same then,
 * and the line is to follow what it says, but for the role. How to talk is each caller's own.
 */
export function lineFlags(
  { typed, texts, values, from }: Pick<CommandInput, "typed" | "texts" | "values" | "from">,
  role: RawFlags,
  deps: Pick<Deps, "absolute">,
): RawFlags {
  const flags: Record<string, readonly string[]> = {};
  const isNamed = ["role-arn", "saml-provider-arn"].every((name) => role[name] ?? texts[name]);
  for (const name of SIGN_IN_OPTIONS) {
    const { part, isFile } = optionOf(name);
    const isOfMachine = from[name]?.machine !== undefined && part !== "role";
    const asked = part === "messages" ? typed[name] : isOfMachine ? undefined : texts[name];
    // A role may also say that a flag is not for it.
    const given = name in role ? role[name] : asked;
    if (given === undefined || (isNamed && part === "choice")) continue;
    // The profile is used from any folder.
    flags[name] = isFile ? given.map((text) => deps.absolute(text)) : given;
  }
  // A consumer runs the line for every command: without a cache it would sign in every time.
  if (values.cache ?? true) flags["cache"] = ["true"];
  return flags;
}

/**
 * The properties, in the one form that every shell and SDK reads the same.
 *
 * @throws UserError exit code 2 when there is no such form
 */
export function processProperties(
  name: string,
  flags: RawFlags,
  deps: Pick<Deps, "self" | "os">,
): ProcessProperties {
  const whole = processLine([...deps.self, ...wordsOf(flags)], deps.os);
  if (whole !== undefined && misreadBy(whole, deps.os).length === 0) {
    return { credential_process: whole };
  }
  // What no quoting keeps for every shell and SDK goes where there are no quotes at all. What is not taken
  // from keys stays in the line.
  const entries = Object.entries(flags);
  const inLine = entries.filter(([flag]) => !isKey(flag));
  const words = wordsOf(Object.fromEntries(inLine));
  const short = processLine([...deps.self, ...words, "--profile", name], deps.os);
  if (short === undefined) throw unquotable(inLine.map(([flag]) => flag), deps.self);
  return {
    credential_process: short,
    ...Object.fromEntries(
      entries.filter(([flag]) => isKey(flag)).map(([flag, texts = []]) => {
        // Of a flag that counts once, the last one does.
        const repeatable = isOptionName(flag) && optionOf(flag).repeatable;
        return [keyOf(flag), repeatable ? texts.join(" ") : texts.at(-1) ?? ""];
      }),
    ),
  };
}

function isKey(flag: string): boolean {
  return isOptionName(flag) && optionOf(flag).profile === "everything";
}

function unquotable(flags: readonly string[], self: readonly string[]): UserError {
  const shown = flags.length === 0
    ? self[0]
    : `this ${flags.map((flag) => `--${flag}`).join(" or ")}`;
  return usageError(
    "line-unquotable",
    `Cannot write a credential_process line with ${shown} that every shell and SDK reads the same way`,
    "Move the executable to a path without special characters" +
      (flags.length === 0 ? "" : `, or use a simpler --${flags.join(" or --")}`),
  );
}

/** Which SDKs cannot run the line, as a sentence; `undefined` where all can. */
export function misreadSentence(line: string, os: Deps["os"]): string | undefined {
  const misread = misreadBy(line, os);
  if (misread.length === 0) return undefined;
  return `SDKs written in ${
    misread.join(" and ")
  } cannot run this line: move the executable to a ` +
    `path without spaces${os === "windows" ? "" : " and quotes"}, or use simpler values`;
}

function wordsOf(flags: RawFlags): readonly string[] {
  return Object.entries(flags).flatMap(([flag, texts]) => {
    if (texts === undefined) return [];
    if (!isOptionName(flag) || !isSwitch(flag)) return texts.flatMap((text) => [`--${flag}`, text]);
    return texts.at(-1) === "true" ? [`--${flag}`] : [`--no-${flag}`];
  });
}

/** What is not ASCII in the properties, and what would become of it. */
interface WrittenRisk extends EncodingRisk {
  /** As an error, for where it is not written. */
  readonly error: UserError;
}

/** The risk of writing these properties here; `undefined` where all is ASCII. */
export function writtenRisk(
  properties: ProcessProperties,
  deps: Pick<Deps, "self" | "os" | "env">,
): WrittenRisk | undefined {
  const keys = Object.entries(properties).filter(([, value]) => !isAscii(value))
    .map(([key]) => key);
  if (keys.length === 0) return undefined;
  const words = splitProcessLine(properties.credential_process, deps.os) ?? [];
  const word = words.find((word) => !isAscii(word));
  const what = word === undefined ? keys.join(" and ") : JSON.stringify(word);
  const { kind, reason } = encodingRisk(deps);
  const error = usageError(
    "line-not-ascii",
    `Cannot write ${what} to a shared file: it has letters outside ASCII, and ${reason}`,
    word !== undefined && deps.self.includes(word)
      ? "Move the executable to a path of plain letters, such as " +
        `${deps.os === "windows" ? "C:\\Tools" : "/usr/local/bin"}, and run it from there`
      : "Use a value, or a path of the file, of plain letters",
  );
  return { kind, reason: `${what} has letters outside ASCII: ${reason}`, error };
}
