/**
 * Every flag, declared once: its name, its environment variable, its help and how its text is read.
 *
 * @module
 */

import { parsePolicyArn, parseProviderArn, parseRoleArn } from "../aws/arn.ts";
import { parseRegion } from "../aws/region.ts";
import { SHELLS } from "../delivery/shells.ts";
import { ExitCode, messageOf, UserError } from "../errors.ts";
import { isBlockedPort } from "./ports.ts";

/** How the text of an option becomes a value. */
export interface Option<T> {
  /** What stands for its value in the help; absent for a switch, which has none. */
  readonly placeholder?: string;
  /** One line of help. */
  readonly brief: string;
  /** May be given several times, and each counts; else the last one wins. */
  readonly repeatable: boolean;
  /** Whether an environment variable may give it; not for what is meant for this one call only. */
  readonly variable: boolean;
  /** Reads one or more texts; throws an `Error` whose message says what is wrong with them. */
  readonly read: (texts: readonly string[]) => T;
}

function value<T>(placeholder: string, brief: string, parse: (text: string) => T): Option<T> {
  const read = (texts: readonly string[]) => parse(notEmpty(texts.at(-1)));
  return { placeholder, brief, repeatable: false, variable: true, read };
}

function list<T>(
  placeholder: string,
  brief: string,
  parse: (text: string) => T,
): Option<readonly T[]> {
  const read = (texts: readonly string[]) => texts.map((text) => parse(notEmpty(text)));
  return { placeholder, brief, repeatable: true, variable: true, read };
}

function toggle(brief: string): Option<boolean> {
  const read = (texts: readonly string[]) => parseBoolean(texts.at(-1) ?? "");
  return { brief, repeatable: false, variable: true, read };
}

/** An option that is meant for one call, and so has no variable. */
function once<T>(option: Option<T>): Option<T> {
  return { ...option, variable: false };
}

/** Every option of the program by its name, which is its flag without the dashes. */
export const OPTIONS = {
  "role-arn": value("ARN", "the role to take", parseRoleArn),
  "saml-provider-arn": value(
    "ARN",
    "the IAM SAML provider that stands for the IdP",
    parseProviderArn,
  ),
  "region": value(
    "REGION",
    "where STS is asked (AWS_REGION, the profile's, us-east-1)",
    parseRegion,
  ),
  "duration-seconds": value("N", "length of the session, 900 to 43200 (3600)", parseDuration),
  "strict-duration": toggle("fail when the role allows no session that long"),
  "policy-arn": list(
    "ARN",
    "a managed policy that narrows the session; repeatable",
    parsePolicyArn,
  ),
  "policy-file": value("FILE", "a JSON policy that narrows the session", asIs),
  "issuer": value("URL", "opened in the browser to start the sign-in", parseWebUrl),
  "idp": value("ENTITY_ID", "refuse assertions of any other IdP", asIs),
  "account": list("ID", "only roles of this account; repeatable", parseAccount),
  "role-filter": list(
    "PATTERN",
    "only roles whose name or ARN fits, * for any text; repeatable",
    asIs,
  ),
  "account-names": value("FILE", "names for account numbers, in the picker", asIs),
  "console": toggle("the tab goes on to the AWS console as well"),
  "console-destination": value("URL|SERVICE", "where in the console (its home)", asIs),
  "console-duration": value("N", "how long the console stays open, 900 to 43200", parseDuration),
  "signin-url": value(
    "URL",
    "the console's sign-in, where AWS has not made it public",
    parseWebUrl,
  ),
  "console-url": value("URL", "the console, where AWS has not made it public", parseWebUrl),
  "print-url": once(toggle("print the console's login URL instead of opening it")),
  "container": value("NAME", "open the console in this Firefox container", asIs),
  "profile-to-update": value("NAME", "write the credentials to this profile, not to stdout", asIs),
  "path": value("FILE", "the file of that profile (AWS_CONFIG_FILE, ~/.aws/config)", asIs),
  "file-type": value(
    "config|credentials",
    "which kind of file it is (by its name)",
    oneOf("config", "credentials"),
  ),
  "replace": once(toggle("remove what would fight with the keys in that profile")),
  "on-write-failure": once(value(
    "print|keep",
    "what becomes of the session if writing fails (keep)",
    oneOf("print", "keep"),
  )),
  "profile": value("NAME", "take unset flags from this profile", asIs),
  "cache": toggle("keep the session on this machine until it nears its end"),
  "no-interactive": toggle("from the cache, or fail"),
  "shell": value("NAME", "which shell reads it (the caller's)", oneOf(...SHELLS)),
  "all": once(toggle("all of them")),
  "json": once(toggle("as JSON, for scripts")),
  "name-template": value("T", "names of the profiles ({account}-{role})", asIs),
  "prune": once(toggle("remove profiles that an earlier sync made and that are offered no more")),
  "process": toggle("write credential_process lines instead of keys"),
  "dry-run": once(toggle("show what would be written, write nothing")),
  "port": value("N", "port to listen on (8090)", parsePort),
  "tls-cert": value("FILE", "listen on https with this certificate, PEM", asIs),
  "tls-key": value("FILE", "and its private key, PEM", asIs),
  "timeout": value("T", "how long to wait: 90s, 5m, 1h, 0 for ever (5m)", parseTimeout),
  "browser": value("CMD|none", "opened instead of the system's browser (BROWSER)", asIs),
  "verbose": toggle("say more on the terminal"),
  "log-format": value(
    "text|json",
    "how it is said; json goes to stderr (text)",
    oneOf("text", "json"),
  ),
} as const satisfies Readonly<Record<string, Option<unknown>>>;

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** What was given of the options; what was not is absent. */
export type OptionValues = {
  readonly [K in OptionName]?: ReturnType<(typeof OPTIONS)[K]["read"]>;
};

