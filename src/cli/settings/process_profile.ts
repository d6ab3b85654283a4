/**
 * The properties of a profile that starts this driver as its credential_process.
 *
 * @module
 */

import { misreadBy, processLine } from "../../profiles/process_line.ts";
import type { Deps } from "../../deps.ts";
import { usageError } from "../arguments.ts";
import type { CommandInput } from "../command.ts";
import { SIGN_IN_OPTIONS } from "../commands/sign_in_options.ts";
import { isOptionName, isSwitch, type OptionName, OPTIONS, type RawFlags } from "../options.ts";
import { keyOf } from "./profile_source.ts";

/** The flags that name files: the profile is used from any folder. */
const PATH_FLAGS: readonly OptionName[] = [
  "policy-file",
  "tls-cert",
  "tls-key",
  "account-names",
];

/** What limits the choice of a role: of no use to a line that names the role and its provider. */
export const CHOICE_FLAGS: readonly OptionName[] = ["account", "role-filter", "account-names"];

/** Properties of such a profile. */
export type ProcessProperties = { readonly credential_process: string } & {
  readonly [key: string]: string;
};

/**
 * What a line is written from: what this sign-in was asked for, wherever that came from, since whoever
 * runs the line later has another environment. How to talk is each caller's own.
 */
export function settingsOf(
  { typed, texts, values }: Pick<CommandInput, "typed" | "texts" | "values">,
): Pick<CommandInput, "typed" | "values"> {
  const own = {
    "verbose": typed["verbose"],
    "log-format": typed["log-format"],
    "log-to": typed["log-to"],
  };
  return { typed: { ...texts, ...own }, values };
}

/** The flags of the line to write: those that were typed, and those that say which role. */
export function lineFlags(
  { typed, values }: Pick<CommandInput, "typed" | "values">,
  role: RawFlags,
  deps: Pick<Deps, "absolute">,
): RawFlags {
  const kept: Record<string, readonly string[]> = {};
  const all: RawFlags = { ...typed, ...role };
  const named = all["role-arn"] !== undefined && all["saml-provider-arn"] !== undefined;
  for (const name of SIGN_IN_OPTIONS) {
    const texts = all[name];
    if (texts === undefined || (named && CHOICE_FLAGS.includes(name))) continue;
    kept[name] = PATH_FLAGS.includes(name) ? texts.map((text) => deps.absolute(text)) : texts;
  }
  // A consumer runs the line for every command: without a cache it would sign in every time.
  if (values.cache ?? true) kept["cache"] = ["true"];
  return kept;
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
  // What no quoting keeps for every shell and SDK goes where there are no quotes at all. The browser is
  // not taken from a profile, so it stays in the line.
  const { browser, ...others } = flags;
  const short = processLine(
    [...deps.self, ...wordsOf({ browser }), "--profile", name],
    deps.os,
  );
  if (short === undefined) {
    throw usageError(
      "line-unquotable",
      `Cannot write a credential_process line with ${
        browser === undefined ? deps.self[0] : "this --browser"
      } that every shell and SDK reads the same way`,
      "Move the executable to a path without special characters, or use a simpler --browser",
    );
  }
  return {
    credential_process: short,
    ...Object.fromEntries(
      Object.entries(others).map(([flag, texts = []]) => {
        // Of a flag that counts once, the last one does.
        const repeatable = isOptionName(flag) && OPTIONS[flag].repeatable;
        return [keyOf(flag), repeatable ? texts.join(" ") : texts.at(-1) ?? ""];
      }),
    ),
  };
}

/** Which SDKs cannot run the line, as a sentence; `undefined` where all can. */
export function misreadSentence(line: string, os: Deps["os"]): string | undefined {
  const misread = misreadBy(line, os);
  if (misread.length === 0) return undefined;
  return `SDKs written in ${
    misread.join(" and ")
  } cannot run this line: move the executable to a ` +
    "path without spaces";
}

function wordsOf(flags: RawFlags): readonly string[] {
  return Object.entries(flags).flatMap(([flag, texts]) => {
    if (texts === undefined) return [];
    if (!isOptionName(flag) || !isSwitch(flag)) return texts.flatMap((text) => [`--${flag}`, text]);
    return texts.at(-1) === "true" ? [`--${flag}`] : [`--no-${flag}`];
  });
}
