/**
 * Makes the manual page from the program's own tables: dist/stssamldriver.1, to be read with `man -l`.
 *
 *   deno task man
 *
 * @see https://man7.org/linux/man-pages/man7/man.7.html
 */

import { fileURLToPath } from "node:url";
import type { CommandSpec } from "../src/cli/command.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import {
  isOptionName,
  isSwitch,
  namesOf,
  type OptionName,
  optionOf,
  SIGN_IN_OPTIONS,
  THEMES,
  variableOf,
} from "../src/cli/options.ts";
import { ExitCode } from "../src/errors.ts";
import { VERSION } from "../src/version.ts";
import { REPOSITORY } from "./release/repository.ts";

const OUTPUT = fileURLToPath(new URL("../dist/stssamldriver.1", import.meta.url));

/** What an exit code means. */
const EXIT_CODES: Readonly<Record<keyof typeof ExitCode, string>> = {
  OK: "done",
  FAULT: "a bug; please report it",
  USAGE: "flags: unknown, missing, malformed or in conflict",
  PORT: "the port is in use",
  NO_ASSERTION: "timed out waiting for the sign-in",
  BAD_ASSERTION: "the sign-in could not be used",
  REFUSED: "refused by STS, or by the console's sign-in",
  UNREACHABLE: "STS, or the console's sign-in, is unreachable",
  FILE: "a profile or cache file could not be read or written",
  SIGN_IN_NEEDED: "a sign-in is needed and --no-interactive forbids it",
  NOT_EXECUTABLE: "exec: the command could not be run",
  NOT_FOUND: "exec: the command was not found",
  INTERRUPTED: "interrupted",
  TERMINATED: "terminated",
};

const VARIABLES: readonly (readonly [names: string, meaning: string])[] = [
  [
    `${variableOf("…").slice(0, -1)}…`,
    `Every flag has a variable, ${
      variableOf("role-arn")
    } for --role-arn, except one-time switches such ` +
    "as --replace. Flags win over variables, variables over the profile of --profile.",
  ],
  ["AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE", "The files that hold profiles."],
  ["AWS_REGION, AWS_DEFAULT_REGION", "The region, unless --region names one."],
  ["AWS_PROFILE", "The profile in use, for its region and the settings of the network."],
  [
    "AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE, SSL_CERT_FILE",
    "A file of CA certificates to trust as well.",
  ],
  ["AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL", "Another endpoint for STS."],
  ["HTTPS_PROXY, ALL_PROXY, NO_PROXY", "The proxy to use, and the hosts that it is not used for."],
  ["BROWSER", "The browser to open, unless --browser names one."],
  ["NO_COLOR", "Turns colors off."],
];

const FILES: readonly (readonly [path: string, meaning: string])[] = [
  ["~/.aws/config, ~/.aws/credentials", "Profiles."],
  [
    "/etc/stssamldriver/config",
    "Settings for everybody on this machine. On macOS it is in /Library/Application Support.",
  ],
  [
    "$XDG_CACHE_HOME/stssamldriver",
    "Cached sessions; in ~/.cache or, on macOS, in ~/Library/Caches.",
  ],
];