/** The texts of flags by option name, as they were typed. */
export type RawFlags = Readonly<Record<string, readonly string[] | undefined>>;

/** One place that options come from, strongest first. */
export interface OptionSource {
  /** The texts given for an option here, or `undefined`. */
  readonly texts: (name: OptionName) => readonly string[] | undefined;
  /** How a message names the option and a text of it: `--port 0`, `STSSAMLDRIVER_PORT=0`. */
  readonly describe: (name: OptionName, text: string) => string;
}

/** Flags as they were typed. */
export function flagSource(flags: RawFlags): OptionSource {
  return {
    texts: (name) => flags[name],
    describe: (name, text) => isSwitch(name) ? `--${name}=${text}` : `--${name} ${text || '""'}`,
  };
}

/** The environment; an empty variable counts as unset. */
export function variableSource(env: (name: string) => string | undefined): OptionSource {
  return {
    texts: (name) => {
      const text = OPTIONS[name].variable ? env(variableOf(name)) : undefined;
      if (text === undefined || text === "") return undefined;
      return OPTIONS[name].repeatable ? text.trim().split(/\s+/) : [text];
    },
    describe: (name, text) => `${variableOf(name)}=${text}`,
  };
}

/** The environment variable of an option: `STSSAMLDRIVER_ROLE_ARN`. */
export function variableOf(name: OptionName): string {
  return `STSSAMLDRIVER_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** Whether a word is the name of an option. */
export function isOptionName(word: string): word is OptionName {
  return Object.hasOwn(OPTIONS, word);
}

/** Whether an option is a switch, which takes no value. */
export function isSwitch(name: OptionName): boolean {
  return !("placeholder" in OPTIONS[name]);
}

/**
 * Reads options from their sources; the first source that has one wins.
 *
 * @throws UserError exit code 2 that names the option, its source and its text
 */
export function readOptions(
  names: readonly OptionName[],
  sources: readonly OptionSource[],
): OptionValues {
  const values: Partial<Record<OptionName, unknown>> = {};
  for (const name of names) {
    for (const source of sources) {
      const texts = source.texts(name);
      if (texts === undefined) continue;
      try {
        values[name] = OPTIONS[name].read(texts);
      } catch (error) {
        throw new UserError(
          "option-malformed",
          `Cannot use ${source.describe(name, culprit(name, texts))}: ${messageOf(error)}`,
          { exitCode: ExitCode.USAGE },
        );
      }
      break;
    }
  }
  // Each value came from the read function of its own name, which is what the type says.
  return values as OptionValues;
}

/** The one of the texts that is wrong: of a flag that counts once the last. */
function culprit(name: OptionName, texts: readonly string[]): string {
  const { repeatable, read } = OPTIONS[name];
  const wrong = (text: string) => {
    try {
      return read([text]) === undefined;
    } catch {
      return true;
    }
  };
  return (repeatable ? texts.find(wrong) : undefined) ?? texts.at(-1) ?? "";
}

/** The texts of options from the strongest source that has each. */
export function textsOf(
  names: readonly OptionName[],
  sources: readonly OptionSource[],
): RawFlags {
  return Object.fromEntries(names.map((name) => [
    name,
    sources.map((source) => source.texts(name)).find((texts) => texts !== undefined),
  ]));
}

function notEmpty(text: string | undefined): string {
  if (text === undefined || text === "") throw new Error("it is empty");
  return text;
}

function asIs(text: string): string {
  if (text.includes("\0")) throw new Error("it has a NUL byte");
  return text;
}

function parseAccount(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new Error("an account is a number of twelve digits");
  return text;
}

function parseBoolean(text: string): boolean {
  switch (text.toLowerCase()) {
    case "1":
    case "true":
      return true;
    case "0":
    case "false":
      return false;
    default:
      throw new Error("a switch is 1, true, 0 or false");
  }
}

function parseWhole(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : NaN;
}

function parseDuration(text: string): number {
  const seconds = parseWhole(text);
  if (Number.isNaN(seconds)) {
    throw new Error("it is no whole number of seconds; STS takes 900 to 43200");
  }
  if (seconds < 900 || seconds > 43_200) throw new Error("STS takes 900 to 43200");
  return seconds;
}

function parsePort(text: string): number {
  const port = parseWhole(text);
  if (!(port >= 1 && port <= 65_535)) throw new Error("a port is a whole number from 1 to 65535");
  if (isBlockedPort(port)) {
    throw new Error("browsers refuse to open this port, which is another protocol's");
  }
  return port;
}

/** Milliseconds, or `undefined` for ever. */
function parseTimeout(text: string): { readonly ms: number | undefined } {
  const form = /^(\d{1,6})(s|m|h)?$/.exec(text);
  if (form === null) throw new Error("a time is a whole number and s, m or h, as 90s, 5m or 1h");
  const unit = { s: 1000, m: 60_000, h: 3_600_000 }[form[2] ?? "s"] ?? 1000;
  const ms = Number(form[1]) * unit;
  // Timers hold 31 bits of milliseconds; beyond, they would fire at once.
  if (ms > 2 ** 31 - 1) throw new Error("at most 24 days; 0 waits for ever");
  return { ms: ms === 0 ? undefined : ms };
}

function parseWebUrl(text: string): URL {
  if (!URL.canParse(text)) throw new Error("it is no URL; one begins with https://");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new Error(`only http and https are opened, not ${url.protocol}`);
  }
  return url;
}

/** `a, b and c`. */
function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].join(" and ");
}

/** A reader of one of a few words. */
function oneOf<T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((each) => each === text);
    if (word === undefined) throw new Error(`there are ${listed(words)}`);
    return word;
  };
}
