/**
 * Every flag, declared once: its name, its environment variable, its help and how its text is read.
 *
 * @module
 */

import { parsePolicyArn, parseProviderArn, parseRoleArn } from "../aws/arn.ts";
import { parseRegion } from "../aws/region.ts";
import { SHELLS } from "../delivery/shells.ts";
import { ExitCode, messageOf, UserError } from "../errors.ts";
import {
  asIs,
  list,
  once,
  oneOf,
  type Option,
  parseAccount,
  parseDuration,
  parsePort,
  parseTimeout,
  parseWebUrl,
  toggle,
  value,
} from "./settings/option_values.ts";

type Table = Readonly<Record<string, Option<unknown>>>;

const ROLE = {
  "role-arn": value("ARN", "the role (default: choose in the browser)", parseRoleArn),
  "saml-provider-arn": value(
    "ARN",
    "the IAM SAML provider (default: from the sign-in)",
    parseProviderArn,
  ),
  "account": list("ID", "only roles in this account; repeatable", parseAccount),
  "role-filter": list(
    "PATTERN",
    "only roles whose name or ARN matches, * for any text; repeatable",
    asIs,
  ),
  "account-names": value("FILE", "names for account numbers, shown in the browser", asIs),
} as const satisfies Table;

const SIGN_IN = {
  "start-url": {
    ...value(
      "URL",
      "page that starts the sign-in: the link of the AWS tile in your company's portal " +
        "(also --issuer)",
      parseWebUrl,
    ),
    aliases: ["issuer"],
  },
  "idp": value("ENTITY_ID", "accept sign-ins from this identity provider only", asIs),
  "browser": value(
    "CMD|none",
    "browser to use; none only prints the address (default: BROWSER, the system's)",
    asIs,
  ),
  "timeout": value(
    "T",
    "how long to wait: 90s, 5m, 1h; 0 waits forever (default 5m)",
    parseTimeout,
  ),
} as const satisfies Table;

const SESSION = {
  "duration-seconds": value(
    "N",
    "session length: 900 to 43200, or 1h, 90m (default 3600)",
    parseDuration,
  ),
  "strict-duration": toggle("fail if the role does not allow a session that long"),
  "policy-arn": list("ARN", "managed policy that limits the session; repeatable", parsePolicyArn),
  "policy-file": value("FILE", "JSON policy that limits the session", asIs),
  "region": value("REGION", "STS region (default: AWS_REGION, the profile's)", parseRegion),
  "cache": {
    ...toggle(
      "cache the session until shortly before it expires (default: on, but off for JSON output)",
    ),
    negation: true,
  },
  "no-interactive": toggle("never open a browser; fail if nothing is cached"),
  "all": once(toggle("every session")),
} as const satisfies Table;

const OUTPUT = {
  "print": once(toggle("print the credentials as JSON on a terminal, too")),
  "shell": value("NAME", `${SHELLS.join(", ")} (default: detected)`, oneOf(...SHELLS)),
  "json": once(toggle("print JSON")),
  "dry-run": once(toggle("only show what would be written")),
  "verbose": { ...toggle("more output"), letter: "v" },
  "log-format": value(
    "text|json",
    "log format; JSON goes to stderr (default text)",
    oneOf("text", "json"),
  ),
  "log-to": value(
    "terminal|stderr",
    "where messages go (default terminal)",
    oneOf("terminal", "stderr"),
  ),
} as const satisfies Table;

const PROFILE = {
  "profile": value("NAME", "read missing flags from this profile", asIs),
  "profile-to-update": value("NAME", "write the credentials to this profile", asIs),
  "path": value("FILE", "file to write (default: AWS_CONFIG_FILE, ~/.aws/config)", asIs),
  "file-type": value(
    "config|credentials",
    "type of that file (default: by its name)",
    oneOf("config", "credentials"),
  ),
  "replace": once(toggle("remove settings that conflict")),
  "on-write-failure": once(value(
    "print|keep",
    "if the file can't be written: print or keep the session (default keep)",
    oneOf("print", "keep"),
  )),
  "name-template": value("T", "profile names (default {account}-{role})", asIs),
  "process": toggle("write credential_process lines instead of keys"),
  "prune": once(toggle("remove profiles of an earlier sync whose roles are gone")),
} as const satisfies Table;

