/**
 * `stssamldriver sync`: one sign-in, a profile for every role.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";
import { SIGN_IN_OPTIONS } from "./sign_in_options.ts";

/** The command's declaration. */
export const syncCommand: CommandSpec = {
  name: "sync",
  brief: "sign in once and write a profile for every role",
  description:
    "Signs in once, gets credentials for every role (--account and --role-filter limit which), and " +
    "writes a profile for each of them, all in one write of the file. --name-template takes {account}, " +
    "{accountName}, {role}, {path}, {partition} and {provider}.",
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
  load: async () => (await import("./sync_run.ts")).runSync,
};
