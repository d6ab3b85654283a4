/**
 * The commands there are, each declared once. What a command does is in a file of its own, which is loaded when it
 * is run.
 *
 * @module
 */

import type { Commands } from "./arguments.ts";
import { SERVE } from "./command.ts";
import { runCredentials } from "./commands/credentials.ts";
import { optionsOf, SIGN_IN_OPTIONS, WITHOUT_STS_OPTIONS } from "./options.ts";

const ROLE = "--role-arn arn:aws:iam::111122223333:role/Dev";
const PROVIDER = "--saml-provider-arn arn:aws:iam::111122223333:saml-provider/Idp";

/** The options of commands that hand a session on, that take it from the cache, and that only talk. */
const DELIVERING = [...SIGN_IN_OPTIONS, "console", ...optionsOf("console"), "profile"] as const;
const CACHED = ["cache", "no-interactive"] as const;
const MESSAGES = optionsOf("messages");

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
      ...CACHED,
    ],
    examples: [
      [
        "sign in and choose a role in the browser",
        "stssamldriver login --start-url https://idp.example/start",
      ],
      ["without a port: you paste the assertion", "stssamldriver login --paste"],
      [
        "print the credentials of one role",
        `stssamldriver ${ROLE} \\`,
        `  ${PROVIDER} \\`,
        "  --start-url https://idp.example/start --print",
      ],
      [
        "in a profile in ~/.aws/config (stssamldriver setup writes it)",
        "credential_process = /opt/stssamldriver --role-arn … --saml-provider-arn …",
      ],
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
      ["asks for a name and the start URL; then: aws s3 ls --profile dev", "stssamldriver setup"],
      [
        "no questions: you only pick the role in the browser",
        "stssamldriver setup dev --start-url https://idp.example/start",
      ],
      ["by request", "stssamldriver setup dev --sso-url https://idp.example/sso"],
      [
        "without signing in now",
        "stssamldriver setup dev \\",
        `  ${ROLE} \\`,
        `  ${PROVIDER} \\`,
        "  --start-url https://idp.example/start",
      ],
    ],
    load: async () => (await import("./commands/setup.ts")).runSetup,
  },
  {
    name: "env",
    brief: "print shell code that sets the AWS variables",
    description:
      "Uses the cached session, or signs in, and prints code for your shell that sets the AWS " +
      "variables. Prints nothing on failure, so that eval changes nothing.",
    aliases: ["export", "environment"],
    options: [...DELIVERING, "shell", ...CACHED],
    examples: [
      [
        "bash, zsh, sh; the second line fails if the sign-in fails",
        'eval "$(stssamldriver env --profile dev)"',
        'code="$(stssamldriver env --profile dev)" && eval "$code"',
      ],
      ["fish", "stssamldriver env --profile dev --shell fish | source"],
      ["PowerShell", "stssamldriver env --profile dev --shell powershell | Invoke-Expression"],
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
    options: [...DELIVERING, "serve", ...CACHED],
    examples: [
      ["one command", "stssamldriver exec --profile dev -- aws s3 ls"],
      [
        "one that runs for longer than a session",
        "stssamldriver exec --serve --profile dev -- terraform apply",
      ],
      ["a shell", "stssamldriver exec --profile dev"],
    ],
    load: async () => (await import("./commands/exec.ts")).runExec,
  },
  {
    name: "console",
    brief: "open the AWS console",
    description:
      "Opens the AWS console from the cached session, or signs in and turns that tab into the console. " +
      "Prints nothing except with --print-url.",
    aliases: ["open", "web"],
    options: [
      ...SIGN_IN_OPTIONS,
      ...optionsOf("console"),
      "print-url",
      "container",
      "profile",
      ...CACHED,
    ],
    examples: [
      ["home", "stssamldriver console --profile dev"],
      ["a service", "stssamldriver console --profile dev --console-destination s3"],
    ],
    load: async () => (await import("./commands/console.ts")).runConsole,
  },
  {
    name: "roles",
    brief: "list the roles you can use",
    description:
      "Signs in and lists the roles you can use, as a table or as JSON. Does not contact AWS.",
    aliases: ["list-roles", "list"],
    options: [...WITHOUT_STS_OPTIONS, "profile", "json"],
    examples: [
      ["every role", "stssamldriver roles --start-url https://idp.example/start"],
      [
        "the role ARNs of one account, for a script",
        "stssamldriver roles --account 111122223333 --json | jq -r '.roles[].roleArn'",
      ],
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
      ["keys for every role", "stssamldriver sync --start-url https://idp.example/start"],
      [
        "profiles that sign in by themselves, named by account and role",
        "stssamldriver sync --process --account-names accounts.json \\",
        "  --name-template '{accountName}/{role}' --start-url https://idp.example/start",
      ],
    ],
    load: async () => (await import("./commands/sync.ts")).runSync,
  },
  {
    name: "status",
    brief: "list cached sessions",
    description:
      "Lists the cached sessions: whose they are, which profiles use them and until when.",
    aliases: ["whoami", "ls"],
    options: ["json", ...MESSAGES],
    examples: [
      ["as a table", "stssamldriver status"],
      ["for a script", "stssamldriver status --json | jq -r '.sessions[].expiration'"],
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
    options: ["all", "role-arn", "profile", ...MESSAGES],
    examples: [
      ["one role's", "stssamldriver logout --profile dev"],
      ["every session", "stssamldriver logout --all"],
    ],
    load: async () => (await import("./commands/logout.ts")).runLogout,
  },
  {
    name: "doctor",
    brief: "check this machine; explain a recorded SAML Response",
    description:
      "Checks what a sign-in needs on this machine: its settings (with --profile, that profile's; the machine's file), the " +
      "port, the browser, the way to AWS STS, the clock, the shared AWS files and the cache. Each finding " +
      "says what is wrong, why it matters and the command that fixes it. Changes no settings. Exits with 0 if " +
      "there is no problem, otherwise with the lowest exit code of the problems: 2 settings, 3 port, 6 " +
      "clock, 7 STS, 8 files and cache. --json can be passed on: it contains no secrets and no home folder. " +
      "With --assertion it only explains a recorded SAML Response (XML, base64 or the body of the form): " +
      "who sent it, for whom, which roles it offers, what AWS would refuse and what to set in your " +
      "identity provider, and the IAM trust policy that allows it; exits with 5 if it would be refused " +
      "for something other than its age.",
    aliases: ["diagnose", "explain", "check"],
    options: ["profile", "region", "port", "browser", "assertion", "json", ...MESSAGES],
    onlyFlags: true,
    examples: [
      ["this machine", "stssamldriver doctor"],
      ["and the settings of a profile", "stssamldriver doctor --profile dev"],
      ["for your support", "stssamldriver doctor --json > doctor.json"],
      ["a SAML Response", "stssamldriver doctor --assertion response.txt"],
      [
        "its trust policies, for a script",
        "stssamldriver doctor --assertion response.txt --json | jq .trustPolicies",
      ],
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
    options: ["listen", "driver-port", "trust-proxy", "tls-cert", "tls-key", ...MESSAGES],
    examples: [
      [
        "on https",
        "stssamldriver relay --listen 0.0.0.0:8443 \\",
        "  --tls-cert cert.pem --tls-key key.pem",
      ],
      [
        "behind a proxy on this machine that has the certificate",
        "stssamldriver relay --listen 127.0.0.1:8080 --trust-proxy 127.0.0.1",
      ],
    ],
    load: async () => (await import("./commands/relay.ts")).runRelay,
  },
  {
    name: "completions",
    brief: "print a script for completion in your shell",
    description:
      "Prints a script for bash, zsh, fish or powershell that completes commands, flags, profiles, " +
      "regions and files when you press Tab. Only reads: it never signs in and never writes.",
    usage: "SHELL",
    aliases: ["completion"],
    positional: {
      placeholder: "SHELL (bash, zsh, fish or powershell)",
      minimum: 1,
      maximum: 1,
      offers: ["bash", "zsh", "fish", "powershell"],
    },
    options: MESSAGES,
    examples: [
      ["bash, in ~/.bashrc", 'eval "$(stssamldriver completions bash)"'],
      ["zsh, in ~/.zshrc, behind compinit", 'eval "$(stssamldriver completions zsh)"'],
      ["fish", "stssamldriver completions fish >~/.config/fish/completions/stssamldriver.fish"],
      [
        "PowerShell, in $PROFILE",
        "stssamldriver completions powershell | Out-String | Invoke-Expression",
      ],
    ],
    load: async () => (await import("./commands/completions.ts")).runCompletions,
  },
  {
    name: "uninstall",
    brief: "delete what this program keeps, before you delete it",
    description:
      "Names the profiles that run this program, deletes its cache, and says how to delete the program " +
      "itself. Profiles stay as they are.",
    aliases: [],
    options: ["dry-run", ...MESSAGES],
    examples: [
      ["only say what there is", "stssamldriver uninstall --dry-run"],
      ["delete the cache", "stssamldriver uninstall"],
    ],
    load: async () => (await import("./commands/uninstall.ts")).runUninstall,
  },
  // The process that signs in for all callers who find a meeting file: a caller starts it, nobody types it.
  {
    name: SERVE,
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
  // What the scripts of completions run: nobody types it.
  {
    name: "__complete",
    hidden: true,
    brief: "say what a word can become",
    description: "Says what the last word of a command line can become.",
    usage: "SHELL -- WORD …",
    aliases: [],
    positional: { placeholder: "SHELL", minimum: 0, maximum: 10_000 },
    options: [],
    examples: [],
    load: async () => (await import("./commands/completions.ts")).runComplete,
  },
];
