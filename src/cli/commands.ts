/**
 * The commands there are. What a command does is in a file of its own, which is loaded when it is run.
 *
 * @module
 */

import type { Commands } from "./arguments.ts";
import { runCredentials } from "./commands/credentials.ts";
import { optionsOf, SIGN_IN_OPTIONS, WITHOUT_STS_OPTIONS } from "./options.ts";

const ROLE = "--role-arn arn:aws:iam::111122223333:role/Dev";
const PROVIDER = "--saml-provider-arn arn:aws:iam::111122223333:saml-provider/Idp";

/** Every command, in the order of the help; the first runs when none is named. */
export const COMMANDS: Commands = [
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
    positional: { placeholder: "NAME", minimum: 0, maximum: 1 },
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
      "its exit code. Without a command it starts your shell.",
    usage: "[flags] -- CMD …",
    aliases: ["run"],
    positional: { placeholder: "CMD", minimum: 0, maximum: 10_000 },
    dashes: true,
    options: [
      ...SIGN_IN_OPTIONS,
      "console",
      ...optionsOf("console"),
      "profile",
      "cache",
      "no-interactive",
    ],
    examples: [
      { does: "one command", line: ["stssamldriver exec --profile dev -- aws s3 ls"] },
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
  {
    name: "status",
    brief: "list cached sessions",
    description:
      "Lists the cached sessions: whose they are, which profiles use them and until when.",
    usage: "[flags]",
    aliases: ["whoami", "ls"],
    options: ["json", "verbose", "log-format", "log-to"],
    examples: [
      { does: "as a table", line: ["stssamldriver status"] },
      {
        does: "for a script",
        line: ["stssamldriver status --json | jq -r '.sessions[].expiration'"],
      },
    ],
    load: async () => (await import("./commands/status.ts")).runStatus,
  },
  {
    name: "logout",
    brief: "delete cached sessions",
    description:
      "Deletes the cached sessions of one role (--role-arn, or the role of --profile), or all. Profiles " +
      "stay as they are. AWS keeps credentials that were handed out valid until they expire.",
    usage: "[--all] [flags]",
    aliases: ["forget"],
    options: ["all", "role-arn", "profile", "verbose", "log-format", "log-to"],
    examples: [
      { does: "one role's", line: ["stssamldriver logout --profile dev"] },
      { does: "every session", line: ["stssamldriver logout --all"] },
    ],
    load: async () => (await import("./commands/logout.ts")).runLogout,
  },
  {
    name: "doctor",
    brief: "explain a recorded SAML Response",
    description:
      "Explains a recorded SAML Response: who sent it, for whom, which roles it offers, what AWS would " +
      "refuse and what to set in your identity provider, and the IAM trust policy that allows it. It takes " +
      "XML, base64, or the body of the form. Prints no key, no signature and no other attributes. Exits " +
      "with 5 if the Response would be refused for something other than its age.",
    usage: "--assertion FILE [flags]",
    aliases: ["diagnose", "explain"],
    options: ["assertion", "json", "verbose", "log-format", "log-to"],
    examples: [
      { does: "a file", line: ["stssamldriver doctor --assertion response.txt"] },
      {
        does: "the trust policies, for a script",
        line: [
          "stssamldriver doctor --assertion response.txt --json | jq .trustPolicies",
        ],
      },
    ],
    load: async () => (await import("./commands/doctor.ts")).runDoctor,
  },
  {
    name: "relay",
    brief: "serve a page that passes sign-ins on: console or command line",
    description:
      "Serves a page for organizations whose identity provider posts to one https address for everybody. " +
      "The page asks where the sign-in should go: to the AWS console, or to the driver on the person's own " +
      "machine. It keeps nothing. The access log goes to stdout, one line of JSON for each request.",
    usage: "--listen ADDR [flags]",
    aliases: [],
    options: [
      "listen",
      "driver-port",
      "trust-proxy",
      "tls-cert",
      "tls-key",
      "verbose",
      "log-format",
      "log-to",
    ],
    examples: [
      {
        does: "on https",
        line: [
          "stssamldriver relay --listen 0.0.0.0:8443 \\",
          "  --tls-cert cert.pem --tls-key key.pem",
        ],
      },
      {
        does: "behind a proxy on this machine that has the certificate",
        line: ["stssamldriver relay --listen 127.0.0.1:8080 --trust-proxy 127.0.0.1"],
      },
    ],
    load: async () => (await import("./commands/relay.ts")).runRelay,
  },
  {
    name: "uninstall",
    brief: "delete what this program keeps, before you delete it",
    description:
      "Names the profiles that run this program, deletes its cache, and says how to delete the program " +
      "itself. Profiles stay as they are.",
    usage: "[flags]",
    aliases: [],
    options: ["dry-run", "verbose", "log-format", "log-to"],
    examples: [
      { does: "only say what there is", line: ["stssamldriver uninstall --dry-run"] },
      { does: "delete the cache", line: ["stssamldriver uninstall"] },
    ],
    load: async () => (await import("./commands/uninstall.ts")).runUninstall,
  },
  // The process that signs in for all callers who find a meeting file: a caller starts it, nobody types it.
  {
    name: "__serve",
    hidden: true,
    brief: "sign in for the callers who wait",
    description: "Signs in for all callers who find a meeting file.",
    usage: "FILE",
    aliases: [],
    positional: { placeholder: "FILE", minimum: 1, maximum: 1 },
    options: [],
    examples: [],
    load: async () => (await import("./commands/serve.ts")).runServe,
  },
];
