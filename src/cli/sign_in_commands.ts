/**
 * The commands that sign in. What a command does is in a file of its own, which is loaded when it is run.
 *
 * @module
 */

import type { Commands } from "./arguments.ts";
import { runCredentials } from "./commands/credentials.ts";
import { optionsOf, SIGN_IN_OPTIONS, WITHOUT_STS_OPTIONS } from "./options.ts";

const ROLE = "--role-arn arn:aws:iam::111122223333:role/Dev";
const PROVIDER = "--saml-provider-arn arn:aws:iam::111122223333:saml-provider/Idp";

/** The commands that sign in, in the order of the help; the first runs when none is named. */
export const SIGN_IN_COMMANDS: Commands = [
  {
    name: "login",
    brief: "sign in; prints JSON for programs (the default command)",
    description:
      "Opens your browser to sign in, takes the assertion that your identity provider posts to " +
      "http://localhost:8090/saml and exchanges it with AWS STS. On a terminal the session is cached " +
      "and the next commands are shown; anywhere else, and with --print, the credentials are printed " +
      "as credential_process JSON. With --paste you paste the assertion, and nothing listens.",
    usage: "[flags]",
    aliases: ["credentials", "signin", "sign-in", "creds", "get"],
    options: [
      ...SIGN_IN_OPTIONS,
      "print",
      "console",
      ...optionsOf("console"),
      "profile-to-update",
      "path",
      "file-type",
      "replace",
      "on-write-failure",
      "profile",
      "cache",
      "no-interactive",
    ],
    examples: [
      {
        does: "sign in and choose a role in the browser",
        line: ["stssamldriver login --start-url https://idp.example/start"],
      },
      { does: "without a port: you paste the assertion", line: ["stssamldriver login --paste"] },
      {
        does: "print the credentials of one role",
        line: [
          `stssamldriver ${ROLE} \\`,
          `  ${PROVIDER} \\`,
          "  --start-url https://idp.example/start --print",
        ],
      },
      {
        does: "in a profile in ~/.aws/config (stssamldriver setup writes it)",
        line: ["credential_process = /opt/stssamldriver --role-arn … --saml-provider-arn …"],
      },
    ],
    // Loaded with it: it is what most calls run, and loading it apart takes longer than the code itself.
    load: () => Promise.resolve(runCredentials),
  },
  {
    name: "setup",
    brief: "add an AWS profile that signs in on demand",
    description:
      "Adds a profile to the AWS config file that starts this program as its credential_process, so " +
      "that the AWS CLI and every SDK sign in on demand. Signs in once, to let you pick a role, and caches " +
      "that session; with both --role-arn and --saml-provider-arn it only writes the profile. Without NAME " +
      "it asks for what it needs.",
    usage: "[NAME] [flags]",
    aliases: ["configure", "init"],
    positional: { placeholder: "NAME", minimum: 0, maximum: 1, offers: "profile" },
    options: [...SIGN_IN_OPTIONS, "cache", "path", "file-type", "replace", "dry-run"],
    examples: [
      {
        does: "asks for a name and the start URL; then: aws s3 ls --profile dev",
        line: ["stssamldriver setup"],
      },
      {
        does: "no questions: you only pick the role in the browser",
        line: ["stssamldriver setup dev --start-url https://idp.example/start"],
      },
      { does: "by request", line: ["stssamldriver setup dev --sso-url https://idp.example/sso"] },
      {
        does: "without signing in now",
        line: [
          "stssamldriver setup dev \\",
          "  --role-arn arn:aws:iam::111122223333:role/Dev \\",
          "  --saml-provider-arn arn:aws:iam::111122223333:saml-provider/Idp \\",
          "  --start-url https://idp.example/start",
        ],
      },
    ],
    load: async () => (await import("./commands/setup.ts")).runSetup,
  },
  {
    name: "env",
    brief: "print shell code that sets the AWS variables",
    description:
      "Uses the cached session, or signs in, and prints code for your shell that sets the AWS " +
      "variables. Prints nothing on failure, so that eval changes nothing.",
    usage: "[flags]",
    aliases: ["export", "environment"],
    options: [
      ...SIGN_IN_OPTIONS,
      "console",
      ...optionsOf("console"),
      "profile",
      "shell",
      "cache",
      "no-interactive",
    ],
    examples: [
      {
        does: "bash, zsh, sh; the second line fails if the sign-in fails",
        line: [
          'eval "$(stssamldriver env --profile dev)"',
          'code="$(stssamldriver env --profile dev)" && eval "$code"',
        ],
      },
      { does: "fish", line: ["stssamldriver env --profile dev --shell fish | source"] },
      {
        does: "PowerShell",
        line: ["stssamldriver env --profile dev --shell powershell | Invoke-Expression"],
      },
    ],
    load: async () => (await import("./commands/env.ts")).runEnv,
  },
  {
    name: "exec",
    brief: "run a command, or a shell, with AWS credentials",
    description:
      "Uses the cached session, or signs in, and runs a command with the AWS variables set. Exits with " +
      "its exit code. Without a command it starts your shell. With --serve the command's AWS tools ask this " +
      "program for credentials, and the browser opens again when the session is about to expire.",
    usage: "[flags] -- CMD …",
    aliases: ["run"],
    positional: { placeholder: "CMD", minimum: 0, maximum: 10_000 },
    dashes: true,
    options: [
      ...SIGN_IN_OPTIONS,
      "console",
      ...optionsOf("console"),
      "profile",
      "serve",
      "cache",
      "no-interactive",
    ],
    examples: [
      { does: "one command", line: ["stssamldriver exec --profile dev -- aws s3 ls"] },
      {
        does: "one that runs for longer than a session",
        line: ["stssamldriver exec --serve --profile dev -- terraform apply"],
      },
      { does: "a shell", line: ["stssamldriver exec --profile dev"] },
    ],
    load: async () => (await import("./commands/exec.ts")).runExec,
  },
  {
    name: "console",
    brief: "open the AWS console",
    description:
      "Opens the AWS console from the cached session, or signs in and turns that tab into the console. " +
      "Prints nothing except with --print-url.",
    usage: "[flags]",
    aliases: ["open", "web"],
    options: [
      ...SIGN_IN_OPTIONS,
      ...optionsOf("console"),
      "print-url",
      "container",
      "profile",
      "cache",
      "no-interactive",
    ],
    examples: [
      { does: "home", line: ["stssamldriver console --profile dev"] },
      {
        does: "a service",
        line: ["stssamldriver console --profile dev --console-destination s3"],
      },
    ],
    load: async () => (await import("./commands/console.ts")).runConsole,
  },
  {
    name: "roles",
    brief: "list the roles you can use",
    description:
      "Signs in and lists the roles you can use, as a table or as JSON. Does not contact AWS.",
    usage: "[flags]",
    aliases: ["list-roles", "list"],
    options: [...WITHOUT_STS_OPTIONS, "profile", "json"],
    examples: [
      { does: "every role", line: ["stssamldriver roles --start-url https://idp.example/start"] },
      {
        does: "the role ARNs of one account, for a script",
        line: [
          "stssamldriver roles --account 111122223333 --json | jq -r '.roles[].roleArn'",
        ],
      },
    ],
    load: async () => (await import("./commands/roles.ts")).runRoles,
  },
  {
    name: "sync",
    brief: "sign in once and write a profile for every role",
    description:
      "Signs in once, gets credentials for every role (or those that --account and --role-filter " +
      "select), and writes a profile for each, all in one write of the file. --name-template takes " +
      "{account}, {accountName}, {role}, {path}, {partition} and {provider}.",
    usage: "[flags]",
    aliases: ["all"],
    options: [
      ...SIGN_IN_OPTIONS,
      "profile",
      "name-template",
      "process",
      "prune",
      "dry-run",
      "path",
      "file-type",
      "replace",
    ],
    examples: [
      {
        does: "keys for every role",
        line: ["stssamldriver sync --start-url https://idp.example/start"],
      },
      {
        does: "profiles that sign in by themselves, named by account and role",
        line: [
          "stssamldriver sync --process --account-names accounts.json \\",
          "  --name-template '{accountName}/{role}' --start-url https://idp.example/start",
        ],
      },
    ],
    load: async () => (await import("./commands/sync.ts")).runSync,
  },
];