const CONSOLE = {
  "console": toggle("open the AWS console, too"),
  "console-destination": value("URL|SERVICE", "console page to open (default: home)", asIs),
  "console-duration": value("N", "how long the console session lasts", parseDuration),
  "signin-url": value("URL", "the console's sign-in, for private partitions", parseWebUrl),
  "console-url": value("URL", "the console, for private partitions", parseWebUrl),
  "print-url": once(toggle("print the console's login URL instead of opening it")),
  "container": value("NAME", "open the console in this Firefox container", asIs),
} as const satisfies Table;

const NETWORK = {
  "port": value("N", "port to listen on (default 8090)", parsePort),
  "tls-cert": value("FILE", "listen over https with this certificate, PEM", asIs),
  "tls-key": value("FILE", "private key of that certificate, PEM", asIs),
} as const satisfies Table;

/** Every option of the program by its name, which is its flag without the dashes. */
export const OPTIONS = {
  ...ROLE,
  ...SIGN_IN,
  ...SESSION,
  ...OUTPUT,
  ...PROFILE,
  ...CONSOLE,
  ...NETWORK,
};

/** The options by theme, in the order of the help. */
export const THEMES: Readonly<Record<string, Table>> = {
  "Role": ROLE,
  "Sign-in": SIGN_IN,
  "Session": SESSION,
  "Output": OUTPUT,
  "Profile": PROFILE,
  "Console": CONSOLE,
  "Network": NETWORK,
};

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

/**
 * Flags as they were typed.
 *
 * @param spelled the names that were typed for them, where that was another one than the option's own
 */
export function flagSource(
  flags: RawFlags,
  spelled: Readonly<Record<string, string | undefined>> = {},
): OptionSource {
  return {
    texts: (name) => flags[name],
    describe: (name, text) => {
      const flag = `--${spelled[name] ?? name}`;
      return isSwitch(name) ? `${flag}=${text}` : `${flag} ${text || '""'}`;
    },
  };
}

/** The environment; an empty variable counts as unset, and an option's own goes before its aliases'. */
export function variableSource(env: (name: string) => string | undefined): OptionSource {
  const variable = (name: OptionName) => namesOf(name).map(variableOf).find((each) => env(each));
  return {
    texts: (name) => {
      const from = OPTIONS[name].variable ? variable(name) : undefined;
      const text = from === undefined ? undefined : env(from);
      if (text === undefined) return undefined;
      return OPTIONS[name].repeatable ? text.trim().split(/\s+/) : [text];
    },
    describe: (name, text) => `${variable(name)}=${text}`,
  };
}

/** The environment variable of an option, by its name: `STSSAMLDRIVER_ROLE_ARN`. */
export function variableOf(name: string): string {
  return `STSSAMLDRIVER_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** An option by its name, as one of many. */
export function optionOf(name: OptionName): Option<unknown> {
  return OPTIONS[name];
}

/** The names that an option is taken by, its own first. */
export function namesOf(name: OptionName): readonly string[] {
  return [name, ...optionOf(name).aliases ?? []];
}

/** The option that a word names, by its own name or by an alias; `undefined` for none. */
export function optionNamed(word: string): OptionName | undefined {
  if (isOptionName(word)) return word;
  return NAMES.find((name) => optionOf(name).aliases?.includes(word));
}

/** The option that one letter behind a dash stands for: `-v`; `undefined` for none. */
export function optionOfLetter(arg: string): OptionName | undefined {
  const letter = /^-(.)$/.exec(arg)?.[1];
  return letter === undefined ? undefined : NAMES.find((name) => optionOf(name).letter === letter);
}

/** Whether a word is the name of an option. */
export function isOptionName(word: string): word is OptionName {
  return Object.hasOwn(OPTIONS, word);
}

const NAMES: readonly OptionName[] = Object.keys(OPTIONS).filter(isOptionName);

/** Whether an option is a switch, which takes no value. */
export function isSwitch(name: OptionName): boolean {
  return optionOf(name).placeholder === undefined;
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
