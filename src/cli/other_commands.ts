/**
 * The commands that do not sign in. What a command does is in a file of its own, which is loaded when it is run.
 *
 * @module
 */

import { type CommandSpec, SERVE } from "./command.ts";

/** The commands that do not sign in, in the order of the help. */
export const OTHER_COMMANDS: readonly CommandSpec[] = [
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
    usage: "[flags]",
    aliases: ["diagnose", "explain", "check"],
    options: [
      "profile",
      "region",
      "port",
      "browser",
      "assertion",
      "json",
      "verbose",
      "log-format",
      "log-to",
    ],
    onlyFlags: true,
    examples: [
      { does: "this machine", line: ["stssamldriver doctor"] },
      { does: "and the settings of a profile", line: ["stssamldriver doctor --profile dev"] },
      { does: "for your support", line: ["stssamldriver doctor --json > doctor.json"] },
      { does: "a SAML Response", line: ["stssamldriver doctor --assertion response.txt"] },
      {
        does: "its trust policies, for a script",
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
    options: ["verbose", "log-format", "log-to"],
    examples: [
      { does: "bash, in ~/.bashrc", line: ['eval "$(stssamldriver completions bash)"'] },
      {
        does: "zsh, in ~/.zshrc, behind compinit",
        line: ['eval "$(stssamldriver completions zsh)"'],
      },
      {
        does: "fish",
        line: [
          "stssamldriver completions fish >~/.config/fish/completions/stssamldriver.fish",
        ],
      },
      {
        does: "PowerShell, in $PROFILE",
        line: ["stssamldriver completions powershell | Out-String | Invoke-Expression"],
      },
    ],
    load: async () => (await import("./commands/completions.ts")).runCompletions,
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
    load: async () => (await import("./commands/complete.ts")).runComplete,
  },
];
