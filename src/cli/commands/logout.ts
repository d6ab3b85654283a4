/**
 * `stssamldriver logout`: remove sessions from this machine.
 *
 * @module
 */

import type { CommandSpec } from "../command.ts";

/** The command's declaration. */
export const logoutCommand: CommandSpec = {
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
  load: async () => (await import("./logout_run.ts")).runLogout,
};