/** The page. */
export function manPage(): string {
  const shown = COMMANDS.filter(({ hidden }) => !hidden);
  return [
    `.TH STSSAMLDRIVER 1 "" "stssamldriver ${VERSION}" "User Commands"`,
    ".SH NAME",
    `stssamldriver \\- ${
      text("temporary AWS credentials from a SAML sign-in in your own browser")
    }`,
    ".SH SYNOPSIS",
    ...shown.flatMap(synopsis),
    ".SH DESCRIPTION",
    text(
      "Waits on this machine while you sign in at your identity provider with your own browser, exchanges " +
        "the SAML assertion that it posts with AWS STS, and hands the credentials to the AWS CLI and SDKs, " +
        "to your shell or to a command.",
    ),
    ".SH COMMANDS",
    text("Commands that sign in for a session take these flags:"),
    ".PP",
    flags(SIGN_IN_OPTIONS),
    ...shown.flatMap(({ name, description, options }) => {
      const isSignIn = SIGN_IN_OPTIONS.every((option) => options.includes(option));
      const own = options.filter((option) => !isSignIn || !SIGN_IN_OPTIONS.includes(option));
      const begin = isSignIn ? "Flags, beside those of a sign-in: " : "Flags: ";
      return [...item(bold(name), description), ".IP", text(begin) + flags(own)];
    }),
    ".SH OPTIONS",
    ...Object.entries(THEMES).flatMap(([title, table]) => [
      `.SS ${text(title)}`,
      ...Object.keys(table).filter(isOptionName).flatMap((name) => item(flag(name), brief(name))),
    ]),
    ".SS Help",
    ...item(bold("-h, --help"), "Show help."),
    ...item(bold("--help-all"), "Show every command and flag."),
    ...item(bold("-V, --version"), "Show the version."),
    ".SH ENVIRONMENT",
    ...VARIABLES.flatMap(([names, meaning]) => item(bold(names), meaning)),
    ".SH EXIT STATUS",
    ...(Object.keys(EXIT_CODES) as (keyof typeof ExitCode)[])
      .flatMap((name) => item(bold(String(ExitCode[name])), sentence(EXIT_CODES[name]))),
    ".PP",
    `${bold("exec")} exits with its command's own code.`,
    ".SH FILES",
    ...FILES.flatMap(([path, meaning]) => item(italic(path), meaning)),
    ".SH EXAMPLES",
    ...shown.flatMap(({ name, examples }) =>
      examples.flatMap(([does, ...lines], index) => [
        ...index === 0 ? [`.SS ${text(name)}`] : [".PP"],
        text(`${does}:`),
        ".RS 4",
        ".nf",
        ...lines.map(text),
        ".fi",
        ".RE",
      ])
    ),
    ".SH SEE ALSO",
    ".BR aws (1)",
    ".PP",
    text(REPOSITORY),
  ].join("\n") + "\n";
}

function synopsis({ name, usage = "[flags]" }: CommandSpec, index: number): readonly string[] {
  return [...index === 0 ? [] : [".br"], `${bold("stssamldriver")} ${bold(name)} ${text(usage)}`];
}

function item(head: string, body: string): readonly string[] {
  return [".TP", head, text(body)];
}

function flags(names: readonly OptionName[]): string {
  return names.map((name) => bold(`--${name}`)).join(", ");
}

function flag(name: OptionName): string {
  const { placeholder, letter, negation } = optionOf(name);
  const names = namesOf(name).map((each) => `--${each}`);
  const forms = [
    ...letter === undefined ? [] : [`-${letter}`],
    ...names,
    ...negation ? [`--no-${name}`] : [],
  ].map(bold).join(", ");
  return isSwitch(name) ? forms : `${forms} ${italic(placeholder ?? "")}`;
}

function brief(name: OptionName): string {
  return sentence(optionOf(name).brief);
}

/** `done` → `Done.` */
function sentence(words: string): string {
  const [first = "", ...others] = words;
  // A name is written as it is.
  const begin = /^[a-z]+[\s:,;]/.test(words) && !words.startsWith("exec")
    ? first.toUpperCase()
    : first;
  return `${begin}${others.join("")}.`;
}

function bold(words: string): string {
  return `\\fB${text(words)}\\fR`;
}

function italic(words: string): string {
  return `\\fI${text(words)}\\fR`;
}

/** Text as roff takes it for what it is, in ASCII. */
function text(words: string): string {
  return words.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...")
    .replaceAll("'", "\\(aq").replaceAll("`", "\\(ga").replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti").replace(/^\./, "\\&.");
}

if (import.meta.main) {
  await Deno.mkdir(new URL("../dist/", import.meta.url), { recursive: true });
  await Deno.writeTextFile(OUTPUT, manPage());
  console.log(OUTPUT);
}
